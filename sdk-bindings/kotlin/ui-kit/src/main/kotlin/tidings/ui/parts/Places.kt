package tidings.ui.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.text.style.TextDecoration
import androidx.compose.ui.unit.dp
import tidings.ui.Wish
import tidings.ui.model.Piece
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings

/** A place: a sketch of a map with a pin, its name, how exact it is. The map itself is the phone's own. */
@Composable
internal fun PlaceCard(piece: Piece.Place, ink: Color, onWish: (Wish) -> Unit) {
    Column(Modifier.padding(3.dp).fillMaxWidth().opensMap(piece, onWish)) {
        Pinned(Glyph.PLACE, Tidings.colors.danger, if (Tidings.colors.dark) Color(0xFF3D1F1C) else Color.White)
        Column(Modifier.padding(start = 10.dp, end = 10.dp, top = 8.dp)) {
            Text(piece.label ?: Tidings.words.place, color = ink, style = Tidings.type.labelStyle)
            piece.accuracy?.let { Text(it, color = ink.copy(alpha = 0.78f), style = Tidings.type.captionStyle) }
        }
    }
}

/** A place that moves for a while: until when, how old it is, and the button that ends it. Without a place, words alone. */
@Composable
internal fun LiveCard(piece: Piece.Live, ink: Color, onWish: (Wish) -> Unit) {
    val soft = ink.copy(alpha = 0.78f)
    Column(Modifier.padding(3.dp).fillMaxWidth()) {
        piece.place?.let { place ->
            Box(Modifier.opensMap(place, onWish)) { Pinned(Glyph.LIVE, Tidings.colors.accent, Tidings.colors.onAccent) }
        }
        Column(Modifier.padding(start = 10.dp, end = 10.dp, top = 8.dp)) {
            Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                if (piece.place == null) GlyphIcon(Glyph.LIVE, null, soft, Modifier.size(20.dp))
                Text(Tidings.words.live, color = ink, style = Tidings.type.labelStyle)
            }
            Text(piece.says, color = soft, style = Tidings.type.captionStyle)
            piece.seen?.let { seen ->
                Text(listOfNotNull(seen, piece.place?.accuracy).joinToString(" · "), color = soft, style = Tidings.type.captionStyle)
            }
            if (piece.stops) StopSharing(ink) { onWish(Wish.EndLive(piece.message)) }
        }
    }
}

@Composable
private fun StopSharing(ink: Color, onStop: () -> Unit) {
    Box(
        Modifier.defaultMinSize(minHeight = Tidings.spacing.target).clickable(role = Role.Button, onClick = onStop),
        contentAlignment = Alignment.CenterStart,
    ) {
        Text(Tidings.words.stopSharing, color = ink, style = Tidings.type.labelStyle.copy(textDecoration = TextDecoration.Underline))
    }
}

@Composable
private fun Modifier.opensMap(place: Piece.Place, onWish: (Wish) -> Unit): Modifier =
    clickable(onClickLabel = Tidings.words.openMap, role = Role.Button) { onWish(Wish.OpenPlace(place)) }

@Composable
private fun Pinned(glyph: Glyph, ground: Color, tint: Color) {
    Box(Modifier.fillMaxWidth().height(104.dp).clip(RoundedCornerShape(Tidings.shapes.bubble - 3.dp)), contentAlignment = Alignment.Center) {
        Sketch(Modifier.fillMaxSize())
        Box(Modifier.size(40.dp).background(ground, CircleShape), contentAlignment = Alignment.Center) {
            GlyphIcon(glyph, null, tint, Modifier.size(24.dp))
        }
    }
}

/** Streets of nowhere: no map service learns where somebody is. */
@Composable
private fun Sketch(modifier: Modifier) {
    val ground = if (Tidings.colors.dark) Color(0xFF2B2F2C) else Color(0xFFE9EFE6)
    val street = if (Tidings.colors.dark) Color(0xFF3B403C) else Color(0xFFFFFFFF)
    val water = if (Tidings.colors.dark) Color(0xFF22303A) else Color(0xFFD3E4EE)
    Canvas(modifier.background(ground)) {
        drawCircle(water, size.height * 0.7f, Offset(size.width * 0.98f, size.height * 0.05f))
        val wide = 9.dp.toPx()
        val thin = 4.dp.toPx()
        drawLine(street, Offset(0f, size.height * 0.72f), Offset(size.width, size.height * 0.42f), wide)
        drawLine(street, Offset(size.width * 0.3f, 0f), Offset(size.width * 0.46f, size.height), wide)
        drawLine(street, Offset(size.width * 0.66f, 0f), Offset(size.width * 0.76f, size.height), thin)
        drawLine(street, Offset(0f, size.height * 0.25f), Offset(size.width * 0.36f, size.height * 0.2f), thin)
        drawLine(street, Offset(size.width * 0.1f, size.height), Offset(size.width * 0.06f, 0f), thin)
    }
}
