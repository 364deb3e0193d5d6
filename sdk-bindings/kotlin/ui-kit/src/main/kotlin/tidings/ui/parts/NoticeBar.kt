package tidings.ui.parts

import androidx.compose.animation.core.LinearEasing
import androidx.compose.animation.core.animateFloat
import androidx.compose.animation.core.infiniteRepeatable
import androidx.compose.animation.core.rememberInfiniteTransition
import androidx.compose.animation.core.tween
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import tidings.ui.model.Notice
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings
import tidings.ui.theme.atStart

/** What keeps messages from coming and going; a screen reader says it when it appears. */
@Composable
internal fun NoticeBar(notice: Notice?, onSignIn: () -> Unit) {
    val words = Tidings.words
    when (notice) {
        null -> Unit
        Notice.UPDATING -> MovingLine(words.updating)
        Notice.SIGN_IN_REFUSED -> Notification(Glyph.ALERT, notice.said(words)) {
            WordButton(words.signIn, Weight.PLAIN, color = Tidings.colors.onNotice, onClick = onSignIn)
        }
        Notice.OFFLINE, Notice.UNREACHABLE -> Notification(Glyph.CLOUD_OFF, notice.said(words))
        Notice.UPDATE_NEEDED, Notice.SIGNED_OUT -> Notification(Glyph.ALERT, notice.said(words))
    }
}

/** Something went wrong with what the person wanted. */
@Composable
internal fun ProblemBar(problem: String, onDismiss: () -> Unit) {
    val colors = Tidings.colors
    Notification(Glyph.ALERT, problem, colors.dangerSoft, colors.danger) {
        GlyphButton(Glyph.CLOSE, Tidings.words.dismiss, tint = colors.danger, onClick = onDismiss)
    }
}

@Composable
private fun Notification(
    glyph: Glyph,
    said: String,
    ground: Color = Tidings.colors.notice,
    ink: Color = Tidings.colors.onNotice,
    action: @Composable () -> Unit = {},
) {
    Row(
        Modifier.fillMaxWidth().background(ground).padding(horizontal = Tidings.spacing.edge, vertical = 2.dp)
            .semantics { liveRegion = LiveRegionMode.Polite },
        horizontalArrangement = Arrangement.spacedBy(10.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        GlyphIcon(glyph, null, ink, Modifier.padding(vertical = 8.dp).size(20.dp))
        Text(said, Modifier.weight(1f).padding(vertical = 8.dp), color = ink, style = Tidings.type.smallStyle, textAlign = atStart)
        action()
    }
}

/** A thin line that moves while something is fetched. */
@Composable
private fun MovingLine(says: String) {
    val place by rememberInfiniteTransition().animateFloat(-0.4f, 1f, infiniteRepeatable(tween(1_200, easing = LinearEasing)))
    val color = Tidings.colors.accent
    Box(
        Modifier.fillMaxWidth().height(2.dp).semantics { contentDescription = says }.drawBehind {
            val from = (size.width * place).coerceAtLeast(0f)
            val to = (size.width * (place + 0.4f)).coerceAtMost(size.width)
            drawRect(color, Offset(from, 0f), Size((to - from).coerceAtLeast(0f), size.height))
        },
    )
}
