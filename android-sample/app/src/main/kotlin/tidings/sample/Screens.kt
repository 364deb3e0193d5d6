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
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.unit.dp
import tidings.sdk.ConversationId
import tidings.sdk.ErrorCode
import tidings.ui.ThreadsWish
import tidings.ui.live.LiveThreads
import tidings.ui.live.TidingsScreen
import tidings.ui.theme.Tidings
import tidings.ui.theme.TidingsTheme
import tidings.ui.theme.rememberBrand

/** Who is there; then their threads, or the one that is open. */
@Composable
fun SampleScreen(app: SampleApp, open: ConversationId?, onOpen: (ConversationId?) -> Unit, modifier: Modifier) {
    val standing by app.standing.collectAsState()
    Surface(Modifier.fillMaxSize(), color = Tidings.colors.surface) {
        when (val now = standing) {
            Standing.Opening -> Unit
            is Standing.Failed -> FailedScreen(now.code, modifier) { app.tell {} }
            Standing.SignedOut -> SignInScreen(modifier, app::use)
            // Another person: nothing of the one before is kept on the screen either.
            is Standing.SignedIn -> key(now) {
                BackHandler(enabled = open != null) { onOpen(null) }
                // An agent sees from where somebody wrote; this app has two screens.
                TidingsScreen(now.client, if (open == null) "threads" else "thread")
                val brand = rememberBrand(now.client) { BitmapFactory.decodeByteArray(it, 0, it.size)?.asImageBitmap() }
                TidingsTheme(words = Tidings.words, brand = brand) {
                    if (open == null) {
                        ThreadsScreen(app, now, onOpen, modifier)
                    } else {
                        key(open) { ThreadScreen(app, now, open, { onOpen(null) }, onOpen, modifier) }
                    }
                }
            }
        }
    }
}

/** The client could not be opened. A host app shows this in the place of its messages alone, and goes on. */
@Composable
private fun FailedScreen(code: ErrorCode, modifier: Modifier, onRetry: () -> Unit) {
    Column(
        modifier.fillMaxSize().padding(24.dp),
        verticalArrangement = Arrangement.spacedBy(12.dp, Alignment.CenterVertically),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        Text(if (code == ErrorCode.STORAGE_FULL) "Your phone is full. Make some room, then try again." else "Messages cannot be opened now.")
        Button(onRetry) { Text("Try again") }
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
private fun ThreadsScreen(app: SampleApp, now: Standing.SignedIn, onOpen: (ConversationId) -> Unit, modifier: Modifier) {
    val words = Tidings.words
    Column(modifier) {
        Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.End) { TextButton(app::leave) { Text("Sign out") } }
        LiveThreads(now.models.threads(words), onWish = { wish ->
            when (wish) {
                is ThreadsWish.Open -> onOpen(wish.id)
                // When the phone's storage fails, or somebody signed out meanwhile, the list says what is wrong.
                ThreadsWish.Start -> app.tell { onOpen(it.startConversation().id) }
                ThreadsWish.SignIn -> app.leave()
            }
        })
    }
}
