package tidings.ui.parts

import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Canvas
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.Paint
import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.max
import kotlin.math.min
import kotlin.math.round

/**
 * A picture's placeholder, of which a message carries some twenty bytes: a blur of its colours. The format is that of
 * https://evanw.github.io/thumbhash/.
 */
internal class Thumbhash private constructor(val width: Int, val height: Int, private val pixels: FloatArray) {
    /** The colour of one pixel. */
    fun color(x: Int, y: Int): Color {
        val at = (y * width + x) * 4
        return Color(pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3])
    }

    fun bitmap(): ImageBitmap {
        val bitmap = ImageBitmap(width, height)
        val canvas = Canvas(bitmap)
        val paint = Paint()
        for (y in 0 until height) {
            for (x in 0 until width) {
                paint.color = color(x, y)
                canvas.drawRect(androidx.compose.ui.geometry.Rect(Offset(x.toFloat(), y.toFloat()), Size(1f, 1f)), paint)
            }
        }
        return bitmap
    }

    companion object {
        /** The longer side of what is drawn. */
        private const val SIDE = 32

        /** Null when these are no such bytes: then there is no placeholder. */
        fun read(bytes: ByteArray): Thumbhash? = try {
            Reader(bytes).read()
        } catch (_: IndexOutOfBoundsException) {
            null
        }

        internal fun of(width: Int, height: Int, pixels: FloatArray) = Thumbhash(width, height, pixels)

        internal fun size(ratio: Float): Pair<Int, Int> {
            val width = round(if (ratio > 1f) SIDE.toFloat() else SIDE * ratio).toInt()
            val height = round(if (ratio > 1f) SIDE / ratio else SIDE.toFloat()).toInt()
            return max(1, width) to max(1, height)
        }
    }
}

/** Reads the header, then the waves of each channel, then sums them up for each pixel. */
private class Reader(private val bytes: ByteArray) {
    private val low = byte(0) or (byte(1) shl 8) or (byte(2) shl 16)
    private val high = byte(3) or (byte(4) shl 8)
    private val hasAlpha = low shr 23 != 0
    private val isLandscape = high shr 15 != 0
    private val longSide = max(3, if (isLandscape) (if (hasAlpha) 5 else 7) else high and 7)
    private val shortSide = max(3, if (isLandscape) high and 7 else (if (hasAlpha) 5 else 7))
    private var nibble = (if (hasAlpha) 6 else 5) * 2

    private fun byte(at: Int) = bytes[at].toInt() and 0xFF

    fun read(): Thumbhash {
        val light = Channel((low and 63) / 63f, longSide, shortSide, (low shr 18 and 31) / 31f)
        val p = Channel((low shr 6 and 63) / 31.5f - 1f, 3, 3, (high shr 3 and 63) / 63f * BOOST)
        val q = Channel((low shr 12 and 63) / 31.5f - 1f, 3, 3, (high shr 9 and 63) / 63f * BOOST)
        val alpha = if (hasAlpha) Channel((byte(5) and 15) / 15f, 5, 5, (byte(5) shr 4) / 15f) else null
        val ratio = (if (isLandscape) (if (hasAlpha) 5 else 7) else high and 7).toFloat() /
            (if (isLandscape) high and 7 else (if (hasAlpha) 5 else 7)).toFloat()
        val (width, height) = Thumbhash.size(if (ratio.isFinite() && ratio > 0) ratio else 1f)
        val pixels = FloatArray(width * height * 4)
        for (y in 0 until height) {
            for (x in 0 until width) {
                val (u, v) = (x + 0.5f) / width to (y + 0.5f) / height
                val l = light.at(u, v)
                val blue = l - 2f / 3f * p.at(u, v)
                val red = (3f * l - blue + q.at(u, v)) / 2f
                val at = (y * width + x) * 4
                pixels[at] = red.clamped()
                pixels[at + 1] = (red - q.at(u, v)).clamped()
                pixels[at + 2] = blue.clamped()
                pixels[at + 3] = (alpha?.at(u, v) ?: 1f).clamped()
            }
        }
        return Thumbhash.of(width, height, pixels)
    }

    private fun Float.clamped() = min(1f, max(0f, this))

    /** One channel as a sum of cosine waves: those of a triangle, the constant one apart. */
    private inner class Channel(private val constant: Float, private val nx: Int, private val ny: Int, scale: Float) {
        private val waves = buildList {
            for (cy in 0 until ny) {
                var cx = if (cy > 0) 0 else 1
                while (cx * ny < nx * (ny - cy)) {
                    val value = byte(nibble shr 1) shr ((nibble and 1) shl 2) and 15
                    nibble += 1
                    add(Triple(cx, cy, (value / 7.5f - 1f) * scale))
                    cx += 1
                }
            }
        }

        fun at(u: Float, v: Float): Float = waves.fold(constant) { sum, (cx, cy, weight) ->
            sum + 2f * weight * cos(PI.toFloat() * u * cx) * cos(PI.toFloat() * v * cy)
        }
    }

    private companion object {
        const val BOOST = 1.25f
    }
}
