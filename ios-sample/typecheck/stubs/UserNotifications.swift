// The small part of UserNotifications that the sample uses, for the type check alone.
@_exported import Foundation

public struct UNAuthorizationOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let badge = Self(rawValue: 1)
    public static let sound = Self(rawValue: 2)
    public static let alert = Self(rawValue: 4)
}
public class UNNotificationContent: NSObject { public var userInfo: [AnyHashable: Any] { [:] } }
public class UNNotificationRequest: NSObject { public var content: UNNotificationContent { fatalError() } }
public class UNNotification: NSObject { public var request: UNNotificationRequest { fatalError() } }
public class UNNotificationResponse: NSObject { public var notification: UNNotification { fatalError() } }

public protocol UNUserNotificationCenterDelegate: AnyObject {
    func userNotificationCenter(_ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse) async
}

public final class UNUserNotificationCenter: Sendable {
    public static func current() -> UNUserNotificationCenter { fatalError() }
    public var delegate: (any UNUserNotificationCenterDelegate)? { get { nil } set {} }
    public func requestAuthorization(options: UNAuthorizationOptions) async throws -> Bool { false }
}
