import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// For a notification service extension: says to the server that a push reached this phone, also when the app was thrown
/// out of the app switcher and is not woken. Agents then see it in the message's ledger, and nobody is written to by
/// e-mail in vain.
///
/// Plain Swift without the core: an extension has 24 MB, and the app's store belongs to the app's process. It needs no
/// session either, because each push brings its own receipt along, good for this one word.
public struct PushArrival: Hashable, Sendable {
    /// What the push brought along.
    let receipt: String

    /// Reads the `userInfo` of a notification; nil for one that is not of Tidings or has nothing to say.
    public init?(userInfo: [AnyHashable: Any]) {
        guard let own = userInfo["tidings"] as? [String: Any], let receipt = own["receipt"] as? String else { return nil }
        self.receipt = receipt
    }

    /// Tells the server, up to three times, for at most so many seconds (iOS gives an extension 30).
    ///
    /// - Parameters:
    ///   - server: The address that the app gives to `TidingsConfig`.
    ///   - seconds: After these it gives up; the push is shown all the same.
    /// - Returns: Whether the server knows it now. False when it could not be reached in time, or knows the message no more.
    @discardableResult
    public func report(to server: URL, atMost seconds: Double = 10) async -> Bool {
        let end = Date().addingTimeInterval(seconds)
        for pause in [1.0, 2.0, 0] {
            switch await answer(to: request(to: server, timeout: max(0.1, end.timeIntervalSinceNow))) {
            case .noted: return true
            case .refused: return false
            case .unreached: break
            }
            guard pause > 0, end.timeIntervalSinceNow > pause else { return false }
            do {
                try await Task.sleep(nanoseconds: UInt64(pause * 1_000_000_000))
            } catch {
                return false
            }
        }
        return false
    }

    func request(to server: URL, timeout: Double) -> URLRequest {
        var request = URLRequest(url: server.appendingPathComponent("app/v1/push_receipts"))
        request.httpMethod = "POST"
        request.timeoutInterval = timeout
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = try? JSONSerialization.data(withJSONObject: ["receipt": receipt])
        return request
    }

    private enum Answer {
        case noted, refused, unreached
    }

    private func answer(to request: URLRequest) async -> Answer {
        await withCheckedContinuation { continuation in
            // Not `data(for:)`, which Foundation outside of Apple's systems has only of late.
            let task = URLSession.shared.dataTask(with: request) { _, response, _ in
                let status = (response as? HTTPURLResponse)?.statusCode
                let answer: Answer =
                    switch status {
                    case .some(200..<300): .noted
                    // A server that is busy or down is asked again; one that says no is not.
                    case .some(429), .some(500...), .none: .unreached
                    case .some: .refused
                    }
                continuation.resume(returning: answer)
            }
            task.resume()
        }
    }
}
