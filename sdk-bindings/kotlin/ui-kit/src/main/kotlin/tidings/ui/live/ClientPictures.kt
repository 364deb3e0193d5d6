package tidings.ui.live

import androidx.compose.ui.graphics.ImageBitmap
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsException
import tidings.sdk.Variant
import tidings.ui.model.Attached
import tidings.ui.parts.Pictures

/**
 * The pictures of a client's threads.
 *
 * @param decode turns a file into a picture, off the main thread: on Android
 *   `{ BitmapFactory.decodeFile(it.path)?.asImageBitmap() }`.
 * @param preview the same for what was picked and is not sent yet; null shows a sign in its place.
 */
public class ClientPictures(
    private val client: TidingsClient,
    private val decode: (File) -> ImageBitmap?,
    private val preview: (Attached.File) -> ImageBitmap? = { null },
) : Pictures {
    override suspend fun of(attachmentId: String, variant: Variant): ImageBitmap? = try {
        val file = client.file(attachmentId, variant).file
        withContext(Dispatchers.IO) { decode(file) }
    } catch (_: TidingsException) {
        // Shown as missing; a tap asks again.
        null
    }

    override suspend fun of(attached: Attached.File): ImageBitmap? = withContext(Dispatchers.IO) { preview(attached) }
}
