package tidings.ui.parts

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.style.ResolvedTextDirection
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import kotlin.math.ceil
import kotlin.math.max
import tidings.ui.Wish
import tidings.ui.model.Line
import tidings.ui.model.Piece
import tidings.ui.model.Side
import tidings.ui.model.Status
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings

/** What a message says, and its time at the end. */
@Composable
internal fun Pieces(line: Line.Bubble, pictures: Pictures, onWish: (Wish) -> Unit) {
    val ink = if (line.side == Side.ME) Tidings.colors.onMine else Tidings.colors.onTheirs
    val shown = line.pieces.filterNot { it is Piece.Choices && it.open }
    shown.forEachIndexed { index, piece ->
        val isLast = index == shown.lastIndex
        when (piece) {
            is Piece.Words -> Said(remember(piece) { marked(piece.blocks) }, Tidings.type.bodyStyle, ink, line, isLast)
            Piece.Deleted -> Said(Tidings.words.deleted, Tidings.type.smallStyle.copy(fontStyle = FontStyle.Italic), ink.copy(alpha = 0.8f), line, isLast)
            Piece.Unsupported -> Said(Tidings.words.unsupported, Tidings.type.smallStyle.copy(fontStyle = FontStyle.Italic), ink.copy(alpha = 0.8f), line, isLast)
            is Piece.Picture -> Picture(piece, pictures, onWish)
            is Piece.Document -> Document(piece, ink, onWish)
            is Piece.Place -> PlaceCard(piece, ink, onWish)
            is Piece.Live -> LiveCard(piece, ink, onWish)
            is Piece.Form -> if (piece.open) FormView(piece, ink, onWish) else Said(piece.title, Tidings.type.bodyStyle, ink, line, isLast)
            is Piece.Answers -> AnswersView(piece, ink)
            is Piece.Request -> RequestView(piece, ink, onWish)
            is Piece.Choices -> Said(piece.options.joinToString(" · ") { it.label }, Tidings.type.smallStyle, ink.copy(alpha = 0.8f), line, isLast)
        }
    }
    if (!shown.lastOrNull().saysItsTime()) {
        Box(Modifier.fillMaxWidth().padding(start = 12.dp, end = 12.dp, top = 4.dp, bottom = 7.dp), contentAlignment = Alignment.CenterEnd) {
            Meta(line, ink)
        }
    }
}

/** Words have the time on their last line; what is larger has it below. */
private fun Piece?.saysItsTime(): Boolean = when (this) {
    is Piece.Words, Piece.Deleted, Piece.Unsupported, is Piece.Choices -> true
    is Piece.Form -> !open
    is Piece.Picture, is Piece.Document, is Piece.Place, is Piece.Live, is Piece.Answers, is Piece.Request, null -> false
}

/** Words; the time, if it belongs here, stands on the last line when there is room and below it when there is none. */
@Composable
private fun Said(
    said: Marked,
    style: TextStyle,
    ink: Color,
    line: Line.Bubble,
    withTime: Boolean,
) {
    // Below a quote the bubble is as wide as that, and the time stands at its end.
    val wide = if (line.quoted == null) Modifier else Modifier.fillMaxWidth()
    val room = wide.padding(start = 13.dp, end = 13.dp, top = 8.dp, bottom = 8.dp).clearAndSetSemantics {}
    val laid = remember { arrayOfNulls<TextLayoutResult>(1) }
    val drawn = Modifier.drawsBlocks(said, ink) { laid[0] }.opensLinks(said.links) { laid[0] }
    if (!withTime) {
        Text(said.text, room.then(drawn), color = ink, style = style, onTextLayout = { laid[0] = it })
        return
    }
    Layout(
        content = {
            Text(said.text, drawn, color = ink, style = style, onTextLayout = { laid[0] = it })
            Box(Modifier.padding(start = 10.dp)) { Meta(line, ink) }
        },
        modifier = room,
    ) { measurables, constraints ->
        val words = measurables[0].measure(constraints.copy(minWidth = 0, minHeight = 0))
        val time = measurables[1].measure(constraints.copy(minWidth = 0, minHeight = 0))
        // The layout of the words may be one of an earlier pass; their size is of this one.
        val result = laid[0]
        val last = result?.let { ceil(lastLine(it)).toInt() } ?: words.width
        val beside = last + time.width <= constraints.maxWidth
        val width = max(words.width, if (beside) max(last + time.width, if (result?.lineCount == 1) words.width + time.width else 0) else time.width)
            .coerceAtLeast(constraints.minWidth)
        val height = if (beside) max(words.height, time.height) else words.height + time.height
        layout(width, height) {
            words.placeRelative(0, 0)
            time.placeRelative(width - time.width, height - time.height)
        }
    }
}

/** Words that have no marks, of the kit itself. */
@Composable
private fun Said(text: String, style: TextStyle, ink: Color, line: Line.Bubble, withTime: Boolean) =
    Said(remember(text) { Marked(AnnotatedString(text)) }, style, ink, line, withTime)

/** How far the last line reaches from the side where it begins, in pixels: with what stands before it in a list or a quote. */
private fun lastLine(laid: TextLayoutResult): Float {
    val line = laid.lineCount - 1
    val isFromRight = laid.getParagraphDirection(laid.getLineStart(line)) == ResolvedTextDirection.Rtl
    return if (isFromRight) laid.size.width - laid.getLineLeft(line) else laid.getLineRight(line)
}

/** The time, whether it was edited, and how far it has come. */
@Composable
internal fun Meta(line: Line.Bubble, ink: Color) {
    val soft = ink.copy(alpha = 0.78f)
    Row(
        Modifier.clearAndSetSemantics {},
        horizontalArrangement = Arrangement.spacedBy(4.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        val time = if (line.edited) "${Tidings.words.edited} · ${line.time}" else line.time
        Text(time, color = soft, style = Tidings.type.captionStyle.copy(fontSize = Tidings.type.caption * 0.92f))
        val glyph = when (line.status) {
            null -> null
            Status.Waiting, Status.Sending, Status.ChangeWaiting -> Glyph.CLOCK
            Status.Sent -> Glyph.CHECK
            Status.Read -> Glyph.CHECKS
            is Status.Failed, Status.ChangeFailed -> Glyph.ALERT
        }
        if (glyph != null) GlyphIcon(glyph, null, soft, Modifier.size(with(LocalDensity.current) { 15.sp.toDp() }))
    }
}

/** Letters in a drawing of a fixed size do not grow with the person's size of letters. */
@Composable
internal fun fixed(style: TextStyle): TextStyle =
    with(LocalDensity.current) { style.copy(fontSize = (style.fontSize.value / fontScale).sp, lineHeight = (style.lineHeight.value / fontScale).sp) }

