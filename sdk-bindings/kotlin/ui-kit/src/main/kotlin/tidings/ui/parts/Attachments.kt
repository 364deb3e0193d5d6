package tidings.ui.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.FilterQuality
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.progressBarRangeInfo
import androidx.compose.ui.semantics.ProgressBarRangeInfo
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import tidings.ui.Wish
import tidings.ui.model.Piece
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings
import tidings.ui.with

/** A photo in its own shape, so that nothing moves when it arrives; before, the blur of its colours. */
@Composable
internal fun Picture(piece: Piece.Picture, pictures: Pictures, onWish: (Wish) -> Unit) {
    var attempt by remember(piece.attachmentId) { mutableIntStateOf(0) }
    val seen = pictures.seen(piece.attachmentId, attempt)
    val words = Tidings.words
    val says = piece.name?.let { words.photoCalled.with("name" to it) } ?: words.photo
    val ratio = (piece.width.toFloat() / piece.height).coerceIn(0.7f, 2.4f)
    Box(
        Modifier.padding(3.dp).fillMaxWidth().aspectRatio(ratio)
            .clip(RoundedCornerShape(Tidings.shapes.bubble - 3.dp))
            .background(Tidings.colors.line)
            .clickable(onClickLabel = words.open, role = Role.Image) {
                if (seen == Seen.Missing) attempt += 1 else onWish(Wish.OpenPicture(piece.attachmentId))
            }
            .semantics { contentDescription = says },
        contentAlignment = Alignment.Center,
    ) {
        val blur = placeholder(piece.thumbhash)
        if (blur != null && seen !is Seen.Here) {
            Image(blur, null, Modifier.fillMaxSize(), contentScale = ContentScale.Crop, filterQuality = FilterQuality.Medium)
        }
        when (seen) {
            is Seen.Here -> Image(seen.picture, null, Modifier.fillMaxSize(), contentScale = ContentScale.Crop)
            Seen.Missing -> Missing()
            Seen.Coming -> Unit
        }
        piece.progress?.let { Progress(it) }
    }
}

@Composable
private fun Missing() {
    Column(
        Modifier.padding(6.dp).background(Color(0x99000000), RoundedCornerShape(12.dp)).padding(horizontal = 12.dp, vertical = 8.dp),
        horizontalAlignment = Alignment.CenterHorizontally,
        verticalArrangement = Arrangement.spacedBy(4.dp),
    ) {
        GlyphIcon(Glyph.RETRY, null, Color.White, Modifier.size(22.dp))
        Text(Tidings.words.pictureMissing, color = Color.White, style = Tidings.type.captionStyle, textAlign = TextAlign.Center)
    }
}

/** How far a file has come: a ring. */
@Composable
private fun Progress(progress: Double, ground: Color = Color(0x99000000), ink: Color = Color.White) {
    val says = Tidings.words.uploaded.with("percent" to (progress * 100).toInt().toString())
    Canvas(
        Modifier.size(52.dp).semantics {
            contentDescription = says
            progressBarRangeInfo = ProgressBarRangeInfo(progress.toFloat(), 0f..1f)
        },
    ) {
        drawCircle(ground)
        val stroke = Stroke(3.dp.toPx(), cap = StrokeCap.Round)
        val inset = 10.dp.toPx()
        val size = androidx.compose.ui.geometry.Size(size.width - 2 * inset, size.height - 2 * inset)
        drawArc(ink.copy(alpha = 0.3f), 0f, 360f, false, Offset(inset, inset), size, style = stroke)
        drawArc(ink, -90f, (360 * progress.coerceIn(0.02, 1.0)).toFloat(), false, Offset(inset, inset), size, style = stroke)
    }
}

/** A file that is no picture. */
@Composable
internal fun Document(piece: Piece.Document, ink: Color, onWish: (Wish) -> Unit) {
    Row(
        Modifier.widthIn(min = 200.dp)
            .clickable(onClickLabel = Tidings.words.open, role = Role.Button) { onWish(Wish.OpenFile(piece.attachmentId)) }
            .padding(start = 12.dp, end = 14.dp, top = 10.dp, bottom = 4.dp),
        horizontalArrangement = Arrangement.spacedBy(11.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Box(Modifier.size(42.dp).background(ink.copy(alpha = 0.12f), CircleShape), contentAlignment = Alignment.Center) {
            if (piece.progress == null) {
                GlyphIcon(Glyph.FILE, null, ink, Modifier.size(22.dp))
            } else {
                Progress(piece.progress, Color.Transparent, ink)
            }
        }
        Column(Modifier.weight(1f, fill = false)) {
            Text(piece.name, color = ink, style = Tidings.type.labelStyle, maxLines = 2, overflow = TextOverflow.Ellipsis)
            Text(piece.size, color = ink.copy(alpha = 0.78f), style = Tidings.type.captionStyle)
        }
    }
}
