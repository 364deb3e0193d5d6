package tidings.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import tidings.ui.model.Quoted
import tidings.ui.theme.Glyph
import tidings.ui.theme.Tidings
import tidings.ui.theme.atStart
import tidings.ui.with

/** How the message begins that this one answers; a tap leads there. */
@Composable
internal fun QuotedHead(quoted: Quoted, mine: Boolean, onShow: () -> Unit) {
    val ink = if (mine) Tidings.colors.onMine else Tidings.colors.onTheirs
    val mark = if (mine) Tidings.colors.onMine else Tidings.colors.accent
    Row(
        Modifier.fillMaxWidth().padding(start = 6.dp, end = 6.dp, top = 6.dp).clip(RoundedCornerShape(Tidings.shapes.bubble - 6.dp))
            .background(ink.copy(alpha = 0.1f))
            .clickable(onClickLabel = Tidings.words.showQuoted, role = Role.Button, onClick = onShow)
            .height(IntrinsicSize.Min),
    ) {
        Box(Modifier.width(4.dp).fillMaxHeight().background(mark))
        Column(Modifier.padding(horizontal = 9.dp, vertical = 6.dp)) {
            quoted.author?.let { Text(it, color = mark, style = Tidings.type.captionStrongStyle, maxLines = 1, overflow = TextOverflow.Ellipsis) }
            Text(quoted.text, color = ink.copy(alpha = 0.85f), style = Tidings.type.smallStyle, maxLines = 2, overflow = TextOverflow.Ellipsis)
        }
    }
}

/** Above the line to write in: what the words will answer. */
@Composable
internal fun ReplyingLine(quoted: Quoted, onLeave: () -> Unit) {
    Row(
        Modifier.fillMaxWidth().padding(start = 14.dp, top = 6.dp, end = 4.dp).height(IntrinsicSize.Min),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Box(Modifier.width(4.dp).fillMaxHeight().padding(vertical = 4.dp).background(Tidings.colors.accent, RoundedCornerShape(2.dp)))
        Column(Modifier.weight(1f).padding(horizontal = 10.dp)) {
            Text(
                Tidings.words.replyingTo.with("name" to quoted.author.orEmpty()),
                Modifier.fillMaxWidth(),
                color = Tidings.colors.accent,
                style = Tidings.type.captionStrongStyle,
                textAlign = atStart,
            )
            Text(
                quoted.text,
                Modifier.fillMaxWidth(),
                color = Tidings.colors.soft,
                style = Tidings.type.smallStyle,
                textAlign = atStart,
                maxLines = 1,
                overflow = TextOverflow.Ellipsis,
            )
        }
        GlyphButton(Glyph.CLOSE, Tidings.words.cancel, tint = Tidings.colors.soft, onClick = onLeave)
    }
}
