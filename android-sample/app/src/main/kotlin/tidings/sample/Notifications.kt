package tidings.sample

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.app.RemoteInput
import android.content.Context
import android.graphics.drawable.Icon
import android.os.Build
import android.os.Bundle
import tidings.sdk.Author
import tidings.sdk.ConversationId
import tidings.sdk.MessageItem
import tidings.sdk.PushContent
import tidings.sdk.PushDeed

/** Notifications of messages: one for each, grouped by thread, with a field to answer in. */
class Notifications(private val context: Context) {
    private val manager = context.getSystemService(NotificationManager::class.java)

    fun show(deed: PushDeed.Show, push: PushContent) {
        // One for several takes the place of the thread's others.
        if (deed.count != null) clear(PushDeed.Clear(deed.conversationId, push.seq, deed.badge))
        val title = deed.title ?: (deed.message?.author as? Author.Agent)?.name ?: "New message"
        val notification = builder()
            .setSmallIcon(android.R.drawable.stat_notify_chat)
            .setContentTitle(title)
            .setContentText(deed.count?.let { "$it new messages" } ?: deed.message?.let(::words) ?: "New message")
            .setGroup(deed.conversationId.text)
            .setNumber(deed.badge.toInt())
            .setOnlyAlertOnce(deed.again)
            .setContentIntent(opening(deed.conversationId))
            .setAutoCancel(true)
            .addAction(answer(deed))
            .addExtras(Bundle().apply { putLong(SEQ, push.seq) })
            .build()
        manager.notify(deed.identity, 0, notification)
    }

    /** Takes away what was read on another device. */
    fun clear(deed: PushDeed.Clear) {
        for (shown in manager.activeNotifications) {
            val isOfThread = shown.notification.group == deed.conversationId.text
            if (isOfThread && shown.notification.extras.getLong(SEQ) <= deed.upTo) manager.cancel(shown.tag, shown.id)
        }
    }

    /** The answer was taken: it is in the outbox, and goes out like any other message. */
    fun cancel(identity: String) = manager.cancel(identity, 0)

    private fun words(message: MessageItem) = message.plain.ifEmpty { "Photo, file or place" }

    private fun builder() = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O) {
        manager.createNotificationChannel(NotificationChannel(CHANNEL, "Messages", NotificationManager.IMPORTANCE_HIGH))
        Notification.Builder(context, CHANNEL)
    } else {
        @Suppress("DEPRECATION")
        Notification.Builder(context)
    }

    private fun opening(thread: ConversationId) = PendingIntent.getActivity(
        context,
        thread.text.hashCode(),
        MainActivity.of(context, thread),
        PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT,
    )

    private fun answer(deed: PushDeed.Show): Notification.Action {
        val field = RemoteInput.Builder(AnswerReceiver.TEXT).setLabel("Answer").build()
        // The system writes what was typed into the intent, so it must not be immutable.
        val mutable = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) PendingIntent.FLAG_MUTABLE else 0
        val sending = PendingIntent.getBroadcast(
            context,
            deed.identity.hashCode(),
            AnswerReceiver.of(context, deed.conversationId, deed.identity),
            mutable or PendingIntent.FLAG_UPDATE_CURRENT,
        )
        val icon = Icon.createWithResource(context, android.R.drawable.ic_menu_send)
        return Notification.Action.Builder(icon, "Answer", sending).addRemoteInput(field).build()
    }

    private companion object {
        const val CHANNEL = "messages"
        const val SEQ = "tidings.seq"
    }
}
