package tidings.sdk

import tidings.sdk.core.CoreAccent
import tidings.sdk.core.CoreAppearance
import tidings.sdk.core.CoreTone

/**
 * How the company wants the app's conversations to look. Each part may be unknown, and then the app's own look stands.
 *
 * @property name whom the person writes to.
 * @property accent the company's colour.
 * @property greeting what to show where the person has not written yet, in the phone's language if the company wrote it in that.
 * @property logo comes a moment after the rest.
 */
public data class Appearance(val name: String?, val accent: Accent?, val greeting: String?, val logo: Logo?)

/**
 * A company's colour, and what is made of it so that it can be read. Colours are `0xAARRGGBB`, opaque.
 *
 * @property colour as the company set it: it may be hard to read on some grounds.
 * @property light for a light theme. @property dark for a dark theme.
 */
public data class Accent(val colour: Int, val light: Tone, val dark: Tone)

/**
 * A colour that stands out from the ground of a theme at 4.5:1 or more.
 *
 * @property fill of what can be tapped, and under the person's own words. @property ink of words on it.
 */
public data class Tone(val fill: Int, val ink: Int)

/**
 * A picture, square, with at most 256 by 256 pixels; one with the same bytes is the same.
 *
 * @property bytes of a PNG or JPEG.
 */
public class Logo(public val bytes: ByteArray) {
    override fun equals(other: Any?): Boolean = other is Logo && bytes.contentEquals(other.bytes)

    override fun hashCode(): Int = bytes.contentHashCode()

    override fun toString(): String = "Logo(${bytes.size} bytes)"
}

internal fun CoreAppearance.told() = Appearance(name, accent?.told(), greeting, logo?.let(::Logo))

private fun CoreAccent.told() = Accent(opaque(colour), light.told(), dark.told())

private fun CoreTone.told() = Tone(opaque(fill), opaque(ink))

private fun opaque(colour: UInt): Int = (colour or 0xFF000000u).toInt()
