package tidings.ui.model

import kotlin.time.Duration
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes
import tidings.sdk.Answering
import tidings.ui.Words
import tidings.ui.counted
import tidings.ui.with

/** When an answer may be expected, in words; null: nothing is known, and nothing is promised. */
public fun expectation(answering: Answering, moments: Moments): String? {
    val words = moments.words
    val back = answering.backAt?.takeIf { it > moments.now }
    if (back != null) {
        val time = moments.time(back)
        if (moments.day(back) == moments.day(moments.now)) return words.answersFromToday.with("time" to time)
        return words.answersFrom.with("day" to moments.dayAhead(back), "time" to time)
    }
    return answering.usuallyWithin?.let { usual(it, words) }
}

/** Rounded up, so that more is kept than is promised. */
private fun usual(within: Duration, words: Words): String = when {
    within <= 10.minutes -> words.answersInMinutes
    within <= 20.hours -> words.counted(words.answersWithinHours, upTo(within, 1.hours))
    else -> words.counted(words.answersWithinDays, upTo(within, 24.hours))
}

private fun upTo(time: Duration, unit: Duration): Long = (time.inWholeSeconds + unit.inWholeSeconds - 1) / unit.inWholeSeconds
