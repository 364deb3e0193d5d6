package tidings.sdk

import tidings.sdk.core.CoreErrorCode
import tidings.sdk.core.CoreException
import tidings.sdk.core.InternalException

/**
 * Why something the app asked for did not happen. What merely has to wait for a network is never an error: it waits in the
 * outbox.
 *
 * @property code what to branch on.
 * @property word the word for the code, such as `not_signed_in`: for logs, and to look up in the documentation.
 * @property retryable whether the same call may succeed later.
 */
public class TidingsException internal constructor(
    public val code: ErrorCode,
    public val word: String,
    message: String,
    public val retryable: Boolean,
    cause: Throwable,
) : Exception(message, cause)

/** What went wrong; a code never changes its meaning. */
public enum class ErrorCode {
    /** The configuration cannot work; the message names the field. A bug in the app. */
    INVALID_CONFIG,

    /** What was given is empty, too long or not allowed; the message says what. */
    INVALID_INPUT,

    /** Nobody is signed in. */
    NOT_SIGNED_IN,

    /** The thing belongs to a user who signed out, or the client was closed. */
    CLOSED,

    /** There is nothing by this id. */
    NOT_FOUND,

    /** The server could not be reached, or did not answer in a way that makes sense. */
    NETWORK,

    /** The server refused, for good. */
    REFUSED,

    /** The app has this switched off in its configuration. */
    SWITCHED_OFF,

    /** The phone's storage is full. */
    STORAGE_FULL,

    /** The phone's storage failed in another way. */
    STORAGE,

    /** A fault of this library. */
    INTERNAL,
}

/** Does the work and tells its failure in the words of this package. */
internal inline fun <T> told(work: () -> T): T =
    try {
        work()
    } catch (failure: CoreException.Failed) {
        throw TidingsException(failure.code.told(), failure.word, failure.detail, failure.retryable, failure)
    } catch (panic: InternalException) {
        throw TidingsException(ErrorCode.INTERNAL, "internal", "the library failed", false, panic)
    }

private fun CoreErrorCode.told(): ErrorCode = when (this) {
    CoreErrorCode.INVALID_CONFIG -> ErrorCode.INVALID_CONFIG
    CoreErrorCode.INVALID_INPUT -> ErrorCode.INVALID_INPUT
    CoreErrorCode.NOT_SIGNED_IN -> ErrorCode.NOT_SIGNED_IN
    CoreErrorCode.CLOSED -> ErrorCode.CLOSED
    CoreErrorCode.NOT_FOUND -> ErrorCode.NOT_FOUND
    CoreErrorCode.NETWORK -> ErrorCode.NETWORK
    CoreErrorCode.REFUSED -> ErrorCode.REFUSED
    CoreErrorCode.SWITCHED_OFF -> ErrorCode.SWITCHED_OFF
    CoreErrorCode.STORAGE_FULL -> ErrorCode.STORAGE_FULL
    CoreErrorCode.STORAGE -> ErrorCode.STORAGE
    CoreErrorCode.INTERNAL -> ErrorCode.INTERNAL
}
