import Foundation
import Tidings

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

private let session: URLSession = {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpShouldSetCookies = false
    configuration.httpCookieAcceptPolicy = .never
    return URLSession(configuration: configuration)
}()

/// Calls the server; anything but success is thrown with what it said.
@discardableResult
func call(
    _ server: URL, _ method: String, _ path: String, _ body: [String: Any]? = nil, _ headers: [String: String] = [:]
) async throws -> (Data, HTTPURLResponse) {
    var request = URLRequest(url: URL(string: server.absoluteString + path)!)
    request.httpMethod = method
    request.httpBody = try body.map { try JSONSerialization.data(withJSONObject: $0) }
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.setValue(server.absoluteString, forHTTPHeaderField: "Origin")
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await session.data(for: request)
    guard let answer = response as? HTTPURLResponse, (200..<300).contains(answer.statusCode) else {
        throw Broken(description: "\(method) \(path): \(response)\n\(String(decoding: data, as: UTF8.self))")
    }
    return (data, answer)
}

private func fields(_ data: Data) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
}

/// The smallest PNG: one orange pixel.
private let dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM45MgDAALYARBHDarQAAAAAElFTkSuQmCC"

/// An agent who answers through the inbox's HTTP API, as the browser does.
struct Inbox {
    private let url: URL
    private let cookie: [String: String]

    init(_ server: TidingsServer) async throws {
        url = server.url
        let who = ["email": try server.installed("email"), "password": try server.installed("password")]
        let (_, answer) = try await call(url, "POST", "/inbox/v1/session", who)
        let set = answer.value(forHTTPHeaderField: "Set-Cookie") ?? ""
        cookie = ["Cookie": String(set.prefix { $0 != ";" })]
    }

    /// What was written in a thread, oldest first.
    func texts(_ conversation: ConversationID) async throws -> [String] {
        try await messages(conversation).map { message in
            let parts = message["parts"] as? [[String: Any]] ?? []
            return parts.compactMap { $0["text"] as? String }.joined(separator: "\n")
        }
    }

    /// Which messages those of a thread quote, oldest first.
    func quotes(_ conversation: ConversationID) async throws -> [String?] {
        try await messages(conversation).map { $0["quote"] as? String }
    }

    /// What is known of who writes, once it says what is expected.
    func card(_ conversation: ConversationID, _ expected: (String) -> Bool) async throws -> Data {
        for _ in 0..<200 {
            let (data, _) = try await call(url, "GET", "/inbox/v1/conversations/\(conversation)/user", nil, cookie)
            if expected(String(decoding: data, as: UTF8.self)) { return data }
            try await Task.sleep(nanoseconds: 100_000_000)
        }
        throw Broken(description: "the card never said what was expected")
    }

    /// From which screens somebody wrote, the newest first.
    func screens(_ card: Data) throws -> [String] {
        let trail = try fields(card)["trail"] as? [[String: Any]] ?? []
        return trail.compactMap { (($0["context"] as? [String: Any])?["screen"] as? [String: Any])?["name"] as? String }
    }

    /// Answers the user.
    func reply(_ conversation: ConversationID, _ text: String) async throws {
        let body: [String: Any] = ["id": newMessageID(), "parts": [["type": "text", "text": text]]]
        try await call(url, "POST", "/inbox/v1/conversations/\(conversation)/replies", body, cookie)
    }

    /// Asks the user for a `place` or a `photo`.
    func ask(_ conversation: ConversationID, _ purpose: String, for what: String) async throws {
        let parts = [["type": "text", "text": purpose], ["type": "request", "for": what]]
        let body: [String: Any] = ["id": newMessageID(), "parts": parts]
        try await call(url, "POST", "/inbox/v1/conversations/\(conversation)/replies", body, cookie)
    }

    /// The first part of the newest message of a thread, as it came.
    func newest(_ conversation: ConversationID) async throws -> [String: Any] {
        (try await messages(conversation).last?["parts"] as? [[String: Any]])?.first ?? [:]
    }

    /// Says that the team answers on one day of the week only, by the clock of Paris.
    func answers(on day: String) async throws {
        let (data, _) = try await call(url, "GET", "/inbox/v1/settings/agents", nil, cookie)
        let team = (try fields(data)["teams"] as? [[String: Any]])?.first?["id"] as? String ?? ""
        let week = [["day": day, "from": "09:00", "until": "09:01"]]
        let hours: [String: Any] = ["time_zone": "Europe/Paris", "week": week]
        try await call(url, "PUT", "/inbox/v1/settings/teams/\(team)/hours", ["hours": hours], cookie)
    }

    /// Sets how the app looks, and an orange dot as its logo.
    func looks(name: String, accent: String, language: String, greeting: String) async throws {
        let (data, _) = try await call(url, "GET", "/inbox/v1/settings/apps", nil, cookie)
        let app = (try fields(data)["apps"] as? [[String: Any]])?.first?["id"] as? String ?? ""
        let greetings = [["language": language, "text": greeting]]
        let look: [String: Any] = ["name": name, "accent": accent, "greetings": greetings]
        try await call(url, "PUT", "/inbox/v1/settings/apps/\(app)/appearance", look, cookie)
        var request = URLRequest(url: URL(string: "\(url.absoluteString)/inbox/v1/settings/apps/\(app)/logo")!)
        request.httpMethod = "PUT"
        request.httpBody = Data(base64Encoded: dot)
        request.setValue(url.absoluteString, forHTTPHeaderField: "Origin")
        for (name, value) in cookie { request.setValue(value, forHTTPHeaderField: name) }
        let (said, answer) = try await session.data(for: request)
        guard (answer as? HTTPURLResponse)?.statusCode == 200 else {
            throw Broken(description: String(decoding: said, as: UTF8.self))
        }
    }

    /// Has read everything.
    func read(_ conversation: ConversationID) async throws {
        let last = try await messages(conversation).last?["seq"] ?? 0
        try await call(url, "PUT", "/inbox/v1/conversations/\(conversation)/receipt", ["read_seq": last], cookie)
    }

    private func messages(_ conversation: ConversationID) async throws -> [[String: Any]] {
        let (data, _) = try await call(url, "GET", "/inbox/v1/conversations/\(conversation)/thread", nil, cookie)
        return try fields(data)["messages"] as? [[String: Any]] ?? []
    }
}

/// A company's backend: it knows the secret of the app's identity key and signs tokens with it.
struct Backend: Sendable {
    private let app: String
    private let secret: Data

    init(_ server: TidingsServer) throws {
        app = try server.installed("app_id")
        let text = try server.installed("identity_secret").replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        secret = Data(base64Encoded: text + "=") ?? Data()
    }

    /// An identity token of the company's user, good for 15 minutes.
    func token(_ user: String) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let header = try JSONSerialization.data(withJSONObject: ["alg": "HS256", "typ": "JWT"])
        let claims = try JSONSerialization.data(
            withJSONObject: ["sub": user, "aud": app, "iat": now, "exp": now + 15 * 60] as [String: Any])
        let signed = "\(encode(header)).\(encode(claims))"
        return "\(signed).\(encode(try sign(signed)))"
    }

    /// By openssl, because Foundation on Linux has no HMAC.
    private func sign(_ text: String) throws -> Data {
        let hex = secret.map { String(format: "%02x", $0) }.joined()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(hex)", "-binary"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let signature = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard signature.count == 32 else { throw Broken(description: "openssl made no signature") }
        return signature
    }

    private func encode(_ data: Data) -> String {
        data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}

/// A new id of a message: a UUIDv7 in the text form of TypeIDs.
func newMessageID() -> String {
    let now = UInt64(Date().timeIntervalSince1970 * 1000)
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    for i in 0..<6 { bytes[i] = UInt8(truncatingIfNeeded: now >> (40 - 8 * i)) }
    bytes[6] = bytes[6] & 0x0f | 0x70
    bytes[8] = bytes[8] & 0x3f | 0x80
    // 26 digits of five bits: 130, of which the first two are zero.
    var bits = [false, false]
    for byte in bytes { for place in 0..<8 { bits.append(byte >> (7 - place) & 1 == 1) } }
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    let digits: [Int] = stride(from: 0, to: 130, by: 5).map { start in
        bits[start..<start + 5].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
    }
    return "msg_" + String(digits.map { alphabet[$0] })
}
