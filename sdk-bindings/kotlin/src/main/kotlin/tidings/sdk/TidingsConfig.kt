package tidings.sdk

import java.io.File
import tidings.sdk.core.CoreConfig
import tidings.sdk.core.CoreLocations
import tidings.sdk.core.CorePlainHttp
import tidings.sdk.core.CorePlatform

/**
 * Where to connect, as what, and where to keep things.
 *
 * @property serverUrl the server's address, such as `https://chat.example.org`.
 * @property appId the app's id, `app_…`, from the server's operator. It is no secret.
 * @property dataDir a folder for this client alone, private to the app; it is created when it is not there.
 * @property locale a language tag (BCP 47) such as `fr-CH`, at most 256 bytes; pushes are worded in it.
 * @property appVersion the version of the app, at most 256 bytes; agents see it.
 * @property fileCacheBytes what fetched and sent files may take of the phone's storage; the longest unused go first. What is
 *   still to be sent does not count.
 * @property context whether what is known of the app and the phone goes with what the person writes.
 * @property appBuild the build of the app; agents see it.
 * @property extraRootCertificatesPem certificates to trust beside the public ones, for a company's own authority.
 */
public data class TidingsConfig(
    val serverUrl: String,
    val appId: String,
    val dataDir: File,
    val platform: Platform = Platform.ANDROID,
    val locale: String? = null,
    val appVersion: String? = null,
    val extraRootCertificatesPem: String? = null,
    val plainHttp: PlainHttp = PlainHttp.LOOPBACK_ONLY,
    val locations: Locations = Locations.ALLOWED,
    val fileCacheBytes: Long = 200_000_000,
    val context: ContextSharing = ContextSharing.ON,
    val appBuild: String? = null,
)

/** Whether places may be sent. */
public enum class Locations {
    /** When the person wants to. */
    ALLOWED,

    /**
     * When the person wants to, and also live: shared for a while, moving with them. The app feeds the positions
     * ([TidingsClient.moveLivePlace]).
     */
    LIVE,

    /** Never: for an app that must not handle them. Places that others sent are still shown. */
    OFF,
}

/** What an app runs on. */
public enum class Platform { ANDROID, OTHER }

/** Whether a server may be spoken to without encryption. */
public enum class PlainHttp {
    /** Only on this machine. */
    LOOPBACK_ONLY,

    /** Anywhere. For a developer's own network: contents and tokens can be read on the way. */
    ANYWHERE,
}

internal fun TidingsConfig.core() = CoreConfig(
    serverUrl = serverUrl,
    appId = appId,
    dataDir = dataDir.absolutePath,
    platform = when (platform) {
        Platform.ANDROID -> CorePlatform.ANDROID
        Platform.OTHER -> CorePlatform.OTHER
    },
    locale = locale,
    appVersion = appVersion,
    extraRootCertificatesPem = extraRootCertificatesPem,
    plainHttp = when (plainHttp) {
        PlainHttp.LOOPBACK_ONLY -> CorePlainHttp.LOOPBACK_ONLY
        PlainHttp.ANYWHERE -> CorePlainHttp.ANYWHERE
    },
    locations = when (locations) {
        Locations.ALLOWED -> CoreLocations.ALLOWED
        Locations.LIVE -> CoreLocations.LIVE
        Locations.OFF -> CoreLocations.OFF
    },
    fileCacheBytes = fileCacheBytes.coerceAtLeast(0).toULong(),
    context = contextOptions(context, appBuild),
)
