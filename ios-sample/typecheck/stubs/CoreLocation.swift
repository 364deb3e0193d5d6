// The small part of CoreLocation that the sample uses, for the type check alone.
import Foundation

public struct CLLocationCoordinate2D: Sendable {
    public var latitude: Double
    public var longitude: Double
}
public final class CLLocation: NSObject, @unchecked Sendable {
    public var coordinate: CLLocationCoordinate2D { fatalError() }
    public var horizontalAccuracy: Double { fatalError() }
}
public final class CLLocationManager: NSObject {
    override public init() {}
    public func requestWhenInUseAuthorization() {}
}
public struct CLLocationUpdate: Sendable {
    public var location: CLLocation? { nil }
    public static func liveUpdates() -> Updates { Updates() }

    public struct Updates: AsyncSequence, Sendable {
        public struct AsyncIterator: AsyncIteratorProtocol {
            public mutating func next() async throws -> CLLocationUpdate? { nil }
        }
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
    }
}
