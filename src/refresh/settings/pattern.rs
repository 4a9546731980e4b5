//! File addresses that change with the month or week.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use reqwest::Url;

use crate::fuzzy::{did_you_mean, nearest};

/// Placeholders, with their values on 22 November 2026, a Sunday.
const PLACEHOLDERS: [(&str, &str); 7] = [
    ("year", "2026"),
    ("yy", "26"),
    ("month", "11"),
    ("month_name", "November"),
    ("monday_mmddyy", "111626"),
    ("sunday_mmddyy", "112226"),
    ("sunday", "2026-11-22"),
];

/// An address with placeholders for its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlTemplate(String);

impl UrlTemplate {
    /// The address as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses an address with placeholders such as `{year}` and `{month_name}`.
    ///
    /// # Errors
    /// All faults: unknown placeholders, or not an HTTP address.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let names = PLACEHOLDERS.map(|(name, _)| name);
        let strange = |name: &&str| !names.contains(name);
        let mut faults: Vec<String> = placeholders(text)
            .filter(strange)
            .map(|name| {
                let all = || format!("there are {}", names.join(", "));
                let hint = did_you_mean(&nearest(name, names, 2)).unwrap_or_else(all);
                format!("there is no placeholder {{{name}}}; {hint}")
            })
            .collect();
        let pattern = Self(text.to_owned());
        if faults.is_empty() {
            faults.extend(pattern.on(Date::constant(2026, 11, 22)).err());
        }
        if faults.is_empty() { Ok(pattern) } else { Err(faults) }
    }

    /// Whether the address changes over time.
    pub fn changes(&self) -> bool {
        placeholders(&self.0).next().is_some()
    }

    /// The addresses to try on a day: that of the current month, year or last full week, then the
    /// one before it.
    pub fn candidates(&self, today: Date) -> Vec<Url> {
        let has = |part: &str| placeholders(&self.0).any(|name| name.contains(part));
        let earlier = if has("day") {
            7.days()
        } else if has("month") {
            i64::from(today.day()).days()
        } else if self.changes() {
            i64::from(today.day_of_year()).days()
        } else {
            0.days()
        };
        let days = [Some(today), today.checked_sub(earlier).ok().filter(|day| *day != today)];
        days.into_iter().flatten().filter_map(|day| self.on(day).ok()).collect()
    }

    fn on(&self, day: Date) -> Result<Url, String> {
        // The last Sunday up to this day; its week began on the Monday before.
        let back = i64::from(day.weekday().since(Weekday::Sunday));
        let sunday = day.saturating_sub(back.days());
        let monday = sunday.saturating_sub(6.days());
        let month = day.strftime("%B").to_string();
        let values = [
            day.strftime("%Y").to_string(),
            day.strftime("%y").to_string(),
            day.strftime("%m").to_string(),
            month,
            monday.strftime("%m%d%y").to_string(),
            sunday.strftime("%m%d%y").to_string(),
            sunday.to_string(),
        ];
        let filled = PLACEHOLDERS
            .iter()
            .zip(values)
            .fold(self.0.clone(), |text, ((name, _), value)| text.replace(&format!("{{{name}}}"), &value));
        address(&filled)
    }
}

/// Parses an HTTP address without a password.
///
/// # Errors
/// It is not an HTTP address, or it contains a password.
pub(crate) fn address(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("not a valid address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("not an HTTP address; it must begin with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it contains a user name or password; use token_file or token_env for a bearer token instead".to_owned());
    }
    Ok(url)
}

fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_or_week_is_tried_and_the_one_before_it() {
        let at = |text: &str, day: &str| -> Vec<String> {
            let pattern = UrlTemplate::parse(&format!("https://a.example/{text}")).unwrap();
            let urls = pattern.candidates(day.parse().unwrap());
            urls.iter().map(|url| url.path().trim_start_matches('/').to_owned()).collect()
        };
        assert_eq!(at("list.csv", "2026-11-22"), ["list.csv"]);
        assert_eq!(at("N_{month_name}_{year}.zip", "2026-01-31"), ["N_January_2026.zip", "N_December_2025.zip"]);
        assert_eq!(at("{yy}{month}.csv", "2026-03-31"), ["2603.csv", "2602.csv"]);
        assert_eq!(at("{year}.csv", "2026-03-31"), ["2026.csv", "2025.csv"]);
        assert_eq!(at("{monday_mmddyy}_{sunday_mmddyy}", "2026-11-22"), ["111626_112226", "110926_111526"]);
        assert_eq!(at("{monday_mmddyy}_{sunday_mmddyy}", "2026-11-25"), ["111626_112226", "110926_111526"]);
        assert_eq!(at("{sunday}", "2026-11-21"), ["2026-11-15", "2026-11-08"]);
    }

    #[test]
    fn what_is_no_address_says_so() {
        for (text, says) in [
            ("ftp://a.example/x", "https://"),
            ("list.csv", "not a valid address"),
            ("https://me:word@a.example/", "token_file"),
            ("https://a.example/{monthname}", "did you mean month_name"),
        ] {
            let faults = UrlTemplate::parse(text).unwrap_err().join("\n");
            assert!(faults.contains(says) && !faults.contains("word@"), "{text}: {faults}");
        }
    }
}
