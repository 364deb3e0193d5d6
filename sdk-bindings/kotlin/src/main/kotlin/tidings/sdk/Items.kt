package tidings.sdk

import java.time.Instant
import tidings.sdk.core.CoreAmending
import tidings.sdk.core.CoreAuthor
import tidings.sdk.core.CoreConversationItem
import tidings.sdk.core.CoreConversationState
import tidings.sdk.core.CoreMessageItem
import tidings.sdk.core.CoreOpening
import tidings.sdk.core.CoreQuote
import tidings.sdk.core.CoreQuoteHead
import tidings.sdk.core.CoreRefusal
import tidings.sdk.core.CoreSendState

/** Which conversation; made on the phone that started it. */
@JvmInline
public value class ConversationId(public val text: String) {
    override fun toString(): String = text
}

/** Which message; made on the sender's device, and the same before and after it was sent. */
@JvmInline
public value class MessageId(public val text: String) {
    override fun toString(): String = text
}

/**
 * One thread in the list of threads. [id] is its key.
 *
 * @property unread the server's count, or fewer while the phone's own receipt is on its way.
 * @property lastMessage the newest message, those that still wait to be sent included.
 * @property draft what the person has begun to write, as [Conversation.setDraft] kept it.
 * @property activeAt the time to show; lists show the newest first.
 * @property mergedInto where it goes on: an agent has merged it into another thread of the same person. Writing in it is still
 *   possible, and makes it a thread of its own again.
 */
public data class ConversationItem(
    val id: ConversationId,
    val title: String?,
    val state: ConversationState,
    val unread: Long,
    val lastMessage: MessageItem?,
    val draft: String?,
    val activeAt: Instant,
    val opening: Opening,
    val mergedInto: MergedInto? = null,
)

/** The thread in which a merged one goes on; [title] is null when it is called nothing, or is not on the phone. */
public data class MergedInto(val id: ConversationId, val title: String?)

/** Whether a thread waits for anything more. Writing in a closed one opens it again. */
public enum class ConversationState { OPEN, CLOSED }

/** How far a conversation that was started on this phone has come. */
public sealed interface Opening {
    /** The server knows it. */
    public data object Open : Opening

    /** The server does not know it yet. */
    public data object Waiting : Opening

    /** The server refuses it, for good; its messages cannot be sent. */
    public data class Failed(val refusal: Refusal) : Opening
}

/**
 * One message in a timeline. [id] is its key, before and after it was sent.
 *
 * @property seq its number, once the server has stored it.
 * @property parts what it says; empty when it was deleted.
 * @property text all its words, as they were typed.
 * @property sentAt when the server stored it, or when it was written as long as it waits. Shown, never sorted by.
 * @property amending whether the server is still to be told that it was edited or deleted on this phone; it is shown as its
 *   author wants it.
 * @property state how far it has come; null for messages of others.
 * @property uploading how far its files have come, as long as it waits to be sent; else empty.
 * @property quote the message of this conversation that it answers, if it names one.
 * @property plain all its words without the marks by which agents set them off: for lists, notifications, the clipboard.
 */
public data class MessageItem(
    val id: MessageId,
    val conversationId: ConversationId,
    val seq: Long?,
    val author: Author,
    val parts: List<Part>,
    val text: String,
    val sentAt: Instant,
    val editedAt: Instant?,
    val deleted: Boolean,
    val amending: Amending?,
    val state: SendState?,
    val uploading: List<FileProgress>,
    val quote: Quote? = null,
    val plain: String = text,
)

/**
 * A message that another one answers, as it is now.
 *
 * @property head how it begins; null when it is not on the phone: it is older than what was fetched, or the server keeps it no
 *   more.
 */
public data class Quote(val messageId: MessageId, val head: QuoteHead?)

/**
 * How a quoted message begins.
 *
 * @property text its first words without marks, at most 200 characters, on one line; blank when it has none.
 * @property thing the first thing in it that is not words: a photo, a place.
 * @property deleted whether it was deleted; then it says nothing.
 */
public data class QuoteHead(val author: Author, val text: String, val thing: Part?, val deleted: Boolean)

/** Who wrote a message. */
public sealed interface Author {
    /** The user of this phone, on this or another device. */
    public data object Me : Author

    /** Somebody of the company. */
    public data class Agent(val id: String, val name: String) : Author

    /** Tidings itself. */
    public data object System : Author
}

/** How far a message of one's own has come. */
public sealed interface SendState {
    /** In the outbox: sent as soon as that is possible. */
    public data object Waiting : SendState

    /** On its way now. */
    public data object Sending : SendState

    /** Stored by the server, and so delivered: the company's inbox shows it. */
    public data object Sent : SendState

    /** Seen by an agent. */
    public data object Read : SendState

    /** The server refuses it, for good: [Conversation.retry] or [Conversation.discard] it. */
    public data class Failed(val refusal: Refusal) : SendState
}

/** How far an edit or a deletion of this phone has come that the server has not taken. */
public sealed interface Amending {
    /** The server is told as soon as that is possible. */
    public data object Waiting : Amending

    /** The server refuses it, for good, and the message is shown as it was: [Conversation.retry] or [Conversation.discard] the change. */
    public data class Failed(val refusal: Refusal) : Amending
}

/** Why the server refused something for good: its problem's code, and its words for a developer. */
public data class Refusal(val code: String, val detail: String)

internal fun CoreConversationItem.told() = ConversationItem(
    id = ConversationId(id),
    title = title,
    state = when (state) {
        CoreConversationState.OPEN -> ConversationState.OPEN
        CoreConversationState.CLOSED -> ConversationState.CLOSED
    },
    unread = unread,
    lastMessage = lastMessage?.told(),
    draft = draft,
    activeAt = Instant.ofEpochMilli(activeAtMs),
    opening = when (val opening = opening) {
        CoreOpening.Open -> Opening.Open
        CoreOpening.Waiting -> Opening.Waiting
        is CoreOpening.Failed -> Opening.Failed(opening.refusal.told())
    },
    mergedInto = mergedInto?.let { MergedInto(ConversationId(it.id), it.title) },
)

internal fun CoreMessageItem.told() = MessageItem(
    id = MessageId(id),
    conversationId = ConversationId(conversationId),
    seq = seq,
    author = author.told(),
    parts = parts.map { it.told() },
    text = text,
    sentAt = Instant.ofEpochMilli(sentAtMs),
    editedAt = editedAtMs?.let(Instant::ofEpochMilli),
    deleted = deleted,
    amending = amending?.told(),
    state = state?.told(),
    uploading = uploading.map { it.told() },
    quote = quote?.told(),
    plain = plain,
)

private fun CoreQuote.told() = Quote(MessageId(messageId), head?.told())

private fun CoreQuoteHead.told() = QuoteHead(author.told(), text, thing?.told(), deleted)

private fun CoreAuthor.told(): Author = when (this) {
    CoreAuthor.Me -> Author.Me
    is CoreAuthor.Agent -> Author.Agent(id, name)
    CoreAuthor.System -> Author.System
}

private fun CoreSendState.told(): SendState = when (this) {
    CoreSendState.Waiting -> SendState.Waiting
    CoreSendState.Sending -> SendState.Sending
    CoreSendState.Sent -> SendState.Sent
    CoreSendState.Read -> SendState.Read
    is CoreSendState.Failed -> SendState.Failed(refusal.told())
}

private fun CoreAmending.told(): Amending = when (this) {
    CoreAmending.Waiting -> Amending.Waiting
    is CoreAmending.Failed -> Amending.Failed(refusal.told())
}

private fun CoreRefusal.told() = Refusal(code, detail)
