package tidings.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.wrapContentHeight
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import tidings.ui.model.Composer
import tidings.ui.model.ConversationView
import tidings.ui.model.GoesOn
import tidings.ui.parts.Bar
import tidings.ui.parts.ComposerBar
import tidings.ui.parts.GlyphButton
import tidings.ui.parts.Lines
import tidings.ui.parts.Logo
import tidings.ui.parts.NoticeBar
import tidings.ui.parts.Pictures
import tidings.ui.parts.ProblemBar
import tidings.ui.theme.Glyph
import tidings.ui.theme.Tidings
import tidings.ui.theme.atStart

/**
 * One thread and the line to write in. It keeps nothing itself but where it is scrolled to: what it shows comes in, what the
 * person wants goes out.
 *
 * @param offers what can be attached.
 * @param modifier where the app keeps clear of the system's bars and the keyboard, for instance.
 */
@Composable
public fun TidingsConversation(
    view: ConversationView,
    composer: Composer,
    pictures: Pictures,
    onWish: (Wish) -> Unit,
    modifier: Modifier = Modifier,
    offers: Set<Offer> = setOf(Offer.PHOTO, Offer.FILE, Offer.PLACE),
) {
    Column(modifier.fillMaxSize().background(Tidings.colors.canvas)) {
        TopBar(view) { onWish(Wish.Back) }
        Box(Modifier.fillMaxWidth().height(1.dp).background(Tidings.colors.line))
        NoticeBar(view.notice) { onWish(Wish.SignIn) }
        val lines = view.lines
        Box(Modifier.weight(1f).fillMaxWidth()) {
            when {
                lines == null -> Loading()
                lines.isEmpty() && view.typing == null -> Welcome()
                else -> Lines(view, lines, pictures, offers, onWish)
            }
        }
        view.problem?.let { problem -> ProblemBar(problem) { onWish(Wish.DismissProblem) } }
        val goesOn = view.goesOn
        if (goesOn != null) GoesOnLine(goesOn) { onWish(Wish.OpenThread(goesOn.id)) } else if (view.closed) ClosedLine()
        ComposerBar(composer, offers, pictures, onWish)
    }
}

@Composable
private fun TopBar(view: ConversationView, onBack: () -> Unit) {
    Bar {
        GlyphButton(Glyph.BACK, Tidings.words.back, onClick = onBack)
        val brand = Tidings.brand
        brand.logo?.let { Logo(it, 36.dp, Modifier.padding(end = 10.dp)) }
        Column(Modifier.weight(1f).padding(end = 12.dp)) {
            Text(
                view.title,
                Modifier.fillMaxWidth().semantics { heading() },
                color = Tidings.colors.ink,
                style = Tidings.type.titleStyle,
                textAlign = atStart,
                maxLines = 1,
                overflow = TextOverflow.Ellipsis,
            )
            val under = listOfNotNull(brand.name, view.expected)
            if (under.isNotEmpty()) {
                Text(
                    under.joinToString(" · "),
                    Modifier.fillMaxWidth(),
                    color = Tidings.colors.soft,
                    style = Tidings.type.captionStyle,
                    textAlign = atStart,
                    maxLines = 2,
                    overflow = TextOverflow.Ellipsis,
                )
            }
        }
    }
}

@Composable
private fun Welcome() {
    val brand = Tidings.brand
    Column(
        Modifier.fillMaxSize().padding(horizontal = 32.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp, Alignment.CenterVertically),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        brand.logo?.let { Logo(it, 72.dp, Modifier.padding(bottom = 8.dp)) }
        Text(
            Tidings.words.noMessages,
            Modifier.semantics { heading() },
            color = Tidings.colors.ink,
            style = Tidings.type.titleStyle,
            textAlign = TextAlign.Center,
        )
        Text(
            brand.greeting ?: Tidings.words.noMessagesHint,
            color = Tidings.colors.soft,
            style = Tidings.type.smallStyle,
            textAlign = TextAlign.Center,
        )
        Spacer(Modifier.height(24.dp))
    }
}

@Composable
private fun ClosedLine() {
    Text(
        Tidings.words.closedHint,
        Modifier.fillMaxWidth().background(Tidings.colors.surface).padding(horizontal = Tidings.spacing.edge, vertical = 10.dp),
        color = Tidings.colors.soft,
        style = Tidings.type.smallStyle,
        textAlign = TextAlign.Center,
    )
}

@Composable
private fun GoesOnLine(goesOn: GoesOn, onOpen: () -> Unit) {
    Text(
        goesOn.says,
        Modifier.fillMaxWidth().background(Tidings.colors.surface).clickable(role = Role.Button, onClick = onOpen)
            .heightIn(min = 48.dp).wrapContentHeight().padding(horizontal = Tidings.spacing.edge, vertical = 10.dp),
        color = Tidings.colors.accent,
        style = Tidings.type.smallStyle,
        textAlign = TextAlign.Center,
    )
}

/** Bubbles without words while the phone's own storage is read: a moment. */
@Composable
private fun Loading() {
    val says = Tidings.words.loading
    Column(
        Modifier.fillMaxSize().padding(Tidings.spacing.edge).semantics { contentDescription = says },
        verticalArrangement = Arrangement.spacedBy(12.dp, Alignment.Bottom),
    ) {
        for ((width, mine) in listOf(0.6f to false, 0.45f to false, 0.5f to true, 0.65f to false)) {
            Box(Modifier.fillMaxWidth(), contentAlignment = if (mine) Alignment.CenterEnd else Alignment.CenterStart) {
                Box(
                    Modifier.fillMaxWidth(width).height(40.dp)
                        .background(Tidings.colors.line, RoundedCornerShape(Tidings.shapes.bubble)),
                )
            }
        }
    }
}
