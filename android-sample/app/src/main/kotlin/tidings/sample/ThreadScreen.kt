package tidings.sample

import android.Manifest
import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.graphics.BitmapFactory
import android.net.Uri
import android.widget.Toast
import androidx.activity.compose.BackHandler
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.layout.ContentScale
import kotlinx.coroutines.launch
import tidings.sdk.ConversationId
import tidings.sdk.ShareFor
import tidings.sdk.TidingsClient
import tidings.sdk.Variant
import tidings.ui.Offer
import tidings.ui.Wish
import tidings.ui.live.ClientPictures
import tidings.ui.live.ConversationModel
import tidings.ui.live.LiveConversation
import tidings.ui.parts.Pictures
import tidings.ui.theme.Tidings

/** One thread: the kit's screen, with this app's pickers, viewer, map and clipboard. */
@Composable
fun ThreadScreen(
    app: SampleApp,
    now: Standing.SignedIn,
    id: ConversationId,
    onBack: () -> Unit,
    onOpen: (ConversationId) -> Unit,
    modifier: Modifier,
) {
    val client = now.client
    // Kept beyond a turn of the phone, with what was picked. A link may name what is no thread: back to the list.
    val model = now.models.conversation(id, Tidings.words)
    if (model == null) {
        LaunchedEffect(id) { onBack() }
        return
    }
    val pictures = remember(client) {
        ClientPictures(
            client,
            decode = { BitmapFactory.decodeFile(it.path)?.asImageBitmap() },
            preview = { attached -> Picked.preview(app, attached.key) },
        )
    }
    var shown by rememberSaveable { mutableStateOf<String?>(null) }
    val pick = pickers(app, model)
    val share = sharer(app, id)
    val save = saver(app, client)
    LiveConversation(
        model,
        pictures,
        onWish = { wish ->
            when (wish) {
                Wish.Back -> onBack()
                is Wish.Attach -> pick(wish.offer)
                is Wish.ShareLive -> share(wish.time)
                is Wish.Copy -> model.text(wish.message)?.let { app.copy(it) }
                is Wish.OpenPicture -> shown = wish.attachmentId
                is Wish.OpenFile -> save(wish.attachmentId)
                is Wish.OpenThread -> onOpen(wish.id)
                is Wish.OpenPlace -> app.openMap(wish.place)
                // Everything else the model has done.
                else -> Unit
            }
        },
        modifier,
        Offer.entries.toSet(),
    )
    shown?.let { Viewer(it, pictures) { shown = null } }
}

/** Shows the system's picker for what is to be attached, and gives what was picked to the line to write in. */
@Composable
private fun pickers(app: SampleApp, model: ConversationModel): (Offer) -> Unit {
    val photo = rememberLauncherForActivityResult(ActivityResultContracts.PickVisualMedia()) { picked ->
        picked?.let { app.scope.launch { app.take(it, model) } }
    }
    val file = rememberLauncherForActivityResult(ActivityResultContracts.GetContent()) { picked ->
        picked?.let { app.scope.launch { app.take(it, model) } }
    }
    val place = rememberLauncherForActivityResult(ActivityResultContracts.RequestPermission()) { allowed ->
        if (allowed) app.lastPlace()?.let(model::attach)
    }
    return { offer ->
        when (offer) {
            Offer.PHOTO -> photo.launch(PickVisualMediaRequest(ActivityResultContracts.PickVisualMedia.ImageOnly))
            Offer.FILE -> file.launch("*/*")
            Offer.PLACE -> place.launch(Manifest.permission.ACCESS_COARSE_LOCATION)
            // A share comes as `Wish.ShareLive`.
            Offer.LIVE -> Unit
        }
    }
}

/** Asks whether the place may be known, then shares it live. */
@Composable
private fun sharer(app: SampleApp, thread: ConversationId): (ShareFor) -> Unit {
    var time by rememberSaveable { mutableStateOf<ShareFor?>(null) }
    val allowed = rememberLauncherForActivityResult(ActivityResultContracts.RequestMultiplePermissions()) { granted ->
        val wanted = time
        if (granted[Manifest.permission.ACCESS_FINE_LOCATION] == true && wanted != null) {
            app.tell {
                it.conversation(thread).shareLivePlace(wanted)
                app.livePlaces.measure()
            }
        }
    }
    return { wanted ->
        time = wanted
        // Since Android 12 the exact one is not asked for without the other.
        allowed.launch(arrayOf(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION))
    }
}

/** What was picked goes into the line to write in; a word when it cannot be read. */
private suspend fun Context.take(picked: Uri, model: ConversationModel) {
    val file = Picked.read(this, picked)
    if (file == null) Toast.makeText(this, "This cannot be read. Choose it again.", Toast.LENGTH_LONG).show() else model.attach(file)
}

/** Asks where a file shall be saved, and writes it there. */
@Composable
private fun saver(app: SampleApp, client: TidingsClient): (String) -> Unit {
    var wanted by rememberSaveable { mutableStateOf<String?>(null) }
    val target = rememberLauncherForActivityResult(ActivityResultContracts.CreateDocument("application/octet-stream")) { place ->
        val attachment = wanted
        if (place != null && attachment != null) app.scope.launch { Picked.save(app, client, attachment, place) }
    }
    return { attachment ->
        wanted = attachment
        target.launch("file")
    }
}

/** A photo on the whole screen; a tap closes it. */
@Composable
private fun Viewer(attachmentId: String, pictures: Pictures, onClose: () -> Unit) {
    val picture by produceState<ImageBitmap?>(null, attachmentId) { value = pictures.of(attachmentId, Variant.SCREEN) }
    BackHandler(enabled = true, onBack = onClose)
    Box(Modifier.fillMaxSize().background(Color.Black).clickable(onClickLabel = Tidings.words.back, onClick = onClose)) {
        picture?.let { Image(it, Tidings.words.photo, Modifier.fillMaxSize(), contentScale = ContentScale.Fit) }
    }
}

private fun Context.copy(text: String) {
    getSystemService(ClipboardManager::class.java).setPrimaryClip(ClipData.newPlainText("", text))
}
