import Foundation
import TidingsCore

/// One thing to say; a message says 1 to 10.
public enum Content: Hashable, Sendable {
    /// Words; all words of a message together have at most 16 KiB of UTF-8.
    case text(String)
    /// Where something is.
    case place(Place)
    /// A photo or another file; a message holds at most 10.
    case file(File)

    /// Where something is, as exactly as the person wants to tell.
    public struct Place: Hashable, Sendable {
        /// Without one, the place is its label alone.
        public var point: Point?
        /// How much of the point leaves the phone.
        public var precision: Precision
        /// What a person calls it, at most 256 bytes.
        public var label: String?
        public var measuredAt: Date?

        public init(point: Point? = nil, precision: Precision = .exact, label: String? = nil, measuredAt: Date? = nil) {
            self.point = point
            self.precision = precision
            self.label = label
            self.measuredAt = measuredAt
        }
    }

    /// A point on the map (WGS 84). 0, 0 is refused: it is what a point that was never set looks like.
    public struct Point: Hashable, Sendable {
        public var latitude: Double
        public var longitude: Double
        /// Radius of the circle that the point lies in with 68 % confidence, in metres.
        public var accuracy: Double?

        public init(latitude: Double, longitude: Double, accuracy: Double? = nil) {
            self.latitude = latitude
            self.longitude = longitude
            self.accuracy = accuracy
        }
    }

    /// How much of a point leaves the phone. What is left out is never written, not even into the outbox.
    public enum Precision: Hashable, Sendable {
        /// All of it.
        case exact
        /// Rounded to a hundredth of a degree, which is a neighbourhood: about a kilometre.
        case rounded
        /// None: the label travels, as words.
        case hidden
    }
}

extension Content {
    /// A photo or another file to send. It is copied: what it was taken from may be removed once the message is accepted.
    ///
    /// JPEG and PNG are made anew from their pixels - upright, shrunk, without place, time and anything else that was hidden in
    /// them - and travel as JPEG. WebP loses what is hidden in it; HEIC,
    /// HEIF and AVIF are refused: `photo(_:name:longestEdge:)` turns them into JPEG first. Everything else travels as it is.
    public struct File: Hashable, Sendable {
        /// Where it is taken from.
        public var source: Source
        /// What it is called, at most 255 bytes; else the last part of its path.
        public var name: String?
        /// What the longer edge of a picture is shrunk to, in pixels.
        public var longestEdge: Int

        /// Where a file is taken from.
        public enum Source: Hashable, Sendable {
            /// A file that the app can read.
            case url(URL)
            /// The file itself.
            case data(Data)
        }

        public init(_ source: Source, name: String? = nil, longestEdge: Int = 2048) {
            self.source = source
            self.name = name
            self.longestEdge = longestEdge
        }
    }
}

/// The answer to a field of a form, in the kind of the field.
public enum FieldValue: Hashable, Sendable {
    /// For a field of text or an e-mail address.
    case text(String)
    /// For a number.
    case number(Double)
    /// For a day, such as `2026-11-21`.
    case date(String)
    /// For yes or no.
    case boolean(Bool)
}

extension Content {
    var core: CoreContent {
        switch self {
        case .text(let text): .text(text: text)
        case .place(let place): .place(place: place.core)
        case .file(let file): .file(file: file.core)
        }
    }
}

extension Content.File {
    var core: CoreFile {
        let source: CoreFileSource =
            switch source {
            case .url(let url): .path(path: url.path)
            case .data(let data): .bytes(bytes: data)
            }
        return CoreFile(source: source, name: name, longestEdge: UInt32(clamping: longestEdge))
    }
}

extension Content.Place {
    var core: CorePlace {
        let precision: CorePrecision =
            switch precision {
            case .exact: .exact
            case .rounded: .rounded
            case .hidden: .hidden
            }
        return CorePlace(
            point: point.map {
                CorePoint(latitude: $0.latitude, longitude: $0.longitude, accuracyM: $0.accuracy)
            },
            precision: precision,
            label: label,
            measuredAtMs: measuredAt.map { Int64($0.timeIntervalSince1970 * 1000) })
    }
}

extension FieldValue {
    var core: CoreAnswerValue {
        switch self {
        case .text(let text): .text(text: text)
        case .number(let number): .number(number: number)
        case .date(let day): .date(day: day)
        case .boolean(let yes): .boolean(yes: yes)
        }
    }
}
