package tidings.ui.model

import tidings.sdk.Block
import tidings.sdk.Run

/** What is said in a block; code is what it is. */
internal val Block.runs: List<Run>
    get() = when (this) {
        is Block.Paragraph -> runs
        is Block.Bullet -> runs
        is Block.Number -> runs
        is Block.Quote -> runs
        is Block.Code -> listOf(Run(text))
    }

/** The letters of words, for a screen reader: each block on its line, numbers before theirs. */
internal fun letters(blocks: List<Block>): String = blocks.joinToString("\n") { block ->
    val said = block.runs.joinToString("") { it.text }
    if (block is Block.Number) "${block.number}. $said" else said
}
