import Foundation
import TidingsCore

/// Which of Apple's two services a push token belongs to.
public enum PushEnvironment: Hashable, Sendable {
    /// Apps from the store and TestFlight.
    case production
    /// Apps run from Xcode.
    case sandbox
}

/// What a push of Tidings says.
public struct PushContent: Hashable, Sendable {
    /// For whom: drop the push unless this is who is signed in (`Account.userID`).
    public let userID: String
    /// The thread: group notifications by it, open it on a tap.
    public let conversationID: ConversationID
    /// The message: the notification's identity, so that a repeat replaces the first.
    public let messageID: MessageID
    public let seq: Int64
    /// Unread messages when the push was sent, for the app's badge.
    public let badge: Int

    /// Reads the `userInfo` of a notification; nil for one that is not of Tidings. Needs no client, so that a notification
    /// extension can call it.
    public init?(userInfo: [AnyHashable: Any]) {
        // Only our own part: what others put beside it may not be JSON.
        guard let own = userInfo["tidings"],
            JSONSerialization.isValidJSONObject(["tidings": own]),
            let data = try? JSONSerialization.data(withJSONObject: ["tidings": own]),
            let content = parsePushJson(json: String(decoding: data, as: UTF8.self))
        else { return nil }
        userID = content.userId
        conversationID = ConversationID(content.conversationId)
        messageID = MessageID(content.messageId)
        seq = content.seq
        badge = Int(content.badge)
    }
}
