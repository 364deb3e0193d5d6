import Foundation
import TidingsCore

/// How the client stands to the server.
public enum SyncState: Hashable, Sendable {
    /// Nobody is signed in.
    case signedOut
    /// In the background: nothing is connected, nothing is open.
    case suspended
    /// The phone has no network.
    case offline
    /// Getting a session.
    case signingIn
    /// The app's backend or the server refused to say who this is; sign in again.
    case needsToken
    /// Opening a connection.
    case connecting
    /// Connected; fetching what was missed.
    case catchingUp
    /// Connected, and everything is here.
    case live
    /// Sockets do not get through here, so changes are asked for every quarter of a minute.
    case polling
    /// The server could not be reached; tried again then.
    case waiting(retryAt: Date)
    /// The server refuses this client; the close code of the protocol says why. A later version of the app may help.
    case refused(code: Int)
}

/// Who answers, and how soon. Each part may be unknown; show then what is known, and promise nothing.
public struct Answering: Hashable, Sendable {
    /// Half of the answers of the last weeks came within so many seconds, of the hours in which the team answers.
    public let usuallyWithin: TimeInterval?
    /// Nobody is there until then; one that has passed says nothing any more.
    public let backAt: Date?
    /// Who answered last, at most three, the last first.
    public let names: [String]

    public init(usuallyWithin: TimeInterval?, backAt: Date?, names: [String]) {
        self.usuallyWithin = usuallyWithin
        self.backAt = backAt
        self.names = names
    }

    init(_ core: CoreAnswering) {
        let backAt = core.backAtMs.map { Date(timeIntervalSince1970: Double($0) / 1000) }
        self.init(usuallyWithin: core.usuallyWithinS.map(TimeInterval.init), backAt: backAt, names: core.names)
    }
}

/// Whether the app is on the screen.
public enum Visibility: Hashable, Sendable { case foreground, background }

/// Whether the phone has a network.
public enum NetworkAvailability: Hashable, Sendable { case available, unavailable }

/// Who is signed in.
public struct Account: Hashable, Sendable {
    /// Whether no backend vouches for them.
    public let isAnonymous: Bool
    /// Their id at the server; nil until the first contact.
    public let userID: String?
}

/// What becomes of a user's store when they sign out.
public enum SignOut: Hashable, Sendable {
    /// It is erased from the phone, with what was not sent yet.
    case erase
    /// It is closed and hidden, and there again when the same user signs in on this phone.
    case keep
}

/// How a background visit to the server ended.
public enum Visit: Hashable, Sendable {
    /// Everything was fetched and everything was sent.
    case done
    /// The time was up first; it goes on next time.
    case timeUp
}

/// What became of a message that the app wanted to throw away.
public enum Discarded: Hashable, Sendable {
    /// It is gone and will not be sent again.
    case removed
    /// It is on its way at this moment, or was sent.
    case tooLate
}

/// What a request for older messages found.
public enum Older: Hashable, Sendable {
    /// There are more before these.
    case more
    /// The timeline now begins with the first message.
    case start
}

/// How it stands with the messages before a timeline's first, of which the phone has none.
public enum OlderState: Hashable, Sendable {
    /// They may be asked for.
    case idle
    /// They are on their way.
    case loading
    /// They did not come. Before this time, asking for them again fails at once.
    case failed(retryAt: Date)
}

extension OlderState {
    init(_ state: CoreOlderState) {
        switch state {
        case .idle: self = .idle
        case .loading: self = .loading
        case .failed(let retryAtMs): self = .failed(retryAt: Date(unixMilliseconds: retryAtMs))
        }
    }
}

/// What a request for newer messages found, after a jump into the past.
public enum Newer: Hashable, Sendable {
    /// There are more after these.
    case more
    /// The timeline now ends with the newest message, and follows it.
    case end
}

extension Newer {
    init(_ newer: CoreNewer) {
        switch newer {
        case .more: self = .more
        case .end: self = .end
        }
    }
}

extension Date {
    init(unixMilliseconds: Int64) { self.init(timeIntervalSince1970: Double(unixMilliseconds) / 1000) }
}

extension SyncState {
    init(_ state: CoreSyncState) {
        switch state {
        case .signedOut: self = .signedOut
        case .suspended: self = .suspended
        case .offline: self = .offline
        case .signingIn: self = .signingIn
        case .needsToken: self = .needsToken
        case .connecting: self = .connecting
        case .catchingUp: self = .catchingUp
        case .live: self = .live
        case .polling: self = .polling
        case .waiting(let retryAtMs): self = .waiting(retryAt: Date(unixMilliseconds: retryAtMs))
        case .refused(let code): self = .refused(code: Int(code))
        }
    }
}

extension Visibility {
    var core: CoreVisibility {
        switch self {
        case .foreground: .foreground
        case .background: .background
        }
    }
}

extension NetworkAvailability {
    var core: CoreNetwork {
        switch self {
        case .available: .available
        case .unavailable: .unavailable
        }
    }
}

extension Account {
    init(_ account: CoreAccount) { self.init(isAnonymous: account.anonymous, userID: account.userId) }
}

extension SignOut {
    var core: CoreSignOut {
        switch self {
        case .erase: .erase
        case .keep: .keep
        }
    }
}

extension Visit {
    init(_ visit: CoreVisit) {
        switch visit {
        case .done: self = .done
        case .timeUp: self = .timeUp
        }
    }
}

extension Discarded {
    init(_ discarded: CoreDiscarded) {
        switch discarded {
        case .removed: self = .removed
        case .tooLate: self = .tooLate
        }
    }
}

extension Older {
    init(_ older: CoreOlder) {
        switch older {
        case .more: self = .more
        case .start: self = .start
        }
    }
}
