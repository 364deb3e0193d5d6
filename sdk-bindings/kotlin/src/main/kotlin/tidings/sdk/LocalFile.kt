package tidings.sdk

import java.io.File
import tidings.sdk.core.CoreFileProgress
import tidings.sdk.core.CoreLocalFile
import tidings.sdk.core.CoreStorageUsage
import tidings.sdk.core.CoreVariant

/**
 * A photo or another file, on the phone.
 *
 * @property file where it lies. It may go when the cache grows too large: ask again each time.
 * @property variant the form that was asked for, or else a larger one.
 */
public data class LocalFile(val file: File, val variant: Variant, val bytes: Long)

/** A form in which a file can be fetched. */
public enum class Variant {
    /** For a list: the longer edge has at most 320 pixels. */
    THUMBNAIL,

    /** For a screen: at most 1,600. */
    SCREEN,

    /** As it was sent; the only form of what is no picture. */
    ORIGINAL,
}

/**
 * What the client takes of the phone's storage, in bytes.
 *
 * @property total everything in the client's folder, with what was kept of others who signed in on this phone.
 * @property messages the messages of the user who is signed in, and what belongs to them.
 * @property media photos and other files of theirs that can be fetched again.
 * @property waiting photos and other files of theirs that are still to be sent.
 */
public data class StorageUsage(val total: Long, val messages: Long, val media: Long, val waiting: Long)

/** How far a file of a message has come on its way to the server: [progress] goes from 0 to 1. */
public data class FileProgress(val attachmentId: String, val progress: Double)

internal fun Variant.core(): CoreVariant = when (this) {
    Variant.THUMBNAIL -> CoreVariant.THUMBNAIL
    Variant.SCREEN -> CoreVariant.SCREEN
    Variant.ORIGINAL -> CoreVariant.ORIGINAL
}

internal fun CoreLocalFile.told() = LocalFile(
    file = File(path),
    variant = when (variant) {
        CoreVariant.THUMBNAIL -> Variant.THUMBNAIL
        CoreVariant.SCREEN -> Variant.SCREEN
        CoreVariant.ORIGINAL -> Variant.ORIGINAL
    },
    bytes = bytes,
)

internal fun CoreStorageUsage.told() = StorageUsage(total, messages, media, waiting)

internal fun CoreFileProgress.told() = FileProgress(attachmentId, progress)
