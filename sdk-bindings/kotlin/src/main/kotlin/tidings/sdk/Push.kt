package tidings.sdk

import tidings.sdk.core.CoreNotification
import tidings.sdk.core.CorePushContent
import tidings.sdk.core.CorePushDeed
import tidings.sdk.core.CorePushKind
import tidings.sdk.core.parsePushData
import tidings.sdk.core.parsePushJson

/** What a push is for. */
public enum class PushKind {
    /** There is a message. */
    MESSAGE,

    /** There are several in the thread: one notification speaks for all of them. */
    SUMMARY,

    /** The thread was read elsewhere: its notifications go. */
    CLEAR,

    /** Somebody tries whether pushes arrive. */
    TEST,
}

/**
 * What a push of Tidings says. Give it to [TidingsClient.handlePush].
 *
 * @property userId for whom: drop the push unless this is who is signed in ([Account.userId]).
 * @property conversationId the thread: group notifications by it, open it on a tap.
 * @property messageId the message.
 * @property seq its number in the thread.
 * @property badge unread messages when the push was sent.
 * @property count with a summary: unread messages of the thread.
 */
public data class PushContent(
    val userId: String,
    val conversationId: ConversationId,
    val messageId: MessageId,
    val seq: Long,
    val badge: Long,
    val kind: PushKind = PushKind.MESSAGE,
    val count: Long? = null,
) {
    public companion object {
        /** Reads the data of a message from FCM; null for a push that is not of Tidings. Needs no client. */
        public fun parse(data: Map<String, String>): PushContent? = told { parsePushData(data) }?.told()

        /** Reads a message of UnifiedPush, decrypted, as text; null for one that is not of Tidings. Needs no client. */
        public fun parse(message: String): PushContent? = told { parsePushJson(message) }?.told()
    }
}

/** What the app is to do for a push. */
public sealed interface PushDeed {
    /**
     * Show a notification, and say so with [TidingsClient.pushShown].
     *
     * @property conversationId the thread: the notification's group, and what a tap opens.
     * @property title what the thread is called, if it is called anything.
     * @property identity the notification's tag: one with the same takes the place of the first.
     * @property message the message, if it could be fetched in time.
     * @property count with a summary: unread messages of the thread.
     * @property badge unread messages in all threads.
     * @property again whether it was shown before: it makes no noise again.
     */
    public data class Show(
        val conversationId: ConversationId,
        val title: String?,
        val identity: String,
        val message: MessageItem?,
        val count: Long?,
        val badge: Long,
        val again: Boolean,
    ) : PushDeed

    /**
     * The thread was read elsewhere: take away its notifications.
     *
     * @property upTo the newest message that was read.
     * @property badge unread messages in all threads.
     */
    public data class Clear(val conversationId: ConversationId, val upTo: Long, val badge: Long) : PushDeed

    /** Nothing: it is for somebody else, was read meanwhile, or the app is on the screen and shows it. */
    public data object Nothing : PushDeed
}

private fun CorePushContent.told() = PushContent(
    userId,
    ConversationId(conversationId),
    MessageId(messageId),
    seq,
    badge,
    when (kind) {
        CorePushKind.MESSAGE -> PushKind.MESSAGE
        CorePushKind.SUMMARY -> PushKind.SUMMARY
        CorePushKind.CLEAR -> PushKind.CLEAR
        CorePushKind.TEST -> PushKind.TEST
    },
    count,
)

internal fun PushContent.core() = CorePushContent(
    userId,
    conversationId.text,
    messageId.text,
    seq,
    badge,
    when (kind) {
        PushKind.MESSAGE -> CorePushKind.MESSAGE
        PushKind.SUMMARY -> CorePushKind.SUMMARY
        PushKind.CLEAR -> CorePushKind.CLEAR
        PushKind.TEST -> CorePushKind.TEST
    },
    count,
)

internal fun CorePushDeed.told(): PushDeed = when (this) {
    is CorePushDeed.Show -> notification.told()
    is CorePushDeed.Clear -> PushDeed.Clear(ConversationId(conversationId), upTo, badge)
    is CorePushDeed.Nothing -> PushDeed.Nothing
}

private fun CoreNotification.told() =
    PushDeed.Show(ConversationId(conversationId), title, identity, message?.told(), count, badge, again)
