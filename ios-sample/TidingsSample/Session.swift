import Foundation
import Observation
import Tidings
import TidingsUIModel

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The client, opened once, and who uses it. Knows nothing of screens.
@MainActor @Observable
final class Session {
    /// Who is signed in, for the sign-in sheet.
    private(set) var isSignedIn = false
    /// Nobody is asked who they are before it is known whether somebody is signed in.
    private(set) var isOpening = true
    /// Why the client cannot be opened: the app goes on without it.
    private(set) var cannotOpen: String?
    /// The list of threads, once the client is open; another one for another person.
    private(set) var threads: ThreadsModel?
    /// What went wrong last, for a developer's eyes.
    private(set) var failure: String?
    /// The thread to open, after a tap on a notification too.
    var shown: ConversationID?

    @ObservationIgnored private(set) var client: TidingsClient?
    /// Of the thread that was opened last: it outlives a redrawing.
    @ObservationIgnored private var model: (ConversationID, ConversationModel)?
    @ObservationIgnored private let words = Words.speaking(.current)

    @ObservationIgnored private let folder: URL
    @ObservationIgnored private let people: People
    @ObservationIgnored private var opening: Task<TidingsClient, any Error>?
    /// For a client that can be opened at the second attempt alone.
    @ObservationIgnored private var visibility = Visibility.background
    /// The system gives it when it likes, which may be before anybody has signed in.
    @ObservationIgnored private var pushToken: Data?

    init(folder: URL, people: People = People()) {
        self.folder = folder
        self.people = people
    }

    /// The client, opened and signed in as whoever used the app last. Whatever woke the process - a screen, a push, an answer typed
    /// into a notification - comes through here, so nothing finds a client that knows nobody. What fails is tried again by the next.
    private func ready() async throws -> TidingsClient {
        let task = opening ?? Task { [self] in
            let client = try await opened()
            if let person = people.last { try await signIn(person, on: client) }
            return client
        }
        opening = task
        defer { isOpening = false }
        do {
            let client = try await task.value
            cannotOpen = nil
            return client
        } catch {
            // A phone that is full, most of the time.
            cannotOpen = "\(error)"
            if opening == task { opening = nil }
            throw error
        }
    }

    private func opened() async throws -> TidingsClient {
        if let client { return client }
        var config = TidingsConfig(serverURL: Settings.server, appID: Settings.app, dataDirectory: folder)
        config.locale = Locale.preferredLanguages.first
        config.appVersion = Bundle.main.infoDictionary?["CFBundleShortVersionString"] as? String
        let made = try await TidingsClient.open(config)
        client = made
        try made.setVisibility(visibility)
        return made
    }

    /// Opens the client for the screen, again if that failed.
    func run() async {
        await attempt { [self] in try await ready() }
    }

    /// `tidings-sample://threads/cnv_…` opens one thread, whoever made the link.
    func open(_ link: URL) {
        if link.host == "threads" { shown = ConversationID(link.lastPathComponent) }
    }

    func signIn(name: String?) async {
        await attempt { [self] in
            let person = name.map(Person.named) ?? .anonymous
            // First the last person, then this one: the other way round the last one would be signed in over them.
            try await signIn(person, on: ready())
            people.last = person
        }
    }

    func signOut() async {
        await attempt { [self] in
            people.last = nil
            // Nothing of this person is kept on the screen either.
            (isSignedIn, threads, model, shown) = (false, nil, nil, nil)
            try await ready().signOut(.keep)
        }
    }

    func setVisibility(_ visibility: Visibility) async {
        self.visibility = visibility
        await attempt { [self] in try await ready().setVisibility(visibility) }
    }

    func setNetwork(_ network: NetworkAvailability) async {
        await attempt { [self] in try await ready().setNetwork(network) }
    }

    func setPushToken(_ token: Data) async {
        pushToken = token
        await attempt { [self] in
            let client = try await ready()
            if isSignedIn { try await tellPushToken(client) }
        }
    }

    private func tellPushToken(_ client: TidingsClient) async throws {
        guard let pushToken else { return }
        try await client.setPushToken(pushToken, environment: Settings.pushIsSandbox ? .sandbox : .production)
    }

    /// Does what a push asks for. Answers whether there was anything to do.
    func receive(_ push: PushContent, _ notifications: Notifications) async -> Bool {
        guard let client = try? await ready(), let deed = try? await client.handle(push) else { return false }
        switch deed {
        case .show(let notification):
            await notifications.show(notification, push)
            await attempt { try await client.shown(push) }
            return true
        case .clear(let conversation, let upTo, let badge):
            await notifications.clear(conversation, upTo: upTo, badge: badge)
            return true
        case .nothing: return false
        }
    }

    /// Sends an answer from a notification: stored on the phone first, so that it is sent whatever happens.
    func answer(_ push: PushContent, _ text: String) async {
        await attempt { [self] in
            let client = try await ready()
            try await client.conversation(push.conversationID).send(text)
            try await client.visit(atMost: 20)
        }
    }

    func startConversation() async {
        await attempt { [self] in shown = try await ready().startConversation().id }
    }

    /// The thread as the screen shows it; nil while nobody is signed in.
    func model(_ id: ConversationID) -> ConversationModel? {
        if let model, model.0 == id { return model.1 }
        // A link may name what is no thread.
        guard isSignedIn, let client, let conversation = try? client.conversation(id) else { return nil }
        let made = ConversationModel(client, conversation, words: words)
        model = (id, made)
        return made
    }

    /// Does it and keeps what went wrong.
    func attempt<T: Sendable>(_ work: () async throws -> T) async {
        do { _ = try await work() } catch { failure = "\(error)" }
    }

    private func signIn(_ person: Person, on client: TidingsClient) async throws {
        switch person {
        case .anonymous: try await client.signInAnonymously()
        case .named(let name): try await client.signIn(key: name) { try await token(of: name) }
        }
        threads = ThreadsModel(client, words: words)
        isSignedIn = true
        // For each new person anew.
        await attempt { [self] in try await tellPushToken(client) }
    }
}

/// Who uses this app: stands for the host app's own sign-in.
enum Person: Equatable {
    case anonymous
    case named(String)
}

/// Remembers who used the app last.
@MainActor
final class People {
    private let defaults: UserDefaults
    private static let key = "person"

    init(defaults: UserDefaults = .standard) { self.defaults = defaults }

    var last: Person? {
        get { defaults.string(forKey: Self.key).map { $0.isEmpty ? .anonymous : .named($0) } }
        set {
            switch newValue {
            case nil: defaults.removeObject(forKey: Self.key)
            case .anonymous: defaults.set("", forKey: Self.key)
            case .named(let name): defaults.set(name, forKey: Self.key)
            }
        }
    }
}

/// Asks the app's own backend to say who this is.
private func token(of name: String) async throws -> String {
    var address = URLComponents(url: Settings.tokens, resolvingAgainstBaseURL: false)!
    address.queryItems = [URLQueryItem(name: "user", value: name)]
    let (data, response) = try await URLSession.shared.data(from: address.url!)
    if let answer = response as? HTTPURLResponse, (400..<500).contains(answer.statusCode) { throw TokenRefused() }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}
