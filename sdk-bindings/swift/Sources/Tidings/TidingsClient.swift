import Foundation
import TidingsCore

/// The client, opened once in the life of a process.
///
/// Cancelling a task that waits for one of these functions neither stops nor undoes what it asked for.
public final class TidingsClient: Sendable {
    /// The version of this package. The compiled core has the same: both are always shipped together.
    public static let version = "0.1.0"

    private let core: CoreClient

    private init(_ core: CoreClient) { self.core = core }

    /// Opens the client in its folder. Signs nobody in, connects nowhere.
    public static func open(_ config: TidingsConfig) async throws(TidingsError) -> TidingsClient {
        TidingsClient(try await told { try await CoreClient.open(config: config.core) })
    }

    /// Who is signed in.
    public var account: Account? { core.account().map(Account.init) }

    /// How the client stands to the server, now and whenever it changes.
    public var syncState: AsyncStream<SyncState> {
        live { core.observeSyncState(listener: LiveSyncState($0)) }
    }

    /// The user's conversations, newest first, now and whenever they change; empty with nobody signed in.
    public var conversations: AsyncStream<[ConversationItem]> {
        live { core.observeConversations(listener: LiveConversations($0)) }
    }

    /// Unread messages in all conversations, now and whenever that changes.
    public var unread: AsyncStream<Int> {
        live { core.observeUnread(listener: LiveUnread($0)) }
    }

    /// Who answers and how soon, as the server last said it, now and whenever that changes.
    public var answering: AsyncStream<Answering> {
        live { core.observeAnswering(listener: LiveAnswering($0)) }
    }

    /// How the company wants the app to look, as the server last said it, now and whenever that changes.
    public var appearance: AsyncStream<Appearance> {
        live { core.observeAppearance(listener: LiveAppearance($0)) }
    }

    /// Makes the installation's anonymous user the user of the client; works without a network.
    public func signInAnonymously() async throws(TidingsError) {
        try await told { try await core.signInAnonymously() }
    }

    /// Makes somebody signed in to the host app the user of the client; works without a network. To be called at each start of
    /// the app and whenever its own user changes. The store of any other user is closed and hidden before this returns.
    ///
    /// - Parameters:
    ///   - key: a stable key of this person on this phone, such as the company's own user id; it stays on the phone.
    ///   - token: gets a fresh identity token, a JWT, from the app's own backend. Throw `TokenRefused` when the person is not
    ///     signed in any more; anything else that is thrown counts as a backend out of reach, and is tried again after a while.
    ///     After 60 seconds nobody waits any more.
    public func signIn(key: String, token: @escaping @Sendable () async throws -> String) async throws(TidingsError) {
        try await told { try await core.signIn(key: key, tokens: Asking(token)) }
    }

    /// Signs in somebody who has used the app anonymously so far: what the anonymous user of this phone has - conversations, what
    /// waits to be sent, drafts, what was read - becomes theirs. Works without a network: it is shown as theirs at once, and the
    /// server moves it when it is reached. Without an anonymous user it is `signIn`, so an app can call it at each start. It cannot
    /// be undone.
    public func signInMerging(
        key: String, token: @escaping @Sendable () async throws -> String
    ) async throws(TidingsError) {
        try await told { try await core.signInMerging(key: key, tokens: Asking(token)) }
    }

    /// Signs out; works without a network. The store is hidden before this returns.
    public func signOut(_ store: SignOut) async throws(TidingsError) {
        try await told { try await core.signOut(store: store.core) }
    }

    /// The app came to the screen or left it: a client starts in the background. Only the latest call counts.
    public func setVisibility(_ visibility: Visibility) {
        // People travel while an app sleeps.
        NSTimeZone.resetSystemTimeZone()
        core.setTimeZone(name: TimeZone.current.identifier)
        core.setVisibility(visibility: visibility.core)
    }

    /// The phone got or lost its network. Only the latest call counts.
    public func setNetwork(_ network: NetworkAvailability) { core.setNetwork(network: network.core) }

    /// The person is on this screen of the app now; nil: on none. It goes with what they write next, so that an agent sees from
    /// where they wrote, with the last five screens before it. Kept in memory alone, and forgotten with the person.
    ///
    /// - Parameters:
    ///   - name: what the app's developers call it, the same for everybody; at most 64 bytes, else `invalidInput`.
    ///   - title: what its title says, at most 256 bytes.
    ///   - detail: what it is about, such as the number of an order; at most 256 bytes.
    public func setScreen(_ name: String?, title: String? = nil, detail: String? = nil) throws(TidingsError) {
        let screen = name.map { CoreScreen(name: $0, title: title, detail: detail) }
        try told { try core.setScreen(screen: screen) }
    }

    /// By what the phone reaches the network now, if that is known.
    public func setNetworkKind(_ kind: NetworkKind?) { core.setNetworkKind(kind: kind?.core) }

    /// Says something of the signed-in person, in the place of all that the app said of them before; works without a network.
    /// Agents see it marked as something that nobody vouches for, and what the company's backend says of the same key stands
    /// in its place.
    ///
    /// - Parameter fields: by their keys: small letters, digits and `_`, beginning with a letter, at most 40; at most 20
    ///   fields. Else `invalidInput` names the key.
    public func setUserFields(_ fields: [String: CustomValue]) async throws(TidingsError) {
        let fields = fields.core
        try await told { try await core.setUserFields(fields: fields) }
    }

    /// Connects while the app is in the background: fetches everything, sends everything, closes again.
    ///
    /// - Parameter atMost: seconds; a day, if it is more.
    @discardableResult
    public func visit(atMost: TimeInterval) async throws(TidingsError) -> Visit {
        Visit(try await told { try await core.visit(atMostMs: milliseconds(atMost)) })
    }

    /// Messages on the phone that hold all these words, newest first. The beginning of a word is enough; accents and case do
    /// not matter.
    ///
    /// - Parameter within: the conversation to look in; nil: in all of them.
    public func search(
        _ words: String, within: ConversationID? = nil, limit: Int = 50
    ) async throws(TidingsError) -> [MessageItem] {
        let limit = UInt32(clamping: limit)
        return try await told { try await core.search(words: words, conversationId: within?.text, limit: limit) }
            .map(MessageItem.init)
    }

    /// A form of a photo or another file, as a file on the phone: fetched if it is not there, and kept for a while. After a
    /// failure it goes on where it was; asked for twice at once, it is fetched once.
    ///
    /// A larger form does when it is on the phone already, and a file that is no picture has `original` alone.
    ///
    /// - Parameter attachmentID: as `Part.Attachment` names it.
    public func file(_ attachmentID: String, _ variant: LocalFile.Variant) async throws(TidingsError) -> LocalFile {
        LocalFile(try await told { try await core.file(attachmentId: attachmentID, variant: variant.core) })
    }

    /// What the client takes of the phone's storage now.
    public func storageUsage() async throws(TidingsError) -> StorageUsage {
        StorageUsage(try await told { try await core.storageUsage() })
    }

    /// Removes the photos and other files of the signed-in user that can be fetched again, and answers how many bytes that
    /// freed. Messages stay, and what is still to be sent; a file that is looked at later is fetched anew.
    @discardableResult
    public func clearMedia() async throws(TidingsError) -> Int64 {
        try await told { try await core.clearMedia() }
    }

    /// Looks at everything that may be wrong and says what to do about it, the worst first; empty: all is well.
    public func diagnose() async throws(TidingsError) -> [Finding] {
        try await told { try await core.diagnose() }.findings.map(Finding.init)
    }

    /// A diagnosis with all its facts as a JSON text, for a person to send to whoever helps them: counts, times, codes and
    /// versions, and nothing of what anybody wrote or is called.
    public func exportDiagnostics() async throws(TidingsError) -> String {
        try await told { try await core.exportDiagnostics() }
    }

    /// Starts a conversation; works without a network.
    ///
    /// - Parameter fields: custom fields, as of `setUserFields(_:)`; agents see them, and `Conversation.setFields(_:)` changes
    ///   them.
    public func startConversation(
        title: String? = nil, fields: [String: CustomValue] = [:]
    ) async throws(TidingsError) -> Conversation {
        let fields = fields.core
        return Conversation(try await told { try await core.startConversation(title: title, fields: fields) })
    }

    /// A conversation by its id, for instance from a push. Whether it exists is known when it is used.
    public func conversation(_ id: ConversationID) throws(TidingsError) -> Conversation {
        Conversation(try told { try core.conversation(id: id.text) })
    }

    /// The person is here now: every live share of this phone moves there. Of several places the last one counts; the server
    /// is told at most every five seconds, and only when they moved. Answers how many shares run: with 0 there is nothing to
    /// measure any more. In the background nothing is connected: follow it with a `visit`.
    @discardableResult
    public func moveLivePlace(to point: Content.Point, measuredAt: Date? = nil) async throws(TidingsError) -> Int {
        let point = CorePoint(latitude: point.latitude, longitude: point.longitude, accuracyM: point.accuracy)
        let measuredAtMs = measuredAt.map { Int64($0.timeIntervalSince1970 * 1000) }
        return Int(try await told { try await core.moveLivePlace(point: point, measuredAtMs: measuredAtMs) })
    }

    /// The live shares of this phone that run, the first to end first. After a restart nothing measures by itself: an app
    /// that finds some here asks the person, or goes on measuring.
    public func liveShares() async throws(TidingsError) -> [LiveShare] {
        try await told { try await core.liveShares() }.map(LiveShare.init)
    }

    /// The token by which Apple's push service wakes this phone, as `didRegisterForRemoteNotificationsWithDeviceToken` gave it.
    /// Say it whenever there is one, also before anybody has signed in: it is kept for whoever signs in on this phone.
    public func setPushToken(_ token: Data, environment: PushEnvironment) async throws(TidingsError) {
        let target = CorePushTarget(
            provider: .apns,
            token: token.map { String(format: "%02x", $0) }.joined(),
            environment: environment == .sandbox ? .sandbox : .production,
            keys: nil)
        try await told { try await core.setPushTarget(target: target) }
    }

    /// Leaves this phone alone from now on.
    public func removePushToken() async throws(TidingsError) {
        try await told { try await core.setPushTarget(target: nil) }
    }

    /// Does what a push asks for, and says what the app is to do: the message is fetched, the server learns that the push
    /// arrived, and what was read meanwhile, on whichever device, is not shown any more. A message that could not be fetched
    /// in time is shown without its words.
    ///
    /// With nobody signed in, or somebody else, there is `nothing` to do.
    ///
    /// - Parameter atMost: seconds; a day, if it is more.
    public func handle(_ push: PushContent, atMost: TimeInterval = 20) async throws(TidingsError) -> PushDeed {
        PushDeed(try await told { try await core.handlePush(push: push.core, atMostMs: milliseconds(atMost)) })
    }

    /// The notification of a push was shown: agents see it on their message, and the push makes no noise again. The server is
    /// told in time, or the next time.
    ///
    /// - Parameter atMost: seconds; a day, if it is more.
    public func shown(_ push: PushContent, atMost: TimeInterval = 5) async throws(TidingsError) {
        try await told { try await core.pushShown(push: push.core, atMostMs: milliseconds(atMost)) }
    }

    /// Closes the client. Everything that was accepted stays in the outbox; things made from it answer `closed`.
    public func close() async throws(TidingsError) {
        try await told { try await core.shutDown() }
    }
}

private func milliseconds(_ seconds: TimeInterval) -> UInt64 { UInt64(min(max(0, seconds), 86_400) * 1000) }

/// The person is not signed in to the host app any more.
public struct TokenRefused: Error, Sendable {
    public init() {}
}

/// Answers the core's question from a task, because the core's thread must not wait.
private final class Asking: CoreTokenProvider {
    private let token: @Sendable () async throws -> String

    init(_ token: @escaping @Sendable () async throws -> String) { self.token = token }

    func request(request: CoreTokenRequest) {
        let token = token
        Task {
            do {
                request.resolve(token: try await token())
            } catch is TokenRefused {
                request.fail(failure: .refused)
            } catch {
                request.fail(failure: .temporary)
            }
        }
    }
}
