import Foundation
import TidingsCore

/// Which of Apple's two services a push token belongs to.
public enum PushEnvironment: Hashable, Sendable {
    /// Apps from the store and TestFlight.
    case production
    /// Apps run from Xcode.
    case sandbox
}

/// What a push is for.
public enum PushKind: Hashable, Sendable {
    /// There is a message.
    case message
    /// There are several in the thread: one notification speaks for all of them.
    case summary
    /// The thread was read elsewhere: its notifications go.
    case clear
    /// Somebody tries whether pushes arrive.
    case test
}

/// What a push of Tidings says. Give it to `TidingsClient.handle(_:atMost:)`.
public struct PushContent: Hashable, Sendable {
    /// For whom: drop the push unless this is who is signed in (`Account.userID`).
    public let userID: String
    /// The thread: group notifications by it, open it on a tap.
    public let conversationID: ConversationID
    /// The message: the notification's identity, so that a repeat replaces the first.
    public let messageID: MessageID
    /// Its number in the thread.
    public let seq: Int64
    /// Unread messages when the push was sent, for the app's badge.
    public let badge: Int
    public let kind: PushKind
    /// With a summary: unread messages of the thread.
    public let count: Int?

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
        kind =
            switch content.kind {
            case .message: .message
            case .summary: .summary
            case .clear: .clear
            case .test: .test
            }
        count = content.count.map { Int($0) }
    }

    var core: CorePushContent {
        let kind: CorePushKind =
            switch kind {
            case .message: .message
            case .summary: .summary
            case .clear: .clear
            case .test: .test
            }
        return CorePushContent(
            userId: userID, conversationId: conversationID.text, messageId: messageID.text, seq: seq,
            badge: Int64(badge), kind: kind, count: count.map { Int64($0) })
    }
}

/// What the app is to do for a push.
public enum PushDeed: Hashable, Sendable {
    /// Show a notification, and say so with `TidingsClient.shown(_:atMost:)`.
    case show(PushNotification)
    /// The thread was read elsewhere: take away its notifications up to this message, and set the badge.
    case clear(conversationID: ConversationID, upTo: Int64, badge: Int)
    /// Nothing: it is for somebody else, was read meanwhile, or the app is on the screen and shows it.
    case nothing

    init(_ core: CorePushDeed) {
        switch core {
        case .show(let notification): self = .show(PushNotification(notification))
        case .clear(let conversationID, let upTo, let badge):
            self = .clear(conversationID: ConversationID(conversationID), upTo: upTo, badge: Int(badge))
        case .nothing: self = .nothing
        }
    }
}

/// A notification to show.
public struct PushNotification: Hashable, Sendable {
    /// The thread: the notification's thread identifier, and what a tap opens.
    public let conversationID: ConversationID
    /// What the thread is called, if it is called anything.
    public let title: String?
    /// The notification's identifier: one with the same takes the place of the first.
    public let identity: String
    /// The message, if it could be fetched in time.
    public let message: MessageItem?
    /// With a summary: unread messages of the thread.
    public let count: Int?
    /// Unread messages in all threads, for the app's badge.
    public let badge: Int
    /// Whether it was shown before: it makes no noise again.
    public let again: Bool

    init(_ core: CoreNotification) {
        conversationID = ConversationID(core.conversationId)
        title = core.title
        identity = core.identity
        message = core.message.map(MessageItem.init)
        count = core.count.map { Int($0) }
        badge = Int(core.badge)
        again = core.again
    }
}
