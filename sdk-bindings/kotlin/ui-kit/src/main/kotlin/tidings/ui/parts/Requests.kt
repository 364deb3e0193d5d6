package tidings.ui.parts

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.wrapContentHeight
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import tidings.sdk.RequestFor
import tidings.ui.Offer
import tidings.ui.Wish
import tidings.ui.Words
import tidings.ui.model.Piece
import tidings.ui.model.RequestAnswer
import tidings.ui.model.asks
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings

/** What is asked for, below the words that say what it is for; once it was answered, the way to the answer. */
@Composable
internal fun RequestView(piece: Piece.Request, ink: Color, onWish: (Wish) -> Unit) {
    val words = Tidings.words
    Column(Modifier.padding(start = 13.dp, end = 13.dp, top = 4.dp)) {
        Row(horizontalArrangement = Arrangement.spacedBy(6.dp), verticalAlignment = Alignment.CenterVertically) {
            GlyphIcon(if (piece.what == RequestFor.PLACE) Glyph.PLACE else Glyph.PHOTO, null, ink, Modifier.size(18.dp))
            Text(asks(piece.what, words), color = ink, style = Tidings.type.captionStrongStyle)
        }
        piece.answer?.let { answer ->
            Text(
                state(answer, words),
                Modifier.clickable(onClickLabel = words.showAnswer, role = Role.Button) { onWish(Wish.ShowQuoted(answer.message)) }
                    .heightIn(min = Tidings.spacing.target).wrapContentHeight(),
                color = ink,
                style = Tidings.type.captionStyle,
            )
        }
    }
}

/** The ways to answer. What the app has no picker for it says so, and that the person would rather not can always be said. */
@Composable
internal fun RequestButtons(piece: Piece.Request, offers: Set<Offer>, onWish: (Wish) -> Unit) {
    val words = Tidings.words
    val (offer, share, cannot) = when (piece.what) {
        RequestFor.PLACE -> Triple(Offer.PLACE, words.sharePlace, words.cannotPlace)
        RequestFor.PHOTO -> Triple(Offer.PHOTO, words.sharePhoto, words.cannotPhoto)
    }
    Column(Modifier.padding(top = 6.dp)) {
        if (offer in offers) {
            // What is picked stands in the line to write in then, where a person chooses how exact a place is, and quotes this.
            WordButton(share, Weight.SOFT, Modifier.padding(vertical = 1.dp)) {
                onWish(Wish.Reply(piece.message))
                onWish(Wish.Attach(offer))
            }
        } else {
            Text(
                cannot,
                Modifier.padding(horizontal = 12.dp, vertical = 4.dp),
                color = Tidings.colors.soft,
                style = Tidings.type.captionStyle,
            )
        }
        WordButton(words.ratherNot, Weight.SOFT, Modifier.padding(vertical = 1.dp)) { onWish(Wish.Decline(piece.message)) }
    }
}

/** What a request says, for a screen reader. */
internal fun spoken(piece: Piece.Request, words: Words): String =
    listOfNotNull(asks(piece.what, words), piece.answer?.let { state(it, words) }).joinToString()

private fun state(answer: RequestAnswer, words: Words): String = if (answer.declined) words.youDeclined else words.youAnswered
