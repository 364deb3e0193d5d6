import SwiftUI
import Tidings
import TidingsUI
import TidingsUIModel

/// Who is there; then their threads, and the one that is open.
struct SampleScreen: View {
    let session: Session

    var body: some View {
        NavigationStack(path: path) {
            VStack(spacing: 0) {
                if let threads = session.threads, let client = session.client {
                    LiveThreads(threads) { wish in
                        switch wish {
                        case .open(let id): session.shown = id
                        case .start: Task { await session.startConversation() }
                        case .signIn: Task { await session.signOut() }
                        }
                    }
                    .tidingsBrand(of: client)
                } else if let reason = session.cannotOpen {
                    // A host app shows this in the place of its messages alone.
                    Text("Messages cannot be opened now. Is the phone full?").multilineTextAlignment(.center)
                    Text(reason).font(.caption)
                    Button("Try again") { Task { await session.run() } }
                }
            }
            .navigationDestination(for: ConversationID.self) { id in
                if let model = session.model(id), let client = session.client {
                    // From where they write goes with what they write.
                    ThreadScreen(model: model) { session.shown = $0 }.tidingsScreen("thread", on: client)
                        .tidingsBrand(of: client)
                }
            }
            .toolbar {
                Button("Sign out") { Task { await session.signOut() } }
            }
        }
        .sheet(isPresented: asksWho) { SignInScreen(session: session) }
    }

    /// The thread that is open, for a tap in the list, on a notification and on a link alike.
    private var path: Binding<[ConversationID]> {
        Binding(
            get: { @MainActor in session.shown.map { [$0] } ?? [] },
            set: { @MainActor path in session.shown = path.last })
    }

    private var asksWho: Binding<Bool> { Binding(get: { @MainActor in !session.isOpening && !session.isSignedIn && session.cannotOpen == nil }, set: { _ in }) }
}

/// Stands for the host app's own sign-in.
struct SignInScreen: View {
    let session: Session
    @State private var name = ""

    var body: some View {
        VStack {
            TextField("Name", text: $name)
            Button("Sign in") { Task { await session.signIn(name: name) } }.disabled(name.isEmpty)
            Button("Stay anonymous") { Task { await session.signIn(name: nil) } }
        }
        .padding()
        .interactiveDismissDisabled()
    }
}
