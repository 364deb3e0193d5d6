import Network
import SwiftUI
import Tidings
import UIKit
import UserNotifications

/// Wires the client to what only the system knows: whether the app is on the screen, whether there is a network, pushes.
@main
struct SampleApp: App {
    @UIApplicationDelegateAdaptor private var delegate: AppDelegate
    @Environment(\.scenePhase) private var phase

    var body: some Scene {
        WindowGroup {
            SampleScreen(session: delegate.session)
                .task { await delegate.session.run() }
                .onOpenURL { delegate.session.open($0) }
        }
        .onChange(of: phase) { _, phase in
            switch phase {
            case .active: delegate.cameToTheScreen()
            case .background: delegate.leftTheScreen()
            default: break
            }
        }
    }
}

@MainActor
final class AppDelegate: NSObject, UIApplicationDelegate {
    /// In Application Support, which belongs to this app alone; not in an App Group.
    let session = Session(
        folder: FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0]
            .appendingPathComponent("Tidings"))
    private let network = NWPathMonitor()

    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions options: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        UNUserNotificationCenter.current().delegate = self
        Notifications.offerAnswers()
        network.pathUpdateHandler = { [session] path in
            let availability: NetworkAvailability = path.status == .satisfied ? .available : .unavailable
            Task { await session.setNetwork(availability) }
        }
        network.start(queue: .main)
        Task {
            let asked = try? await UNUserNotificationCenter.current().requestAuthorization(options: [.alert, .badge, .sound])
            if asked == true { application.registerForRemoteNotifications() }
        }
        return true
    }

    func cameToTheScreen() {
        Task { await session.setVisibility(.foreground) }
    }

    /// The client takes at most five seconds to finish what is under way; the system is asked to let it.
    func leftTheScreen() {
        let application = UIApplication.shared
        let allowance = application.beginBackgroundTask()
        Task {
            await session.setVisibility(.background)
            try? await Task.sleep(nanoseconds: 6_000_000_000)
            application.endBackgroundTask(allowance)
        }
    }

    func application(_ application: UIApplication, didRegisterForRemoteNotificationsWithDeviceToken token: Data) {
        Task { await session.setPushToken(token) }
    }

    func application(
        _ application: UIApplication, didReceiveRemoteNotification userInfo: [AnyHashable: Any]
    ) async -> UIBackgroundFetchResult {
        guard let push = PushContent(userInfo: userInfo) else { return .noData }
        return await session.receive(push, Notifications()) ? .newData : .noData
    }
}

extension AppDelegate: @preconcurrency UNUserNotificationCenterDelegate {
    /// A tap opens its thread; an answer that was typed into the notification is sent.
    func userNotificationCenter(
        _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse
    ) async {
        guard let push = PushContent(userInfo: response.notification.request.content.userInfo) else { return }
        if let answer = response as? UNTextInputNotificationResponse {
            await session.answer(push, answer.userText)
        } else {
            session.shown = push.conversationID
        }
    }
}
