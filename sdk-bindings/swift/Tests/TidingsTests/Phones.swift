import Foundation
import Tidings

/// An app id that no server knows: for phones without a network.
let noApp = "app_01h2xcejqtf2nbrexx3vqjhp41"

/// Nobody listens there.
let noServer = URL(string: "http://127.0.0.1:9")!

/// A folder of its own for each test, removed when the test lets go of it.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("tidings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// What a phone of the tests is configured with.
func config(
    _ folder: Folder, _ name: String = "phone", server: URL = noServer, app: String = noApp
) -> TidingsConfig {
    var config = TidingsConfig(
        serverURL: server, appID: app, dataDirectory: folder.url.appendingPathComponent(name))
    config.locale = "en"
    return config
}

/// A phone that is closed when the test is over, however it ends.
func withPhone(_ config: TidingsConfig, _ test: (TidingsClient) async throws -> Void) async throws {
    let phone = try await TidingsClient.open(config)
    do {
        try await test(phone)
    } catch {
        try await phone.close()
        throw error
    }
    try await phone.close()
}

struct Late: Error, CustomStringConvertible {
    let description: String
}

/// Waits until the stream says what is expected, and gives it; fails with what it said last.
@discardableResult
func until<T: Sendable>(
    _ stream: AsyncStream<T>, _ what: String, seconds: Double = 20, _ expected: @escaping @Sendable (T) -> Bool
) async throws -> T {
    try await withThrowingTaskGroup(of: Result<T, Late>.self) { group in
        group.addTask {
            var last: T?
            for await value in stream {
                if expected(value) { return .success(value) }
                last = value
            }
            let said = last.map { "\($0)" } ?? "nothing at all"
            return .failure(Late(description: "not within \(seconds) s: \(what); last: \(said)"))
        }
        let timer = Task { try await Task.sleep(nanoseconds: UInt64(seconds * 1e9)) }
        group.addTask {
            // Ends the reading task, which then says what it saw last.
            try? await timer.value
            return .failure(Late(description: "the time is up"))
        }
        defer { timer.cancel() }
        switch try await group.next()! {
        case .success(let value): return value
        case .failure(let late):
            group.cancelAll()
            for try await result in group {
                if case .failure(let read) = result, read.description != "the time is up" { throw read }
            }
            throw late
        }
    }
}

/// The code that the work fails with.
func failure<T>(_ work: () async throws -> T) async throws -> TidingsError {
    do { _ = try await work() } catch let error as TidingsError { return error }
    throw Late(description: "this should have failed")
}
