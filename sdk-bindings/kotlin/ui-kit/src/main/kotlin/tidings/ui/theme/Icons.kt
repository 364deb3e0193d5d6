package tidings.ui.theme

import androidx.compose.material3.Icon
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.scale
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.addPathNodes
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp

/** The kit's own drawings: lines of two units in a square of 24. */
internal enum class Glyph(private val path: String, val turns: Boolean = false) {
    BACK("M15 5l-7 7 7 7", turns = true),
    SEND("M5 12h13M12.5 6l6 6-6 6", turns = true),
    PLUS("M12 5v14M5 12h14"),
    CLOSE("M6 6l12 12M18 6L6 18"),
    DOWN("M6 9.5l6 6 6-6"),
    PHOTO("M5 4.5h14a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18V6A1.5 1.5 0 0 1 5 4.5zM4 17l4.6-5 3.6 3.8 2.8-2.6 5 4.6M15.6 8.6h.01"),
    FILE("M13.5 3.5H7.2A1.7 1.7 0 0 0 5.5 5.2v13.6a1.7 1.7 0 0 0 1.7 1.7h9.6a1.7 1.7 0 0 0 1.7-1.7V8.5zM13.5 3.5v5h5"),
    PLACE("M12 21c-4.2-4.3-6.5-7.7-6.5-10.8a6.5 6.5 0 0 1 13 0C18.5 13.300 16.200 16.700 12 21zM12 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z"),
    LIVE("M12 13.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zM8 16a5.700 5.700 0 0 1 0-8M16 8a5.700 5.700 0 0 1 0 8M5.200 18.800a9.600 9.600 0 0 1 0-13.600M18.800 5.200a9.600 9.600 0 0 1 0 13.600"),
    CLOCK("M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2"),
    CHECK("M5 12.500l4.600 4.600L19.500 7"),
    CHECKS("M1.500 12.500l4.400 4.600L15 7.500M11.500 16.400l.800.700L21.500 7.500"),
    ALERT("M12 7.500v5.500M12 16.400h.01M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17z"),
    RETRY("M19 8.500A8 8 0 1 0 20 12M19.500 4v4.800h-4.800"),
    EDIT("M14.500 5.500l4 4M4.500 19.500l1-4.500L16 4.500a1.800 1.800 0 0 1 2.500 0l1 1a1.800 1.800 0 0 1 0 2.500L9 18.500z"),
    CLOUD_OFF("M8.500 7.200A6 6 0 0 1 17.600 10a4.500 4.500 0 0 1 2.900 6.700M17 18.500H7a4.500 4.500 0 0 1-1-8.900M4 4l16 16"),
    CHAT("M20.500 11.600c0 4.100-3.800 7.400-8.500 7.400-1 0-2-.2-2.900-.5L4.500 20l1.200-3.600a6.900 6.900 0 0 1-2.200-4.800c0-4.100 3.800-7.400 8.500-7.400s8.500 3.300 8.500 7.400z"),
    REPLY("M9.500 6L4.500 11l5 5M4.500 11h9.500a5.500 5.500 0 0 1 5.500 5.500v1.500", turns = true),
    TRASH("M5 7h14M9.500 7V4.800h5V7M7 7l.8 12.200h8.400L17 7"),
    COPY("M8.500 8.500V5A1.500 1.500 0 0 1 10 3.500h9A1.500 1.500 0 0 1 20.500 5v9a1.500 1.500 0 0 1-1.500 1.500h-3.500M5 8.500h9a1.500 1.500 0 0 1 1.500 1.500v9a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 19v-9A1.500 1.500 0 0 1 5 8.500z"),
    ;

    val vector: ImageVector by lazy {
        ImageVector.Builder(name, 24.dp, 24.dp, 24f, 24f).addPath(
            pathData = addPathNodes(path),
            stroke = SolidColor(Color.Black),
            strokeLineWidth = 2f,
            strokeLineCap = StrokeCap.Round,
            strokeLineJoin = StrokeJoin.Round,
        ).build()
    }
}

/** A drawing; it turns around where one reads from the right. [says] is for a screen reader; null: it says nothing more than the words beside it. */
@Composable
internal fun GlyphIcon(glyph: Glyph, says: String?, tint: Color, modifier: Modifier = Modifier) {
    val mirrored = glyph.turns && LocalLayoutDirection.current == LayoutDirection.Rtl
    Icon(glyph.vector, says, if (mirrored) modifier.scale(-1f, 1f) else modifier, tint)
}
