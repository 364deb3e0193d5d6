package tidings.ui

import java.util.Locale

/** A word that is said with a number. */
public data class Counted(val one: String, val other: String)

/** The text with its gaps filled: `"{name} is writing…".with("name" to "Ana")`. */
internal fun String.with(vararg gaps: Pair<String, String>): String =
    gaps.fold(this) { text, (name, value) -> text.replace("{$name}", value) }

/** The word for this number, the number in it. French says "one" for none too. */
internal fun Words.counted(word: Counted, count: Long): String {
    val isOne = if (locale.language == "fr") count in 0..1 else count == 1L
    return (if (isOne) word.one else word.other).with("count" to "%,d".format(locale, count))
}

internal val Words.locale: Locale get() = Locale.forLanguageTag(language)

/** The words of the kit for somebody whose phone speaks this language: French, or else English. */
public fun wordsFor(locale: Locale): Words {
    val words = if (locale.language == Locale.FRENCH.language) Words.french else Words.english
    return words.copy(language = locale.toLanguageTag().takeIf { locale.language in setOf("en", "fr") } ?: words.language)
}
