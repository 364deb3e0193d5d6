package tidings.ui.theme

import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.compositeOver
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import tidings.sdk.Accent
import tidings.sdk.TidingsClient

/**
 * What the company set for its app, to be shown by the kit's screens. What is null is as the kit has it.
 *
 * @property name over the list of threads, and under the title of one. @property accent see [inColour].
 * @property greeting where nobody has written yet, and over the list. @property logo beside the name.
 */
@Immutable
public data class Brand(
    val name: String? = null,
    val accent: Accent? = null,
    val greeting: String? = null,
    val logo: ImageBitmap? = null,
) {
    public companion object {
        /** Nothing is set, or known. */
        public val none: Brand = Brand()
    }
}

/**
 * What the company set, for as long as the client lives; it is kept on the phone, so it is there without a network.
 *
 * @param decode turns the bytes of a PNG or JPEG into a picture, off the main thread: on Android
 *   `{ BitmapFactory.decodeByteArray(it, 0, it.size)?.asImageBitmap() }`.
 */
@Composable
public fun rememberBrand(client: TidingsClient, decode: (ByteArray) -> ImageBitmap?): Brand {
    val current by rememberUpdatedState(decode)
    val brand by produceState(Brand.none, client) {
        client.appearance.collect { look ->
            val logo = look.logo?.let { logo -> withContext(Dispatchers.IO) { current(logo.bytes) } }
            value = Brand(look.name, look.accent, look.greeting, logo)
        }
    }
    return brand
}

/** These colours, with what can be tapped and the person's own words in a company's colour, in the tone that can be read here. */
public fun TidingsColors.inColour(accent: Accent): TidingsColors {
    val tone = if (dark) accent.dark else accent.light
    val (fill, ink) = Color(tone.fill) to Color(tone.ink)
    return copy(
        mine = fill,
        onMine = ink,
        accent = fill,
        onAccent = ink,
        accentSoft = fill.copy(alpha = 0.1f).compositeOver(surface),
    )
}
