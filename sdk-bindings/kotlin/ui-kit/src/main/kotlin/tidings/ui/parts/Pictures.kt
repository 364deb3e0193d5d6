package tidings.ui.parts

import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.ui.graphics.ImageBitmap
import kotlin.io.encoding.Base64
import tidings.sdk.Variant
import tidings.ui.model.Attached

/** Where the pictures of a thread come from. */
public interface Pictures {
    /** A picture of a message, fetched if it is not on the phone; null: it cannot be had now. */
    public suspend fun of(attachmentId: String, variant: Variant): ImageBitmap?

    /** What was picked and is not sent yet; null: show a sign in its place. */
    public suspend fun of(attached: Attached.File): ImageBitmap?
}

/** What is to be seen of a picture. */
internal sealed interface Seen {
    data object Coming : Seen
    data object Missing : Seen
    data class Here(val picture: ImageBitmap) : Seen
}

/** Fetches a picture; another [attempt] tries again. */
@Composable
internal fun Pictures.seen(attachmentId: String, attempt: Int): Seen {
    val seen by produceState<Seen>(Seen.Coming, attachmentId, attempt) {
        value = Seen.Coming
        value = of(attachmentId, Variant.SCREEN)?.let(Seen::Here) ?: Seen.Missing
    }
    return seen
}

/** Kotlin's own: Java's is part of Android from API 26 on only. */
private val base64 = Base64.withPadding(Base64.PaddingOption.PRESENT_OPTIONAL)

@Composable
internal fun placeholder(thumbhash: String?): ImageBitmap? = remember(thumbhash) {
    val bytes = try {
        thumbhash?.let(base64::decode)
    } catch (_: IllegalArgumentException) {
        null
    }
    bytes?.let(Thumbhash::read)?.bitmap()
}
