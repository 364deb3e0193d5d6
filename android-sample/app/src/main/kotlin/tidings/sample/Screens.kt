package tidings.sample

import android.graphics.BitmapFactory
import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Button
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.launch
import tidings.sdk.ConversationId
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsException
import tidings.ui.ThreadsWish
import tidings.ui.live.LiveThreads
import tidings.ui.live.ThreadsModel
import tidings.ui.live.TidingsScreen
import tidings.ui.theme.Tidings
import tidings.ui.theme.TidingsTheme
import tidings.ui.theme.rememberBrand

/** Who is there; then their threads, or the one that is open. */
@Composable
fun SampleScreen(app: SampleApp, open: ConversationId?, onOpen: (ConversationId?) -> Unit, modifier: Modifier) {
    val client by produceState<TidingsClient?>(null) { value = app.client.await() }
    var person by remember { mutableStateOf(Person.load(app)) }
    Surface(Modifier.fillMaxSize(), color = Tidings.colors.surface) {
        val ready = client
        val who = person
        when {
            ready == null -> Unit
            who == null -> SignInScreen(modifier) { person = it.also { app.use(it) } }
            // Another person: nothing of the one before is kept on the screen either.
            else -> key(who) {
                BackHandler(enabled = open != null) { onOpen(null) }
                // An agent sees from where somebody wrote; this app has two screens.
                TidingsScreen(ready, if (open == null) "threads" else "thread")
                val brand = rememberBrand(ready) { BitmapFactory.decodeByteArray(it, 0, it.size)?.asImageBitmap() }
                TidingsTheme(words = Tidings.words, brand = brand) {
                    if (open == null) {
                        val leave = {
                            app.leave()
                            person = null
                        }
                        ThreadsScreen(app, ready, onOpen, leave, modifier)
                    } else {
                        key(open) { ThreadScreen(app, ready, open, { onOpen(null) }, onOpen, modifier) }
                    }
                }
            }
        }
    }
}

/** Stands for the host app's own sign-in. */
@Composable
private fun SignInScreen(modifier: Modifier, onPerson: (Person) -> Unit) {
    var name by remember { mutableStateOf("") }
    Column(
        modifier.fillMaxSize().padding(24.dp),
        verticalArrangement = Arrangement.spacedBy(12.dp, Alignment.CenterVertically),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        OutlinedTextField(name, { name = it }, Modifier.fillMaxWidth(), label = { Text("Name") }, singleLine = true)
        Button({ onPerson(Person.named(name.trim())) }, Modifier.fillMaxWidth(), enabled = name.isNotBlank()) { Text("Sign in") }
        TextButton({ onPerson(Person.anonymous()) }) { Text("Stay anonymous") }
    }
}

@Composable
private fun ThreadsScreen(
    app: SampleApp,
    client: TidingsClient,
    onOpen: (ConversationId) -> Unit,
    onLeave: () -> Unit,
    modifier: Modifier,
) {
    val words = Tidings.words
    val model = remember(client) { ThreadsModel(client, words) }
    Column(modifier) {
        Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.End) { TextButton(onLeave) { Text("Sign out") } }
        LiveThreads(model, onWish = { wish ->
            when (wish) {
                is ThreadsWish.Open -> onOpen(wish.id)
                ThreadsWish.Start -> app.scope.launch {
                    try {
                        onOpen(client.startConversation().id)
                    } catch (_: TidingsException) {
                        // The phone's storage fails, or somebody signed out meanwhile: the list says what is wrong.
                    }
                }
                ThreadsWish.SignIn -> onLeave()
            }
        })
    }
}
