import Foundation
import Tidings

/// What one thread shows.
public struct ConversationView: Hashable, Sendable {
    public var title: String
    /// Oldest first; nil while the phone's own storage is read.
    public var lines: [Line]?
    public var older: Older = .none
    public var newest: Newest = .shown
    public var notice: Notice?
    /// When an answer may be expected, in words.
    public var expected: String?
    /// The name of whoever is writing.
    public var typing: String?
    /// Whether agents consider the thread answered; the person can write all the same, which opens it again.
    public var isClosed = false
    /// Where it goes on, when it was merged into another thread.
    public var goesOn: GoesOn?
    /// What did not work, in words for a person.
    public var problem: String?

    /// Before anything is known.
    public static func loading(_ title: String) -> ConversationView { ConversationView(title: title, lines: nil) }

    /// The thread in which a merged one goes on.
    public struct GoesOn: Hashable, Sendable {
        public let id: ConversationID
        /// In words for a person.
        public let says: String
    }

    /// Whether there is more before the first line.
    public enum Older: Hashable, Sendable {
        case none, more, loading
        /// They could not be had. They are asked for again when the person wants it, and not before.
        case failed
    }

    /// Whether the last line is the newest message; after a jump into the past it is not.
    public enum Newest: Hashable, Sendable { case shown, elsewhere }
}

/// One line of a thread.
public enum Line: Hashable, Sendable, Identifiable {
    /// The messages of another day begin.
    case day(key: String, label: String)
    /// What follows was not read before the thread was opened.
    case new
    /// Something that happened.
    case event(key: String, text: String)
    /// A message.
    case bubble(Bubble)

    public var id: String {
        switch self {
        case .day(let key, _), .event(let key, _): key
        case .new: "new"
        case .bubble(let bubble): bubble.id.text
        }
    }
}

/// A message as it is shown.
public struct Bubble: Hashable, Sendable, Identifiable {
    public let id: MessageID
    public let side: Side
    public let author: String
    public let place: InGroup
    public let pieces: [Piece]
    public let time: String
    public let isEdited: Bool
    public let status: Status?
    public let acts: [Act]
    /// The message that it answers.
    public let quoted: Quoted?

    /// Who says it.
    public enum Side: Hashable, Sendable { case me, them }

    /// Where it stands among those of the same author: the first has the name, the last the corner.
    public enum InGroup: Hashable, Sendable {
        case only, first, middle, last
        public var begins: Bool { self == .only || self == .first }
        public var ends: Bool { self == .only || self == .last }
    }

    /// How far a message, or a change of one, has come.
    public enum Status: Hashable, Sendable {
        case waiting, sending, sent, read
        /// The server refused it; the reason is for a person.
        case failed(String)
        /// It was edited or deleted here, and the server does not know yet.
        case changeWaiting
        /// It was edited or deleted here, and the server refused that.
        case changeFailed
    }

    /// What may be done with it.
    public enum Act: Hashable, Sendable { case reply, copy, edit, stopSharing, delete, retry, discard, cancel }
}

/// How a message begins that another one answers.
public struct Quoted: Hashable, Sendable {
    public let message: MessageID
    public let author: String?
    /// Its words, or else what it is.
    public let text: String
}

/// One thing that a message says.
public enum Piece: Hashable, Sendable {
    /// What they look like; for a screen reader they are their letters.
    case words([Block])
    /// In the place of a deleted message.
    case deleted
    /// `progress` is from 0 to 1 while it is being sent.
    case picture(attachmentID: String, name: String?, width: Int, height: Int, thumbhash: String?, progress: Double?)
    case document(attachmentID: String, name: String, size: String, progress: Double?)
    /// `accuracy` says how exact it is, in words.
    case place(latitude: Double, longitude: Double, label: String?, accuracy: String?)
    /// A place that moves for a while.
    case live(Live)
    /// `isOpen`: one of them can still be chosen.
    case choices(MessageID, [Part.QuickReply], isOpen: Bool)
    /// `isOpen`: it can still be filled in.
    case form(MessageID, Part.Form, isOpen: Bool)
    case answers([Part.Answers.Answer])
    /// Asks for something; the words beside it say what it is for. `answer`: how the person answered; nil: it waits.
    case request(MessageID, Part.Request, answer: RequestAnswer?)
    /// A part of a later version.
    case unsupported

    /// The message that answers a request.
    public struct RequestAnswer: Hashable, Sendable {
        public let message: MessageID
        /// Whether the person would rather not.
        public let isDeclined: Bool
    }

    /// A place that moves for a while.
    public struct Live: Hashable, Sendable {
        public let message: MessageID
        /// Where the person was last; nil before the first place, and when it is over.
        public let place: Place?
        /// Until when, or that it is over.
        public let says: String
        /// How old the place is.
        public let seen: String?
        /// Whether the person shares it and can end it.
        public let canStop: Bool

        public struct Place: Hashable, Sendable {
            public let latitude: Double
            public let longitude: Double
            /// How exact it is, in words.
            public let accuracy: String?
        }
    }
}
