package tidings.sample

import android.Manifest
import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.graphics.BitmapFactory
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
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.layout.ContentScale
import kotlinx.coroutines.launch
import tidings.sdk.ConversationId
import tidings.sdk.TidingsClient
import tidings.sdk.Variant
import tidings.ui.Offer
import tidings.ui.Wish
import tidings.ui.live.ClientConversation
import tidings.ui.live.ClientPictures
import tidings.ui.live.ConversationModel
import tidings.ui.live.LiveConversation
import tidings.ui.parts.Pictures
import tidings.ui.theme.Tidings

/** One thread: the kit's screen, with this app's pickers, viewer, map and clipboard. */
@Composable
fun ThreadScreen(app: SampleApp, client: TidingsClient, id: ConversationId, onBack: () -> Unit, onOpen: (ConversationId) -> Unit, modifier: Modifier) {
    val words = Tidings.words
    val model = remember(id) { ConversationModel(ClientConversation(client, client.conversation(id)), words, app.scope) }
    val pictures = remember(client) {
        ClientPictures(
            client,
            decode = { BitmapFactory.decodeFile(it.path)?.asImageBitmap() },
            preview = { attached -> Picked.preview(app, attached.key) },
        )
    }
    var shown by remember { mutableStateOf<String?>(null) }
    val pick = pickers(app, model)
    val save = saver(app, client)
    LiveConversation(
        model,
        pictures,
        onWish = { wish ->
            when (wish) {
                Wish.Back -> onBack()
                is Wish.Attach -> pick(wish.offer)
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
    )
    shown?.let { Viewer(it, pictures) { shown = null } }
}

/** Shows the system's picker for what is to be attached, and gives what was picked to the line to write in. */
@Composable
private fun pickers(app: SampleApp, model: ConversationModel): (Offer) -> Unit {
    val photo = rememberLauncherForActivityResult(ActivityResultContracts.PickVisualMedia()) { picked ->
        picked?.let { app.scope.launch { Picked.read(app, it)?.let(model::attach) } }
    }
    val file = rememberLauncherForActivityResult(ActivityResultContracts.GetContent()) { picked ->
        picked?.let { app.scope.launch { Picked.read(app, it)?.let(model::attach) } }
    }
    val place = rememberLauncherForActivityResult(ActivityResultContracts.RequestPermission()) { allowed ->
        if (allowed) app.lastPlace()?.let(model::attach)
    }
    return { offer ->
        when (offer) {
            Offer.PHOTO -> photo.launch(PickVisualMediaRequest(ActivityResultContracts.PickVisualMedia.ImageOnly))
            Offer.FILE -> file.launch("*/*")
            Offer.PLACE -> place.launch(Manifest.permission.ACCESS_COARSE_LOCATION)
            // A share comes as `Wish.ShareLive`, and this app does not offer one.
            Offer.LIVE -> Unit
        }
    }
}

/** Asks where a file shall be saved, and writes it there. */
@Composable
private fun saver(app: SampleApp, client: TidingsClient): (String) -> Unit {
    var wanted by remember { mutableStateOf<String?>(null) }
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
