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
     * Sends several things in one message, such as words, photos and a place; works without a network. Files are taken in before
     * this returns. What cannot be sent is refused at once, with [ErrorCode.INVALID_INPUT] and the reason.
     */
    public suspend fun send(contents: List<Content>): MessageId =
        MessageId(told { core.sendContents(contents.map { it.core() }) })

    /**
     * Answers one message of this conversation, anybody's: several things in a message that quotes it; works without a network, and
     * the quoted message may itself wait to be sent. Should the server not have it, this one goes without the quote.
     *
     * @param quoting a message that is on the phone and was neither deleted nor refused.
     */
    public suspend fun send(contents: List<Content>, quoting: MessageId): MessageId =
        MessageId(told { core.sendQuoting(quoting.text, contents.map { it.core() }) })

    /**
     * Shares where the person is for a while, in one message whose place moves; works without a network. Nothing here measures a
     * place: feed it ([TidingsClient.moveLivePlace]). The time counts from now on; a share that never left the phone by its end is
     * never sent. [ErrorCode.SWITCHED_OFF] unless the app has [Locations.LIVE]; [ErrorCode.INVALID_INPUT] when this phone shares
     * its place in this conversation already.
     */
    public suspend fun shareLivePlace(time: ShareFor): MessageId = MessageId(told { core.shareLivePlace(time.core()) })

    /**
     * Ends a share of the person's own before its time, begun here or on another phone; works without a network. Its last place is
     * gone from the phone when this returns, and from everywhere else when the server is reached.
     */
    public suspend fun endLivePlace(id: MessageId): Unit = told { core.endLivePlace(id.text) }

    /** Answers a message that offers choices, with one of them; works without a network. */
    public suspend fun choose(question: MessageId, optionId: String): MessageId =
        MessageId(told { core.choose(question.text, optionId) })

    /**
     * Says that the person would rather not share what a message asks for ([Part.Request]); works without a network. To share
     * it, [send] a place or a photo that quotes the message.
     *
     * @param words what the person read on the button, at most 256 bytes of UTF-8: the agents read it.
     */
    public suspend fun declineRequest(question: MessageId, words: String): MessageId =
        MessageId(told { core.declineRequest(question.text, words) })

    /**
     * Answers a message that holds a form; works without a network. Each required field must be answered, each in its own kind.
     *
     * @param answers by the ids of the fields.
     */
    public suspend fun answerForm(question: MessageId, answers: Map<String, FieldValue>): MessageId =
        MessageId(told { core.answerForm(question.text, answers.core()) })

    /** What the person has begun to write here; it outlives the process. Sending the same words ends it. */
    public suspend fun draft(): String? = told { core.draft() }

    /** Keeps what the person has begun to write, in the place of the last draft; blank: there is none any more. */
    public suspend fun setDraft(text: String): Unit = told { core.setDraft(text) }

    /**
     * Replaces the custom fields of this conversation, which agents see; works without a network. Of several settings the last
     * one counts.
     *
     * @param fields as of [TidingsClient.setUserFields].
     */
    public suspend fun setFields(fields: Map<String, CustomValue>): Unit = told { core.setFields(fields.fields()) }

    /**
     * Gives one of the person's own messages other words, in the place of all its text; works without a network and is shown at
     * once. A message that has not set off is sent with the new words.
     */
    public suspend fun edit(id: MessageId, text: String): Unit = told { core.edit(id.text, text) }

    /**
     * Takes one of the person's own messages back, for everybody; works without a network and is shown at once. It cannot be
     * undone. A message that has not set off goes away; another stays in its place, without what it said.
     */
    public suspend fun delete(id: MessageId): Unit = told { core.delete(id.text) }

    /**
     * Sends a message again that the server refused, or tells it once more of an edit that it refused. Answers its id, which is another one if the server refused the message
     * because of its id (`id_conflict`).
     */
    public suspend fun retry(id: MessageId): MessageId = MessageId(told { core.retry(id.text) })

    /** Throws a message away that waits or was refused; of another, an edit or a deletion that the server does not know of. */
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

    /**
     * Widens the window by up to 50 older messages, from the phone or else from the server. A page that failed is not asked for again at once,
     * however often this is called: see [olderState].
     */
    public suspend fun loadOlder(): Older = told { core.loadOlder() }.told()

    /** How it stands with the page before the first message that the phone has. */
    public val olderState: OlderState get() = told { core.olderState() }.told()

    /** Moves the window to a message that is on the phone, such as one that a search found, with 25 before and 25 after it. */
    public suspend fun jumpTo(message: MessageId): Unit = told { core.jumpTo(message.text) }

    /** Widens a window that ends before the newest message, after a jump, by up to 50 newer ones. */
    public suspend fun loadNewer(): Newer = told { core.loadNewer() }.told()

    /** Moves the window back to the newest messages. */
    public fun jumpToNewest(): Unit = told { core.jumpToNewest() }
}
