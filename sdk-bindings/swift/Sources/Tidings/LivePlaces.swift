import Foundation
import TidingsCore

/// For how long a place is shared.
public enum ShareFor: Hashable, Sendable, CaseIterable {
    /// 15 minutes.
    case quarterHour
    /// An hour.
    case hour
    /// 8 hours.
    case workingDay

    var core: CoreShareFor {
        switch self {
        case .quarterHour: .quarterHour
        case .hour: .hour
        case .workingDay: .workingDay
        }
    }
}

/// A place that this phone shares now.
public struct LiveShare: Hashable, Sendable, Identifiable {
    /// The message that shows it.
    public let messageID: MessageID
    /// The thread it stands in.
    public let conversationID: ConversationID
    /// When it ends by itself, by this phone's clock.
    public let endsAt: Date

    public var id: MessageID { messageID }

    init(_ share: CoreLiveShare) {
        messageID = MessageID(share.messageId)
        conversationID = ConversationID(share.conversationId)
        endsAt = Date(unixMilliseconds: share.endsAtMs)
    }
}
