package tidings.sdk

import tidings.sdk.core.CoreBlock
import tidings.sdk.core.CoreRun

/**
 * What stands by itself in a text, from top to bottom. Agents set words off by a few marks; those are read here, so that a screen
 * only has to show them. Words of users have none: they are one paragraph, as they were typed.
 */
public sealed interface Block {
    /** Lines as they were typed, with line breaks between them. */
    public data class Paragraph(val runs: List<Run>) : Block

    /** One line of a list without numbers; those that follow each other are one list. */
    public data class Bullet(val runs: List<Run>) : Block

    /** One line of a list with numbers, each as it was typed. */
    public data class Number(val number: Int, val runs: List<Run>) : Block

    /** Lines that quote somebody. */
    public data class Quote(val runs: List<Run>) : Block

    /** Lines of code, to be shown in letters of one width. */
    public data class Code(val text: String) : Block
}

/**
 * Letters that look alike.
 *
 * @property link where they lead: an address that begins with http, https, mailto or tel. Words that are not the address itself end
 *   with its host, so nobody is led where they do not expect.
 */
public data class Run(
    val text: String,
    val strong: Boolean = false,
    val emphasis: Boolean = false,
    val code: Boolean = false,
    val link: String? = null,
)

internal fun CoreBlock.told(): Block = when (this) {
    is CoreBlock.Paragraph -> Block.Paragraph(runs.map { it.told() })
    is CoreBlock.Bullet -> Block.Bullet(runs.map { it.told() })
    is CoreBlock.Number -> Block.Number(number.toInt(), runs.map { it.told() })
    is CoreBlock.Quote -> Block.Quote(runs.map { it.told() })
    is CoreBlock.Code -> Block.Code(text)
}

private fun CoreRun.told() = Run(text, strong, emphasis, code, link)
