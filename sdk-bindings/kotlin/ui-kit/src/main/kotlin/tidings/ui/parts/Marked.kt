package tidings.ui.parts

import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.ParagraphStyle
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.ResolvedTextDirection
import androidx.compose.ui.text.style.TextDecoration
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.text.style.TextIndent
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.em
import androidx.compose.ui.unit.sp
import tidings.sdk.Block
import tidings.sdk.Run
import tidings.ui.model.Link
import tidings.ui.model.linksOf
import tidings.ui.model.runs

/**
 * Words as they are drawn.
 *
 * @property links what leads somewhere in them. @property quotes where somebody is quoted. @property code where lines are code.
 */
internal class Marked(
    val text: AnnotatedString,
    val links: List<Link> = emptyList(),
    val quotes: List<IntRange> = emptyList(),
    val code: List<IntRange> = emptyList(),
)

/** One text of all blocks, so that the time finds its place on the last line whatever that is. */
internal fun marked(blocks: List<Block>): Marked {
    val links = mutableListOf<Link>()
    val quotes = mutableListOf<IntRange>()
    val code = mutableListOf<IntRange>()
    val text = buildAnnotatedString {
        blocks.forEachIndexed { index, block ->
            if (index > 0 && !(block.isListed && blocks[index - 1].isListed)) gap()
            // Plain words stay one text without a paragraph of its own, as most are.
            if (blocks.size == 1 && block is Block.Paragraph) return@forEachIndexed said(block.runs, links)
            withStyle(paragraph(block)) {
                val start = length
                when (block) {
                    is Block.Bullet -> append("•\u2002")
                    is Block.Number -> append("${block.number}.\u2002")
                    else -> Unit
                }
                if (block is Block.Code) withStyle(MONOSPACED) { append(block.text) } else said(block.runs, links)
                if (block is Block.Quote) quotes += start until length
                if (block is Block.Code) code += start until length
            }
        }
    }
    return Marked(text, links, quotes, code)
}

private val Block.isListed get() = this is Block.Bullet || this is Block.Number

/** Letters of one width; a little smaller, as they look larger. */
private val MONOSPACED = SpanStyle(fontFamily = FontFamily.Monospace, fontSize = 0.9.em)

/** What stands at the beginning of the lines of a block. */
private fun paragraph(block: Block): ParagraphStyle = when (block) {
    is Block.Paragraph -> ParagraphStyle()
    is Block.Bullet -> ParagraphStyle(textIndent = TextIndent(0.sp, 14.sp))
    is Block.Number -> ParagraphStyle(textIndent = TextIndent(0.sp, 22.sp))
    is Block.Quote -> ParagraphStyle(textIndent = TextIndent(12.sp, 12.sp))
    // Code runs from the left whatever it says.
    is Block.Code -> ParagraphStyle(textDirection = TextDirection.Ltr, textIndent = TextIndent(8.sp, 8.sp))
}

/** Blocks stand a little apart: a line that is lower than others. */
private fun AnnotatedString.Builder.gap() {
    withStyle(ParagraphStyle(lineHeight = 7.sp)) { withStyle(SpanStyle(fontSize = 5.sp)) { append("\u200b") } }
}

private fun AnnotatedString.Builder.said(runs: List<Run>, links: MutableList<Link>) {
    for (run in runs) {
        val start = length
        withStyle(look(run)) { append(run.text) }
        val link = run.link
        when {
            link != null -> links += Link(start, length, link)
            // An app that makes messages by itself gives words alone.
            !run.code -> for (found in linksOf(run.text)) {
                addStyle(UNDERLINED, start + found.start, start + found.end)
                links += Link(start + found.start, start + found.end, found.text)
            }
        }
    }
}

private val UNDERLINED = SpanStyle(textDecoration = TextDecoration.Underline)

private fun look(run: Run) = SpanStyle(
    fontWeight = if (run.strong) FontWeight.Bold else null,
    fontStyle = if (run.emphasis) FontStyle.Italic else null,
    fontFamily = if (run.code) FontFamily.Monospace else null,
    textDecoration = if (run.link != null) TextDecoration.Underline else null,
)

/** A bar beside what is quoted, and a ground under code. */
internal fun Modifier.drawsBlocks(marked: Marked, ink: Color, laid: () -> TextLayoutResult?): Modifier {
    if (marked.quotes.isEmpty() && marked.code.isEmpty()) return this
    return drawBehind {
        val result = laid() ?: return@drawBehind
        fun top(range: IntRange) = result.getLineTop(result.getLineForOffset(range.first))
        fun bottom(range: IntRange) = result.getLineBottom(result.getLineForOffset(range.last))
        // What was laid out before words were edited may be of fewer letters.
        fun isLaid(range: IntRange) = range.last < result.layoutInput.text.length
        for (range in marked.quotes.filter(::isLaid)) {
            val isFromRight = result.getParagraphDirection(range.first) == ResolvedTextDirection.Rtl
            val x = if (isFromRight) size.width - 3.dp.toPx() else 0f
            drawRoundRect(ink.copy(alpha = 0.4f), Offset(x, top(range)), Size(3.dp.toPx(), bottom(range) - top(range)), CornerRadius(2.dp.toPx()))
        }
        for (range in marked.code.filter(::isLaid)) {
            drawRoundRect(ink.copy(alpha = 0.08f), Offset(0f, top(range)), Size(size.width, bottom(range) - top(range)), CornerRadius(4.dp.toPx()))
        }
    }
}
