package tidings.ui.theme

import androidx.compose.runtime.Immutable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/**
 * The colours of the kit. Text colours have at least 4.5:1 on the grounds they stand on; keep that when you change them.
 *
 * @property canvas behind the messages. @property surface bars and rows. @property raised menus and cards.
 * @property line hairlines. @property ink words. @property soft words of less weight.
 * @property mine bubbles of the person, with [onMine] on them. @property theirs bubbles of the company, with [onTheirs].
 * @property accent what can be tapped, and the mark of what is unread, with [onAccent] on it.
 * @property danger what was refused. @property notice the bar that says that there is no network, with [onNotice].
 */
@Immutable
public data class TidingsColors(
    val canvas: Color,
    val surface: Color,
    val raised: Color,
    val line: Color,
    val ink: Color,
    val soft: Color,
    val mine: Color,
    val onMine: Color,
    val theirs: Color,
    val onTheirs: Color,
    val accent: Color,
    val onAccent: Color,
    val accentSoft: Color,
    val danger: Color,
    val dangerSoft: Color,
    val notice: Color,
    val onNotice: Color,
    val dark: Boolean,
) {
    public companion object {
        public val light: TidingsColors = TidingsColors(
            canvas = Color(0xFFF4F2EE),
            surface = Color(0xFFFFFFFF),
            raised = Color(0xFFFFFFFF),
            line = Color(0xFFE7E3DC),
            ink = Color(0xFF201E1B),
            soft = Color(0xFF68635A),
            mine = Color(0xFF1A5E57),
            onMine = Color(0xFFFFFFFF),
            theirs = Color(0xFFFFFFFF),
            onTheirs = Color(0xFF201E1B),
            accent = Color(0xFF1A5E57),
            onAccent = Color(0xFFFFFFFF),
            accentSoft = Color(0xFFE4F0ED),
            danger = Color(0xFFA3271F),
            dangerSoft = Color(0xFFFCEBE9),
            notice = Color(0xFFFCEFDC),
            onNotice = Color(0xFF6E3C00),
            dark = false,
        )

        public val dark: TidingsColors = TidingsColors(
            canvas = Color(0xFF141312),
            surface = Color(0xFF1C1B19),
            raised = Color(0xFF262421),
            line = Color(0xFF302D29),
            ink = Color(0xFFF0EDE8),
            soft = Color(0xFFA59F94),
            mine = Color(0xFF1F4F49),
            onMine = Color(0xFFEAF6F3),
            theirs = Color(0xFF262421),
            onTheirs = Color(0xFFF0EDE8),
            accent = Color(0xFF83D0C4),
            onAccent = Color(0xFF08231F),
            accentSoft = Color(0xFF1D3734),
            danger = Color(0xFFFF9C92),
            dangerSoft = Color(0xFF3D1F1C),
            notice = Color(0xFF3A2A12),
            onNotice = Color(0xFFF0B35D),
            dark = true,
        )
    }
}

/** How round things are. */
@Immutable
public data class TidingsShapes(
    val bubble: Dp = 18.dp,
    /** The corner of a bubble that points to its author. */
    val tail: Dp = 5.dp,
    val card: Dp = 14.dp,
    val field: Dp = 22.dp,
)

/** How large and in what letters words are written; sizes follow the person's own choice of size. */
@Immutable
public data class TidingsType(
    val family: FontFamily = FontFamily.Default,
    val title: TextUnit = 18.sp,
    val body: TextUnit = 16.sp,
    val small: TextUnit = 14.sp,
    val caption: TextUnit = 12.sp,
) {
    internal val titleStyle get() = style(title, FontWeight.SemiBold, 1.25f)
    internal val bodyStyle get() = style(body, FontWeight.Normal, 1.35f)
    internal val strongStyle get() = style(body, FontWeight.SemiBold, 1.3f)
    internal val smallStyle get() = style(small, FontWeight.Normal, 1.35f)
    internal val labelStyle get() = style(small, FontWeight.Medium, 1.3f)
    internal val captionStyle get() = style(caption, FontWeight.Normal, 1.3f)
    internal val captionStrongStyle get() = style(caption, FontWeight.SemiBold, 1.3f)

    /** What people write runs in the direction of its own letters. */
    private fun style(size: TextUnit, weight: FontWeight, line: Float) = TextStyle(
        fontFamily = family,
        fontSize = size,
        fontWeight = weight,
        lineHeight = size * line,
        textDirection = TextDirection.Content,
    )
}

/** Distances. */
@Immutable
public data class TidingsSpacing(
    val edge: Dp = 16.dp,
    val gap: Dp = 8.dp,
    /** Between bubbles of one author. */
    val within: Dp = 3.dp,
    /** Between groups of bubbles. */
    val between: Dp = 12.dp,
    /** The widest that a bubble gets. */
    val bubbleWidth: Dp = 420.dp,
    /** The least height and width of what can be tapped. */
    val target: Dp = 48.dp,
)
