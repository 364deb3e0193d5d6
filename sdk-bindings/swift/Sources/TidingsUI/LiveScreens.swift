#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// The list of threads of a client, live.
    @available(iOS 17, macOS 14, *)
    public struct LiveThreads: View {
        private let model: ThreadsModel
        private let onWish: @MainActor (ThreadsWish) -> Void

        public init(_ model: ThreadsModel, onWish: @escaping @MainActor (ThreadsWish) -> Void) {
            self.model = model
            self.onWish = onWish
        }

        public var body: some View {
            // By the model: a view that is made anew with another one must follow that.
            TidingsThreads(model.view, onWish: onWish).task(id: ObjectIdentifier(model)) { await model.run() }
        }
    }

    /// One thread of a client, live. What only the app can do - pickers, maps, the clipboard, signing in - comes to `onWish`.
    @available(iOS 17, macOS 14, *)
    public struct LiveConversation: View {
        @Bindable private var model: ConversationModel
        private let offers: [Offer]
        private let onWish: @MainActor (Wish) -> Void

        public init(
            _ model: ConversationModel, offers: [Offer] = Offer.usual, onWish: @escaping @MainActor (Wish) -> Void
        ) {
            self.model = model
            self.offers = offers
            self.onWish = onWish
        }

        public var body: some View {
            TidingsConversation(
                model.view, composer: $model.composer, offers: offers, pictures: { [model] id in await model.file(id, .screen) },
                onWish: { wish in if !model.take(wish) { onWish(wish) } }
            )
            .task(id: ObjectIdentifier(model)) { await model.run() }
        }
    }

    @available(iOS 17, macOS 14, *)
    extension View {
        /// Says that the person is on this screen of the app, as long as this view is shown: it goes with what they write
        /// next. A name that is none is not told.
        ///
        /// - Parameter name: as of `TidingsClient.setScreen(_:title:detail:)`.
        public func tidingsScreen(_ name: String, detail: String? = nil, on client: TidingsClient) -> some View {
            task(id: [name, detail]) {
                await ShownScreen.say(name) { screen in try? client.setScreen(screen, detail: screen == nil ? nil : detail) }
            }
        }
    }
#endif
