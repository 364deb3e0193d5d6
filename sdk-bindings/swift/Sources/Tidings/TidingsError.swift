import Foundation
import TidingsCore

/// Why something the app asked for did not happen. What merely has to wait for a network is never an error: it waits in
/// the outbox.
public struct TidingsError: Error, Hashable, Sendable {
    /// What to branch on.
    public let code: Code
    /// The word for the code, such as `not_signed_in`: for logs, and to look up in the documentation.
    public let word: String
    /// In English, for a developer. Never holds contents, names or tokens.
    public let message: String
    /// Whether the same call may succeed later.
    public let isRetryable: Bool

    /// What went wrong; a code never changes its meaning.
    public enum Code: Hashable, Sendable {
        /// The configuration cannot work; the message names the field. A bug in the app.
        case invalidConfig
        /// What was given is empty, too long or not allowed; the message says what.
        case invalidInput
        /// Nobody is signed in.
        case notSignedIn
        /// The thing belongs to a user who signed out, or the client was closed.
        case closed
        /// There is nothing by this id.
        case notFound
        /// The server could not be reached, or did not answer in a way that makes sense.
        case network
        /// The server refused, for good.
        case refused
        /// The app has this switched off in its configuration.
        case switchedOff
        /// The phone's storage is full.
        case storageFull
        /// The phone's storage failed in another way.
        case storage
        /// A fault of this library.
        case `internal`
    }
}

extension TidingsError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { message }
    public var description: String { "\(word): \(message)" }
}

extension TidingsError {
    init(_ error: any Error) {
        guard case CoreError.Failed(let code, let word, let detail, let retryable) = error else {
            // A panic that was caught on its way here.
            self.init(code: .internal, word: "internal", message: "the library failed", isRetryable: false)
            return
        }
        self.init(code: Code(code), word: word, message: detail, isRetryable: retryable)
    }
}

extension TidingsError.Code {
    init(_ code: CoreErrorCode) {
        switch code {
        case .invalidConfig: self = .invalidConfig
        case .invalidInput: self = .invalidInput
        case .notSignedIn: self = .notSignedIn
        case .closed: self = .closed
        case .notFound: self = .notFound
        case .network: self = .network
        case .refused: self = .refused
        case .switchedOff: self = .switchedOff
        case .storageFull: self = .storageFull
        case .storage: self = .storage
        case .internal: self = .internal
        }
    }
}

/// Does the work and tells its failure in the words of this package.
func told<T: Sendable>(_ work: () async throws -> T) async throws(TidingsError) -> T {
    do { return try await work() } catch { throw TidingsError(error) }
}

/// Does the work and tells its failure in the words of this package.
func told<T>(_ work: () throws -> T) throws(TidingsError) -> T {
    do { return try work() } catch { throw TidingsError(error) }
}
