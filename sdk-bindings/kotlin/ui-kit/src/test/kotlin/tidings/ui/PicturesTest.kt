package tidings.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.platform.Font
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import java.io.File
import org.jetbrains.skia.Bitmap
import org.jetbrains.skia.Image
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import tidings.ui.theme.Brand
import tidings.ui.theme.TidingsColors
import tidings.ui.theme.TidingsTheme
import tidings.ui.theme.TidingsType
import tidings.ui.theme.inColour

/** Draws every state of the screens in both themes, in large letters, in French and from the right, and keeps the pictures. */
class PicturesTest {
    private val folder = File(System.getenv("TIDINGS_PICTURES") ?: "target/pictures").apply { mkdirs() }

    @TestFactory
    fun every_state_is_drawn(): List<DynamicTest> = SCENES.flatMap { scene ->
        looks.map { look -> DynamicTest.dynamicTest("${scene.name} ${look.name}") { isDrawn(scene, look) } }
    }

    private fun isDrawn(scene: Scene, look: Look) {
        val picture = draw(scene, look)
        File(folder, "${scene.name}-${look.name}.png").writeBytes(picture.encodeToData()!!.bytes)
        // A screen that failed to draw is one colour, or two.
        assertTrue(colours(picture) > 12, "${scene.name} ${look.name} is empty")
    }

    private fun colours(picture: Image): Int {
        val bitmap = Bitmap.makeFromImage(picture)
        return (0 until bitmap.height step 3).flatMapTo(mutableSetOf()) { y -> (0 until bitmap.width step 3).map { x -> bitmap.getColor(x, y) } }.size
    }
}

/** How a screen is looked at. */
internal class Look(
    val name: String,
    val talk: Talk,
    val colors: TidingsColors,
    val letters: Float = 1f,
    val direction: LayoutDirection = LayoutDirection.Ltr,
    val brand: Brand = Brand.none,
)

internal val looks: List<Look> = listOf(
    Look("light", ENGLISH, TidingsColors.light),
    Look("dark", ENGLISH, TidingsColors.dark),
    Look("french", FRENCH, TidingsColors.light),
    Look("french-dark", FRENCH, TidingsColors.dark),
    Look("large", ENGLISH, TidingsColors.light, letters = 2f),
    Look("french-dark-large", FRENCH, TidingsColors.dark, letters = 2f),
    Look("right-to-left", ARABIC, TidingsColors.light, direction = LayoutDirection.Rtl),
    Look("right-to-left-dark-large", ARABIC, TidingsColors.dark, letters = 2f, direction = LayoutDirection.Rtl),
    Look("company", FRENCH, TidingsColors.light.inColour(ORANGE), brand = BAKERY),
    Look("company-dark", FRENCH, TidingsColors.dark.inColour(ORANGE), brand = BAKERY),
)

/** The letters of most phones, so that a picture looks as one of a phone. */
private val roboto = FontFamily(
    listOf("Regular" to FontWeight.Normal, "Medium" to FontWeight.Medium, "Bold" to FontWeight.SemiBold).map { (name, weight) ->
        Font(File("/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-$name.ttf"), weight)
    },
)

/** A phone of 360 by 740, twice as sharp. */
internal fun draw(scene: Scene, look: Look): Image = ImageComposeScene(720, 1480, Density(2f, look.letters)) {
    CompositionLocalProvider(LocalLayoutDirection provides look.direction) {
        TidingsTheme(look.colors, type = TidingsType(roboto), words = look.talk.words, brand = look.brand) { scene.draw(look.talk) }
    }
}.use {
    it.render(0)
    // What was set off by the first frame is seen in the second.
    it.render(32_000_000)
}

private fun <T> ImageComposeScene.use(work: (ImageComposeScene) -> T): T = try {
    work(this)
} finally {
    close()
}
