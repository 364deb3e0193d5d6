package tidings.sdk

import android.annotation.TargetApi
import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.ImageDecoder
import android.graphics.Matrix
import android.media.ExifInterface
import android.net.Uri
import android.os.Build
import java.io.ByteArrayOutputStream
import java.io.IOException
import kotlin.math.max
import kotlin.math.roundToInt
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * The bytes of a photo that was picked, such that it can be sent. What the core takes by itself - JPEG, PNG, WebP - comes as it is,
 * and so does what the phone knows no picture in; HEIC, HEIF, AVIF and whatever has too many pixels or bytes becomes a JPEG, upright,
 * no larger than [longestEdge], with nothing of what a camera wrote into it. Reads and decodes off the calling thread, and shrinks
 * while it decodes.
 *
 * @param longestEdge what the longer edge of a photo that is made anew is shrunk to, in pixels.
 * @return null when it cannot be read: it has gone, or the permission has.
 */
public suspend fun ContentResolver.photoToSend(photo: Uri, longestEdge: Int = Content.LONGEST_EDGE): ByteArray? =
    withContext(Dispatchers.IO) {
        // What cannot be decoded here is sent as it is: the core says what is wrong with it.
        val madeAnew = readable { if (isToBeMadeAnew(photo)) jpeg(photo, longestEdge) else null }
        madeAnew ?: readable { openInputStream(photo)?.use { it.readBytes() } }
    }

private inline fun readable(read: () -> ByteArray?): ByteArray? = try {
    read()
} catch (_: IOException) {
    null
} catch (_: SecurityException) {
    null
}

/** What travels as it is. A GIF moves, so it does too. */
private val TRAVELS = setOf("image/jpeg", "image/png", "image/webp", "image/gif")

/** Of the server: `IMAGE_PIXELS` and `IMAGE_BYTES`. */
private const val PIXELS = 50_000_000L
private const val BYTES = 32L * 1024 * 1024

/** A JPEG of these looks like the picture it was made from. */
private const val QUALITY = 90

private fun ContentResolver.isToBeMadeAnew(photo: Uri): Boolean {
    val bounds = bounds(photo)
    val kind = bounds.outMimeType ?: return false
    val bytes = openAssetFileDescriptor(photo, "r")?.use { it.length } ?: 0
    return kind !in TRAVELS || bounds.outWidth.toLong() * bounds.outHeight > PIXELS || bytes > BYTES
}

/** Reads the head alone. */
private fun ContentResolver.bounds(photo: Uri): BitmapFactory.Options {
    val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    openInputStream(photo)?.use { BitmapFactory.decodeStream(it, null, bounds) }
    return bounds
}

private fun ContentResolver.jpeg(photo: Uri, longestEdge: Int): ByteArray? {
    val picture = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) decoded(photo, longestEdge) else decodedByTheOlder(photo, longestEdge)
    val opaque = picture?.onWhite() ?: return null
    return ByteArrayOutputStream().also { opaque.compress(Bitmap.CompressFormat.JPEG, QUALITY, it) }.toByteArray()
}

/** Shrunk while it is decoded, and upright: this decoder turns it by itself. */
@TargetApi(Build.VERSION_CODES.P)
private fun ContentResolver.decoded(photo: Uri, longestEdge: Int): Bitmap =
    ImageDecoder.decodeBitmap(ImageDecoder.createSource(this, photo)) { decoder, info, _ ->
        // A picture in the memory of the graphics chip could not be drawn on white.
        decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
        val scale = longestEdge.toDouble() / max(info.size.width, info.size.height)
        if (scale < 1) {
            decoder.setTargetSize(
                (info.size.width * scale).roundToInt().coerceAtLeast(1),
                (info.size.height * scale).roundToInt().coerceAtLeast(1),
            )
        }
    }

/** Before Android 9: by powers of two while it is decoded, then exactly, and turned by hand. */
private fun ContentResolver.decodedByTheOlder(photo: Uri, longestEdge: Int): Bitmap? {
    val bounds = bounds(photo)
    val longer = max(bounds.outWidth, bounds.outHeight)
    val options = BitmapFactory.Options()
    options.inSampleSize = Integer.highestOneBit((longer / longestEdge.coerceAtLeast(1)).coerceAtLeast(1))
    val large = openInputStream(photo)?.use { BitmapFactory.decodeStream(it, null, options) } ?: return null
    val scale = (longestEdge.toFloat() / max(large.width, large.height)).coerceAtMost(1f)
    val turn = Matrix().apply {
        postScale(scale, scale)
        // Of HEIC the older decoder is upright already, and this finds no orientation in it.
        openInputStream(photo)?.use { turn(ExifInterface(it).getAttributeInt(ExifInterface.TAG_ORIENTATION, 1)) }
    }
    return Bitmap.createBitmap(large, 0, 0, large.width, large.height, turn, true)
}

/** How the eight orientations of EXIF become upright. */
private fun Matrix.turn(orientation: Int) {
    when (orientation) {
        ExifInterface.ORIENTATION_FLIP_HORIZONTAL -> postScale(-1f, 1f)
        ExifInterface.ORIENTATION_ROTATE_180 -> postRotate(180f)
        ExifInterface.ORIENTATION_FLIP_VERTICAL -> postScale(1f, -1f)
        ExifInterface.ORIENTATION_TRANSPOSE -> {
            postRotate(90f)
            postScale(-1f, 1f)
        }
        ExifInterface.ORIENTATION_ROTATE_90 -> postRotate(90f)
        ExifInterface.ORIENTATION_TRANSVERSE -> {
            postRotate(-90f)
            postScale(-1f, 1f)
        }
        ExifInterface.ORIENTATION_ROTATE_270 -> postRotate(-90f)
    }
}

/** A JPEG knows nothing of what shines through; black would stand there. */
private fun Bitmap.onWhite(): Bitmap {
    if (!hasAlpha()) return this
    val ground = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
    Canvas(ground).apply {
        drawColor(Color.WHITE)
        drawBitmap(this@onWhite, 0f, 0f, null)
    }
    return ground
}
