import Foundation
import Tidings
import UserNotifications

/// Notifications of messages: one for each, grouped by thread, with a field to answer in.
struct Notifications {
    private var center: UNUserNotificationCenter { .current() }

    /// The server names this category in its pushes.
    static func offerAnswers() {
        let answer = UNTextInputNotificationAction(
            identifier: "answer", title: "Answer", options: [], textInputButtonTitle: "Send", textInputPlaceholder: "")
        let category = UNNotificationCategory(
            identifier: "tidings_message", actions: [answer], intentIdentifiers: [], options: [])
        UNUserNotificationCenter.current().setNotificationCategories([category])
    }

    /// Puts the words that the phone fetched in the place of those that the push brought: the system has shown it, and made
    /// its noise.
    func show(_ notification: PushNotification, _ push: PushContent) async {
        let content = UNMutableNotificationContent()
        content.title = notification.title ?? agent(notification.message) ?? "New message"
        content.body = body(notification)
        content.threadIdentifier = notification.conversationID.text
        content.categoryIdentifier = "tidings_message"
        content.badge = NSNumber(value: notification.badge)
        content.userInfo = [
            "tidings": [
                "v": 1, "user_id": push.userID, "conversation_id": push.conversationID.text,
                "message_id": push.messageID.text, "seq": push.seq, "badge": push.badge,
            ] as [String: Any]
        ]
        if notification.count != nil { await clear(push.conversationID, upTo: push.seq, badge: notification.badge) }
        try? await center.add(
            UNNotificationRequest(identifier: notification.identity, content: content, trigger: nil))
    }

    /// Takes away what was read on another device.
    func clear(_ conversation: ConversationID, upTo: Int64, badge: Int) async {
        let read = await center.deliveredNotifications().filter { shown in
            let push = PushContent(userInfo: shown.request.content.userInfo)
            return push.map { $0.conversationID == conversation && $0.seq <= upTo } ?? false
        }
        center.removeDeliveredNotifications(withIdentifiers: read.map(\.request.identifier))
        try? await center.setBadgeCount(badge)
    }

    private func body(_ notification: PushNotification) -> String {
        if let count = notification.count { return "\(count) new messages" }
        let text = notification.message?.text ?? "New message"
        return text.isEmpty ? "Photo, file or place" : text
    }

    private func agent(_ message: MessageItem?) -> String? {
        if case .agent(_, let name) = message?.author { name } else { nil }
    }
}
