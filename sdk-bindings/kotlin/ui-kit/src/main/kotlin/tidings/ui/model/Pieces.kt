package tidings.ui.model

import java.util.Locale
import tidings.sdk.Author
import tidings.sdk.Block
import tidings.sdk.MessageItem
import tidings.sdk.Part
import tidings.sdk.Run
import tidings.ui.Words
import tidings.ui.locale
import tidings.ui.with

/** What a message says, piece by piece; [open]: its question has not been answered; [answer]: what answered its request. */
internal fun pieces(message: MessageItem, open: Boolean, moments: Moments, answer: RequestAnswer? = null): List<Piece> {
    val words = moments.words
    if (message.deleted) return listOf(Piece.Deleted)
    val progress = message.uploading.associate { it.attachmentId to it.progress }
    return message.parts.mapNotNull { part ->
        when (part) {
            is Part.Text -> part.blocks.takeIf { part.text.isNotBlank() }?.let(Piece::Words)
            is Part.Attachment -> attachment(part, progress[part.id], words)
            is Part.Location -> Piece.Place(part.latitude, part.longitude, part.label, part.accuracyMetres?.let { within(it, words) })
            is Part.LiveLocation -> live(message, part, moments)
            is Part.QuickReplies -> Piece.Choices(message.id, part.options, open)
            is Part.Form -> Piece.Form(message.id, part.title, part.fields, open)
            is Part.Choice -> Piece.Words(listOf(Block.Paragraph(listOf(Run(part.label)))))
            is Part.Answers -> Piece.Answers(part.fields.map { it.label to it.value })
            is Part.Request -> Piece.Request(message.id, part.what, answer)
            is Part.System -> null
            is Part.Unknown -> Piece.Unsupported
        }
    }
}

private fun live(message: MessageItem, part: Part.LiveLocation, moments: Moments): Piece {
    val words = moments.words
    val until = part.until ?: message.sentAt.plusMillis(part.time.inWholeMilliseconds)
    // The phone forgets the place at its time; what is on the screen by then is not shown as if it went on.
    val over = part.ended || until <= moments.now
    val last = part.last.takeUnless { over }
    return Piece.Live(
        message.id,
        last?.let { Piece.Place(it.latitude, it.longitude, null, it.accuracyMetres?.let { metres -> within(metres, words) }) },
        if (over) words.liveEnded else words.liveUntil.with("time" to moments.time(until)),
        if (over) null else last?.let { words.liveSeen.with("time" to moments.time(it.receivedAt)) } ?: words.liveNowhere,
        stops = !over && message.author == Author.Me,
    )
}

private fun attachment(part: Part.Attachment, progress: Double?, words: Words): Piece {
    val (width, height) = part.width to part.height
    return if (width != null && height != null) {
        Piece.Picture(part.id, part.name, width, height, part.thumbhash, progress)
    } else {
        Piece.Document(part.id, part.name ?: words.file, size(part.bytes, words.locale), progress)
    }
}

private fun within(metres: Double, words: Words): String {
    val distance = if (metres < 1_000) {
        "%.0f m".format(words.locale, metres)
    } else {
        "%.1f km".format(words.locale, metres / 1_000)
    }
    return words.within.with("distance" to distance)
}

/** 2,4 MB: in steps of a thousand, as phones count. */
internal fun size(bytes: Long, locale: Locale): String {
    val french = locale.language == "fr"
    val (kilo, mega) = if (french) "ko" to "Mo" else "kB" to "MB"
    return when {
        bytes < 1_000 -> "%d %s".format(locale, bytes, if (french) "o" else "B")
        bytes < 1_000_000 -> "%.0f %s".format(locale, bytes / 1e3, kilo)
        else -> "%.1f %s".format(locale, bytes / 1e6, mega)
    }
}
