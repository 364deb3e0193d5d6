package tidings.ui.model

import tidings.sdk.ErrorCode
import tidings.sdk.TidingsException
import tidings.ui.Words

/** Why something was not done, for a person: what is wrong, and what they can do about it. */
internal fun reason(failure: TidingsException, words: Words): String = when (failure.code) {
    ErrorCode.STORAGE_FULL -> words.notStored
    ErrorCode.NETWORK -> words.unreachable
    ErrorCode.NOT_SIGNED_IN, ErrorCode.CLOSED -> words.signedOut
    ErrorCode.SWITCHED_OFF -> words.placesOff
    // What was refused for what it is stays refused: "try again" would be a lie.
    ErrorCode.INVALID_INPUT -> UNFIT.firstOrNull { (said, _) -> said in failure.message.orEmpty() }?.second?.invoke(words) ?: words.cannotBeSent
    else -> words.wentWrong
}

/**
 * What the core says of what it cannot take, by a part of its sentence, because its code is one for all of them. The tests give the
 * core one of each kind, so that they fail when it says something else.
 */
private val UNFIT: List<Pair<String, (Words) -> String>> = listOf(
    "turn it into JPEG" to Words::pictureKind,
    "million can be sent" to Words::pictureTooLarge,
    "too much memory" to Words::pictureTooLarge,
    "the picture is " to Words::pictureDamaged,
    "the file is empty" to Words::fileEmpty,
    "the file cannot be read" to Words::fileUnreadable,
    " MiB" to Words::fileTooLarge,
    "the name of the file" to Words::fileName,
    "the label of the place" to Words::placeNameTooLong,
    "cannot be quoted" to Words::quotedGone,
)
