import CoreLocation
import Foundation
import PhotosUI
import QuickLook
import SwiftUI
import Tidings
import TidingsUI
import TidingsUIModel
import UIKit
import UniformTypeIdentifiers

/// One thread: the kit's screen, with this app's pickers, viewer, map and clipboard.
struct ThreadScreen: View {
    let model: ConversationModel
    let onOpen: @MainActor (ConversationID) -> Void
    @State private var picksPhoto = false
    @State private var photo: PhotosPickerItem?
    @State private var picksFile = false
    @State private var shown: URL?

    var body: some View {
        LiveConversation(model) { wish in
            switch wish {
            case .attach(.photo): picksPhoto = true
            case .attach(.file): picksFile = true
            case .attach(.place): Task { if let place = await lastPlace() { model.attach(place) } }
            case .copy(let message): UIPasteboard.general.string = model.text(message)
            case .openPicture(let id), .openFile(let id): Task { shown = await model.file(id, .original) }
            case .openThread(let id): onOpen(id)
            case .openPlace(let latitude, let longitude, let label): openMap(latitude, longitude, label)
            // Everything else the model has done.
            default: break
            }
        }
        .photosPicker(isPresented: $picksPhoto, selection: $photo, matching: .images)
        .fileImporter(isPresented: $picksFile, allowedContentTypes: [.item]) { result in
            if let url = try? result.get() { Task { if let file = await read(url) { model.attach(file) } } }
        }
        .quickLookPreview($shown)
        .task(id: photo) {
            guard let data = try? await photo?.loadTransferable(type: Data.self) else { return }
            photo = nil
            model.attach(await .photo(data))
        }
    }
}

/// Read at once: the permission to read it ends here.
private func read(_ url: URL) async -> Attached? {
    let isOpen = url.startAccessingSecurityScopedResource()
    defer { if isOpen { url.stopAccessingSecurityScopedResource() } }
    guard let data = try? Data(contentsOf: url) else { return nil }
    let name = url.lastPathComponent
    if ["jpg", "jpeg", "png", "webp", "heic", "heif", "avif"].contains(url.pathExtension.lowercased()) {
        return await .photo(data, name: name)
    }
    return .file(
        Attached.File(
            key: UUID().uuidString, name: name, bytes: Int64(data.count), isPicture: false,
            content: Content.File(.data(data), name: name)))
}

/// Where the phone is; nil: it does not know, or the person does not want to say.
@MainActor
private func lastPlace() async -> Attached? {
    let manager = CLLocationManager()
    manager.requestWhenInUseAuthorization()
    do {
        for try await update in CLLocationUpdate.liveUpdates() {
            guard let found = update.location else { continue }
            let point = Content.Point(
                latitude: found.coordinate.latitude, longitude: found.coordinate.longitude, accuracy: found.horizontalAccuracy)
            return .place(Attached.Place(point: point))
        }
    } catch {
        // Refused, or the system's location services are off.
    }
    return nil
}

@MainActor
private func openMap(_ latitude: Double, _ longitude: Double, _ label: String?) {
    var map = URLComponents(string: "https://maps.apple.com/")!
    map.queryItems = [
        URLQueryItem(name: "ll", value: "\(latitude),\(longitude)"), URLQueryItem(name: "q", value: label ?? "\(latitude),\(longitude)"),
    ]
    if let url = map.url { UIApplication.shared.open(url) }
}
