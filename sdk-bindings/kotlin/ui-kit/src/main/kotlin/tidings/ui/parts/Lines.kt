package tidings.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.derivedStateOf
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.shadow
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.dropWhile
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.launch
import tidings.ui.Offer
import tidings.ui.Wish
import tidings.ui.model.ConversationView
import tidings.ui.model.Line
import tidings.ui.model.NewestMessages
import tidings.ui.model.OlderMessages
import tidings.ui.theme.Glyph
import tidings.ui.theme.Tidings
import tidings.ui.with

/** The lines of a thread, the newest at the bottom; it stays there while new ones come. */
@Composable
internal fun Lines(view: ConversationView, lines: List<Line>, pictures: Pictures, offers: Set<Offer>, onWish: (Wish) -> Unit) {
    val state = rememberLazyListState()
    val away by remember { derivedStateOf { state.firstVisibleItemIndex > 2 } }
    val scope = rememberCoroutineScope()
    LoadOlderWhenNear(state, view.older) { onWish(Wish.LoadOlder) }
    Box(Modifier.fillMaxSize()) {
        LazyColumn(
            Modifier.fillMaxSize(),
            state = state,
            reverseLayout = true,
            contentPadding = PaddingValues(horizontal = 12.dp, vertical = 12.dp),
        ) {
            view.typing?.let { name -> item("typing") { Typing(name) } }
            items(lines.asReversed(), key = { it.key }, contentType = { it::class }) { line ->
                when (line) {
                    is Line.Day -> DayLine(line.label)
                    Line.New -> NewLine()
                    is Line.Event -> EventLine(line.text)
                    is Line.Bubble -> Message(line, pictures, offers, onWish)
                }
            }
            if (view.older != OlderMessages.NONE) item("older") { Older(view.older) { onWish(Wish.LoadOlder) } }
        }
        if (away || view.newest == NewestMessages.ELSEWHERE) {
            Jump(Modifier.align(Alignment.BottomEnd)) {
                onWish(Wish.ToNewest)
                scope.launch { state.animateScrollToItem(0) }
            }
        }
    }
}

/**
 * Asks for older messages before the person gets to the first. What could not be had is not asked for again while they stay there,
 * which without a network would be one request after the other: they have to leave and come back, or tap.
 */
@Composable
private fun LoadOlderWhenNear(state: LazyListState, older: OlderMessages, onLoad: () -> Unit) {
    val load by rememberUpdatedState(onLoad)
    LaunchedEffect(state, older) {
        if (older == OlderMessages.NONE || older == OlderMessages.LOADING) return@LaunchedEffect
        val near = snapshotFlow {
            val shown = state.layoutInfo
            // At rest at the newest message nobody asked for more.
            state.firstVisibleItemIndex > 0 && (shown.visibleItemsInfo.lastOrNull()?.index ?: 0) >= shown.totalItemsCount - NEAR
        }.distinctUntilChanged()
        val wanted = if (older == OlderMessages.FAILED) near.dropWhile { it } else near
        wanted.filter { it }.collect { load() }
    }
}

/** Lines before the first at which older ones are asked for. */
private const val NEAR = 8

@Composable
private fun DayLine(label: String) {
    Text(
        label,
        Modifier.fillMaxWidth().padding(top = 18.dp, bottom = 10.dp).semantics { heading() },
        color = Tidings.colors.soft,
        style = Tidings.type.captionStrongStyle,
        textAlign = TextAlign.Center,
    )
}

@Composable
private fun NewLine() {
    Row(
        Modifier.fillMaxWidth().padding(vertical = 10.dp),
        horizontalArrangement = Arrangement.spacedBy(10.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Box(Modifier.weight(1f).height(1.dp).background(Tidings.colors.accent.copy(alpha = 0.4f)))
        Text(
            Tidings.words.newMessages,
            Modifier.semantics { heading() },
            color = Tidings.colors.accent,
            style = Tidings.type.captionStrongStyle,
        )
        Box(Modifier.weight(1f).height(1.dp).background(Tidings.colors.accent.copy(alpha = 0.4f)))
    }
}

@Composable
private fun EventLine(text: String) {
    Text(
        text,
        Modifier.fillMaxWidth().padding(vertical = 10.dp, horizontal = 24.dp),
        color = Tidings.colors.soft,
        style = Tidings.type.captionStyle,
        textAlign = TextAlign.Center,
    )
}

@Composable
private fun Older(older: OlderMessages, onLoad: () -> Unit) {
    val words = Tidings.words
    Column(Modifier.fillMaxWidth(), horizontalAlignment = Alignment.CenterHorizontally) {
        when (older) {
            OlderMessages.NONE -> Unit
            OlderMessages.MORE -> WordButton(words.older, Weight.PLAIN, onClick = onLoad)
            OlderMessages.LOADING ->
                Text(words.loading, Modifier.padding(14.dp), color = Tidings.colors.soft, style = Tidings.type.captionStyle)
            OlderMessages.FAILED -> {
                Text(
                    words.olderFailed,
                    Modifier.padding(start = 14.dp, end = 14.dp, top = 14.dp).semantics { liveRegion = LiveRegionMode.Polite },
                    color = Tidings.colors.soft,
                    style = Tidings.type.captionStyle,
                    textAlign = TextAlign.Center,
                )
                WordButton(words.retry, Weight.PLAIN, onClick = onLoad)
            }
        }
    }
}

/** Who is writing; a screen reader says it. */
@Composable
private fun Typing(name: String) {
    val shape = RoundedCornerShape(Tidings.shapes.bubble)
    Row(
        Modifier.padding(top = Tidings.spacing.between).semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
        horizontalArrangement = Arrangement.spacedBy(8.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Row(
            Modifier.background(Tidings.colors.theirs, shape).padding(horizontal = 13.dp, vertical = 12.dp),
            horizontalArrangement = Arrangement.spacedBy(4.dp),
        ) {
            for (strength in listOf(0.9f, 0.6f, 0.35f)) {
                Box(Modifier.size(7.dp).background(Tidings.colors.soft.copy(alpha = strength), CircleShape))
            }
        }
        Text(Tidings.words.typing.with("name" to name), color = Tidings.colors.soft, style = Tidings.type.captionStyle)
    }
}

@Composable
private fun Jump(modifier: Modifier, onJump: () -> Unit) {
    Box(modifier.padding(12.dp)) {
        GlyphButton(
            Glyph.DOWN,
            Tidings.words.toNewest,
            Modifier.shadow(3.dp, CircleShape),
            tint = Tidings.colors.accent,
            ground = Tidings.colors.raised,
            disc = 48.dp,
            onClick = onJump,
        )
    }
}
