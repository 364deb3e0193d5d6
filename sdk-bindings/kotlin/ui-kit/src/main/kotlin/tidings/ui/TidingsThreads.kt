package tidings.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import tidings.ui.model.Preview
import tidings.ui.model.RowMark
import tidings.ui.model.ThreadRow
import tidings.ui.model.ThreadsView
import tidings.ui.parts.Bar
import tidings.ui.parts.Logo
import tidings.ui.parts.NoticeBar
import tidings.ui.parts.Weight
import tidings.ui.parts.WordButton
import tidings.ui.theme.Glyph
import tidings.ui.theme.GlyphIcon
import tidings.ui.theme.Tidings
import tidings.ui.theme.atStart

/**
 * The list of threads. It keeps nothing itself: what it shows comes in, what the person wants goes out.
 *
 * @param modifier where the app keeps clear of the system's bars, for instance.
 */
@Composable
public fun TidingsThreads(view: ThreadsView, onWish: (ThreadsWish) -> Unit, modifier: Modifier = Modifier) {
    val (words, brand) = Tidings.words to Tidings.brand
    Column(modifier.fillMaxSize().background(Tidings.colors.surface)) {
        Bar {
            brand.logo?.let { Logo(it, 36.dp, Modifier.padding(start = 12.dp)) }
            Text(
                brand.name ?: words.threads,
                Modifier.weight(1f).padding(horizontal = 12.dp).semantics { heading() },
                color = Tidings.colors.ink,
                style = Tidings.type.titleStyle,
                textAlign = atStart,
                maxLines = 2,
                overflow = TextOverflow.Ellipsis,
            )
        }
        NoticeBar(view.notice) { onWish(ThreadsWish.SignIn) }
        val rows = view.rows
        Box(Modifier.weight(1f).fillMaxWidth()) {
            when {
                rows == null -> Skeleton(words.loading)
                rows.isEmpty() -> Empty(onWish)
                else -> Rows(rows, onWish)
            }
        }
    }
}

@Composable
private fun Rows(rows: List<ThreadRow>, onWish: (ThreadsWish) -> Unit) {
    val greeting = Tidings.brand.greeting
    Column(Modifier.fillMaxSize()) {
        LazyColumn(Modifier.weight(1f).fillMaxWidth()) {
            if (greeting != null) item(key = "greeting") { Greeting(greeting) }
            items(rows, key = { it.id.text }) { row -> ThreadLine(row) { onWish(ThreadsWish.Open(row.id)) } }
        }
        Box(Modifier.fillMaxWidth().background(Tidings.colors.line).height(1.dp))
        WordButton(
            Tidings.words.newThread,
            Weight.STRONG,
            Modifier.fillMaxWidth().padding(horizontal = Tidings.spacing.edge, vertical = 8.dp),
            glyph = Glyph.PLUS,
        ) { onWish(ThreadsWish.Start) }
    }
}

/** What the company says to whoever opens the list. */
@Composable
private fun Greeting(text: String) {
    Text(
        text,
        Modifier.fillMaxWidth().padding(start = Tidings.spacing.edge, end = Tidings.spacing.edge, top = 4.dp, bottom = 12.dp),
        color = Tidings.colors.soft,
        style = Tidings.type.smallStyle,
        textAlign = atStart,
    )
}

/** One thread. */
@Composable
private fun ThreadLine(row: ThreadRow, onOpen: () -> Unit) {
    val colors = Tidings.colors
    val isNew = row.unread > 0
    Row(
        Modifier.fillMaxWidth().clickable(role = Role.Button, onClick = onOpen)
            .padding(horizontal = Tidings.spacing.edge, vertical = 13.dp),
        horizontalArrangement = Arrangement.spacedBy(12.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(3.dp)) {
            Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(10.dp)) {
                Text(
                    row.title,
                    Modifier.weight(1f),
                    color = colors.ink,
                    style = Tidings.type.bodyStyle.copy(fontWeight = if (isNew) FontWeight.Bold else FontWeight.Medium),
                    textAlign = atStart,
                    maxLines = 1,
                    overflow = TextOverflow.Ellipsis,
                )
                Text(row.time, color = if (isNew) colors.accent else colors.soft, style = Tidings.type.captionStyle)
            }
            Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                Text(
                    row.preview,
                    Modifier.weight(1f),
                    color = if (row.previewIs == Preview.DRAFT) colors.accent else if (isNew) colors.ink else colors.soft,
                    style = Tidings.type.smallStyle.copy(
                        fontStyle = if (row.previewIs == Preview.NOTE) FontStyle.Italic else FontStyle.Normal,
                        fontWeight = if (isNew) FontWeight.Medium else FontWeight.Normal,
                    ),
                    textAlign = atStart,
                    maxLines = 2,
                    overflow = TextOverflow.Ellipsis,
                )
                row.mark?.let { Mark(it) }
                if (isNew) Unread(row.unread)
            }
        }
    }
}

@Composable
private fun Mark(mark: RowMark) {
    val (words, colors) = Tidings.words to Tidings.colors
    when (mark) {
        RowMark.WAITING -> GlyphIcon(Glyph.CLOCK, words.waiting, colors.soft, Modifier.size(16.dp))
        RowMark.FAILED -> GlyphIcon(Glyph.ALERT, words.failed, colors.danger, Modifier.size(18.dp))
        RowMark.CLOSED -> Text(
            words.closed,
            Modifier.background(colors.canvas, RoundedCornerShape(8.dp)).padding(horizontal = 8.dp, vertical = 2.dp),
            color = colors.soft,
            style = Tidings.type.captionStyle,
        )
    }
}

@Composable
private fun Unread(count: Long) {
    val says = Tidings.words.counted(Tidings.words.unread, count)
    Box(
        Modifier.defaultMinSize(22.dp, 22.dp).background(Tidings.colors.accent, CircleShape).padding(horizontal = 7.dp, vertical = 2.dp),
        contentAlignment = Alignment.Center,
    ) {
        Text(
            if (count > 99) "99+" else count.toString(),
            Modifier.semantics { contentDescription = says },
            color = Tidings.colors.onAccent,
            style = Tidings.type.captionStrongStyle,
        )
    }
}

/** Rows without words while the phone's own storage is read: a moment. */
@Composable
private fun Skeleton(says: String) {
    Column(Modifier.fillMaxWidth().semantics { contentDescription = says }) {
        repeat(6) { index ->
            Column(Modifier.padding(horizontal = Tidings.spacing.edge, vertical = 15.dp), Arrangement.spacedBy(9.dp)) {
                Shade(if (index % 2 == 0) 0.45f else 0.55f, 15)
                Shade(if (index % 3 == 0) 0.8f else 0.7f, 12)
            }
        }
    }
}

@Composable
private fun Shade(width: Float, height: Int) {
    Box(Modifier.fillMaxWidth(width).height(height.dp).background(Tidings.colors.line, RoundedCornerShape(6.dp)))
}

@Composable
private fun Empty(onWish: (ThreadsWish) -> Unit) {
    val (words, brand) = Tidings.words to Tidings.brand
    Column(
        Modifier.fillMaxSize().padding(horizontal = 32.dp),
        verticalArrangement = Arrangement.spacedBy(10.dp, Alignment.CenterVertically),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        if (brand.logo != null) {
            Logo(brand.logo, 84.dp)
        } else {
            Box(Modifier.size(84.dp).background(Tidings.colors.accentSoft, CircleShape), contentAlignment = Alignment.Center) {
                GlyphIcon(Glyph.CHAT, null, Tidings.colors.accent, Modifier.size(38.dp))
            }
        }
        Text(
            words.noThreads,
            Modifier.padding(top = 8.dp).semantics { heading() },
            color = Tidings.colors.ink,
            style = Tidings.type.titleStyle,
            textAlign = TextAlign.Center,
        )
        Text(
            brand.greeting ?: words.noThreadsHint,
            color = Tidings.colors.soft,
            style = Tidings.type.smallStyle,
            textAlign = TextAlign.Center,
        )
        WordButton(words.newThread, Weight.STRONG, Modifier.padding(top = 8.dp)) { onWish(ThreadsWish.Start) }
    }
}
