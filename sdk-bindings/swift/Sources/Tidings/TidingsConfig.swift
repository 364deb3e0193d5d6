import Foundation
import TidingsCore

/// Where to connect, as what, and where to keep things.
public struct TidingsConfig: Hashable, Sendable {
    /// The server's address, such as `https://chat.example.org`.
    public var serverURL: URL
    /// The app's id, `app_…`, from the server's operator. It is no secret.
    public var appID: String
    /// A folder for this client alone, private to the app; it is created when it is not there. Never a folder of an App
    /// Group: the system ends apps that hold files locked there while asleep.
    public var dataDirectory: URL
    /// A language tag (BCP 47) such as `fr-CH`, at most 256 bytes; pushes are worded in it.
    public var locale: String?
    /// The version of the app, at most 256 bytes; agents see it.
    public var appVersion: String?
    /// Certificates (PEM) to trust beside the public ones, for a company's own authority.
    public var extraRootCertificatesPEM: String?
    /// Whether the server may be spoken to without encryption.
    public var plainHTTP: PlainHTTP
    /// Whether places may be sent.
    public var locations: Locations
    /// What fetched and sent files may take of the phone's storage, in bytes; the longest unused go first. What is still to be
    /// sent does not count.
    public var fileCacheBytes: Int
    /// Whether what is known of the app and the phone goes with what the person writes.
    public var context: ContextSharing
    /// The build of the app; agents see it. That of the main bundle, unless something else is said.
    public var appBuild: String?

    /// Whether places may be sent.
    public enum Locations: Hashable, Sendable {
        /// When the person wants to.
        case allowed
        /// When the person wants to, and also live: shared for a while, moving with them. The app feeds the positions
        /// (`TidingsClient.moveLivePlace(to:measuredAt:)`).
        case live
        /// Never: for an app that must not handle them. Places that others sent are still shown.
        case off
    }

    /// Whether a server may be spoken to without encryption.
    public enum PlainHTTP: Hashable, Sendable {
        /// Only on this machine.
        case loopbackOnly
        /// Anywhere. For a developer's own network: contents and tokens can be read on the way.
        case anywhere
    }

    /// What every app has to say; the rest can be set afterwards.
    public init(serverURL: URL, appID: String, dataDirectory: URL) {
        self.serverURL = serverURL
        self.appID = appID
        self.dataDirectory = dataDirectory
        self.plainHTTP = .loopbackOnly
        self.locations = .allowed
        self.fileCacheBytes = 200_000_000
        self.context = .on
        self.appBuild = Bundle.main.infoDictionary?["CFBundleVersion"] as? String
    }

    var core: CoreConfig {
        #if os(iOS) || os(visionOS)
            let platform = CorePlatform.ios
        #else
            let platform = CorePlatform.other
        #endif
        let places: CoreLocations =
            switch locations {
            case .allowed: .allowed
            case .live: .live
            case .off: .off
            }
        return CoreConfig(
            serverUrl: serverURL.absoluteString,
            appId: appID,
            dataDir: dataDirectory.path,
            platform: platform,
            locale: locale,
            appVersion: appVersion,
            extraRootCertificatesPem: extraRootCertificatesPEM,
            plainHttp: plainHTTP == .anywhere ? .anywhere : .loopbackOnly,
            locations: places,
            fileCacheBytes: UInt64(max(0, fileCacheBytes)),
            context: contextOptions(context, appBuild))
    }
}
