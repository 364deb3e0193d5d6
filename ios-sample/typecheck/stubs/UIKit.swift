// The small part of UIKit that the sample uses, for the type check alone.
@_exported import Foundation
import SwiftUI

public final class UIImage { public init?(data: Data) {} }
extension Image { public init(uiImage: UIImage) { self.init(systemName: "") } }

public struct UIBackgroundTaskIdentifier: Sendable {}
public enum UIBackgroundFetchResult: Sendable { case newData, noData, failed }

@MainActor public final class UIApplication {
    public struct LaunchOptionsKey: Hashable, Sendable {}
    public static var shared: UIApplication { fatalError() }
    public func registerForRemoteNotifications() {}
    public func beginBackgroundTask() -> UIBackgroundTaskIdentifier { fatalError() }
    public func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {}
    public func open(_ url: URL) {}
}
@MainActor public final class UIPasteboard {
    public static var general: UIPasteboard { fatalError() }
    public var string: String? { get { nil } set {} }
}

@MainActor public protocol UIApplicationDelegate: AnyObject {
    func application(
        _ application: UIApplication, didFinishLaunchingWithOptions options: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool
    func application(_ application: UIApplication, didRegisterForRemoteNotificationsWithDeviceToken token: Data)
    func application(
        _ application: UIApplication, didReceiveRemoteNotification userInfo: [AnyHashable: Any]
    ) async -> UIBackgroundFetchResult
}
