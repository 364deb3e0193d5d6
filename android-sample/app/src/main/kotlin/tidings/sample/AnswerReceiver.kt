package tidings.sample

import android.app.RemoteInput
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.launch
import tidings.sdk.ConversationId
import tidings.sdk.TidingsException

/** Sends what somebody typed into a notification. */
class AnswerReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val text = RemoteInput.getResultsFromIntent(intent)?.getCharSequence(TEXT)?.toString() ?: return
        val thread = intent.getStringExtra(THREAD) ?: return
        val identity = intent.getStringExtra(IDENTITY) ?: return
        val app = context.applicationContext as SampleApp
        val pending = goAsync()
        app.scope.launch {
            try {
                val client = app.client()
                // Stored on the phone when this returns: whatever happens now, it is sent.
                client.conversation(ConversationId(thread)).send(text)
                Notifications(app).cancel(identity)
                // The system gives a receiver ten seconds.
                client.visit(8.seconds)
            } catch (_: TidingsException) {
                // Nobody is signed in any more, or the storage fails: the notification stays.
            } finally {
                pending.finish()
            }
        }
    }

    companion object {
        const val TEXT = "text"
        private const val THREAD = "thread"
        private const val IDENTITY = "identity"

        fun of(context: Context, thread: ConversationId, identity: String): Intent =
            Intent(context, AnswerReceiver::class.java).putExtra(THREAD, thread.text).putExtra(IDENTITY, identity)
    }
}
