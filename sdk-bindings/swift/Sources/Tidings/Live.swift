import Foundation
import TidingsCore

/// A stream of how something is: it first gives how it is now. Who reads slowly misses what was in between and always gets
/// the newest. The subscription ends with the stream.
func live<T: Sendable>(_ subscribe: (AsyncStream<T>.Continuation) -> CoreSubscription) -> AsyncStream<T> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let subscription = subscribe(continuation)
        // Elsewhere: whoever cancels a task holds a lock of Swift's runtime, for which a listener that wakes the same task
        // waits, and `cancel` waits for the listener. What it still says is not heard any more.
        continuation.onTermination = { _ in DispatchQueue.global(qos: .utility).async { subscription.cancel() } }
    }
}

/// Keeps a list true and gives it on after each round of steps. Calls come from the core's one thread, one at a time; the lock
/// says so to the compiler.
private final class LiveList<Item: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [Item] = []
    private let continuation: AsyncStream<[Item]>.Continuation

    init(_ continuation: AsyncStream<[Item]>.Continuation) { self.continuation = continuation }

    func change(_ steps: (inout [Item]) -> Void) {
        lock.lock()
        defer { lock.unlock() }
        steps(&list)
        continuation.yield(list)
    }
}

final class LiveConversations: CoreConversationsListener {
    private let list: LiveList<ConversationItem>
    init(_ continuation: AsyncStream<[ConversationItem]>.Continuation) { list = LiveList(continuation) }

    func onSteps(steps: [CoreConversationStep]) {
        list.change { list in
            for step in steps {
                switch step {
                case .reset(let items): list = items.map(ConversationItem.init)
                case .insert(let index, let item): list.insert(ConversationItem(item), at: Int(index))
                case .update(let index, let item): list[Int(index)] = ConversationItem(item)
                case .remove(let index): list.remove(at: Int(index))
                case .move(let from, let to): list.insert(list.remove(at: Int(from)), at: Int(to))
                }
            }
        }
    }
}

final class LiveMessages: CoreMessagesListener {
    private let list: LiveList<MessageItem>
    init(_ continuation: AsyncStream<[MessageItem]>.Continuation) { list = LiveList(continuation) }

    func onSteps(steps: [CoreMessageStep]) {
        list.change { list in
            for step in steps {
                switch step {
                case .reset(let items): list = items.map(MessageItem.init)
                case .insert(let index, let item): list.insert(MessageItem(item), at: Int(index))
                case .update(let index, let item): list[Int(index)] = MessageItem(item)
                case .remove(let index): list.remove(at: Int(index))
                case .move(let from, let to): list.insert(list.remove(at: Int(from)), at: Int(to))
                }
            }
        }
    }
}

final class LiveSyncState: CoreSyncStateListener {
    private let continuation: AsyncStream<SyncState>.Continuation
    init(_ continuation: AsyncStream<SyncState>.Continuation) { self.continuation = continuation }
    func onState(state: CoreSyncState) { continuation.yield(SyncState(state)) }
}

final class LiveUnread: CoreUnreadListener {
    private let continuation: AsyncStream<Int>.Continuation
    init(_ continuation: AsyncStream<Int>.Continuation) { self.continuation = continuation }
    func onUnread(unread: Int64) { continuation.yield(Int(unread)) }
}

final class LiveAnswering: CoreAnsweringListener {
    private let continuation: AsyncStream<Answering>.Continuation
    init(_ continuation: AsyncStream<Answering>.Continuation) { self.continuation = continuation }
    func onAnswering(answering: CoreAnswering) { continuation.yield(Answering(answering)) }
}

final class LiveAppearance: CoreAppearanceListener {
    private let continuation: AsyncStream<Appearance>.Continuation
    init(_ continuation: AsyncStream<Appearance>.Continuation) { self.continuation = continuation }
    func onAppearance(appearance: CoreAppearance) { continuation.yield(Appearance(appearance)) }
}

final class LiveTyping: CoreTypingListener {
    private let continuation: AsyncStream<String?>.Continuation
    init(_ continuation: AsyncStream<String?>.Continuation) { self.continuation = continuation }
    func onTyping(agentName: String?) { continuation.yield(agentName) }
}
