import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct Broken: Error, CustomStringConvertible {
    let description: String
}

/// The real server, as a process with its own folder and port. It dies with the test.
final class TidingsServer {
    let url: URL
    /// What `tidings init` answered.
    let installation: [String: Any]
    private let program: String
    private let folder: URL
    private let port: UInt16
    private var process: Process?

    init(_ folder: Folder) throws {
        guard let named = ProcessInfo.processInfo.environment["TIDINGS_SERVER_BIN"] else {
            // A test that cannot run has failed.
            throw Broken(
                description:
                    "TIDINGS_SERVER_BIN names no `tidings` to test against: `cargo build -p tidings-server`, then name it")
        }
        guard FileManager.default.isExecutableFile(atPath: named) else {
            throw Broken(description: "TIDINGS_SERVER_BIN names \(named), which cannot be started")
        }
        program = named
        port = try freePort()
        url = URL(string: "http://127.0.0.1:\(port)")!
        self.folder = folder.url.appendingPathComponent("server")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let (process, log) = try Self.command(program, ["init", "--json"], self.folder, port)
        let answer = Pipe()
        process.standardOutput = answer
        try process.run()
        let said = answer.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Broken(description: "tidings init failed:\n\(String(decoding: said, as: UTF8.self))\n\(text(of: log))")
        }
        installation = try JSONSerialization.jsonObject(with: said) as? [String: Any] ?? [:]
    }

    deinit { kill() }

    func start() async throws {
        let (process, log) = try Self.command(program, ["serve"], folder, port)
        try process.run()
        self.process = process
        for _ in 0..<1500 {
            if try await isReady() { return }
            guard process.isRunning else { throw Broken(description: "the server ended at its start:\n\(text(of: log))") }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        throw Broken(description: "the server was not ready within 30 s:\n\(text(of: log))")
    }

    /// SIGKILL: it gets no chance to finish anything.
    func kill() {
        guard let process else { return }
        _ = signal(process.processIdentifier)
        process.waitUntilExit()
        self.process = nil
    }

    /// A text of what `tidings init` answered.
    func installed(_ field: String) throws -> String {
        guard let value = installation[field] as? String else {
            throw Broken(description: "tidings init answered no \(field): \(installation.keys.sorted())")
        }
        return value
    }

    private func isReady() async throws -> Bool {
        (try? await call(url, "GET", "/ready")) != nil
    }

    private static func command(
        _ program: String, _ arguments: [String], _ folder: URL, _ port: UInt16
    ) throws -> (Process, URL) {
        let log = folder.appendingPathComponent("server.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            try Data().write(to: log)
        }
        let end = try FileHandle(forWritingTo: log)
        try end.seekToEnd()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = [
            "TIDINGS_LISTEN": "127.0.0.1:\(port)", "PATH": "/usr/bin:/bin",
            // One agent of the tests writes as much as a hundred.
            "TIDINGS_RATES_ENABLED": "false",
        ]
        process.standardOutput = end
        process.standardError = end
        return (process, log)
    }
}

private func signal(_ pid: Int32) -> Int32 { kill(pid, SIGKILL) }

private func text(of log: URL) -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

/// A port on loopback that nobody listens on now.
private func freePort() throws -> UInt16 {
    #if canImport(Glibc)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
        }
    }
    guard bound else { throw Broken(description: "no free port") }
    return UInt16(bigEndian: address.sin_port)
}
