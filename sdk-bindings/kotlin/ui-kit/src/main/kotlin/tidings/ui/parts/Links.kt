package tidings.ui.parts

import androidx.compose.foundation.gestures.awaitEachGesture
import androidx.compose.foundation.gestures.awaitFirstDown
import androidx.compose.foundation.gestures.waitForUpOrCancellation
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.platform.LocalUriHandler
import androidx.compose.ui.platform.UriHandler
import androidx.compose.ui.text.TextLayoutResult
import tidings.ui.model.Link

/** A tap on an address opens it; beside one, a tap and a long press are the bubble's. */
@Composable
internal fun Modifier.opensLinks(links: List<Link>, laid: () -> TextLayoutResult?): Modifier {
    if (links.isEmpty()) return this
    val browser = LocalUriHandler.current
    return pointerInput(links) {
        awaitEachGesture {
            val down = awaitFirstDown(requireUnconsumed = false)
            val link = laid()?.let { at(down.position, links, it) } ?: return@awaitEachGesture
            down.consume()
            val up = waitForUpOrCancellation() ?: return@awaitEachGesture
            up.consume()
            browser.tryToOpen(link)
        }
    }
}

private fun at(tap: Offset, links: List<Link>, laid: TextLayoutResult): Link? {
    val line = laid.getLineForVerticalPosition(tap.y)
    // Beside the end of a line is not on its last letter.
    if (tap.x < laid.getLineLeft(line) || tap.x > laid.getLineRight(line)) return null
    val place = laid.getOffsetForPosition(tap)
    return links.firstOrNull { place >= it.start && place <= it.end }
}

/** False: no app of this phone opens it. */
internal fun UriHandler.tryToOpen(link: Link): Boolean = try {
    openUri(link.text)
    true
} catch (_: RuntimeException) {
    // Android throws when no app takes the address; what a desktop throws is its own.
    false
}
