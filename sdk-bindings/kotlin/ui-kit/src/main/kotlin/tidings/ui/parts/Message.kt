package tidings.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.gestures.detectTapGestures
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.layout.wrapContentWidth
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Shape
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.platform.LocalUriHandler
import androidx.compose.ui.semantics.CustomAccessibilityAction
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.customActions
import androidx.compose.ui.semantics.onLongClick
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import tidings.ui.Offer
import tidings.ui.Wish
import tidings.ui.Words
import tidings.ui.model.Act
import tidings.ui.model.Line
import tidings.ui.model.Piece
import tidings.ui.model.Side
import tidings.ui.model.Status
import tidings.ui.model.letters
import tidings.ui.theme.Tidings
import tidings.ui.with

/** One message: who, the bubble, and what is wrong with it if something is. */
@Composable
internal fun Message(line: Line.Bubble, pictures: Pictures, offers: Set<Offer>, onWish: (Wish) -> Unit) {
    val mine = line.side == Side.ME
    val above = if (line.place.begins) Tidings.spacing.between else Tidings.spacing.within
    Row(Modifier.fillMaxWidth().padding(top = above), horizontalArrangement = if (mine) Arrangement.End else Arrangement.Start) {
        if (!mine) {
            Box(Modifier.align(Alignment.Bottom).padding(end = 8.dp).width(30.dp)) { if (line.place.ends) Initials(line.author) }
        }
        Column(
            Modifier.weight(1f, fill = false).fillMaxWidth(if (mine) 0.84f else 0.88f)
                .wrapContentWidth(if (mine) Alignment.End else Alignment.Start),
            horizontalAlignment = if (mine) Alignment.End else Alignment.Start,
        ) {
            if (!mine && line.place.begins) {
                Text(
                    line.author,
                    Modifier.padding(start = 12.dp, bottom = 3.dp).clearAndSetSemantics {},
                    color = Tidings.colors.soft,
                    style = Tidings.type.captionStyle,
                )
            }
            Bubble(line, pictures, onWish)
            line.pieces.forEach { piece -> if (piece is Piece.Choices && piece.open) Choices(piece, onWish) }
            line.pieces.forEach { piece -> if (piece is Piece.Request && piece.answer == null) RequestButtons(piece, offers, onWish) }
            Trouble(line, onWish)
        }
    }
}

@Composable
private fun Initials(name: String) {
    Box(Modifier.size(30.dp).background(Tidings.colors.accentSoft, CircleShape), contentAlignment = Alignment.Center) {
        val letters = name.split(' ').filter { it.isNotBlank() }.take(2).joinToString("") { it.take(1).uppercase() }
        Text(letters, Modifier.clearAndSetSemantics {}, color = Tidings.colors.accent, style = fixed(Tidings.type.captionStrongStyle))
    }
}

/** What is said, with the time. A long press offers what may be done with it; a screen reader offers the same. */
@Composable
private fun Bubble(line: Line.Bubble, pictures: Pictures, onWish: (Wish) -> Unit) {
    // A message of choices alone has no bubble: the choices are buttons.
    if (line.pieces.all { it is Piece.Choices && it.open }) return
    var isOffering by remember { mutableStateOf(false) }
    val words = Tidings.words
    val mine = line.side == Side.ME
    val links = remember(line.pieces) { line.pieces.filterIsInstance<Piece.Words>().flatMap { marked(it.blocks).links } }
    val browser = LocalUriHandler.current
    val shape = shape(line)
    val ground = if (mine) Tidings.colors.mine else Tidings.colors.theirs
    Box {
        Column(
            Modifier.widthIn(max = Tidings.spacing.bubbleWidth)
                .then(width(line.pieces, line.quoted != null))
                .clip(shape)
                .background(ground)
                .then(if (mine || Tidings.colors.dark) Modifier else Modifier.border(1.dp, Tidings.colors.line, shape))
                .pointerInput(line.acts) { detectTapGestures(onLongPress = { isOffering = line.acts.isNotEmpty() }) }
                // One stop for a screen reader, but for a form: each of its fields is one.
                .semantics(mergeDescendants = line.pieces.none { it is Piece.Form && it.open }) {
                    contentDescription = spoken(line, words)
                    customActions = line.acts.map { act -> CustomAccessibilityAction(name(act, words)) { onWish(wish(act, line)).let { true } } } +
                        links.map { CustomAccessibilityAction(words.openLink.with("link" to it.text)) { browser.tryToOpen(it) } }
                    if (line.acts.isNotEmpty()) onLongClick(words.actions) { true.also { isOffering = true } }
                },
        ) {
            line.quoted?.let { quoted -> QuotedHead(quoted, mine) { onWish(Wish.ShowQuoted(quoted.message)) } }
            Pieces(line, pictures, onWish)
        }
        Offers(line, isOffering, { isOffering = false }, onWish)
    }
}

/** Pictures and places are of one width; other large things are as wide as they need; words find their own width. */
@Composable
private fun width(pieces: List<Piece>, isQuoting: Boolean): Modifier {
    val pictures = pieces.filterIsInstance<Piece.Picture>()
    val arePortraits = pictures.isNotEmpty() && pieces.all { it is Piece.Picture && it.height > it.width }
    return when {
        arePortraits -> Modifier.width(220.dp)
        pictures.isNotEmpty() || pieces.any { it is Piece.Place || it is Piece.Live } -> Modifier.width(276.dp)
        isQuoting || pieces.any { it is Piece.Document || it is Piece.Answers } -> Modifier.width(IntrinsicSize.Max)
        else -> Modifier
    }
}

/** Round, but for the corners that hold a group together and point to its author. */
@Composable
private fun shape(line: Line.Bubble): Shape {
    val (round, tail) = Tidings.shapes.bubble to Tidings.shapes.tail
    val upper = if (line.place.begins) round else tail
    return if (line.side == Side.ME) {
        RoundedCornerShape(topStart = round, topEnd = upper, bottomEnd = tail, bottomStart = round)
    } else {
        RoundedCornerShape(topStart = upper, topEnd = round, bottomEnd = round, bottomStart = tail)
    }
}

/** All that a message says, for a screen reader. */
internal fun spoken(line: Line.Bubble, words: Words): String {
    val said = line.pieces.mapNotNull { piece ->
        when (piece) {
            is Piece.Words -> letters(piece.blocks)
            Piece.Deleted -> words.deleted
            Piece.Unsupported -> words.unsupported
            is Piece.Form -> piece.title
            is Piece.Answers -> piece.answers.joinToString { "${it.first}: ${it.second}" }
            is Piece.Picture -> words.photo
            is Piece.Document -> "${piece.name}, ${piece.size}"
            is Piece.Place -> listOfNotNull(words.place, piece.label, piece.accuracy).joinToString()
            is Piece.Live -> listOfNotNull(words.live, piece.says, piece.seen, piece.place?.accuracy).joinToString()
            is Piece.Request -> spoken(piece, words)
            is Piece.Choices -> null
        }
    }
    val after = listOfNotNull(line.time, words.edited.takeIf { line.edited }, line.status?.let { name(it, words) })
    val quoted = line.quoted?.let { "${words.replyingTo.with("name" to (it.author ?: words.quotedEarlier))}. " }.orEmpty()
    return "${line.author}: $quoted${said.joinToString(". ")}. ${after.joinToString()}"
}

internal fun name(status: Status, words: Words): String = when (status) {
    Status.Waiting -> words.waiting
    Status.Sending -> words.sending
    Status.Sent -> words.sent
    Status.Read -> words.read
    is Status.Failed -> words.failed
    Status.ChangeWaiting -> words.changeWaiting
    Status.ChangeFailed -> words.changeFailed
}

/** What was refused, and the ways out. */
@Composable
private fun Trouble(line: Line.Bubble, onWish: (Wish) -> Unit) {
    val words = Tidings.words
    val said = when (val status = line.status) {
        is Status.Failed -> "${words.failed}. ${status.reason}"
        Status.ChangeFailed -> words.changeFailed
        else -> return
    }
    Column(horizontalAlignment = Alignment.End, modifier = Modifier.padding(top = 4.dp)) {
        Text(said, color = Tidings.colors.danger, style = Tidings.type.captionStyle)
        Row {
            for (act in line.acts.filter { it == Act.DISCARD || it == Act.RETRY }) {
                WordButton(name(act, words), Weight.PLAIN, color = Tidings.colors.danger) { onWish(wish(act, line)) }
                Spacer(Modifier.width(4.dp))
            }
        }
    }
}
