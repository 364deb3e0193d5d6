package tidings.sample

import android.annotation.SuppressLint
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.os.Bundle
import java.time.Instant
import tidings.sdk.Point

/**
 * Measures where the phone is while a place is shared live, for as long as the process lives: the package never measures by itself. An
 * app for people on the road goes on in the background with a foreground service, and lets `visit` follow each move.
 */
class LivePlaces(private val app: SampleApp) : LocationListener {
    private val manager = app.getSystemService(LocationManager::class.java)

    /** Called when a share has begun, and at the start for one that still runs. The person has allowed it. */
    @SuppressLint("MissingPermission")
    fun measure() {
        for (provider in manager.getProviders(true)) manager.requestLocationUpdates(provider, MILLIS, METRES, this, app.mainLooper)
    }

    override fun onLocationChanged(location: Location) = app.tell { client ->
        val here = Point(location.latitude, location.longitude, location.accuracy.toDouble())
        // Ended by the person or by its time: there is nothing to measure for.
        if (client.moveLivePlace(here, Instant.ofEpochMilli(location.time)) == 0) manager.removeUpdates(this)
    }

    // Before Android 11 the system calls these too.
    override fun onProviderEnabled(provider: String) = Unit
    override fun onProviderDisabled(provider: String) = Unit

    @Deprecated("Called before Android 10")
    override fun onStatusChanged(provider: String, status: Int, extras: Bundle) = Unit

    private companion object {
        /** The server takes none that comes faster, or from nearer. */
        const val MILLIS = 5_000L
        const val METRES = 5f
    }
}
