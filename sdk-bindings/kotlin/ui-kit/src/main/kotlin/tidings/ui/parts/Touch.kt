package tidings.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings

/** A round button with a drawing. */
@Composable
internal fun GlyphButton(
    glyph: Glyph,
    says: String,
    modifier: Modifier = Modifier,
    tint: Color = Tidings.colors.ink,
    ground: Color = Color.Transparent,
    enabled: Boolean = true,
    disc: Dp = 40.dp,
    onClick: () -> Unit,
) {
    Box(
        modifier.size(Tidings.spacing.target).clip(CircleShape).clickable(enabled = enabled, role = Role.Button, onClick = onClick),
        contentAlignment = Alignment.Center,
    ) {
        Box(Modifier.size(disc).background(ground, CircleShape), contentAlignment = Alignment.Center) {
            GlyphIcon(glyph, says, tint, Modifier.size(22.dp))
        }
    }
}

/** How much a button with words stands out. */
internal enum class Weight { STRONG, SOFT, PLAIN }

/** A button with words. */
@Composable
internal fun WordButton(
    words: String,
    weight: Weight,
    modifier: Modifier = Modifier,
    color: Color = Tidings.colors.accent,
    glyph: Glyph? = null,
    enabled: Boolean = true,
    onClick: () -> Unit,
) {
    val colors = Tidings.colors
    val shape = RoundedCornerShape(Tidings.shapes.field)
    val ground = when {
        weight == Weight.STRONG && enabled -> color
        weight == Weight.STRONG -> colors.line
        weight == Weight.SOFT -> colors.accentSoft
        else -> Color.Transparent
    }
    val ink = when {
        !enabled -> colors.soft
        weight == Weight.STRONG -> colors.onAccent
        else -> color
    }
    Row(
        modifier
            .defaultMinSize(minHeight = Tidings.spacing.target)
            .clip(shape)
            .clickable(enabled = enabled, role = Role.Button, onClick = onClick)
            .padding(vertical = 4.dp)
            .background(ground, shape)
            .padding(horizontal = if (weight == Weight.PLAIN) 12.dp else 18.dp, vertical = 9.dp),
        horizontalArrangement = Arrangement.spacedBy(8.dp, Alignment.CenterHorizontally),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        if (glyph != null) GlyphIcon(glyph, null, ink, Modifier.size(18.dp))
        Text(words, color = ink, style = Tidings.type.labelStyle, textAlign = TextAlign.Center)
    }
}

/** A hairline around something that lies on the canvas. */
@Composable
internal fun Modifier.card(): Modifier {
    val shape = RoundedCornerShape(Tidings.shapes.card)
    return clip(shape).background(Tidings.colors.raised).border(1.dp, Tidings.colors.line, shape)
}

/** The bar at the top of a screen. */
@Composable
internal fun Bar(modifier: Modifier = Modifier, content: @Composable RowScope.() -> Unit) {
    Row(
        modifier.background(Tidings.colors.surface).defaultMinSize(minHeight = 60.dp).padding(horizontal = 4.dp, vertical = 4.dp),
        verticalAlignment = Alignment.CenterVertically,
        content = content,
    )
}
