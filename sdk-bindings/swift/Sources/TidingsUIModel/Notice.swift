import Tidings

/// What stands above a screen when something keeps messages from coming and going.
public enum Notice: Hashable, Sendable, CaseIterable {
    /// The phone has no network.
    case offline
    /// The server does not answer.
    case unreachable
    /// The person must sign in again; the kit offers it.
    case signInRefused
    /// The server refuses this version of the app.
    case updateNeeded
    /// Nobody is signed in.
    case signedOut
    /// What was missed is being fetched; shown as a sign that moves, not as words.
    case updating

    /// What a person is to know of the connection; nil: nothing. Connecting for a moment is not worth a word.
    public init?(_ state: SyncState) {
        switch state {
        case .offline: self = .offline
        case .waiting: self = .unreachable
        case .needsToken: self = .signInRefused
        case .refused: self = .updateNeeded
        case .signedOut: self = .signedOut
        case .signingIn, .connecting, .catchingUp: self = .updating
        case .suspended, .live, .polling: return nil
        }
    }

    /// In words.
    public func said(_ words: Words) -> String {
        switch self {
        case .offline: words.offline
        case .unreachable: words.unreachable
        case .signInRefused: words.signInRefused
        case .updateNeeded: words.updateNeeded
        case .signedOut: words.signedOut
        case .updating: words.updating
        }
    }
}
