#if canImport(ImageIO)
    import Foundation
    import Tidings

    extension Attached {
        /// A photo that was picked, for the line to write in: HEIC and photos that are too large become a JPEG that can be sent.
        public static func photo(_ data: Data, name: String = "photo.jpg") async -> Attached {
            let content = await Content.File.photo(data, name: name)
            let bytes = if case .data(let data) = content.source { data.count } else { 0 }
            return .file(File(key: UUID().uuidString, name: name, bytes: Int64(bytes), isPicture: true, content: content))
        }
    }
#endif
