//! The header `Date` (RFC 9110, section 5.6.7), in the one form that is written today.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Unix milliseconds of a date such as `Sat, 21 Nov 2026 10:23:09 GMT`.
pub(super) fn unix_ms(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let (year, day): (i64, i64) = (year.parse().ok()?, day.parse().ok()?);
    let clock: Vec<i64> = time.split(':').map_while(|number| number.parse().ok()).collect();
    let [hours, minutes, seconds] = clock[..] else { return None };
    let good = (1970..10_000).contains(&year) && (1..=31).contains(&day);
    let clock_good = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..=60).contains(&seconds);
    let seconds = ((days(year, month, day) * 24 + hours) * 60 + minutes) * 60 + seconds;
    (good && clock_good).then_some(seconds * 1000)
}

/// Days from 1970-01-01, in a calendar whose years begin in March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (text, ms) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799_000),
            ("Sat, 21 Nov 2026 10:23:09 GMT", 1_795_256_589_000),
        ] {
            assert_eq!(unix_ms(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "Sat, 21 Nov 2026 10:23 GMT",
            "Sat, 99 Nov 2026 10:23:09 GMT",
            "Sat, 21 Nov 2026 10:23:09 CET",
        ] {
            assert_eq!(unix_ms(text), None, "{text}");
        }
    }
}
