package tidings.sdk

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import tidings.sdk.core.CoreAccount
import tidings.sdk.core.CoreAnswering
import tidings.sdk.core.CoreDiscarded
import tidings.sdk.core.CoreNewer
import tidings.sdk.core.CoreOlder
import tidings.sdk.core.CoreOlderState
import tidings.sdk.core.CoreSyncState
import tidings.sdk.core.CoreVisit

/** How the client stands to the server. */
public sealed interface SyncState {
    /** Nobody is signed in. */
    public data object SignedOut : SyncState

    /** In the background: nothing is connected, nothing is open. */
    public data object Suspended : SyncState

    /** The phone has no network. */
    public data object Offline : SyncState

    /** Getting a session. */
    public data object SigningIn : SyncState

    /** The app's backend or the server refused to say who this is; sign in again. */
    public data object NeedsToken : SyncState

    /** Opening a connection. */
    public data object Connecting : SyncState

    /** Connected; fetching what was missed. */
    public data object CatchingUp : SyncState

    /** Connected, and everything is here. */
    public data object Live : SyncState

    /** Sockets do not get through here, so changes are asked for every quarter of a minute. */
    public data object Polling : SyncState

    /** The server could not be reached; tried again then. */
    public data class Waiting(val retryAt: Instant) : SyncState

    /** The server refuses this client; the close code of the protocol says why. A later version of the app may help. */
    public data class Refused(val code: Int) : SyncState
}

/**
 * Who answers, and how soon. Each part may be unknown; show then what is known, and promise nothing.
 *
 * @property usuallyWithin half of the answers of the last weeks came within this time, of the hours in which the team answers.
 * @property backAt nobody is there until then; one that has passed says nothing any more.
 * @property names who answered last, at most three, the last first.
 */
public data class Answering(val usuallyWithin: Duration?, val backAt: Instant?, val names: List<String>)

/** Whether the app is on the screen. */
public enum class Visibility { FOREGROUND, BACKGROUND }

/** Whether the phone has a network. */
public enum class Network { AVAILABLE, UNAVAILABLE }

/**
 * Who is signed in.
 *
 * @property anonymous whether no backend vouches for them.
 * @property userId their id at the server; null until the first contact.
 */
public data class Account(val anonymous: Boolean, val userId: String?)

/** What becomes of a user's store when they sign out. */
public enum class SignOut {
    /** It is erased from the phone, with what was not sent yet. */
    ERASE,

    /** It is closed and hidden, and there again when the same user signs in on this phone. */
    KEEP,
}

/** How a background visit to the server ended. */
public enum class Visit {
    /** Everything was fetched and everything was sent. */
    DONE,

    /** The time was up first; it goes on next time. */
    TIME_UP,
}

/** What became of a message that the app wanted to throw away. */
public enum class Discarded {
    /** It is gone and will not be sent again. */
    REMOVED,

    /** It is on its way at this moment, or was sent. */
    TOO_LATE,
}

/** What a request for older messages found. */
public enum class Older {
    /** There are more before these. */
    MORE,

    /** The timeline now begins with the first message. */
    START,
}

/** How it stands with the messages before a timeline's first, of which the phone has none. */
public sealed interface OlderState {
    /** They may be asked for. */
    public data object Idle : OlderState

    /** They are on their way. */
    public data object Loading : OlderState

    /** They did not come. Before [retryAt], asking for them again fails at once. */
    public data class Failed(val retryAt: Instant) : OlderState
}

/** What a request for newer messages found, after a jump into the past. */
public enum class Newer {
    /** There are more after these. */
    MORE,

    /** The timeline now ends with the newest message, and follows it. */
    END,
}

internal fun CoreOlderState.told(): OlderState = when (this) {
    CoreOlderState.Idle -> OlderState.Idle
    CoreOlderState.Loading -> OlderState.Loading
    is CoreOlderState.Failed -> OlderState.Failed(Instant.ofEpochMilli(retryAtMs))
}

internal fun CoreNewer.told(): Newer = when (this) {
    CoreNewer.MORE -> Newer.MORE
    CoreNewer.END -> Newer.END
}

internal fun CoreSyncState.told(): SyncState = when (this) {
    CoreSyncState.SignedOut -> SyncState.SignedOut
    CoreSyncState.Suspended -> SyncState.Suspended
    CoreSyncState.Offline -> SyncState.Offline
    CoreSyncState.SigningIn -> SyncState.SigningIn
    CoreSyncState.NeedsToken -> SyncState.NeedsToken
    CoreSyncState.Connecting -> SyncState.Connecting
    CoreSyncState.CatchingUp -> SyncState.CatchingUp
    CoreSyncState.Live -> SyncState.Live
    CoreSyncState.Polling -> SyncState.Polling
    is CoreSyncState.Waiting -> SyncState.Waiting(Instant.ofEpochMilli(retryAtMs))
    is CoreSyncState.Refused -> SyncState.Refused(code.toInt())
}

internal fun CoreAnswering.told() =
    Answering(usuallyWithinS?.toInt()?.seconds, backAtMs?.let(Instant::ofEpochMilli), names)

internal fun CoreAccount.told() = Account(anonymous, userId)

internal fun CoreVisit.told(): Visit = when (this) {
    CoreVisit.DONE -> Visit.DONE
    CoreVisit.TIME_UP -> Visit.TIME_UP
}

internal fun CoreDiscarded.told(): Discarded = when (this) {
    CoreDiscarded.REMOVED -> Discarded.REMOVED
    CoreDiscarded.TOO_LATE -> Discarded.TOO_LATE
}

internal fun CoreOlder.told(): Older = when (this) {
    CoreOlder.MORE -> Older.MORE
    CoreOlder.START -> Older.START
}
