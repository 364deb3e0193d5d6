import TidingsNotification
import UserNotifications

/// The notification service extension: iOS starts it for each push, before it is shown, whatever became of the app.
final class NotificationService: UNNotificationServiceExtension {
    private var show: (() -> Void)?

    override func didReceive(
        _ request: UNNotificationRequest, withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) {
        let content = request.content
        guard let arrival = PushArrival(userInfo: content.userInfo) else { return contentHandler(content) }
        // iOS ends the extension soon after the handler is called, so the word goes first, but not for long.
        let shown = Shown { contentHandler(content) }
        show = { shown.now() }
        Task {
            await arrival.report(to: Settings.server, atMost: 5)
            shown.now()
        }
    }

    /// The time is over.
    override func serviceExtensionTimeWillExpire() { show?() }
}

/// Calls the handler once, from whichever thread comes first.
private final class Shown: @unchecked Sendable {
    private let lock = NSLock()
    private var handler: (() -> Void)?

    init(_ handler: @escaping () -> Void) { self.handler = handler }

    func now() {
        lock.lock()
        let handler = handler
        self.handler = nil
        lock.unlock()
        handler?()
    }
}
