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
public final class UNMutableNotificationContent: UNNotificationContent {
    public var title: String { get { "" } set {} }
    public var body: String { get { "" } set {} }
    public var threadIdentifier: String { get { "" } set {} }
    public var categoryIdentifier: String { get { "" } set {} }
    public var badge: NSNumber? { get { nil } set {} }
    override public var userInfo: [AnyHashable: Any] { get { [:] } set {} }
}
open class UNNotificationServiceExtension: NSObject {
    override public init() {}
    open func didReceive(
        _ request: UNNotificationRequest, withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) {}
    open func serviceExtensionTimeWillExpire() {}
}
public class UNNotificationTrigger: NSObject {}
public class UNNotificationRequest: NSObject {
    public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {}
    public var identifier: String { fatalError() }
    public var content: UNNotificationContent { fatalError() }
}
public class UNNotification: NSObject { public var request: UNNotificationRequest { fatalError() } }
public class UNNotificationResponse: NSObject { public var notification: UNNotification { fatalError() } }
public final class UNTextInputNotificationResponse: UNNotificationResponse {
    public var userText: String { fatalError() }
}

public struct UNNotificationActionOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
}
public class UNNotificationAction: NSObject {}
public final class UNTextInputNotificationAction: UNNotificationAction {
    public init(
        identifier: String, title: String, options: UNNotificationActionOptions, textInputButtonTitle: String,
        textInputPlaceholder: String
    ) {}
}
public struct UNNotificationCategoryOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
}
public final class UNNotificationCategory: NSObject {
    public init(
        identifier: String, actions: [UNNotificationAction], intentIdentifiers: [String],
        options: UNNotificationCategoryOptions
    ) {}
}

public protocol UNUserNotificationCenterDelegate: AnyObject {
    func userNotificationCenter(_ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse) async
}

public final class UNUserNotificationCenter: Sendable {
    public static func current() -> UNUserNotificationCenter { fatalError() }
    public var delegate: (any UNUserNotificationCenterDelegate)? { get { nil } set {} }
    public func setNotificationCategories(_ categories: Set<UNNotificationCategory>) {}
    public func add(_ request: UNNotificationRequest) async throws {}
    public func deliveredNotifications() async -> [UNNotification] { [] }
    public func removeDeliveredNotifications(withIdentifiers identifiers: [String]) {}
    public func setBadgeCount(_ count: Int) async throws {}
    public func requestAuthorization(options: UNAuthorizationOptions) async throws -> Bool { false }
}
