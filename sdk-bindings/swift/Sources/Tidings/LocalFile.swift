import Foundation
import TidingsCore

/// A photo or another file, on the phone.
public struct LocalFile: Hashable, Sendable {
    /// Where it lies. It may go when the cache grows too large: ask again each time.
    public let url: URL
    /// The form that was asked for, or else a larger one.
    public let variant: Variant
    public let bytes: Int64

    /// A form in which a file can be fetched.
    public enum Variant: Hashable, Sendable {
        /// For a list: the longer edge has at most 320 pixels.
        case thumbnail
        /// For a screen: at most 1,600.
        case screen
        /// As it was sent; the only form of what is no picture.
        case original
    }
}

/// What the client takes of the phone's storage, in bytes.
public struct StorageUsage: Hashable, Sendable {
    /// Everything in the client's folder, with what was kept of others who signed in on this phone.
    public let total: Int64
    /// The messages of the user who is signed in, and what belongs to them.
    public let messages: Int64
    /// Photos and other files of theirs that can be fetched again.
    public let media: Int64
    /// Photos and other files of theirs that are still to be sent.
    public let waiting: Int64
}

extension StorageUsage {
    init(_ usage: CoreStorageUsage) {
        self.init(total: usage.total, messages: usage.messages, media: usage.media, waiting: usage.waiting)
    }
}

/// How far a file of a message has come on its way to the server.
public struct FileProgress: Hashable, Sendable {
    public let attachmentID: String
    /// From 0 to 1.
    public let progress: Double
}

extension LocalFile {
    init(_ file: CoreLocalFile) {
        self.init(url: URL(fileURLWithPath: file.path), variant: Variant(file.variant), bytes: file.bytes)
    }
}

extension LocalFile.Variant {
    init(_ variant: CoreVariant) {
        switch variant {
        case .thumbnail: self = .thumbnail
        case .screen: self = .screen
        case .original: self = .original
        }
    }

    var core: CoreVariant {
        switch self {
        case .thumbnail: .thumbnail
        case .screen: .screen
        case .original: .original
        }
    }
}

extension FileProgress {
    init(_ progress: CoreFileProgress) {
        self.init(attachmentID: progress.attachmentId, progress: progress.progress)
    }
}
