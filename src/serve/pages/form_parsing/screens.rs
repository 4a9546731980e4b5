//! The facts for the rules about the right level of care.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_request::ScreensRequest;
use crate::serve::pages::form::{SCREENS, SubmittedForm};
use crate::serve::pages::form_parsing::reach::typed_day;

/// How many days ahead of the day that a date without a year is read from the search begins, so that "9/1" in November is of this year.
const DAYS_BACK: i32 = 270;

/// The inputs that hold a list.
pub(crate) const LISTS: [&str; 1] = ["therapies"];

/// The facts of `form` as the API takes them; `None` if the rules are not asked for.
pub(crate) fn facts(form: &SubmittedForm, today: Date) -> Option<Map<String, Value>> {
    let mut facts = Map::new();
    for name in ScreensRequest::NAMES {
        let typed = form.one(name);
        if typed.is_empty() {
            continue;
        }
        let value = if LISTS.contains(name) {
            form.all(name).collect::<Vec<_>>().into()
        } else if ScreenFacts::YES_OR_NO.contains(name) {
            yes_or_no(typed)
        } else if name.ends_with("_on") {
            past_day(typed, today).map_or_else(|| typed.into(), |day| day.to_string().into())
        } else {
            typed.parse::<u32>().map_or_else(|_| typed.into(), Value::from)
        };
        facts.insert((*name).to_owned(), value);
    }
    (!facts.is_empty() || !form.one(SCREENS).is_empty()).then_some(facts)
}

/// True, false, or the text itself, which the question then rejects.
fn yes_or_no(typed: &str) -> Value {
    match typed {
        "yes" => true.into(),
        "no" => false.into(),
        other => other.into(),
    }
}

/// The day of `typed`. Without a year it is about the last twelve months, because most of these days are past.
fn past_day(typed: &str, today: Date) -> Option<Date> {
    let is_relative = ["today", "tomorrow"].iter().any(|word| typed.eq_ignore_ascii_case(word));
    typed_day(typed, if is_relative { today } else { today.saturating_sub(DAYS_BACK.days()) })
}

/// The field of the form that an error at `pointer` is about.
pub(crate) fn field_at(pointer: &str) -> Option<&'static str> {
    let name = pointer.split('/').nth(2)?;
    ScreensRequest::NAMES.iter().copied().find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_typed_is_sent_and_what_is_blank_is_not_known() {
        let read = |body: &str| facts(&SubmittedForm::read(body.as_bytes()).unwrap(), date(2026, 11, 30)).map(Value::Object);
        assert_eq!(read("near=29401&icu_days="), None);
        assert_eq!(read("screens=yes"), Some(json!({})));
        let typed =
            "observation_only=no&inpatient_admitted_on=9/1&icu_days=3&therapies=physical&therapies=speech&pasrr_done=perhaps";
        let sent = json!({"observation_only": false, "inpatient_admitted_on": "2026-09-01", "icu_days": 3,
            "therapies": ["physical", "speech"], "pasrr_done": "perhaps"});
        assert_eq!(read(typed), Some(sent));
        assert_eq!(field_at("/screens/therapies/0"), Some("therapies"));
        assert_eq!(field_at("/screens"), None);
    }

    #[test]
    fn a_day_without_a_year_is_mostly_of_the_past() {
        for (typed, today, day) in [
            ("12/20", date(2026, 2, 10), date(2025, 12, 20)),
            ("2/20", date(2026, 2, 10), date(2026, 2, 20)),
            ("9/1", date(2026, 11, 30), date(2026, 9, 1)),
            ("12/10", date(2026, 11, 30), date(2026, 12, 10)),
            ("2/29", date(2028, 3, 5), date(2028, 2, 29)),
            ("Nov 3, 2025", date(2026, 11, 30), date(2025, 11, 3)),
            ("today", date(2026, 11, 30), date(2026, 11, 30)),
        ] {
            assert_eq!(past_day(typed, today), Some(day), "{typed} on {today}");
        }
        assert_eq!(past_day("soon", date(2026, 11, 30)), None);
    }
}
