import Foundation
import TidingsCore

/// One part of a message.
public enum Part: Hashable, Sendable {
    /// Words.
    case text(Text)
    /// A photo or another file.
    case attachment(Attachment)
    /// A place on the map.
    case location(Location)
    /// A place that moves for a while.
    case liveLocation(LiveLocation)
    /// Answers to choose from.
    case quickReplies([QuickReply])
    /// Questions to fill in.
    case form(Form)
    /// What was chosen of the answers that a message offered.
    case choice(Choice)
    /// What was entered into a form.
    case answers(Answers)
    /// Asks for something; the words of the same message say what it is for. A message that quotes the one that asks and holds
    /// what is asked for answers it (`Conversation.send(_:quoting:)`), and so does `Conversation.declineRequest(_:words:)`.
    case request(Request)
    /// Something that happened: a stable word for it, such as `conversation_closed`.
    case system(event: String)
    /// A part of a later version, as it came: show "update the app to see this".
    case unknown(json: String)

    /// Words.
    public struct Text: Hashable, Sendable {
        /// As they were typed, at most 16 KiB of UTF-8.
        public let text: String
        /// What they look like, to be shown.
        public let blocks: [Block]

        public init(_ text: String, blocks: [Block]? = nil) {
            self.text = text
            self.blocks = blocks ?? [.paragraph([Block.Run(text)])]
        }
    }

    /// A photo or another file.
    public struct Attachment: Hashable, Sendable {
        public let id: String
        /// Decided by content, not by name.
        public let mediaType: String
        /// The name it had on the sender's device.
        public let name: String?
        public let bytes: Int64
        /// Pixels, for a picture.
        public let width: Int?
        /// Pixels, for a picture.
        public let height: Int?
        /// A picture's placeholder, in base 64.
        public let thumbhash: String?
    }

    /// A place on the map (WGS 84).
    public struct Location: Hashable, Sendable {
        public let latitude: Double
        public let longitude: Double
        /// Radius of the circle that the place lies in with 68 % confidence, in metres.
        public let accuracy: Double?
        /// What a person calls it.
        public let label: String?
        public let measuredAt: Date?
    }

    /// A place that moves for a while (`Conversation.shareLivePlace(for:)`).
    public struct LiveLocation: Hashable, Sendable {
        /// For how long it is shared, in seconds.
        public let time: TimeInterval
        /// When it ends, or ended, by the server's clock; nil as long as the message waits to be sent.
        public let until: Date?
        /// Whether it is over; then there is no place any more.
        public let hasEnded: Bool
        /// Where the person was last; nil before the first place has come.
        public let last: Place?

        /// Where somebody who shares their place was last (WGS 84).
        public struct Place: Hashable, Sendable {
            public let latitude: Double
            public let longitude: Double
            /// Radius of the circle that the place lies in with 68 % confidence, in metres.
            public let accuracy: Double?
            /// When their device measured it, by its own clock.
            public let measuredAt: Date?
            /// When the server got it: its age is counted from here.
            public let receivedAt: Date
        }
    }

    /// One answer to choose.
    public struct QuickReply: Hashable, Sendable, Identifiable {
        /// Comes back with the answer.
        public let id: String
        public let label: String
    }

    /// What a person can be asked for.
    public enum Request: Hashable, Sendable {
        /// Where they are.
        case place
        /// A photo.
        case photo
    }

    /// What was chosen of the answers that a message offered.
    public struct Choice: Hashable, Sendable {
        /// The message that offered it.
        public let messageID: MessageID
        public let optionID: String
        /// What the person read on it.
        public let label: String
        /// Whether it says that the person would rather not share what the message asks for.
        public var declines: Bool { optionID == "declined" }
    }

    /// What was entered into a form, in its order.
    public struct Answers: Hashable, Sendable {
        /// The message that holds the form.
        public let messageID: MessageID
        public let fields: [Answer]

        /// The answer to one question.
        public struct Answer: Hashable, Sendable {
            public let fieldID: String
            /// What the person read above it.
            public let label: String
            /// What was entered, as text.
            public let value: String
        }
    }

    /// Questions to fill in.
    public struct Form: Hashable, Sendable {
        public let title: String
        public let fields: [Field]

        /// One question.
        public struct Field: Hashable, Sendable, Identifiable {
            /// Comes back with the answer.
            public let id: String
            public let label: String
            public let kind: Kind
            public let isRequired: Bool

            /// What may be entered.
            public enum Kind: Hashable, Sendable { case text, number, email, date, boolean }
        }
    }
}

extension Part {
    init(_ part: CorePart) {
        switch part {
        case .text(let text, let blocks): self = .text(Text(text, blocks: blocks.map(Block.init)))
        case .attachment(let id, let mediaType, let name, let bytes, let width, let height, let thumbhash):
            self = .attachment(
                Attachment(
                    id: id, mediaType: mediaType, name: name, bytes: bytes, width: width.map(Int.init),
                    height: height.map(Int.init), thumbhash: thumbhash))
        case .location(let latitude, let longitude, let accuracy, let label, let measuredAtMs):
            self = .location(
                Location(
                    latitude: latitude, longitude: longitude, accuracy: accuracy, label: label,
                    measuredAt: measuredAtMs.map(Date.init(unixMilliseconds:))))
        case .liveLocation(let seconds, let untilMs, let ended, let last):
            self = .liveLocation(
                LiveLocation(
                    time: TimeInterval(seconds), until: untilMs.map(Date.init(unixMilliseconds:)), hasEnded: ended,
                    last: last.map(LiveLocation.Place.init)))
        case .quickReplies(let options):
            self = .quickReplies(options.map { QuickReply(id: $0.id, label: $0.label) })
        case .form(let title, let fields): self = .form(Form(title: title, fields: fields.map(Form.Field.init)))
        case .choice(let messageID, let optionID, let label):
            self = .choice(Choice(messageID: MessageID(messageID), optionID: optionID, label: label))
        case .answers(let messageID, let fields):
            let answers = fields.map { Answers.Answer(fieldID: $0.fieldId, label: $0.label, value: $0.value) }
            self = .answers(Answers(messageID: MessageID(messageID), fields: answers))
        case .request(let what): self = .request(what == .place ? .place : .photo)
        case .system(let event): self = .system(event: event)
        case .unknown(let json): self = .unknown(json: json)
        }
    }
}

extension Part.LiveLocation.Place {
    init(_ place: CoreLivePlace) {
        self.init(
            latitude: place.latitude, longitude: place.longitude, accuracy: place.accuracyM,
            measuredAt: place.measuredAtMs.map(Date.init(unixMilliseconds:)),
            receivedAt: Date(unixMilliseconds: place.receivedAtMs))
    }
}

extension Part.Form.Field {
    init(_ field: CoreFormField) {
        let kind: Kind =
            switch field.kind {
            case .text: .text
            case .number: .number
            case .email: .email
            case .date: .date
            case .boolean: .boolean
            }
        self.init(id: field.id, label: field.label, kind: kind, isRequired: field.required)
    }
}
