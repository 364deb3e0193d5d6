package tidings.ui.live

import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsException
import tidings.ui.Offer
import tidings.ui.ThreadsWish
import tidings.ui.TidingsConversation
import tidings.ui.TidingsThreads
import tidings.ui.Wish
import tidings.ui.parts.Pictures

/** The list of threads of a client, live. */
@Composable
public fun LiveThreads(model: ThreadsModel, onWish: (ThreadsWish) -> Unit, modifier: Modifier = Modifier) {
    val view by model.view.collectAsState()
    LaunchedEffect(model) { model.run() }
    TidingsThreads(view, onWish, modifier)
}

/**
 * One thread of a client, live.
 *
 * @param onWish what only the app can do: [Wish.Back], [Wish.SignIn], [Wish.Attach], [Wish.Copy] and those that open something.
 */
@Composable
public fun LiveConversation(
    model: ConversationModel,
    pictures: Pictures,
    onWish: (Wish) -> Unit,
    modifier: Modifier = Modifier,
    offers: Set<Offer> = setOf(Offer.PHOTO, Offer.FILE, Offer.PLACE),
) {
    val view by model.view.collectAsState()
    val composer by model.composer.collectAsState()
    LaunchedEffect(model) { model.run() }
    TidingsConversation(view, composer, pictures, { if (!model.take(it)) onWish(it) }, modifier, offers)
}

/**
 * Says that the person is on this screen of the app, as long as this is shown: it goes with what they write next. A name that is
 * none is not told.
 *
 * @param name as of [TidingsClient.setScreen].
 */
@Composable
public fun TidingsScreen(client: TidingsClient, name: String, title: String? = null, detail: String? = null) {
    DisposableEffect(client, name, title, detail) {
        val on = { screen: String? ->
            try {
                client.setScreen(screen, title, detail)
            } catch (_: TidingsException) {
                // A client that is closed, or a name of the developer's that is too long: nothing that a person could mend.
            }
        }
        on(name)
        onDispose { on(null) }
    }
}
