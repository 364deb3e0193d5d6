package tidings.sdk

import java.time.Instant
import java.time.ZoneId
import tidings.sdk.core.CoreContextOptions
import tidings.sdk.core.CoreField
import tidings.sdk.core.CoreFieldValue
import tidings.sdk.core.CoreNetworkKind

/** Whether what is known of the app and the phone goes with what the person writes, so that an agent need not ask. */
public enum class ContextSharing {
    /** The version of the app, the system, the model, the language, the time zone, and the screens that the app names. */
    ON,

    /** None of it, whatever the app names. Custom fields are told all the same: the app sets them one by one. */
    OFF,
}

/** What a custom field says. */
public sealed interface CustomValue {
    /** Words, at most 512 bytes and not blank. */
    public data class Text(val text: String) : CustomValue

    /** A number, neither infinite nor "not a number". */
    public data class Number(val number: Double) : CustomValue

    /** Yes or no. */
    public data class Boolean(val yes: kotlin.Boolean) : CustomValue

    /** A point in time. */
    public data class Time(val at: Instant) : CustomValue
}

/** By what a phone reaches the network. */
public enum class NetworkKind { WIFI, CELLULAR, WIRED, OTHER }

internal fun Map<String, CustomValue>.fields(): List<CoreField> = map { (key, value) ->
    CoreField(
        key,
        when (value) {
            is CustomValue.Text -> CoreFieldValue.Text(value.text)
            is CustomValue.Number -> CoreFieldValue.Number(value.number)
            is CustomValue.Boolean -> CoreFieldValue.Boolean(value.yes)
            is CustomValue.Time -> CoreFieldValue.Time(value.at.toEpochMilli())
        },
    )
}

internal fun NetworkKind.core(): CoreNetworkKind = when (this) {
    NetworkKind.WIFI -> CoreNetworkKind.WIFI
    NetworkKind.CELLULAR -> CoreNetworkKind.CELLULAR
    NetworkKind.WIRED -> CoreNetworkKind.WIRED
    NetworkKind.OTHER -> CoreNetworkKind.OTHER
}

/** What this package knows by itself. It stands on no class of Android, which are asked for by their names. */
internal fun contextOptions(sharing: ContextSharing, appBuild: String?) = CoreContextOptions(
    isShared = sharing == ContextSharing.ON,
    appBuild = appBuild,
    os = if (ofAndroid("android.os.Build\$VERSION", "RELEASE") != null) "Android" else System.getProperty("os.name"),
    osVersion = ofAndroid("android.os.Build\$VERSION", "RELEASE") ?: System.getProperty("os.version"),
    deviceModel = ofAndroid("android.os.Build", "MODEL"),
    timeZone = timeZone(),
)

/** The name of the phone's time zone now; it moves with the person. */
internal fun timeZone(): String? = runCatching { ZoneId.systemDefault().id }.getOrNull()

private fun ofAndroid(type: String, field: String): String? =
    runCatching { Class.forName(type).getField(field).get(null) as? String }.getOrNull()
