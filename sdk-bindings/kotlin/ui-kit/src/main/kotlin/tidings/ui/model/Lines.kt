package tidings.ui.model

import tidings.sdk.Amending
import tidings.sdk.Author
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Part
import tidings.sdk.Quote
import tidings.sdk.Refusal
import tidings.sdk.RequestFor
import tidings.sdk.SendState
import tidings.ui.Words

/**
 * The messages of a thread as lines.
 *
 * @param messages oldest first.
 * @param firstNew the first message that was unread when the thread was opened; a line stands above it.
 */
public fun linesOf(messages: List<MessageItem>, firstNew: MessageId?, moments: Moments): List<Line> {
    val answered = answered(messages)
    val given = given(messages)
    val lines = mutableListOf<Line>()
    messages.forEachIndexed { index, message ->
        val before = messages.getOrNull(index - 1)
        if (before == null || moments.day(before.sentAt) != moments.day(message.sentAt)) {
            lines += Line.Day("day-${message.id}", moments.dayLine(moments.day(message.sentAt)))
        }
        if (message.id == firstNew) lines += Line.New
        val event = message.parts.filterIsInstance<Part.System>().firstOrNull()
        lines += if (message.author == Author.System && event != null) {
            Line.Event(message.id.text, event(event.event, moments.words))
        } else {
            bubble(message, group(messages, index, firstNew, moments), answered, given[message.id], moments)
        }
    }
    return lines
}

/** The first of the last [unread] messages that others wrote. */
public fun firstNew(messages: List<MessageItem>, unread: Long): MessageId? {
    if (unread <= 0) return null
    return messages.filter { it.author is Author.Agent }.takeLast(unread.coerceAtMost(Int.MAX_VALUE.toLong()).toInt()).firstOrNull()?.id
}

private fun bubble(
    message: MessageItem,
    place: InGroup,
    answered: Set<MessageId>,
    given: RequestAnswer?,
    moments: Moments,
): Line.Bubble {
    val mine = message.author == Author.Me
    val status = status(message, moments.words)
    return Line.Bubble(
        id = message.id,
        side = if (mine) Side.ME else Side.THEM,
        author = name(message.author, moments.words),
        place = place,
        pieces = pieces(message, message.id !in answered, moments, given),
        time = moments.time(message.sentAt),
        edited = message.editedAt != null && !message.deleted,
        status = status,
        acts = acts(message, mine, status, moments),
        quoted = message.quote?.takeUnless { message.deleted }?.let { quoted(it, moments.words) },
    )
}

private fun acts(message: MessageItem, mine: Boolean, status: Status?, moments: Moments): List<Act> = buildList {
    // What was deleted or refused cannot be quoted.
    if (!message.deleted && status !is Status.Failed) add(Act.REPLY)
    if (mine && pieces(message, open = false, moments).any { it is Piece.Live && it.stops }) add(Act.STOP_SHARING)
    if (mine) addAll(ownActs(message, status)) else if (message.text.isNotBlank()) add(Act.COPY)
}

private fun name(author: Author, words: Words): String = when (author) {
    Author.Me -> words.me
    is Author.Agent -> author.name.ifBlank { words.company }
    Author.System -> words.company
}

private fun quoted(quote: Quote, words: Words): Quoted {
    val head = quote.head ?: return Quoted(quote.messageId, null, words.quotedEarlier)
    val thing = head.thing
    val text = when {
        head.deleted -> words.deleted
        head.text.isNotBlank() -> head.text
        thing != null -> gist(thing, words)
        else -> words.quotedEarlier
    }
    return Quoted(quote.messageId, name(head.author, words), text)
}

/** A message as the line to write in quotes it. */
internal fun quoted(message: MessageItem, words: Words): Quoted =
    Quoted(message.id, name(message.author, words), gist(message, words))

private fun status(message: MessageItem, words: Words): Status? = when (message.amending) {
    Amending.Waiting -> Status.ChangeWaiting
    is Amending.Failed -> Status.ChangeFailed
    null -> when (val state = message.state) {
        null -> null
        SendState.Waiting -> Status.Waiting
        SendState.Sending -> Status.Sending
        SendState.Sent -> Status.Sent
        SendState.Read -> Status.Read
        is SendState.Failed -> Status.Failed(reason(state.refusal, words))
    }
}

private fun reason(refusal: Refusal, words: Words): String = when (refusal.code) {
    "file_refused" -> words.fileRefused
    "too_large", "payload_too_large", "body_too_large" -> words.tooLarge
    else -> words.refusedOtherwise
}

/** What does not help is not offered: a refused message is retried or discarded, and words alone are edited. */
private fun ownActs(message: MessageItem, status: Status?): List<Act> = buildList {
    if (status is Status.Failed || status == Status.ChangeFailed) {
        add(Act.RETRY)
        add(Act.DISCARD)
    }
    if (message.deleted) return@buildList
    if (message.text.isNotBlank()) add(Act.COPY)
    if (status is Status.Failed) return@buildList
    if (message.parts.any { it is Part.Text }) add(Act.EDIT)
    add(if (status == Status.Waiting) Act.CANCEL else Act.DELETE)
}

/** Questions that were answered: what they offer cannot be chosen again. */
private fun answered(messages: List<MessageItem>): Set<MessageId> = buildSet {
    for (message in messages) {
        for (part in message.parts) {
            if (part is Part.Choice) add(part.messageId)
            if (part is Part.Answers) add(part.messageId)
        }
    }
}

/** What answers each request: the first message of the person that gives what was asked for, or that they would rather not. */
private fun given(messages: List<MessageItem>): Map<MessageId, RequestAnswer> = buildMap {
    val asked = messages.associate { it.id to it.parts.filterIsInstance<Part.Request>().firstOrNull()?.what }
    for (message in messages) {
        // What was taken back or refused answers nothing: the request waits again.
        if (message.author != Author.Me || message.deleted || message.state is SendState.Failed) continue
        val quoted = message.quote?.messageId
        for (part in message.parts) {
            if (part is Part.Choice && part.declines) putIfAbsent(part.messageId, RequestAnswer(message.id, declined = true))
            if (quoted != null && asked[quoted]?.isIn(part) == true) putIfAbsent(quoted, RequestAnswer(message.id, declined = false))
        }
    }
}

private fun RequestFor.isIn(part: Part): Boolean = when (this) {
    RequestFor.PLACE -> part is Part.Location || part is Part.LiveLocation
    RequestFor.PHOTO -> part is Part.Attachment && part.isPicture
}

/** Five minutes between two messages begin a new group. */
private const val GROUP_SECONDS = 300L

private fun group(messages: List<MessageItem>, index: Int, firstNew: MessageId?, moments: Moments): InGroup {
    fun together(first: MessageItem?, second: MessageItem?): Boolean = first != null && second != null &&
        first.author == second.author && second.id != firstNew &&
        second.sentAt.epochSecond - first.sentAt.epochSecond < GROUP_SECONDS &&
        moments.day(first.sentAt) == moments.day(second.sentAt)
    val withBefore = together(messages.getOrNull(index - 1), messages[index])
    val withNext = together(messages[index], messages.getOrNull(index + 1))
    return when {
        withBefore && withNext -> InGroup.MIDDLE
        withBefore -> InGroup.LAST
        withNext -> InGroup.FIRST
        else -> InGroup.ONLY
    }
}
