package tidings.ui.parts

import androidx.compose.foundation.layout.size
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import tidings.ui.Wish
import tidings.ui.Words
import tidings.ui.model.Act
import tidings.ui.model.Line
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings

/** What may be done with a message, as a menu. */
@Composable
internal fun Offers(line: Line.Bubble, isOpen: Boolean, onClose: () -> Unit, onWish: (Wish) -> Unit) {
    DropdownMenu(isOpen, onClose) {
        for (act in line.acts) {
            val color = if (act in setOf(Act.DELETE, Act.DISCARD, Act.CANCEL)) Tidings.colors.danger else Tidings.colors.ink
            DropdownMenuItem(
                text = { Text(name(act, Tidings.words), color = color, style = Tidings.type.bodyStyle) },
                leadingIcon = { GlyphIcon(glyph(act), null, color, Modifier.size(20.dp)) },
                onClick = {
                    onClose()
                    onWish(wish(act, line))
                },
            )
        }
    }
}

internal fun name(act: Act, words: Words): String = when (act) {
    Act.REPLY -> words.reply
    Act.COPY -> words.copy
    Act.EDIT -> words.edit
    Act.STOP_SHARING -> words.stopSharing
    Act.DELETE -> words.delete
    Act.RETRY -> words.retry
    Act.DISCARD -> words.discard
    Act.CANCEL -> words.cancelSending
}

private fun glyph(act: Act): Glyph = when (act) {
    Act.REPLY -> Glyph.REPLY
    Act.COPY -> Glyph.COPY
    Act.EDIT -> Glyph.EDIT
    Act.STOP_SHARING -> Glyph.CLOSE
    Act.RETRY -> Glyph.RETRY
    Act.DELETE, Act.DISCARD, Act.CANCEL -> Glyph.TRASH
}

internal fun wish(act: Act, line: Line.Bubble): Wish = when (act) {
    Act.REPLY -> Wish.Reply(line.id)
    Act.COPY -> Wish.Copy(line.id)
    Act.EDIT -> Wish.Edit(line.id)
    Act.STOP_SHARING -> Wish.EndLive(line.id)
    Act.DELETE -> Wish.Delete(line.id)
    Act.RETRY -> Wish.Retry(line.id)
    Act.DISCARD, Act.CANCEL -> Wish.Discard(line.id)
}
