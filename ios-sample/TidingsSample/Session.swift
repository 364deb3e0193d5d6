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
    /// The list of threads, once the client is open; another one for another person.
    private(set) var threads: ThreadsModel?
    /// What went wrong last, for a developer's eyes.
    private(set) var failure: String?
    /// The thread to open, after a tap on a notification too.
    var opened: ConversationID?

    @ObservationIgnored private(set) var client: TidingsClient?
    /// Of the thread that was opened last: it outlives a redrawing.
    @ObservationIgnored private var model: (ConversationID, ConversationModel)?
    @ObservationIgnored private let words = Words.speaking(.current)

    @ObservationIgnored private let opening: Task<TidingsClient, any Error>
    @ObservationIgnored private let people: People

    init(folder: URL, people: People = People()) {
        self.people = people
        opening = Task {
            var config = TidingsConfig(serverURL: Settings.server, appID: Settings.app, dataDirectory: folder)
            config.locale = Locale.preferredLanguages.first
            config.appVersion = Bundle.main.infoDictionary?["CFBundleShortVersionString"] as? String
            return try await TidingsClient.open(config)
        }
    }

    /// Signs in whoever used the app last.
    func run() async {
        await attempt { [self] in
            if let person = people.last { try await signIn(person, on: opening.value) }
        }
    }

    /// `tidings-sample://threads/cnv_…` opens one thread, whoever made the link.
    func open(_ link: URL) {
        if link.host == "threads" { opened = ConversationID(link.lastPathComponent) }
    }

    func signIn(name: String?) async {
        await attempt { [self] in
            let person = name.map(Person.named) ?? .anonymous
            try await signIn(person, on: opening.value)
            people.last = person
        }
    }

    func signOut() async {
        await attempt { [self] in
            people.last = nil
            // Nothing of this person is kept on the screen either.
            (isSignedIn, threads, model, opened) = (false, nil, nil, nil)
            try await opening.value.signOut(.keep)
        }
    }

    func setVisibility(_ visibility: Visibility) async {
        await attempt { [self] in try await opening.value.setVisibility(visibility) }
    }

    func setNetwork(_ network: NetworkAvailability) async {
        await attempt { [self] in try await opening.value.setNetwork(network) }
    }

    func setPushToken(_ token: Data) async {
        await attempt { [self] in
            let environment: PushEnvironment = Settings.pushIsSandbox ? .sandbox : .production
            try await opening.value.setPushToken(token, environment: environment)
        }
    }

    /// Does what a push asks for. Answers whether there was anything to do.
    func receive(_ push: PushContent, _ notifications: Notifications) async -> Bool {
        guard let client = try? await opening.value, let deed = try? await client.handle(push) else { return false }
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
            let client = try await opening.value
            try await client.conversation(push.conversationID).send(text)
            try await client.visit(atMost: 20)
        }
    }

    func startConversation() async {
        await attempt { [self] in opened = try await opening.value.startConversation().id }
    }

    /// The thread as the screen shows it; nil while nobody is signed in.
    func model(_ id: ConversationID) -> ConversationModel? {
        if let model, model.0 == id { return model.1 }
        guard let client, let conversation = try? client.conversation(id) else { return nil }
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
        self.client = client
        threads = ThreadsModel(client, words: words)
        isSignedIn = true
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
