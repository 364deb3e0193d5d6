package tidings.sdk

import java.time.Instant
import tidings.sdk.core.CoreLiveShare
import tidings.sdk.core.CoreShareFor

/** For how long a place is shared. */
public enum class ShareFor {
    /** 15 minutes. */
    QUARTER_HOUR,

    /** An hour. */
    HOUR,

    /** 8 hours. */
    WORKING_DAY,
}

/**
 * A place that this phone shares now.
 *
 * @property messageId the message that shows it, in the thread [conversationId].
 * @property endsAt when it ends by itself, by this phone's clock.
 */
public data class LiveShare(val messageId: MessageId, val conversationId: ConversationId, val endsAt: Instant)

internal fun ShareFor.core(): CoreShareFor = when (this) {
    ShareFor.QUARTER_HOUR -> CoreShareFor.QUARTER_HOUR
    ShareFor.HOUR -> CoreShareFor.HOUR
    ShareFor.WORKING_DAY -> CoreShareFor.WORKING_DAY
}

internal fun CoreLiveShare.told(): LiveShare =
    LiveShare(MessageId(messageId), ConversationId(conversationId), Instant.ofEpochMilli(endsAtMs))
