package tidings.sdk

import tidings.sdk.core.CorePushContent
import tidings.sdk.core.parsePushData

/**
 * What a push of Tidings says.
 *
 * @property userId for whom: drop the push unless this is who is signed in ([Account.userId]).
 * @property conversationId the thread: group notifications by it, open it on a tap.
 * @property messageId the message: the notification's tag, so that a repeat replaces the first.
 * @property badge unread messages when the push was sent.
 */
public data class PushContent(
    val userId: String,
    val conversationId: ConversationId,
    val messageId: MessageId,
    val seq: Long,
    val badge: Long,
) {
    public companion object {
        /** Reads the data of a message from FCM; null for a push that is not of Tidings. Needs no client. */
        public fun parse(data: Map<String, String>): PushContent? = told { parsePushData(data) }?.told()
    }
}

private fun CorePushContent.told() =
    PushContent(userId, ConversationId(conversationId), MessageId(messageId), seq, badge)
