package tidings.ui.parts

import androidx.compose.foundation.Image
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.unit.Dp

/** The company's logo. It stands beside its name, so it says nothing of its own. */
@Composable
internal fun Logo(picture: ImageBitmap, edge: Dp, modifier: Modifier = Modifier) {
    Image(picture, null, modifier.size(edge).clip(RoundedCornerShape(edge / 5)))
}
