package tidings.ui

import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Brush
import androidx.compose.ui.graphics.Canvas
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.drawscope.CanvasDrawScope
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import java.time.Instant
import java.time.ZoneId
import tidings.sdk.Accent
import tidings.sdk.Amending
import tidings.sdk.Author
import tidings.sdk.ConversationId
import tidings.sdk.ConversationItem
import tidings.sdk.ConversationState
import tidings.sdk.FileProgress
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Opening
import tidings.sdk.Part
import tidings.sdk.Quote
import tidings.sdk.SendState
import tidings.sdk.Tone
import tidings.sdk.Variant
import tidings.ui.model.Attached
import tidings.ui.model.Moments
import tidings.ui.parts.Pictures
import tidings.ui.theme.Brand

/** A Saturday afternoon. */
internal val NOW: Instant = Instant.parse("2026-11-21T14:05:00Z")
internal val ZONE: ZoneId = ZoneId.of("Europe/Paris")

internal fun moments(words: Words = Words.english) = Moments(NOW, ZONE, words)

internal val ANA = Author.Agent("agt_1", "Ana Ruiz")

/** The blur of a sunrise. */
internal const val THUMBHASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"

/** A message, said [minutes] ago. */
internal fun message(
    id: String,
    author: Author,
    minutes: Long,
    text: String = "",
    parts: List<Part> = emptyList(),
    state: SendState? = if (author == Author.Me) SendState.Read else null,
    edited: Boolean = false,
    deleted: Boolean = false,
    amending: Amending? = null,
    uploading: List<FileProgress> = emptyList(),
    quote: Quote? = null,
) = MessageItem(
    id = MessageId(id),
    conversationId = ConversationId("cnv_1"),
    seq = null,
    author = author,
    parts = if (deleted) emptyList() else listOfNotNull(text.ifEmpty { null }?.let { Part.Text(it) }) + parts,
    text = if (deleted) "" else text,
    sentAt = NOW.minusSeconds(minutes * 60),
    editedAt = if (edited) NOW else null,
    deleted = deleted,
    amending = amending,
    state = state,
    uploading = uploading,
    quote = quote,
)

internal fun thread(
    id: String,
    title: String?,
    last: MessageItem?,
    minutes: Long,
    unread: Long = 0,
    draft: String? = null,
    state: ConversationState = ConversationState.OPEN,
    opening: Opening = Opening.Open,
) = ConversationItem(ConversationId(id), title, state, unread, last, draft, NOW.minusSeconds(minutes * 60), opening)

internal fun photo(id: String, width: Int = 1200, height: Int = 800) =
    Part.Attachment(id, "image/jpeg", "parcel.jpg", 412_000, width, height, THUMBHASH)

/** Pictures that are there, but for those called `missing` and `coming`. */
internal class Painted : Pictures {
    override suspend fun of(attachmentId: String, variant: Variant): ImageBitmap? = when (attachmentId) {
        "missing" -> null
        "coming" -> kotlinx.coroutines.awaitCancellation()
        else -> landscape()
    }

    override suspend fun of(attached: Attached.File): ImageBitmap? = landscape()
}

/** Hills under an evening sky, painted here so that no photo has to lie in the tree. */
internal fun landscape(): ImageBitmap {
    val bitmap = ImageBitmap(600, 400)
    CanvasDrawScope().draw(Density(1f), LayoutDirection.Ltr, Canvas(bitmap), Size(600f, 400f)) {
        drawRect(Brush.verticalGradient(listOf(Color(0xFF35618E), Color(0xFFF2B880), Color(0xFFF7DDB5)), 0f, 280f))
        drawCircle(Color(0xFFFFF3D6), 34f, Offset(420f, 190f))
        for ((height, color) in listOf(230f to Color(0xFF7D8CA3), 270f to Color(0xFF56708A), 320f to Color(0xFF2F4A52))) {
            drawPath(
                Path().apply {
                    moveTo(0f, height)
                    cubicTo(120f, height - 90f, 220f, height + 30f, 330f, height - 20f)
                    cubicTo(430f, height - 70f, 500f, height + 10f, 600f, height - 40f)
                    lineTo(600f, 400f)
                    lineTo(0f, 400f)
                    close()
                },
                color,
            )
        }
    }
    return bitmap
}

/** A company's orange, and what the core makes of it. */
internal val ORANGE = Accent(
    colour = 0xFFC2410C.toInt(),
    light = Tone(0xFFC2410C.toInt(), 0xFFFFFFFF.toInt()),
    dark = Tone(0xFFD37650.toInt(), 0xFF000000.toInt()),
)

/** What a company set for its app. */
internal val BAKERY = Brand("Boulangerie Martin", ORANGE, "Bonjour ! Écrivez-nous, nous répondons le jour même.", loaf())

/** A logo: a loaf on its ground. */
private fun loaf(): ImageBitmap {
    val picture = ImageBitmap(128, 128)
    val all = Size(128f, 128f)
    CanvasDrawScope().draw(Density(1f), LayoutDirection.Ltr, Canvas(picture), all) {
        drawRect(Color(0xFFC2410C))
        drawOval(Color(0xFFFCE7C8), Offset(20f, 40f), Size(88f, 52f))
        for (x in listOf(44f, 64f, 84f)) drawLine(Color(0xFFC2410C), Offset(x - 6f, 52f), Offset(x + 6f, 78f), 5f)
    }
    return picture
}
