package tidings.sdk

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import tidings.sdk.core.CoreFormFieldKind
import tidings.sdk.core.CoreLivePlace
import tidings.sdk.core.CorePart
import tidings.sdk.core.CoreRequestFor

/** One part of a message. */
public sealed interface Part {
    /**
     * Words.
     *
     * @property text as they were typed, at most 16 KiB of UTF-8.
     * @property blocks what they look like, to be shown.
     */
    public data class Text(val text: String, val blocks: List<Block> = listOf(Block.Paragraph(listOf(Run(text))))) : Part

    /**
     * A photo or another file.
     *
     * @property mediaType decided by content, not by name.
     * @property name the name it had on the sender's device.
     * @property width pixels, for a picture; so is [height].
     * @property thumbhash a picture's placeholder, in base 64.
     */
    public data class Attachment(
        val id: String,
        val mediaType: String,
        val name: String?,
        val bytes: Long,
        val width: Int?,
        val height: Int?,
        val thumbhash: String?,
    ) : Part

    /**
     * A place on the map (WGS 84).
     *
     * @property accuracyMetres radius of the circle that the place lies in with 68 % confidence.
     * @property label what a person calls it.
     */
    public data class Location(
        val latitude: Double,
        val longitude: Double,
        val accuracyMetres: Double?,
        val label: String?,
        val measuredAt: Instant?,
    ) : Part

    /**
     * A place that moves for a while ([Conversation.shareLivePlace]).
     *
     * @property until when it ends, or ended, by the server's clock; null as long as the message waits to be sent.
     * @property ended whether it is over; then there is no [last] place any more.
     * @property last where the person was last; null before the first place has come.
     */
    public data class LiveLocation(val time: Duration, val until: Instant?, val ended: Boolean, val last: LivePlace?) : Part

    /** Answers to choose from. */
    public data class QuickReplies(val options: List<QuickReply>) : Part

    /** Questions to fill in. */
    public data class Form(val title: String, val fields: List<FormField>) : Part

    /** What was chosen of the answers that a message offered; [label] is what the person read on it. */
    public data class Choice(val messageId: MessageId, val optionId: String, val label: String) : Part {
        /** Whether it says that the person would rather not share what the message asks for ([Request]). */
        public val declines: Boolean get() = optionId == "declined"
    }

    /**
     * Asks for something; the words of the same message say what it is for. A message that quotes the one that asks and holds
     * [what] answers it ([Conversation.send]), and so does [Conversation.declineRequest].
     */
    public data class Request(val what: RequestFor) : Part

    /** What was entered into a form, in its order. */
    public data class Answers(val messageId: MessageId, val fields: List<Answer>) : Part

    /** Something that happened; [event] is a stable word for it, such as `conversation_closed`. */
    public data class System(val event: String) : Part

    /** A part of a later version, as it came: show "update the app to see this". */
    public data class Unknown(val json: String) : Part
}

/**
 * Where somebody who shares their place was last.
 *
 * @property accuracyMetres radius of the circle that the place lies in with 68 % confidence.
 * @property measuredAt when their device measured it, by its own clock.
 * @property receivedAt when the server got it: its age is counted from here.
 */
public data class LivePlace(
    val latitude: Double,
    val longitude: Double,
    val accuracyMetres: Double?,
    val measuredAt: Instant?,
    val receivedAt: Instant,
)

/** What a person can be asked for: where they are, or a photo. */
public enum class RequestFor { PLACE, PHOTO }

/** One answer to choose; [id] comes back with the answer. */
public data class QuickReply(val id: String, val label: String)

/** The answer to one question of a form, as text; [label] is what the person read above it. */
public data class Answer(val fieldId: String, val label: String, val value: String)

/** One question of a form; [id] comes back with the answer. */
public data class FormField(val id: String, val label: String, val kind: FormFieldKind, val required: Boolean)

/** What may be entered into a field. */
public enum class FormFieldKind { TEXT, NUMBER, EMAIL, DATE, BOOLEAN }

internal fun CorePart.told(): Part = when (this) {
    is CorePart.Text -> Part.Text(text, blocks.map { it.told() })
    is CorePart.Attachment ->
        Part.Attachment(attachmentId, mediaType, name, bytes, width?.toInt(), height?.toInt(), thumbhash)
    is CorePart.Location ->
        Part.Location(latitude, longitude, accuracyM, label, measuredAtMs?.let(Instant::ofEpochMilli))
    is CorePart.LiveLocation ->
        Part.LiveLocation(forS.seconds, untilMs?.let(Instant::ofEpochMilli), ended, last?.told())
    is CorePart.QuickReplies -> Part.QuickReplies(options.map { QuickReply(it.id, it.label) })
    is CorePart.Form -> Part.Form(title, fields.map { FormField(it.id, it.label, it.kind.told(), it.required) })
    is CorePart.Choice -> Part.Choice(MessageId(messageId), optionId, label)
    is CorePart.Answers -> Part.Answers(MessageId(messageId), fields.map { Answer(it.fieldId, it.label, it.value) })
    is CorePart.Request -> Part.Request(what.told())
    is CorePart.System -> Part.System(event)
    is CorePart.Unknown -> Part.Unknown(json)
}

private fun CoreLivePlace.told() = LivePlace(
    latitude,
    longitude,
    accuracyM,
    measuredAtMs?.let(Instant::ofEpochMilli),
    Instant.ofEpochMilli(receivedAtMs),
)

private fun CoreRequestFor.told(): RequestFor = when (this) {
    CoreRequestFor.PLACE -> RequestFor.PLACE
    CoreRequestFor.PHOTO -> RequestFor.PHOTO
}

private fun CoreFormFieldKind.told(): FormFieldKind = when (this) {
    CoreFormFieldKind.TEXT -> FormFieldKind.TEXT
    CoreFormFieldKind.NUMBER -> FormFieldKind.NUMBER
    CoreFormFieldKind.EMAIL -> FormFieldKind.EMAIL
    CoreFormFieldKind.DATE -> FormFieldKind.DATE
    CoreFormFieldKind.BOOLEAN -> FormFieldKind.BOOLEAN
}
