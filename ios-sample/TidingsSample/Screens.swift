import PhotosUI
import SwiftUI
import Tidings

/// The list of threads.
struct ThreadsScreen: View {
    let session: Session

    var body: some View {
        NavigationStack(path: path) {
            List(session.threads) { thread in
                NavigationLink(value: thread.id) { ThreadRow(thread: thread) }
            }
            .navigationTitle("Messages")
            .navigationDestination(for: ConversationID.self) { id in ThreadScreen(session: session, id: id) }
            .toolbar {
                Button("New") { Task { await session.startConversation() } }
                Button("Sign out") { Task { await session.signOut() } }
            }
        }
        .sheet(isPresented: asksWho) { SignInScreen(session: session) }
    }

    /// The thread that is open, for a tap in the list and for a tap on a notification alike.
    private var path: Binding<[ConversationID]> {
        Binding(
            get: { @MainActor in session.opened.map { [$0] } ?? [] },
            set: { @MainActor path in session.opened = path.last })
    }

    private var asksWho: Binding<Bool> { Binding(get: { @MainActor in !session.isSignedIn }, set: { _ in }) }
}

/// One thread in the list.
struct ThreadRow: View {
    let thread: ConversationItem

    var body: some View {
        HStack {
            VStack(alignment: .leading) {
                Text(thread.title ?? "Thread")
                Text(thread.lastMessage?.text ?? "").lineLimit(1)
            }
            Spacer()
            if thread.unread > 0 { Text("\(thread.unread)") }
        }
    }
}

/// Who is there?
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

/// One thread: finds it, then shows it.
struct ThreadScreen: View {
    let session: Session
    let id: ConversationID
    @State private var thread: OpenThread?

    var body: some View {
        VStack {
            if let thread { MessagesView(thread: thread) }
        }
        .task {
            guard let thread = await session.thread(id) else { return }
            self.thread = thread
            await thread.run()
        }
    }
}

/// The messages of a thread and a line to write in.
struct MessagesView: View {
    @Bindable var thread: OpenThread
    @State private var picked: PhotosPickerItem?

    var body: some View {
        VStack {
            List {
                if !thread.reachesStart {
                    Button("Older messages") { Task { await thread.loadOlder() } }
                }
                ForEach(thread.messages) { message in
                    MessageRow(thread: thread, message: message).onTapGesture { Task { await thread.retry(message) } }
                }
            }
            if let writing = thread.writing { Text("\(writing) is writing…") }
            if let failure = thread.failure { Text(failure) }
            HStack {
                PhotosPicker("Photo", selection: $picked)
                TextField("Message", text: $thread.draft)
                Button("Send") { Task { await thread.send() } }
            }
            .padding()
        }
        .task(id: picked) {
            guard let photo = try? await picked?.loadTransferable(type: Data.self) else { return }
            picked = nil
            await thread.send(photo: photo)
        }
    }
}

/// One message, with its first photo.
struct MessageRow: View {
    let thread: OpenThread
    let message: MessageItem
    @State private var photo: URL?

    var body: some View {
        VStack(alignment: .leading) {
            Text(author)
            Text(message.text)
            if let photo { AsyncImage(url: photo) }
            if let state { Text(state) }
        }
        .task(id: message.id) {
            for case .attachment(let attachment) in message.parts where attachment.width != nil {
                photo = await thread.thumbnail(of: attachment)
                return
            }
        }
    }

    private var author: String {
        switch message.author {
        case .me: "You"
        case .agent(_, let name): name
        case .system: "—"
        }
    }

    private var state: String? {
        switch message.state {
        case nil, .sent: nil
        case .waiting: message.uploading.first.map { "\(Int($0.progress * 100)) %" } ?? "waiting"
        case .sending: "sending"
        case .read: "read"
        case .failed(let refusal): "not sent (\(refusal.code)); tap to try again"
        }
    }
}
