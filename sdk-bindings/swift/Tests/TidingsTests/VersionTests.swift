import XCTest
import Tidings
import TidingsCore
final class VersionTests: XCTestCase { func testVersions() { XCTAssertEqual(coreVersion(), TidingsClient.version) } }
