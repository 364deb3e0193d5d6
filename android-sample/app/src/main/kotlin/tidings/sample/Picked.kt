package tidings.sample

import android.annotation.SuppressLint
import android.content.ActivityNotFoundException
import android.content.ContentResolver
import android.content.Context
import android.content.Intent
import android.graphics.BitmapFactory
import android.location.LocationManager
import android.net.Uri
import android.provider.OpenableColumns
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import tidings.sdk.Content
import tidings.sdk.Point
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsException
import tidings.sdk.Variant
import tidings.sdk.photoToSend
import tidings.ui.model.Attached
import tidings.ui.model.Piece

/** What the system's pickers gave: read at once, because the permission to read it ends with this screen. */
object Picked {
    /** Null when it cannot be read. */
    suspend fun read(context: Context, uri: Uri): Attached.File? = withContext(Dispatchers.IO) {
        val resolver = context.contentResolver
        val name = resolver.query(uri, arrayOf(OpenableColumns.DISPLAY_NAME), null, null, null)?.use { row ->
            if (row.moveToFirst()) row.getString(0) else null
        } ?: "file"
        // A photo comes as one that can be sent: phones take them as HEIC by now, or with 200 million pixels.
        val isPicture = resolver.getType(uri).let { it != null && it.startsWith("image/") && it != "image/gif" }
        val bytes = if (isPicture) resolver.photoToSend(uri) else resolver.read(uri)
        bytes?.let { Attached.File(uri.toString(), name, it.size.toLong(), isPicture, Content.File(it, name)) }
    }

    private fun ContentResolver.read(uri: Uri): ByteArray? = try {
        openInputStream(uri)?.use { it.readBytes() }
    } catch (_: IOException) {
        null
    } catch (_: SecurityException) {
        // The permission to read it has ended.
        null
    }

    /** Small, for the line to write in. */
    fun preview(context: Context, key: String): ImageBitmap? = try {
        val small = BitmapFactory.Options().apply { inSampleSize = 8 }
        context.contentResolver.openInputStream(Uri.parse(key))?.use { BitmapFactory.decodeStream(it, null, small) }?.asImageBitmap()
    } catch (_: IOException) {
        null
    } catch (_: SecurityException) {
        null
    }

    /** Writes a file of a message to where the person wants it. */
    suspend fun save(context: Context, client: TidingsClient, attachmentId: String, target: Uri) {
        try {
            val file = client.file(attachmentId, Variant.ORIGINAL).file
            withContext(Dispatchers.IO) {
                context.contentResolver.openOutputStream(target)?.use { out -> file.inputStream().use { it.copyTo(out) } }
            }
        } catch (_: TidingsException) {
            // It cannot be fetched now: another tap tries again.
        } catch (_: IOException) {
            // Nor written there.
        }
    }
}

/** Where the phone was last seen; null: nowhere, as far as it knows. Called when the person allowed it. */
@SuppressLint("MissingPermission")
fun Context.lastPlace(): Attached.Place? {
    val manager = getSystemService(LocationManager::class.java)
    val found = manager.getProviders(true).mapNotNull { manager.getLastKnownLocation(it) }.maxByOrNull { it.time } ?: return null
    return Attached.Place(Point(found.latitude, found.longitude, found.accuracy.toDouble()))
}

/** In whatever map app there is. */
fun Context.openMap(place: Piece.Place) {
    val point = "${place.latitude},${place.longitude}"
    val label = Uri.encode(place.label ?: point)
    val map = Intent(Intent.ACTION_VIEW, Uri.parse("geo:$point?q=$point($label)")).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
    try {
        startActivity(map)
    } catch (_: ActivityNotFoundException) {
        // No map app: the card says the place's name.
    }
}
