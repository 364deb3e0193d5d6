import Foundation
import XCTest

@testable import TidingsNotification

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

final class PushArrivalTests: XCTestCase {
    /// What the server writes is what the extension reads, and what it answers is what the server reads.
    func testTheExtensionSaysWhatThePushBroughtAlong() throws {
        let push = try example("for_an_iphone", of: "push_payload")
        let arrival = try XCTUnwrap(PushArrival(userInfo: ["aps": ["badge": 1], "tidings": push]))
        let request = arrival.request(to: URL(string: "https://chat.example.com/")!, timeout: 5)
        XCTAssertEqual(request.url?.absoluteString, "https://chat.example.com/app/v1/push_receipts")
        XCTAssertEqual(request.httpMethod, "POST")
        let said = try JSONSerialization.jsonObject(with: XCTUnwrap(request.httpBody)) as? [String: String]
        XCTAssertEqual(said, try example("iphone", of: "push_arrived") as? [String: String])
    }

    func testAPushThatIsNotOursOrBringsNothingIsLeftAlone() throws {
        XCTAssertNil(PushArrival(userInfo: ["aps": ["badge": 1]]))
        XCTAssertNil(PushArrival(userInfo: ["tidings": "text"]))
        XCTAssertNil(PushArrival(userInfo: ["tidings": try example("answer", of: "push_payload")]))
    }

    func testAForgedReceiptIsRefusedAndAServerThatIsDownIsAskedAgain() async throws {
        let folder = try Folder()
        let server = try TidingsServer(folder)
        try await server.start()
        // Signed by no installation.
        let forged = try XCTUnwrap(PushArrival(userInfo: ["tidings": ["receipt": "Zm9yZ2Vk"]]))
        let noted = await forged.report(to: server.url, atMost: 5)
        XCTAssertFalse(noted)
        server.kill()
        let begun = Date()
        let reached = await forged.report(to: server.url, atMost: 2)
        XCTAssertFalse(reached)
        // It tried again, and gave up in time.
        XCTAssertGreaterThan(Date().timeIntervalSince(begun), 0.9)
    }

    private func example(_ name: String, of type: String) throws -> [String: Any] {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { folder.deleteLastPathComponent() }
        let file = folder.appendingPathComponent("protocol/fixtures/\(type).json")
        let fixture = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let examples = fixture?["examples"] as? [[String: Any]] ?? []
        let example = try XCTUnwrap(examples.first { $0["name"] as? String == name }, "no example \(name)")
        return try XCTUnwrap(example["value"] as? [String: Any])
    }
}
