//! Doses and schedules that people type beside a need: "q12h", "MWF", "3x week", "4L". They are part of no need.

/// The most words of a dose: "5 times a week".
pub(crate) const LONGEST_DOSE: usize = 5;

/// Words that are a schedule by themselves.
const SCHEDULES: [&str; 22] = [
    "bid",
    "biw",
    "biweekly",
    "daily",
    "hs",
    "mwf",
    "nightly",
    "nocturnal",
    "overnight",
    "prn",
    "qhs",
    "qid",
    "tid",
    "tiw",
    "tths",
    "tthsa",
    "tthsat",
    "tts",
    "ttsa",
    "tuthsa",
    "tuthsat",
    "weekly",
];

const DAYS: [&str; 18] =
    ["m", "w", "f", "t", "th", "s", "sa", "tu", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"];

const PERIODS: [&str; 18] = [
    "h", "hr", "hrs", "hour", "hours", "d", "day", "days", "daily", "w", "wk", "wks", "week", "weeks", "weekly", "mo",
    "month", "months",
];

const AMOUNTS: [&str; 13] = ["l", "lpm", "liter", "liters", "mg", "g", "gm", "mcg", "ml", "cc", "unit", "units", "mgs"];

/// Whether the words are one dose or schedule, such as "q 12 h", "x 6 weeks", "3 times a week", "4 l / min".
pub(crate) fn is_dose(words: &[&str]) -> bool {
    let lower = |word: &&str| word.trim_matches(['.', ',', ':', '(', ')']).to_lowercase();
    let words: Vec<String> = words.iter().map(lower).filter(|word| !word.is_empty() && word != "/").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_days = words.len() > 1 && words.iter().all(|word| DAYS.contains(word));
    is_days || is_schedule(&words) || is_duration(&words) || is_amount(&words)
}

fn is_schedule(words: &[&str]) -> bool {
    match *words {
        ["at", "night" | "bedtime"] | ["every", "night" | "other"] => true,
        ["once" | "twice" | "every", period] | ["once" | "twice", "a" | "per", period] | ["every", "other", period] => {
            is_period(period)
        }
        ["every" | "q", count, period] | [count, "x" | "times", period] | [count, "x" | "times", "a" | "per", period] => {
            is_number(count) && is_period(period)
        }
        [times, "a" | "per", period] | [times, period] if is_times(times) => is_period(period),
        [one] => SCHEDULES.contains(&one) || is_interval(one) || is_joined_times(one),
        _ => false,
    }
}

/// "x 6 weeks", "for 6 weeks", "6 weeks", "x6 wks", "x6wks".
fn is_duration(words: &[&str]) -> bool {
    match *words {
        ["x" | "for", count, period] => is_number(count) && is_length(period),
        ["x" | "for", joined] => number_and(joined, is_length),
        [count, period] => (is_number(count) || count.strip_prefix('x').is_some_and(is_number)) && is_length(period),
        [joined] => number_and(joined, is_length) || joined.strip_prefix('x').is_some_and(|rest| number_and(rest, is_length)),
        _ => false,
    }
}

/// "4L", "4 L", "2-4 lpm", "5 l / min", "500 mg".
fn is_amount(words: &[&str]) -> bool {
    let is_unit = |unit: &str| AMOUNTS.contains(&unit);
    match *words {
        [count, unit] | [count, unit, "min" | "minute"] if is_number(count) => is_unit(unit),
        [joined] | [joined, "min" | "minute"] => number_and(joined, is_unit),
        _ => false,
    }
}

fn is_period(word: &str) -> bool {
    PERIODS.contains(&word)
}

/// A period that a course can last; one letter may be anything.
fn is_length(word: &str) -> bool {
    word.len() > 1 && is_period(word)
}

/// "6", "2.5", "2-4".
fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || ['.', '-'].contains(&c))
}

/// "3x".
fn is_times(word: &str) -> bool {
    word.strip_suffix('x').is_some_and(is_number)
}

/// "3xweek", "3xwk".
fn is_joined_times(word: &str) -> bool {
    word.split_once('x').is_some_and(|(count, period)| is_number(count) && is_length(period))
}

/// "q12h", "q12", "q4-6h".
fn is_interval(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('q') else { return false };
    let end = rest.find(|c: char| c.is_alphabetic()).unwrap_or(rest.len());
    let (count, period) = rest.split_at(end);
    is_number(count) && (period.is_empty() || is_period(period))
}

/// Whether a word is a number and what `is_unit` accepts: "4l", "6wks".
fn number_and(word: &str, is_unit: impl Fn(&str) -> bool) -> bool {
    let end = word.find(|c: char| c.is_alphabetic()).unwrap_or(word.len());
    let (count, unit) = word.split_at(end);
    is_number(count) && is_unit(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doses_and_schedules_are_known_as_wards_write_them() {
        for dose in [
            "q12h",
            "q12",
            "Q 8 hrs",
            "q4-6h",
            "daily",
            "MWF",
            "M / W / F",
            "TIW",
            "3x week",
            "3x / week",
            "3 x week",
            "3xweek",
            "3 times a week",
            "twice daily",
            "every 12 hours",
            "every other day",
            "at night",
            "nightly",
            "x 6 weeks",
            "x6 weeks",
            "x6wks",
            "for 6 weeks",
            "6 weeks",
            "4L",
            "2-4 lpm",
            "5 l / min",
            "500 mg",
            "PRN",
        ] {
            assert!(is_dose(&dose.split_whitespace().collect::<Vec<_>>()), "{dose}");
        }
        for other in ["qd", "MS", "stage 4", "480 lb", "82 years", "1:1", "s", "m", "16 french", "x", "q", "week", "3", ""] {
            assert!(!is_dose(&other.split_whitespace().collect::<Vec<_>>()), "{other}");
        }
    }
}
