package tidings.sdk

import java.time.Instant
import java.time.LocalDate
import tidings.sdk.core.CoreAnswerValue
import tidings.sdk.core.CoreContent
import tidings.sdk.core.CoreFieldAnswer
import tidings.sdk.core.CoreFile
import tidings.sdk.core.CoreFileSource
import tidings.sdk.core.CorePlace
import tidings.sdk.core.CorePoint
import tidings.sdk.core.CorePrecision

/** One thing to say; a message says 1 to 10. */
public sealed interface Content {
    /** Words; all words of a message together have at most 16 KiB of UTF-8. */
    public data class Text(val text: String) : Content

    /**
     * Where something is, as exactly as the person wants to tell.
     *
     * @property point without one, the place is its label alone.
     * @property precision how much of the point leaves the phone.
     * @property label what a person calls it, at most 256 bytes.
     */
    public data class Place(
        val point: Point? = null,
        val precision: Precision = Precision.EXACT,
        val label: String? = null,
        val measuredAt: Instant? = null,
    ) : Content

    /**
     * A photo or another file; a message holds at most 10. It is copied: what it was taken from may be removed once the message
     * is accepted.
     *
     * JPEG and PNG are made anew from their pixels - upright, shrunk, without place, time and anything else that was hidden in
     * them - and travel as JPEG. WebP loses what is hidden in it; HEIC,
     * HEIF and AVIF are refused: on Android `ContentResolver.photoToSend` turns them into JPEG first. Everything else travels as it is.
     *
     * @property name what it is called, at most 255 bytes; else the last part of its path.
     * @property longestEdge what the longer edge of a picture is shrunk to, in pixels.
     */
    public class File private constructor(
        internal val source: CoreFileSource,
        public val name: String?,
        public val longestEdge: Int,
    ) : Content {
        /** A file that the app can read. */
        public constructor(file: java.io.File, name: String? = null, longestEdge: Int = LONGEST_EDGE) :
            this(CoreFileSource.Path(file.path), name, longestEdge)

        /** The file itself, such as what a content resolver's stream gave. */
        public constructor(bytes: ByteArray, name: String? = null, longestEdge: Int = LONGEST_EDGE) :
            this(CoreFileSource.Bytes(bytes), name, longestEdge)
    }

    public companion object {
        /** What pictures are shrunk to unless something else is said. */
        public const val LONGEST_EDGE: Int = 2048
    }
}

/**
 * A point on the map (WGS 84). 0, 0 is refused: it is what a point that was never set looks like.
 *
 * @property accuracyMetres radius of the circle that the point lies in with 68 % confidence.
 */
public data class Point(val latitude: Double, val longitude: Double, val accuracyMetres: Double? = null)

/** How much of a point leaves the phone. What is left out is never written, not even into the outbox. */
public enum class Precision {
    /** All of it. */
    EXACT,

    /** Rounded to a hundredth of a degree, which is a neighbourhood: about a kilometre. */
    ROUNDED,

    /** None: the label travels, as words. */
    HIDDEN,
}

/** The answer to a field of a form, in the kind of the field. */
public sealed interface FieldValue {
    /** For a field of text or an e-mail address. */
    public data class Text(val text: String) : FieldValue

    /** For a number. */
    public data class Number(val number: Double) : FieldValue

    /** For a day. */
    public data class Date(val day: LocalDate) : FieldValue

    /** For yes or no. */
    public data class Boolean(val yes: kotlin.Boolean) : FieldValue
}

internal fun Content.core(): CoreContent = when (this) {
    is Content.Text -> CoreContent.Text(text)
    is Content.Place -> CoreContent.Place(
        CorePlace(
            point = point?.let { CorePoint(it.latitude, it.longitude, it.accuracyMetres) },
            precision = when (precision) {
                Precision.EXACT -> CorePrecision.EXACT
                Precision.ROUNDED -> CorePrecision.ROUNDED
                Precision.HIDDEN -> CorePrecision.HIDDEN
            },
            label = label,
            measuredAtMs = measuredAt?.toEpochMilli(),
        ),
    )
    is Content.File -> CoreContent.File(CoreFile(source, name, longestEdge.coerceAtLeast(0).toUInt()))
}

internal fun Map<String, FieldValue>.core(): List<CoreFieldAnswer> = map { (fieldId, value) ->
    CoreFieldAnswer(
        fieldId,
        when (value) {
            is FieldValue.Text -> CoreAnswerValue.Text(value.text)
            is FieldValue.Number -> CoreAnswerValue.Number(value.number)
            is FieldValue.Date -> CoreAnswerValue.Date(value.day.toString())
            is FieldValue.Boolean -> CoreAnswerValue.Boolean(value.yes)
        },
    )
}
