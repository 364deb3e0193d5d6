package tidings.ui.model

import tidings.sdk.Content
import tidings.sdk.MessageId
import tidings.sdk.Point
import tidings.sdk.Precision
import tidings.ui.Words
import tidings.ui.counted
import tidings.ui.locale
import tidings.ui.with

/**
 * The line to write in: words, what goes with them, and the message that is being edited, if any.
 *
 * @property before the words that stood here before the editing began.
 * @property replying the message that the words will quote.
 */
public data class Composer(
    val text: String = "",
    val attached: List<Attached> = emptyList(),
    val editing: MessageId? = null,
    val before: String = "",
    val replying: Quoted? = null,
) {
    /** Begins to give a message other words; what was being written comes back afterwards. */
    public fun edit(id: MessageId, words: String): Composer =
        copy(text = words, editing = id, before = if (editing == null) text else before)

    /** Leaves the editing. */
    public fun leaveEditing(): Composer = copy(text = before, editing = null, before = "")

    /** A photo, file or place more. A message holds one place: another takes its place. */
    public fun attach(more: Attached): Composer {
        val kept = if (more is Attached.Place) attached.filterNot { it is Attached.Place } else attached
        return copy(attached = kept + more)
    }

    public fun remove(gone: Attached): Composer = copy(attached = attached - gone)

    /** Other words or another exactness for the place. */
    public fun change(place: Attached.Place): Composer =
        copy(attached = attached.map { if (it is Attached.Place) place else it })

    /** What was not accepted stands here again, before what was written meanwhile. */
    internal fun takeBack(line: Composer): Composer {
        fun before(later: String) = joined(listOf(line.text, later))
        val words = if (editing == null) copy(text = before(text)) else copy(before = before(before))
        // A message holds one place: the later one.
        val back = if (attached.any { it is Attached.Place }) line.attached.filterNot { it is Attached.Place } else line.attached
        return words.copy(attached = back + attached, replying = replying ?: line.replying)
    }

    /** Why this cannot be sent, for a person; null: it can, or there is nothing yet. */
    public fun problem(words: Words): String? {
        val over = text.toByteArray().size - TEXT_BYTES
        val large = attached.firstOrNull { it is Attached.File && it.bytes > it.limit }
        return when {
            over > 0 -> words.counted(words.tooLong, charactersOver().toLong())
            attached.count { it is Attached.File } > FILES -> words.tooManyFiles
            large is Attached.File ->
                words.tooLargeFile.with("name" to large.name, "size" to size(large.limit, words.locale))
            else -> null
        }
    }

    /** Whether there is something to send, and nothing against it. */
    public fun canSend(words: Words): Boolean = problem(words) == null && contents().isNotEmpty()

    /** What is sent. */
    public fun contents(): List<Content> = buildList {
        if (text.isNotBlank()) add(Content.Text(text.trim()))
        if (editing == null) attached.forEach { attachment -> attachment.content()?.let(::add) }
    }

    /** How many characters from the end have to go: a limit in bytes is no help to a person. */
    private fun charactersOver(): Int {
        var bytes = 0
        var kept = 0
        while (kept < text.length) {
            val point = text.codePointAt(kept)
            bytes += when {
                point < 0x80 -> 1
                point < 0x800 -> 2
                point < 0x10000 -> 3
                else -> 4
            }
            if (bytes > TEXT_BYTES) break
            kept += Character.charCount(point)
        }
        return text.codePointCount(kept, text.length)
    }

    public companion object {
        /** What all words of a message may have together, in UTF-8. */
        public const val TEXT_BYTES: Int = 16 * 1024

        /** Files of a message. */
        public const val FILES: Int = 10
    }
}

/** Something that goes with the words. */
public sealed interface Attached {
    /**
     * @property picture whether it can be shown, and is made smaller before it is sent.
     * @property content what the package sends.
     */
    public class File(
        public val key: String,
        public val name: String,
        public val bytes: Long,
        public val picture: Boolean,
        public val content: Content.File,
    ) : Attached {
        internal val limit: Long get() = if (picture) PICTURE_BYTES else FILE_BYTES

        override fun equals(other: Any?): Boolean = other is File && other.key == key

        override fun hashCode(): Int = key.hashCode()
    }

    /** A place, with how exactly it is to be told. */
    public data class Place(val point: Point, val label: String = "", val precision: Precision = Precision.EXACT) : Attached

    public companion object {
        /** The largest picture. */
        public const val PICTURE_BYTES: Long = 32L * 1024 * 1024

        /** The largest other file. */
        public const val FILE_BYTES: Long = 100L * 1024 * 1024
    }
}

/** Several lots of words as one, each on lines of its own. */
internal fun joined(words: List<String>): String = words.filter { it.isNotBlank() }.joinToString("\n")

private fun Attached.content(): Content? = when (this) {
    is Attached.File -> content
    is Attached.Place -> {
        val label = label.trim().ifEmpty { null }
        // Hidden and without a name, there is nothing to tell.
        if (precision == Precision.HIDDEN && label == null) null else Content.Place(point, precision, label)
    }
}
