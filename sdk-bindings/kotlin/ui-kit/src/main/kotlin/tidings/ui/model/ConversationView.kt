package tidings.ui.model

import tidings.sdk.Block
import tidings.sdk.FormField
import tidings.sdk.MessageId
import tidings.sdk.QuickReply
import tidings.sdk.RequestFor

/**
 * What one thread shows.
 *
 * @property lines oldest first; null while the phone's own storage is read.
 * @property expected when an answer may be expected, in words.
 * @property typing the name of whoever is writing.
 * @property closed whether agents consider the thread answered; the person can write all the same, which opens it again.
 * @property goesOn where it goes on, when it was merged into another thread.
 * @property problem what did not work, in words for a person.
 */
public data class ConversationView(
    val title: String,
    val lines: List<Line>?,
    val older: OlderMessages,
    val newest: NewestMessages = NewestMessages.SHOWN,
    val notice: Notice? = null,
    val expected: String? = null,
    val typing: String? = null,
    val closed: Boolean = false,
    val goesOn: GoesOn? = null,
    val problem: String? = null,
) {
    public companion object {
        /** Before anything is known. */
        public fun loading(title: String): ConversationView = ConversationView(title, null, OlderMessages.NONE)
    }
}

/** Whether there is more before the first line. */
public enum class OlderMessages {
    NONE,
    MORE,
    LOADING,

    /** They could not be had. They are asked for again when the person wants it, and not before. */
    FAILED,
}

/** Whether the last line is the newest message; after a jump into the past it is not. */
public enum class NewestMessages { SHOWN, ELSEWHERE }

/** One line of a thread; [key] is its own for as long as it is shown. */
public sealed interface Line {
    public val key: String

    /** The messages of another day begin. */
    public data class Day(override val key: String, val label: String) : Line

    /** What follows was not read before the thread was opened. */
    public data object New : Line {
        override val key: String = "new"
    }

    /** Something that happened. */
    public data class Event(override val key: String, val text: String) : Line

    /** A message. */
    public data class Bubble(
        val id: MessageId,
        val side: Side,
        val author: String,
        val place: InGroup,
        val pieces: List<Piece>,
        val time: String,
        val edited: Boolean,
        val status: Status?,
        val acts: List<Act>,
        val quoted: Quoted? = null,
    ) : Line {
        override val key: String get() = id.text
    }
}

/** How a message begins that another one answers; [text] is what it is, when it has no words. */
public data class Quoted(val message: MessageId, val author: String?, val text: String)

/** Who says it. */
public enum class Side { ME, THEM }

/** Where a bubble stands among those of the same author: the first has the name, the last the corner. */
public enum class InGroup {
    ONLY, FIRST, MIDDLE, LAST;

    internal val begins: Boolean get() = this == ONLY || this == FIRST
    internal val ends: Boolean get() = this == ONLY || this == LAST
}

/** How far a message, or a change of one, has come. */
public sealed interface Status {
    public data object Waiting : Status
    public data object Sending : Status
    public data object Sent : Status
    public data object Read : Status

    /** The server refused it; [reason] is for a person. */
    public data class Failed(val reason: String) : Status

    /** It was edited or deleted here, and the server does not know yet. */
    public data object ChangeWaiting : Status

    /** It was edited or deleted here, and the server refused that. */
    public data object ChangeFailed : Status
}

/** What may be done with a message. */
public enum class Act { REPLY, COPY, EDIT, STOP_SHARING, DELETE, RETRY, DISCARD, CANCEL }

/** The message that answers a request; [declined]: the person would rather not. */
public data class RequestAnswer(val message: MessageId, val declined: Boolean)

/** One thing that a message says. */
public sealed interface Piece {
    /** @property blocks what they look like; for a screen reader they are their letters. */
    public data class Words(val blocks: List<Block>) : Piece

    /** In the place of a deleted message. */
    public data object Deleted : Piece

    /** @property progress from 0 to 1 while it is being sent. */
    public data class Picture(
        val attachmentId: String,
        val name: String?,
        val width: Int,
        val height: Int,
        val thumbhash: String?,
        val progress: Double?,
    ) : Piece

    public data class Document(val attachmentId: String, val name: String, val size: String, val progress: Double?) : Piece

    /** @property accuracy how exact it is, in words. */
    public data class Place(val latitude: Double, val longitude: Double, val label: String?, val accuracy: String?) : Piece

    /**
     * A place that moves for a while.
     *
     * @property place where the person was last; null before the first place, and when it is over.
     * @property says until when, or that it is over.
     * @property seen how old the place is.
     * @property stops whether the person shares it and can end it.
     */
    public data class Live(val message: MessageId, val place: Place?, val says: String, val seen: String?, val stops: Boolean) : Piece

    /** @property open whether one of them can still be chosen. */
    public data class Choices(val message: MessageId, val options: List<QuickReply>, val open: Boolean) : Piece

    /** @property open whether it can still be filled in. */
    public data class Form(val message: MessageId, val title: String, val fields: List<FormField>, val open: Boolean) : Piece

    public data class Answers(val answers: List<Pair<String, String>>) : Piece

    /**
     * Asks for something; the words beside it say what it is for.
     *
     * @property answer how the person answered; null: it waits.
     */
    public data class Request(val message: MessageId, val what: RequestFor, val answer: RequestAnswer?) : Piece

    /** A part of a later version. */
    public data object Unsupported : Piece
}
