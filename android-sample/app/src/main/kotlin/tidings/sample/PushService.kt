package tidings.sample

import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import kotlinx.coroutines.runBlocking
import tidings.sdk.PushContent
import tidings.sdk.PushDeed
import tidings.sdk.TidingsException

/** Wakes the client for a push and does what it asks for. An app with a service of its own calls these two from there. */
class PushService : FirebaseMessagingService() {
    private val app get() = application as SampleApp

    override fun onNewToken(token: String) {
        // With nobody signed in it is asked for again at the sign-in.
        app.tell { client -> if (client.account != null) client.setFcmToken(token) }
    }

    /** Called on a thread of Firebase's, which may be kept for 20 seconds: until then the system lets the process live. */
    override fun onMessageReceived(message: RemoteMessage) {
        val push = PushContent.parse(message.data) ?: return
        runBlocking {
            val notifications = Notifications(app)
            try {
                val client = app.client()
                when (val deed = client.handlePush(push)) {
                    is PushDeed.Show -> {
                        notifications.show(deed, push)
                        client.pushShown(push)
                    }
                    is PushDeed.Clear -> notifications.clear(deed)
                    PushDeed.Nothing -> Unit
                }
            } catch (_: TidingsException) {
                // The phone's storage fails: the message comes when the app is opened.
            }
        }
    }
}
