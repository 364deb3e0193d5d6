package tidings.ui.theme

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.LayoutDirection
import tidings.ui.Words

private val LocalColors = staticCompositionLocalOf { TidingsColors.light }
private val LocalShapes = staticCompositionLocalOf { TidingsShapes() }
private val LocalType = staticCompositionLocalOf { TidingsType() }
private val LocalSpacing = staticCompositionLocalOf { TidingsSpacing() }
private val LocalWords = staticCompositionLocalOf { Words.english }
private val LocalBrand = staticCompositionLocalOf { Brand.none }

/**
 * How the kit looks and speaks. Put it around the kit's screens; without arguments it looks as Tidings does, in the light or dark
 * of the system.
 *
 * @param colors your own; null: the kit's, in the colour of the [brand].
 * @param words see [tidings.ui.wordsFor].
 * @param brand what the company set for the app, see [rememberBrand]; [Brand.none] leaves the screens as they are.
 */
@Composable
public fun TidingsTheme(
    colors: TidingsColors? = null,
    shapes: TidingsShapes = TidingsShapes(),
    type: TidingsType = TidingsType(),
    spacing: TidingsSpacing = TidingsSpacing(),
    words: Words = Words.english,
    brand: Brand = Brand.none,
    content: @Composable () -> Unit,
) {
    val shown = colors ?: usual(isSystemInDarkTheme(), brand)
    CompositionLocalProvider(
        LocalColors provides shown,
        LocalShapes provides shapes,
        LocalType provides type,
        LocalSpacing provides spacing,
        LocalWords provides words,
        LocalBrand provides brand,
    ) {
        MaterialTheme(colorScheme = shown.material()) {
            CompositionLocalProvider(LocalContentColor provides shown.ink, content = content)
        }
    }
}

private fun usual(dark: Boolean, brand: Brand): TidingsColors {
    val colors = if (dark) TidingsColors.dark else TidingsColors.light
    return brand.accent?.let(colors::inColour) ?: colors
}

/** What the nearest [TidingsTheme] says. */
public object Tidings {
    public val colors: TidingsColors @Composable @ReadOnlyComposable get() = LocalColors.current
    public val shapes: TidingsShapes @Composable @ReadOnlyComposable get() = LocalShapes.current
    public val type: TidingsType @Composable @ReadOnlyComposable get() = LocalType.current
    public val spacing: TidingsSpacing @Composable @ReadOnlyComposable get() = LocalSpacing.current
    public val words: Words @Composable @ReadOnlyComposable get() = LocalWords.current
    public val brand: Brand @Composable @ReadOnlyComposable get() = LocalBrand.current
}

/**
 * The side where reading begins. Words run in the direction of their own letters, and would otherwise stand at the other side of
 * a row when they are in another language than the phone.
 */
internal val atStart: TextAlign
    @Composable @ReadOnlyComposable
    get() = if (LocalLayoutDirection.current == LayoutDirection.Rtl) TextAlign.Right else TextAlign.Left

/** Material's own parts, such as menus, in the same colours. */
private fun TidingsColors.material() = (if (dark) darkColorScheme() else lightColorScheme()).copy(
    primary = accent,
    onPrimary = onAccent,
    background = canvas,
    onBackground = ink,
    surface = raised,
    onSurface = ink,
    surfaceVariant = raised,
    onSurfaceVariant = soft,
    surfaceTint = raised,
    outline = soft,
    outlineVariant = line,
    error = danger,
)
