import Foundation

/// A picture's placeholder, of which a message carries some twenty bytes: a blur of its colours. The format is that of
/// https://evanw.github.io/thumbhash/.
public struct Thumbhash: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// Row by row from the top: red, green, blue and opacity, each from 0 to 1.
    public let pixels: [SIMD4<Float>]

    /// Nil when these are no such bytes: then there is no placeholder.
    public init?(base64: String) {
        guard let data = Data(base64Encoded: base64), var reader = Reader(bytes: [UInt8](data)) else { return nil }
        self = reader.read()
    }

    init(width: Int, height: Int, pixels: [SIMD4<Float>]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// Reads the header, then the waves of each channel, then sums them up for each pixel.
private struct Reader {
    let bytes: [UInt8]
    let low: Int
    let high: Int
    var nibble: Int

    /// The longer side of what is drawn.
    private static let side: Float = 32
    private static let boost: Float = 1.25

    init?(bytes: [UInt8]) {
        guard bytes.count >= 5 else { return nil }
        self.bytes = bytes
        low = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
        high = Int(bytes[3]) | Int(bytes[4]) << 8
        nibble = (low >> 23 != 0 ? 6 : 5) * 2
        // A hash says by its header how long it is.
        if bytes.count * 2 < nibble + Self.waves(longSide, shortSide) + 2 * Self.waves(3, 3) + (hasAlpha ? Self.waves(5, 5) : 0) {
            return nil
        }
    }

    private var hasAlpha: Bool { low >> 23 != 0 }
    private var isLandscape: Bool { high >> 15 != 0 }
    private var fixed: Int { hasAlpha ? 5 : 7 }
    private var longSide: Int { max(3, isLandscape ? fixed : high & 7) }
    private var shortSide: Int { max(3, isLandscape ? high & 7 : fixed) }

    private var size: (Int, Int) {
        let (across, down) = isLandscape ? (fixed, high & 7) : (high & 7, fixed)
        let ratio = across > 0 && down > 0 ? Float(across) / Float(down) : 1
        let width = ratio > 1 ? Self.side : Self.side * ratio
        let height = ratio > 1 ? Self.side / ratio : Self.side
        return (max(1, Int(width.rounded())), max(1, Int(height.rounded())))
    }

    mutating func read() -> Thumbhash {
        let light = channel(Float(low & 63) / 63, longSide, shortSide, Float(low >> 18 & 31) / 31)
        let p = channel(Float(low >> 6 & 63) / 31.5 - 1, 3, 3, Float(high >> 3 & 63) / 63 * Self.boost)
        let q = channel(Float(low >> 12 & 63) / 31.5 - 1, 3, 3, Float(high >> 9 & 63) / 63 * Self.boost)
        let alpha = hasAlpha ? channel(Float(bytes[5] & 15) / 15, 5, 5, Float(bytes[5] >> 4) / 15) : nil
        let (width, height) = size
        var pixels: [SIMD4<Float>] = []
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = ((Float(x) + 0.5) / Float(width), (Float(y) + 0.5) / Float(height))
                let (l, a, b) = (light.at(u, v), p.at(u, v), q.at(u, v))
                let blue = l - 2 / 3 * a
                let red = (3 * l - blue + b) / 2
                let pixel = SIMD4(red, red - b, blue, alpha?.at(u, v) ?? 1)
                pixels.append(pixel.clamped(lowerBound: .zero, upperBound: .one))
            }
        }
        return Thumbhash(width: width, height: height, pixels: pixels)
    }

    /// The waves of a channel in the order in which they are written.
    private static func order(_ nx: Int, _ ny: Int) -> [(Int, Int)] {
        (0..<ny).flatMap { cy in
            ((cy == 0 ? 1 : 0)..<max(nx, 1)).filter { cx in cx * ny < nx * (ny - cy) }.map { cx in (cx, cy) }
        }
    }

    private static func waves(_ nx: Int, _ ny: Int) -> Int { order(nx, ny).count }

    private mutating func channel(_ constant: Float, _ nx: Int, _ ny: Int, _ scale: Float) -> Channel {
        var waves: [Channel.Wave] = []
        for (cx, cy) in Self.order(nx, ny) {
            let value = Int(bytes[nibble >> 1]) >> ((nibble & 1) << 2) & 15
            nibble += 1
            waves.append(Channel.Wave(cx: Float(cx), cy: Float(cy), weight: (Float(value) / 7.5 - 1) * scale))
        }
        return Channel(constant: constant, waves: waves)
    }
}

/// One channel as a sum of cosine waves: those of a triangle, the constant one apart.
private struct Channel {
    struct Wave {
        let cx: Float
        let cy: Float
        let weight: Float
    }

    let constant: Float
    let waves: [Wave]

    func at(_ u: Float, _ v: Float) -> Float {
        waves.reduce(constant) { sum, wave in
            sum + 2 * wave.weight * cos(.pi * u * wave.cx) * cos(.pi * v * wave.cy)
        }
    }
}
