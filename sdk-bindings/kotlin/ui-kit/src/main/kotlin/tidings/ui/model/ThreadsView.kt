package tidings.ui.model

import tidings.sdk.Author
import tidings.sdk.ConversationId
import tidings.sdk.ConversationItem
import tidings.sdk.ConversationState
import tidings.sdk.MessageItem
import tidings.sdk.Opening
import tidings.sdk.Part
import tidings.sdk.RequestFor
import tidings.sdk.SendState
import tidings.ui.Words
import tidings.ui.with

/**
 * What the list of threads shows.
 *
 * @property rows null while the phone's own storage is read.
 */
public data class ThreadsView(val rows: List<ThreadRow>?, val notice: Notice?) {
    public companion object {
        /** Before anything is known. */
        public val loading: ThreadsView = ThreadsView(null, null)
    }
}

/** One thread in the list. */
public data class ThreadRow(
    val id: ConversationId,
    val title: String,
    val preview: String,
    val previewIs: Preview,
    val time: String,
    val unread: Long,
    val mark: RowMark?,
)

/** What the second line of a row is. */
public enum class Preview { MESSAGE, DRAFT, NOTE }

/** What is special about a thread. */
public enum class RowMark {
    /** Its last message, or the thread itself, waits to be sent. */
    WAITING,

    /** Something of it was refused. */
    FAILED,

    /** Agents consider it answered. */
    CLOSED,
}

/** The threads as the list shows them; [items] is null while nothing is known. */
public fun threadsView(items: List<ConversationItem>?, notice: Notice?, moments: Moments): ThreadsView =
    ThreadsView(items?.map { row(it, moments) }, notice)

private fun row(item: ConversationItem, moments: Moments): ThreadRow {
    val words = moments.words
    val last = item.lastMessage
    val draft = item.draft?.takeIf { it.isNotBlank() }
    val (preview, kind) = when {
        item.opening is Opening.Failed -> words.threadRefused to Preview.NOTE
        draft != null -> words.draftOf.with("words" to draft.onOneLine()) to Preview.DRAFT
        last == null -> "" to Preview.NOTE
        last.deleted -> words.deleted to Preview.NOTE
        last.author == Author.Me -> words.saidByMe.with("words" to gist(last, words)) to Preview.MESSAGE
        else -> gist(last, words) to if (last.author == Author.System) Preview.NOTE else Preview.MESSAGE
    }
    return ThreadRow(
        id = item.id,
        title = item.title?.takeIf { it.isNotBlank() } ?: words.untitled,
        preview = preview,
        previewIs = kind,
        time = moments.short(item.activeAt),
        unread = item.unread,
        mark = mark(item),
    )
}

private fun mark(item: ConversationItem): RowMark? = when {
    item.opening is Opening.Failed || item.lastMessage?.state is SendState.Failed -> RowMark.FAILED
    item.lastMessage?.state == SendState.Waiting || item.opening == Opening.Waiting -> RowMark.WAITING
    item.state == ConversationState.CLOSED -> RowMark.CLOSED
    else -> null
}

/** The thread in which a merged one goes on; [says] is in words for a person. */
public data class GoesOn(val id: ConversationId, val says: String)

/** Where a thread goes on, when it was merged into another one. */
public fun goesOn(item: ConversationItem, words: Words): GoesOn? = item.mergedInto?.let { into ->
    GoesOn(into.id, words.goesOn.with("title" to (into.title?.takeIf { it.isNotBlank() } ?: words.untitled)))
}

/** A message in one line: its words, or else what its first part is. */
internal fun gist(message: MessageItem, words: Words): String {
    if (message.plain.isNotBlank()) return message.plain.onOneLine()
    return message.parts.firstOrNull()?.let { gist(it, words) }.orEmpty()
}

internal fun gist(part: Part, words: Words): String = when (part) {
    is Part.Attachment -> if (part.isPicture) words.photo else part.name ?: words.file
    is Part.Location -> part.label ?: words.place
    is Part.LiveLocation -> words.live
    is Part.Form -> part.title
    is Part.Answers -> words.answers
    is Part.Choice -> part.label
    is Part.QuickReplies -> part.options.joinToString(" · ") { it.label }
    is Part.Request -> asks(part.what, words)
    is Part.System -> event(part.event, words)
    is Part.Unknown -> words.unsupported
    is Part.Text -> part.text.onOneLine()
}

internal fun asks(what: RequestFor, words: Words): String = when (what) {
    RequestFor.PLACE -> words.asksPlace
    RequestFor.PHOTO -> words.asksPhoto
}

internal fun event(event: String, words: Words): String = when (event) {
    "conversation_closed" -> words.conversationClosed
    "conversation_reopened" -> words.conversationReopened
    else -> words.somethingHappened
}

internal val Part.Attachment.isPicture: Boolean get() = width != null && height != null

private fun String.onOneLine() = trim().replace(Regex("\\s+"), " ")
