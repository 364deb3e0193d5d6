import Foundation

enum Settings {
    /// Your server. The simulator reaches the machine it runs on as `localhost`; a release needs `https`.
    static let server = URL(string: "http://localhost:8080")!

    /// The app's id, which `tidings init` printed. It is no secret.
    static let app = "app_00000000000000000000000000"

    /// Your backend's endpoint that answers `?user=…` with an identity token. In a real app it knows by its own session who asks.
    static let tokens = URL(string: "http://localhost:9000/tidings-token")!

    /// Which of Apple's services this build's push token belongs to.
    #if DEBUG
        static let pushIsSandbox = true
    #else
        static let pushIsSandbox = false
    #endif
}
