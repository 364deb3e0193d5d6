package tidings.ui

import tidings.sdk.ConversationId
import tidings.sdk.FieldValue
import tidings.sdk.MessageId
import tidings.sdk.ShareFor
import tidings.ui.model.Attached
import tidings.ui.model.Piece

/** What the person wants, on the list of threads. */
public sealed interface ThreadsWish {
    public data class Open(val id: ConversationId) : ThreadsWish
    public data object Start : ThreadsWish
    public data object SignIn : ThreadsWish
}

/** What the person wants, in a thread. */
public sealed interface Wish {
    public data object Back : Wish
    public data object SignIn : Wish

    /** Other words in the line to write in. */
    public data class Write(val text: String) : Wish
    public data object Send : Wish

    /** Something is to be picked; the app shows its picker and gives what was picked to the composer. */
    public data class Attach(val offer: Offer) : Wish
    public data class Remove(val attached: Attached) : Wish
    public data class ChangePlace(val place: Attached.Place) : Wish
    /** Answers one message among many: the next words quote it. */
    public data class Reply(val message: MessageId) : Wish
    public data object LeaveReply : Wish
    public data class ShowQuoted(val message: MessageId) : Wish
    public data class Edit(val message: MessageId) : Wish
    public data object LeaveEditing : Wish
    public data class Copy(val message: MessageId) : Wish
    public data class Delete(val message: MessageId) : Wish
    public data class Retry(val message: MessageId) : Wish

    /** Throws away what was refused, or what waits to be sent. */
    public data class Discard(val message: MessageId) : Wish
    public data class Choose(val question: MessageId, val optionId: String) : Wish
    public data class Answer(val question: MessageId, val answers: Map<String, FieldValue>) : Wish

    /** The person would rather not share what a message asks for. */
    public data class Decline(val question: MessageId) : Wish
    public data class OpenPicture(val attachmentId: String) : Wish
    public data class OpenFile(val attachmentId: String) : Wish
    public data class OpenPlace(val place: Piece.Place) : Wish

    /** Shows the thread in which this one goes on. */
    public data class OpenThread(val id: ConversationId) : Wish

    /**
     * Shares the person's place live for so long. It is for the app: it asks for the permission, calls
     * [tidings.sdk.Conversation.shareLivePlace], measures and feeds the places.
     */
    public data class ShareLive(val time: ShareFor) : Wish

    /** Ends a share of the person's own. */
    public data class EndLive(val message: MessageId) : Wish
    public data object LoadOlder : Wish
    public data object ToNewest : Wish
    public data object DismissProblem : Wish
}

/** What an app lets a person attach: those that it has a picker for. [LIVE] is offered by apps that share places live. */
public enum class Offer { PHOTO, FILE, PLACE, LIVE }
