package tidings.ui.parts

import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import tidings.sdk.Precision
import tidings.sdk.ShareFor
import tidings.ui.Offer
import tidings.ui.Wish
import tidings.ui.Words
import tidings.ui.model.Attached
import tidings.ui.model.Composer
import tidings.ui.model.size
import tidings.ui.locale
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings
import tidings.ui.theme.atStart
import tidings.ui.with

/** The line to write in, with what goes along above it. */
@Composable
internal fun ComposerBar(composer: Composer, offers: Set<Offer>, pictures: Pictures, onWish: (Wish) -> Unit) {
    val words = Tidings.words
    Column(Modifier.fillMaxWidth().background(Tidings.colors.surface)) {
        Box(Modifier.fillMaxWidth().height(1.dp).background(Tidings.colors.line))
        if (composer.editing != null) EditingLine { onWish(Wish.LeaveEditing) } else Attachments(composer, pictures, onWish)
        if (composer.editing == null) composer.replying?.let { quoted -> ReplyingLine(quoted) { onWish(Wish.LeaveReply) } }
        composer.problem(words)?.let { problem ->
            Text(
                problem,
                Modifier.fillMaxWidth().padding(start = 20.dp, end = 20.dp, top = 8.dp).semantics { liveRegion = LiveRegionMode.Polite },
                color = Tidings.colors.danger,
                style = Tidings.type.captionStrongStyle,
            )
        }
        Row(Modifier.padding(horizontal = 4.dp, vertical = 6.dp), verticalAlignment = Alignment.Bottom) {
            if (composer.editing == null && offers.isNotEmpty()) AttachButton(offers, onWish) else Box(Modifier.size(8.dp))
            Writing(composer, Modifier.weight(1f), onWish)
            val canSend = composer.canSend(words)
            GlyphButton(
                if (composer.editing == null) Glyph.SEND else Glyph.CHECK,
                if (composer.editing == null) words.send else words.save,
                tint = if (canSend) Tidings.colors.onAccent else Tidings.colors.soft,
                ground = if (canSend) Tidings.colors.accent else Tidings.colors.canvas,
                enabled = canSend,
            ) { onWish(Wish.Send) }
        }
    }
}

@Composable
private fun Writing(composer: Composer, modifier: Modifier, onWish: (Wish) -> Unit) {
    val colors = Tidings.colors
    val shape = RoundedCornerShape(Tidings.shapes.field)
    val hint = Tidings.words.write
    BasicTextField(
        composer.text,
        { onWish(Wish.Write(it)) },
        modifier.defaultMinSize(minHeight = Tidings.spacing.target).semantics { contentDescription = hint },
        textStyle = Tidings.type.bodyStyle.copy(color = colors.ink),
        keyboardOptions = KeyboardOptions(capitalization = KeyboardCapitalization.Sentences),
        maxLines = 6,
        cursorBrush = SolidColor(colors.accent),
    ) { inner ->
        Box(
            Modifier.padding(vertical = 2.dp).background(colors.canvas, shape).border(1.dp, colors.line, shape)
                .padding(horizontal = 16.dp, vertical = 10.dp),
            contentAlignment = Alignment.CenterStart,
        ) {
            if (composer.text.isEmpty()) Text(hint, color = colors.soft, style = Tidings.type.bodyStyle, maxLines = 1)
            inner()
        }
    }
}

@Composable
private fun AttachButton(offers: Set<Offer>, onWish: (Wish) -> Unit) {
    var isOpen by remember { mutableStateOf(false) }
    Box {
        GlyphButton(Glyph.PLUS, Tidings.words.attach, tint = Tidings.colors.accent) { isOpen = true }
        DropdownMenu(isOpen, { isOpen = false }) {
            for ((glyph, name, wish) in offers.sorted().flatMap { it.shown(Tidings.words) }) {
                DropdownMenuItem(
                    text = { Text(name, color = Tidings.colors.ink, style = Tidings.type.bodyStyle) },
                    leadingIcon = { GlyphIcon(glyph, null, Tidings.colors.accent, Modifier.size(22.dp)) },
                    onClick = {
                        isOpen = false
                        onWish(wish)
                    },
                )
            }
        }
    }
}

private fun Offer.shown(words: Words): List<Triple<Glyph, String, Wish>> = when (this) {
    Offer.PHOTO -> listOf(Triple(Glyph.PHOTO, words.attachPhoto, Wish.Attach(this)))
    Offer.FILE -> listOf(Triple(Glyph.FILE, words.attachFile, Wish.Attach(this)))
    Offer.PLACE -> listOf(Triple(Glyph.PLACE, words.attachPlace, Wish.Attach(this)))
    Offer.LIVE -> listOf(
        Triple(Glyph.LIVE, words.shareQuarterHour, Wish.ShareLive(ShareFor.QUARTER_HOUR)),
        Triple(Glyph.LIVE, words.shareHour, Wish.ShareLive(ShareFor.HOUR)),
        Triple(Glyph.LIVE, words.shareWorkingDay, Wish.ShareLive(ShareFor.WORKING_DAY)),
    )
}

@Composable
private fun EditingLine(onLeave: () -> Unit) {
    Row(
        Modifier.fillMaxWidth().padding(start = 20.dp, end = 4.dp),
        horizontalArrangement = Arrangement.spacedBy(10.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        GlyphIcon(Glyph.EDIT, null, Tidings.colors.accent, Modifier.size(18.dp))
        Text(Tidings.words.editing, Modifier.weight(1f), color = Tidings.colors.accent, style = Tidings.type.labelStyle)
        GlyphButton(Glyph.CLOSE, Tidings.words.cancel, tint = Tidings.colors.soft, onClick = onLeave)
    }
}

/** What goes with the words: files in a row, the place below them. */
@Composable
private fun Attachments(composer: Composer, pictures: Pictures, onWish: (Wish) -> Unit) {
    val files = composer.attached.filterIsInstance<Attached.File>()
    if (files.isNotEmpty()) {
        Row(
            Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()).padding(start = 14.dp, end = 14.dp, top = 10.dp),
            horizontalArrangement = Arrangement.spacedBy(8.dp),
        ) {
            for (file in files) Picked(file, pictures) { onWish(Wish.Remove(file)) }
        }
    }
    composer.attached.filterIsInstance<Attached.Place>().forEach { place -> PickedPlace(place, onWish) }
}

@Composable
private fun Picked(file: Attached.File, pictures: Pictures, onRemove: () -> Unit) {
    val says = Tidings.words.remove.with("name" to file.name)
    Box(Modifier.card().heightIn(min = 84.dp)) {
        if (file.picture) {
            val picture by produceState<ImageBitmap?>(null, file) { value = pictures.of(file) }
            Box(Modifier.size(84.dp), contentAlignment = Alignment.Center) {
                picture?.let { Image(it, file.name, Modifier.fillMaxSize(), contentScale = ContentScale.Crop) }
                    ?: GlyphIcon(Glyph.PHOTO, file.name, Tidings.colors.soft)
            }
        } else {
            Column(Modifier.widthIn(max = 220.dp).padding(start = 13.dp, end = 42.dp, top = 15.dp, bottom = 13.dp), Arrangement.spacedBy(2.dp)) {
                Text(file.name, color = Tidings.colors.ink, style = Tidings.type.labelStyle, maxLines = 1, overflow = TextOverflow.Ellipsis)
                Text(size(file.bytes, Tidings.words.locale), color = Tidings.colors.soft, style = Tidings.type.captionStyle)
            }
        }
        // The disc sits in the corner, and as much around it can be tapped as of any other button.
        Box(Modifier.align(Alignment.TopEnd).size(Tidings.spacing.target).clickable(role = Role.Button, onClick = onRemove)) {
            Box(
                Modifier.align(Alignment.TopEnd).padding(6.dp).size(24.dp).background(Tidings.colors.surface.copy(alpha = 0.92f), CircleShape),
                contentAlignment = Alignment.Center,
            ) {
                GlyphIcon(Glyph.CLOSE, says, Tidings.colors.ink, Modifier.size(16.dp))
            }
        }
    }
}

/** A place before it is sent: its name, and how much of it is told. */
@Composable
private fun PickedPlace(place: Attached.Place, onWish: (Wish) -> Unit) {
    val words = Tidings.words
    Column(
        Modifier.fillMaxWidth().padding(start = 14.dp, end = 14.dp, top = 10.dp).clip(RoundedCornerShape(Tidings.shapes.card)).card()
            .padding(start = 14.dp, end = 4.dp, bottom = 6.dp),
    ) {
        Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(10.dp)) {
            GlyphIcon(Glyph.PLACE, null, Tidings.colors.accent, Modifier.size(22.dp))
            Text(words.howExact, Modifier.weight(1f), color = Tidings.colors.ink, style = Tidings.type.labelStyle, textAlign = atStart)
            GlyphButton(Glyph.CLOSE, words.remove.with("name" to words.place), tint = Tidings.colors.soft) { onWish(Wish.Remove(place)) }
        }
        Column(Modifier.selectableGroup()) {
            for ((precision, name) in listOf(Precision.EXACT to words.exact, Precision.ROUNDED to words.rounded, Precision.HIDDEN to words.hidden)) {
                val chosen = place.precision == precision
                Row(
                    Modifier.fillMaxWidth().defaultMinSize(minHeight = 44.dp)
                        .selectable(chosen, role = Role.RadioButton) { onWish(Wish.ChangePlace(place.copy(precision = precision))) },
                    horizontalArrangement = Arrangement.spacedBy(10.dp),
                    verticalAlignment = Alignment.CenterVertically,
                ) {
                    RadioButton(chosen, onClick = null)
                    Text(name, Modifier.weight(1f), color = Tidings.colors.ink, style = Tidings.type.smallStyle, textAlign = atStart)
                }
            }
        }
        Box(Modifier.padding(end = 10.dp, top = 2.dp, bottom = 6.dp)) {
            Field(
                place.label,
                { onWish(Wish.ChangePlace(place.copy(label = it))) },
                KeyboardOptions(capitalization = KeyboardCapitalization.Sentences),
                Tidings.colors.line,
                words.placeName,
            ) { contentDescription = words.placeName }
        }
    }
}
