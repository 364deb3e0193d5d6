package tidings.ui.model

import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.time.temporal.ChronoUnit
import tidings.ui.Words
import tidings.ui.locale

/** How points in time are written for a person, seen from [now] in [zone]. */
public data class Moments(val now: Instant, val zone: ZoneId, val words: Words) {
    private val today: LocalDate = day(now)

    internal fun day(moment: Instant): LocalDate = moment.atZone(zone).toLocalDate()

    /** The time of the day: 14:02. */
    internal fun time(moment: Instant): String =
        DateTimeFormatter.ofLocalizedTime(FormatStyle.SHORT).withLocale(words.locale).format(moment.atZone(zone))

    /** Above the messages of a day: today, yesterday, a day of this week, a date. */
    internal fun dayLine(day: LocalDate): String = when (ChronoUnit.DAYS.between(day, today)) {
        0L -> words.today
        1L -> words.yesterday
        in 2L..6L -> pattern("EEEE", day)
        else -> DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG).withLocale(words.locale).format(day)
    }

    /** In the list: the time if it was today, else the day, short. */
    internal fun short(moment: Instant): String {
        val day = day(moment)
        return when (ChronoUnit.DAYS.between(day, today)) {
            0L -> time(moment)
            1L -> words.yesterday
            in 2L..6L -> pattern("EEE", day)
            else -> DateTimeFormatter.ofLocalizedDate(FormatStyle.SHORT).withLocale(words.locale).format(day)
        }
    }

    /** A day to come, within a sentence: a day of the next week, else a date. */
    internal fun dayAhead(moment: Instant): String {
        val day = day(moment)
        if (ChronoUnit.DAYS.between(today, day) < 7) return DateTimeFormatter.ofPattern("EEEE", words.locale).format(day)
        return DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG).withLocale(words.locale).format(day)
    }

    private fun pattern(pattern: String, day: LocalDate) =
        DateTimeFormatter.ofPattern(pattern, words.locale).format(day).replaceFirstChar { it.titlecase(words.locale) }
}
