package tidings.sample

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.os.Build
import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import tidings.sdk.PushContent
import tidings.sdk.TidingsException

/** Wakes the client for a push, and shows it. */
class PushService : FirebaseMessagingService() {
    private val app get() = application as SampleApp

    override fun onNewToken(token: String) {
        app.scope.launch {
            val client = app.client.await()
            if (client.account != null) client.setFcmToken(token)
        }
    }

    /** Called on a thread of Firebase's, which may be kept for 20 seconds: until then the system lets the process live. */
    override fun onMessageReceived(message: RemoteMessage) {
        val push = PushContent.parse(message.data) ?: return
        runBlocking {
            val client = app.client.await()
            // For whoever was signed in before: not shown to whoever is now.
            if (client.account?.userId != push.userId) return@runBlocking
            try {
                client.visit(15.seconds)
            } catch (_: TidingsException) {
                // The message itself comes when the app is opened; that there is one is worth telling now.
            }
            show(push)
        }
    }

    private fun show(push: PushContent) {
        val manager = getSystemService(NotificationManager::class.java)
        val builder = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O) {
            manager.createNotificationChannel(NotificationChannel(CHANNEL, "Messages", NotificationManager.IMPORTANCE_HIGH))
            Notification.Builder(this, CHANNEL)
        } else {
            @Suppress("DEPRECATION")
            Notification.Builder(this)
        }
        val open = ConversationActivity.of(this, push.conversationId)
        val tap = PendingIntent.getActivity(
            this,
            push.conversationId.text.hashCode(),
            open,
            PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT,
        )
        val notification = builder.setSmallIcon(android.R.drawable.stat_notify_chat).setContentTitle("New message")
            .setGroup(push.conversationId.text).setNumber(push.badge.toInt()).setContentIntent(tap).setAutoCancel(true).build()
        // The message is the tag: a repeat replaces the first.
        manager.notify(push.messageId.text, 0, notification)
    }

    private companion object {
        const val CHANNEL = "messages"
    }
}
