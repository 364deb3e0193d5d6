import Foundation
import TidingsCore

/// One thing to say; a message says 1 to 10.
public enum Content: Hashable, Sendable {
    /// Words; all words of a message together have at most 16 KiB of UTF-8.
    case text(String)
    /// Where something is.
    case place(Place)

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
        }
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
