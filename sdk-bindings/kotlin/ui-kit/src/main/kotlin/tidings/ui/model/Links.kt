package tidings.ui.model

/**
 * What leads somewhere in a text, from [start] to before [end].
 *
 * @property text the address that is opened.
 */
internal data class Link(val start: Int, val end: Int, val text: String)

/** Addresses that say what they are; nothing else in a text becomes one. */
private val ADDRESS = Regex("""(?<![\p{L}\p{N}])(?:https?://|mailto:|tel:)[^\s<>"'`]+""", RegexOption.IGNORE_CASE)

/** What a sentence puts after an address. */
private const val TRAILING = ".,;:!?…)]}»”’"

/** The addresses of pages, mail boxes and telephones in a text, in their order. */
internal fun linksOf(text: String): List<Link> = ADDRESS.findAll(text).mapNotNull { found ->
    val address = found.value.trimEnd { it in TRAILING }
    // A scheme alone leads nowhere.
    if (address.substringAfter(':').trimStart('/').isEmpty()) return@mapNotNull null
    Link(found.range.first, found.range.first + address.length, address)
}.toList()
