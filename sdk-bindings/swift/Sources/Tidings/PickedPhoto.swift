#if canImport(ImageIO)
    import CoreGraphics
    import Foundation
    import ImageIO

    extension Content.File {
        /// A photo that was picked, such that it can be sent: iPhones take photos as HEIC, which the core refuses because it cannot
        /// take out the place that may be hidden in one.
        ///
        /// What the core takes by itself - JPEG, PNG, WebP - is sent as it is, and so is what the system knows no picture in. HEIC,
        /// HEIF, AVIF and whatever has too many pixels or bytes becomes a JPEG, upright, no larger than `longestEdge`, with nothing
        /// of what a camera wrote into it. It is decoded off the main thread and shrunk while it is decoded.
        ///
        /// - Parameter longestEdge: what the longer edge is shrunk to, in pixels.
        public static func photo(_ data: Data, name: String? = nil, longestEdge: Int = 2048) async -> Content.File {
            let work = Task.detached(priority: .userInitiated) { PickedPhoto.toSend(data, longestEdge) }
            return Content.File(.data(await work.value), name: name, longestEdge: longestEdge)
        }
    }

    private enum PickedPhoto {
        /// What travels as it is. A GIF moves, so it does too.
        static let travels: Set<String> = ["public.jpeg", "public.png", "org.webmproject.webp", "com.compuserve.gif"]
        /// Of the server: `IMAGE_PIXELS` and `IMAGE_BYTES`.
        static let pixels = 50_000_000
        static let bytes = 32 * 1024 * 1024

        static func toSend(_ data: Data, _ longestEdge: Int) -> Data {
            guard let source = CGImageSourceCreateWithData(data as CFData, nil), let kind = CGImageSourceGetType(source) as String?
            else { return data }
            let isFit = travels.contains(kind) && size(source) <= pixels && data.count <= bytes
            // What cannot be decoded here is sent as it is: the core says what is wrong with it.
            return isFit ? data : jpeg(source, longestEdge) ?? data
        }

        /// In pixels, as the head of the file says.
        static func size(_ source: CGImageSource) -> Int {
            let head = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [CFString: Any]
            let edges = [kCGImagePropertyPixelWidth, kCGImagePropertyPixelHeight].map { (head?[$0] as? NSNumber)?.intValue ?? 0 }
            return edges[0] * edges[1]
        }

        /// The pixels alone go into the new file: neither place nor time go along.
        static func jpeg(_ source: CGImageSource, _ longestEdge: Int) -> Data? {
            let shrunk: [CFString: Any] = [
                // From the picture itself: the small one that a camera puts beside it may be anything.
                kCGImageSourceCreateThumbnailFromImageAlways: true,
                // Upright.
                kCGImageSourceCreateThumbnailWithTransform: true,
                kCGImageSourceThumbnailMaxPixelSize: max(longestEdge, 1),
            ]
            let quality: [CFString: Any] = [kCGImageDestinationLossyCompressionQuality: 0.9]
            let output = NSMutableData()
            guard
                let picture = CGImageSourceCreateThumbnailAtIndex(source, 0, shrunk as CFDictionary),
                let target = CGImageDestinationCreateWithData(output as CFMutableData, "public.jpeg" as CFString, 1, nil)
            else { return nil }
            CGImageDestinationAddImage(target, picture, quality as CFDictionary)
            return CGImageDestinationFinalize(target) ? Data(referencing: output) : nil
        }
    }
#endif
