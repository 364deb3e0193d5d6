import Foundation
import Observation
import Tidings

/// The list of threads of a client, as `view`, for as long as `run` runs.
@available(iOS 17, macOS 14, *)
@MainActor @Observable
public final class ThreadsModel {
    /// What the screen shows.
    public private(set) var view = ThreadsView.loading

    @ObservationIgnored private let client: TidingsClient
    @ObservationIgnored private let words: Words
    @ObservationIgnored private var items: [ConversationItem]?
    @ObservationIgnored private var notice: Notice?

    public init(_ client: TidingsClient, words: Words) {
        self.client = client
        self.words = words
    }

    /// Follows the client until it is cancelled: call it while the screen can be seen.
    public func run() async {
        async let followed: Void = followState()
        for await items in client.conversations {
            self.items = items
            show()
        }
        await followed
    }

    private func followState() async {
        for await state in client.syncState {
            notice = Notice(state)
            show()
        }
    }

    private func show() {
        let moments = Moments(words: words)
        view = items.map { ThreadsView($0, notice, moments) } ?? ThreadsView(rows: nil, notice: notice)
    }
}
