package tidings.ui.model

import tidings.sdk.SyncState
import tidings.ui.Words

/** What stands above a screen when something keeps messages from coming and going. */
public enum class Notice {
    /** The phone has no network. */
    OFFLINE,

    /** The server does not answer. */
    UNREACHABLE,

    /** The person must sign in again; the kit offers it. */
    SIGN_IN_REFUSED,

    /** The server refuses this version of the app. */
    UPDATE_NEEDED,

    /** Nobody is signed in. */
    SIGNED_OUT,

    /** What was missed is being fetched; shown as a thin moving line, not as words. */
    UPDATING,
    ;

    internal fun said(words: Words): String = when (this) {
        OFFLINE -> words.offline
        UNREACHABLE -> words.unreachable
        SIGN_IN_REFUSED -> words.signInRefused
        UPDATE_NEEDED -> words.updateNeeded
        SIGNED_OUT -> words.signedOut
        UPDATING -> words.updating
    }
}

/** What a person is to know of the connection; null: nothing. Connecting for a moment is not worth a word. */
public fun noticeOf(state: SyncState): Notice? = when (state) {
    SyncState.Offline -> Notice.OFFLINE
    is SyncState.Waiting -> Notice.UNREACHABLE
    SyncState.NeedsToken -> Notice.SIGN_IN_REFUSED
    is SyncState.Refused -> Notice.UPDATE_NEEDED
    SyncState.SignedOut -> Notice.SIGNED_OUT
    SyncState.SigningIn, SyncState.Connecting, SyncState.CatchingUp -> Notice.UPDATING
    SyncState.Suspended, SyncState.Live, SyncState.Polling -> null
}
