package tidings.sdk

import kotlinx.coroutines.flow.Flow
import tidings.sdk.core.CoreConversation
import tidings.sdk.core.CoreTimeline
import tidings.sdk.core.CoreTypingListener

/** One thread of the signed-in user. After that user signed out it answers [ErrorCode.CLOSED]. */
public class Conversation internal constructor(private val core: CoreConversation) {
    /** Which. */
    public val id: ConversationId = ConversationId(told { core.id() })

    /** Who is writing, now and whenever it changes: an agent's name, or null. */
    public val typingAgent: Flow<String?> = live {
        core.observeTyping(
            object : CoreTypingListener {
                override fun onTyping(agentName: String?) {
                    CoreThreads.keepThis()
                    trySend(agentName)
                }
            },
        )
    }

    /** How it is now. Asks the server when the phone does not know it. */
    public suspend fun info(): ConversationItem = told { core.info() }.told()

    /**
     * Sends words; works without a network. When this returns the message is on disk, and it will be sent, after a crash or a
     * kill too. Cancelling the coroutine stops the waiting, not the sending.
     */
    public suspend fun send(text: String): MessageId = MessageId(told { core.sendText(text) })

    /**
     * Sends a message again that the server refused. Answers its id, which is another one if the server refused the message
     * because of its id (`id_conflict`).
     */
    public suspend fun retry(id: MessageId): MessageId = MessageId(told { core.retry(id.text) })

    /** Throws a message away that waits or was refused. */
    public suspend fun discard(id: MessageId): Discarded = told { core.discard(id.text) }.told()

    /** The person has seen everything that the phone has. Shown at once, told to the server when it can be reached. */
    public suspend fun markRead(): Unit = told { core.markRead() }

    /** The person is writing; call it at each keystroke. Lost when there is no connection. */
    public fun typing(): Unit = told { core.typing() }

    /** A window on the messages, beginning with the newest 50. */
    public fun timeline(): Timeline = Timeline(told { core.timeline() })
}

/** A window on the messages of one conversation: from some message to the newest, then those that wait to be sent. */
public class Timeline internal constructor(private val core: CoreTimeline) {
    /** The messages, oldest first, now and whenever they change. */
    public val messages: Flow<List<MessageItem>> = live { core.observe(LiveMessages(this)) }

    /** Widens the window by up to 50 older messages, from the phone or else from the server. */
    public suspend fun loadOlder(): Older = told { core.loadOlder() }.told()
}
