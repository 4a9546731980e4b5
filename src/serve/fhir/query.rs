//! Parses the query of a search: every parameter is known, or all errors are reported at once.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::input::errors::FieldErrors;
use crate::serve::fhir::escapes::{plain, split};
use crate::serve::fhir::near::NearFilter;
use crate::serve::fhir::search_params::{CONTROLS, PAGE, ParamType, ResourceType, SearchField, SearchParam};
use crate::serve::http::extract::{field_error, unknown_parameter};
use crate::text::fold_accents;

/// How many values a search may have in all. Each is compared with every resource of the type.
/// Our choice.
pub(crate) const MOST_VALUES: usize = 100;

/// The longest value of a parameter, in bytes: room for [`MOST_VALUES`] identifiers with their
/// systems. Our choice.
pub(crate) const LONGEST_VALUE: usize = 16 * 1024;

/// How many parameters a search may have in all. Our choice.
pub(crate) const MOST_PARAMETERS: usize = 100;

/// A search.
#[derive(Debug)]
pub(crate) struct SearchRequest {
    /// The resource type.
    pub kind: ResourceType,
    /// The conditions, all of which must hold.
    pub filters: Vec<SearchFilter>,
    /// The point to search around, nearest first.
    pub near: Option<NearFilter>,
    /// The links whose targets are included.
    pub includes: Vec<&'static SearchParam>,
    /// The links whose sources are included.
    pub backlinks: Vec<(ResourceType, &'static SearchParam)>,
    /// How many results a page has.
    pub count: u64,
    /// The generation and the offset of a later page.
    pub cursor: Option<(String, u64)>,
    /// The parameters as understood.
    pub echo: Vec<(String, String)>,
}

/// A condition on one field.
#[derive(Debug)]
pub(crate) struct SearchFilter {
    /// The field.
    pub field: SearchField,
    /// The values it may have.
    pub wanted: FilterValue,
}

/// What a field must match: one of several values, or whether it has any.
#[derive(Debug)]
pub(crate) enum FilterValue {
    /// Whether it is absent.
    Missing(bool),
    /// A text, compared in this way.
    Texts(StringMatch, Vec<String>),
    /// A code.
    Tokens(Vec<TokenFilter>),
    /// A link to the resource with one of these ids.
    Links(Vec<String>),
    /// A time.
    Times(Vec<DateFilter>),
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringMatch {
    /// As a prefix, without case and accents.
    Starts,
    /// Anywhere, without case and accents.
    Contains,
    /// Exactly.
    Exact,
}

/// A code to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenFilter {
    /// Its system; `Some("")` is none, `None` is any.
    pub system: Option<String>,
    /// The code; `None` is any of the system.
    pub code: Option<String>,
}

/// A time to search for: how the time of the resource must compare with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateFilter {
    prefix: DatePrefix,
    from: Timestamp,
    /// The first moment after the span.
    to: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatePrefix {
    Equal,
    NotEqual,
    After,
    Before,
    FromOn,
    UpTo,
}

impl DateFilter {
    /// Whether the moment compares so.
    pub(crate) fn holds(&self, moment: Timestamp) -> bool {
        match self.prefix {
            DatePrefix::Equal => self.from <= moment && moment < self.to,
            DatePrefix::NotEqual => moment < self.from || self.to <= moment,
            DatePrefix::After => self.to <= moment,
            DatePrefix::Before => moment < self.from,
            DatePrefix::FromOn => self.from <= moment,
            DatePrefix::UpTo => moment < self.to,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        const PREFIXES: [(&str, DatePrefix); 9] = [
            ("eq", DatePrefix::Equal),
            // Approximately means equal: there is only one moment, when the directory was built.
            ("ap", DatePrefix::Equal),
            ("ne", DatePrefix::NotEqual),
            ("gt", DatePrefix::After),
            ("sa", DatePrefix::After),
            ("lt", DatePrefix::Before),
            ("eb", DatePrefix::Before),
            ("ge", DatePrefix::FromOn),
            ("le", DatePrefix::UpTo),
        ];
        let named = PREFIXES.iter().find_map(|(name, prefix)| Some((*prefix, text.strip_prefix(name)?)));
        let (prefix, text) = named.unwrap_or((DatePrefix::Equal, text));
        let (from, to) = span(text)?;
        Some(Self { prefix, from, to })
    }
}

/// The span of a FHIR date: a year, a month, a day, a minute, a second or less. Without a zone it
/// is in UTC.
fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let days = |from: Date, to: Date| Some((midnight(from)?, midnight(to)?));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match text.len() {
        4 if digits(text) => {
            let year: i16 = text.parse().ok()?;
            days(Date::new(year, 1, 1).ok()?, Date::new(year.checked_add(1)?, 1, 1).ok()?)
        }
        7 if digits(text) => {
            let first: Date = format!("{text}-01").parse().ok()?;
            days(first, first.last_of_month().tomorrow().ok()?)
        }
        10 if digits(text) => {
            let day: Date = text.parse().ok()?;
            days(day, day.tomorrow().ok()?)
        }
        _ => moment(text),
    }
}

fn moment(text: &str) -> Option<(Timestamp, Timestamp)> {
    // A plus sign that was not encoded arrives as a space.
    let text = text.replace(' ', "+");
    let (day, time) = text.split_once('T')?;
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let zone = if zone.is_empty() { "Z" } else { zone };
    let (seconds, length) = match clock.len() {
        5 => (":00", jiff::SignedDuration::from_secs(60)),
        8 => ("", jiff::SignedDuration::from_secs(1)),
        10.. if clock.as_bytes().get(8) == Some(&b'.') => ("", jiff::SignedDuration::from_millis(1)),
        _ => return None,
    };
    let from: Timestamp = format!("{day}T{clock}{seconds}{zone}").parse().ok()?;
    Some((from, from.checked_add(length).ok()?))
}

/// Parses the query of a search for resources of `kind` at the base URL `base`.
///
/// # Errors
/// Every parameter that is wrong.
pub(crate) fn parse(kind: ResourceType, query: &str, base: &str) -> Result<SearchRequest, FieldErrors> {
    let mut reading = QueryParser { base, values: 0, parameters: 0, met: BTreeSet::new(), faults: FieldErrors::default() };
    let mut search = SearchRequest {
        kind,
        filters: Vec::new(),
        near: None,
        includes: Vec::new(),
        backlinks: Vec::new(),
        count: PAGE.0,
        cursor: None,
        echo: Vec::new(),
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        reading.parameters += 1;
        if reading.values > MOST_VALUES || reading.parameters > MOST_PARAMETERS {
            continue;
        }
        if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
            reading.fault(&name, "not_text", "the parameter is not UTF-8", None);
        } else if CONTROLS.contains(&name.as_ref()) {
            reading.control(&mut search, &name, &value);
        } else {
            reading.parameter(&mut search, &name, &value);
        }
    }
    if reading.values > MOST_VALUES {
        let said = format!("at most {MOST_VALUES} values in one search");
        reading.faults.push(field_error("?", "too_many_values", &said, None));
    }
    if reading.parameters > MOST_PARAMETERS {
        let said = format!("at most {MOST_PARAMETERS} parameters in one search; there are {}", reading.parameters);
        reading.faults.push(field_error("?", "too_many_values", &said, None));
    }
    reading.faults.or(search)
}

struct QueryParser<'a> {
    base: &'a str,
    /// How many values there are.
    values: usize,
    /// How many parameters there are.
    parameters: usize,
    /// The control parameters so far.
    met: BTreeSet<String>,
    faults: FieldErrors,
}

impl QueryParser<'_> {
    fn fault(&mut self, name: &str, code: &'static str, detail: &str, hint: Option<String>) {
        self.faults.push_with(|| field_error(&format!("?{name}"), code, detail, hint));
    }

    fn control(&mut self, search: &mut SearchRequest, name: &str, value: &str) {
        let may_repeat = name == "_include" || name == "_revinclude";
        if !self.met.insert(name.to_owned()) && !may_repeat {
            return self.fault(name, "repeated", "this parameter is given more than once", None);
        }
        match name {
            "_count" => match value.parse::<u64>() {
                Ok(count) => {
                    search.count = count.min(PAGE.1);
                    search.echo.push((name.to_owned(), search.count.to_string()));
                }
                Err(_) => self.fault(name, "not_a_number", "expected a whole number", None),
            },
            "_cursor" => match cursor(value) {
                Some(cursor) => search.cursor = Some(cursor),
                None => self.fault(name, "not_a_cursor", "use the links of a page unchanged", None),
            },
            "_total" if ["none", "estimate", "accurate"].contains(&value) => {}
            "_total" => {
                self.fault(name, "not_a_word", "expected none, estimate or accurate; the total is always exact", None);
            }
            "_include" | "_revinclude" => self.include(search, name, value),
            // `_format` is checked before the search is parsed.
            _ => {}
        }
    }

    fn include(&mut self, search: &mut SearchRequest, name: &str, value: &str) {
        let kind = search.kind;
        let links: Vec<(ResourceType, &'static SearchParam)> =
            if name == "_include" { kind.links().map(|param| (kind, param)).collect() } else { kind.backlinks().collect() };
        let Some((from, param)) = links.iter().copied().find(|link| is_called(*link, value)) else {
            let known: Vec<String> = links.iter().map(|(from, param)| format!("{}:{}", from.name(), param.name)).collect();
            let hint = Some(format!("use one of {}", known.join(", "))).filter(|_| !known.is_empty());
            return self.fault(name, "no_such_link", "there is no such link here", hint);
        };
        let asked = if name == "_include" {
            search.includes.push(param);
            search.includes.iter().filter(|known| known.name == param.name).count()
        } else {
            search.backlinks.push((from, param));
            search.backlinks.iter().filter(|(kind, known)| *kind == from && known.name == param.name).count()
        };
        if asked > 1 {
            return self.fault(name, "repeated", "this link is named more than once", None);
        }
        search.echo.push((name.to_owned(), value.to_owned()));
    }

    fn parameter(&mut self, search: &mut SearchRequest, name: &str, value: &str) {
        let (plain, modifier) = name.split_once(':').map_or((name, None), |(plain, modifier)| (plain, Some(modifier)));
        let Some(param) = search.kind.params().iter().find(|param| param.name == plain) else {
            let kind = search.kind;
            let names = kind.params().iter().map(|param| param.name).chain(CONTROLS);
            let what = || format!("{} has no such search parameter", kind.name());
            return self.faults.push_with(|| unknown_parameter(name, names, &what()));
        };
        if value.is_empty() {
            return self.fault(name, "empty", "a value is missing after the =", None);
        }
        if param.field == SearchField::Near {
            return self.near(search, modifier, value);
        }
        if let Some(wanted) = self.wanted(param, modifier, name, value) {
            search.filters.push(SearchFilter { field: param.field, wanted });
            search.echo.push((name.to_owned(), value.to_owned()));
        }
    }

    fn near(&mut self, search: &mut SearchRequest, modifier: Option<&str>, value: &str) {
        if modifier.is_some() {
            return self.fault("near", "unknown_modifier", "near takes no modifier", None);
        }
        if search.near.is_some() {
            return self.fault("near", "repeated", "this parameter is given more than once", None);
        }
        match NearFilter::parse(value) {
            Ok(near) => {
                search.near = Some(near);
                search.echo.push(("near".to_owned(), value.to_owned()));
            }
            Err(why) => self.fault("near", "not_near", why, Some("near=32.7765|-79.9311|10|mi".to_owned())),
        }
    }

    fn wanted(&mut self, param: &SearchParam, modifier: Option<&str>, name: &str, value: &str) -> Option<FilterValue> {
        let compared = param.field.compared();
        if modifier == Some("missing") {
            self.values += 1;
            let missing = value.parse().ok().map(FilterValue::Missing);
            if missing.is_none() {
                self.fault(name, "not_a_word", "expected true or false", None);
            }
            return missing;
        }
        if value.len() > LONGEST_VALUE {
            let said = format!("at most {LONGEST_VALUE} bytes in one parameter; there are {}", value.len());
            self.fault(name, "too_long", &said, None);
            return None;
        }
        let values: Vec<String> = split(value, ',');
        self.values += values.len();
        if values.iter().any(String::is_empty) {
            self.fault(name, "empty", "a value is missing next to a comma", None);
            return None;
        }
        // A value without anything to compare would be the prefix of every name.
        if compared == ParamType::String && values.iter().any(|value| fold_accents(&plain(value)).is_empty()) {
            self.fault(name, "empty", "the value has nothing to compare", None);
            return None;
        }
        let wanted = match (compared, modifier) {
            (ParamType::String, None) => Some(texts(StringMatch::Starts, &values)),
            (ParamType::String, Some("contains")) => Some(texts(StringMatch::Contains, &values)),
            (ParamType::String, Some("exact")) => Some(texts(StringMatch::Exact, &values)),
            (ParamType::Token, None) => Some(FilterValue::Tokens(values.iter().map(|value| token(value)).collect())),
            (ParamType::Date, None) => {
                let times: Option<Vec<DateFilter>> = values.iter().map(|value| DateFilter::parse(value)).collect();
                if times.is_none() {
                    self.fault(name, "not_a_date", "expected a date such as 2026-11-21 or gt2026-11-21T06:00:00Z", None);
                }
                return times.map(FilterValue::Times);
            }
            (ParamType::Reference, None) => return self.links(param, name, &values),
            (ParamType::Reference, Some(kind)) if param.field.target().is_some_and(|target| target.name() == kind) => {
                return self.links(param, name, &values);
            }
            _ => None,
        };
        if wanted.is_none() {
            let taken = match compared {
                ParamType::String => "use :exact, :contains or :missing",
                ParamType::Token | ParamType::Date | ParamType::Special => "use :missing",
                ParamType::Reference => "use the type it links to, or :missing",
            };
            self.fault(name, "unknown_modifier", "this parameter does not take that modifier", Some(taken.to_owned()));
        }
        wanted
    }

    /// The ids that the values link to. A link to another server matches nothing here.
    fn links(&mut self, param: &SearchParam, name: &str, values: &[String]) -> Option<FilterValue> {
        let expected = param.field.target().map_or("Endpoint", ResourceType::name);
        let mut ids = Vec::new();
        for value in values {
            let value = plain(value);
            let own = value.strip_prefix(self.base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&value);
            match own.split('/').collect::<Vec<_>>().as_slice() {
                [id] | ["", id] => ids.push((*id).to_owned()),
                [kind, id] if *kind == expected => ids.push((*id).to_owned()),
                [kind, _] if kind.bytes().all(|b| b.is_ascii_alphabetic()) => {
                    let said = format!("{} links to resources of type {expected}", param.name);
                    self.fault(name, "wrong_type", &said, None);
                    return None;
                }
                _ => {}
            }
        }
        Some(FilterValue::Links(ids))
    }
}

/// Whether the value of `_include` or `_revinclude` is this link: `Organization:partof`, or
/// followed by the type it links to.
fn is_called((from, param): (ResourceType, &SearchParam), value: &str) -> bool {
    let rest = value.strip_prefix(from.name()).and_then(|rest| rest.strip_prefix(':'));
    let rest = rest.and_then(|rest| rest.strip_prefix(param.name));
    let target = |rest: &str| param.field.target().is_some_and(|kind| rest.strip_prefix(':') == Some(kind.name()));
    rest.is_some_and(|rest| rest.is_empty() || target(rest))
}

fn texts(how: StringMatch, values: &[String]) -> FilterValue {
    let one = |value: &String| if how == StringMatch::Exact { plain(value) } else { fold_accents(&plain(value)) };
    FilterValue::Texts(how, values.iter().map(one).collect())
}

fn token(value: &str) -> TokenFilter {
    let parts = split(value, '|');
    let filled = |text: &str| Some(plain(text)).filter(|text| !text.is_empty());
    match parts.as_slice() {
        [code] => TokenFilter { system: None, code: filled(code) },
        [system, code @ ..] => TokenFilter { system: Some(plain(system)), code: filled(&code.join("|")) },
        [] => TokenFilter { system: None, code: None },
    }
}

/// The cursor in a link to another page: its generation and its offset.
pub(crate) fn to_cursor(generation: &str, offset: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{generation} {offset}"))
}

fn cursor(text: &str) -> Option<(String, u64)> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (generation, offset) = decoded.split_once(' ')?;
    Some((generation.to_owned(), offset.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_divided_by_signs_that_are_not_escaped() {
        assert_eq!(split("a,b\\,c,", ','), ["a", "b\\,c", ""]);
        assert_eq!(split("a\\\\,b", ','), ["a\\\\", "b"]);
        assert_eq!(plain("b\\,c\\\\d\\e"), "b,c\\d\\e");
        assert_eq!(token("a|b"), TokenFilter { system: Some("a".into()), code: Some("b".into()) });
        assert_eq!(token("|b"), TokenFilter { system: Some(String::new()), code: Some("b".into()) });
        assert_eq!(token("a|"), TokenFilter { system: Some("a".into()), code: None });
        assert_eq!(token("a\\|b"), TokenFilter { system: None, code: Some("a|b".into()) });
    }

    #[test]
    fn dates_are_as_wide_as_they_are_written() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026", Some(true)),
            ("2025", Some(false)),
            ("2026-11", Some(true)),
            ("2026-11-21", Some(true)),
            ("ne2026-11-21", Some(false)),
            ("gt2026-11-21", Some(false)),
            ("ge2026-11-21", Some(true)),
            ("gt2026-11-20", Some(true)),
            ("sa2026-11-20", Some(true)),
            ("lt2026-11-21", Some(false)),
            ("le2026-11-21", Some(true)),
            ("eb2026-11-22", Some(true)),
            ("2026-11-21T12:00", Some(true)),
            ("2026-11-21T12:00:00Z", Some(true)),
            ("2026-11-21T12:00:01Z", Some(false)),
            ("2026-11-21T07:00:00-05:00", Some(true)),
            ("2026-11-21T13:00:00 01:00", Some(true)),
            ("2026-11-21T12:00:00.000Z", Some(true)),
            ("2026-13", None),
            ("tomorrow", None),
            ("gt", None),
            ("2026-11-21T25:00:00Z", None),
            ("9999", None),
        ] {
            assert_eq!(DateFilter::parse(text).map(|time| time.holds(at)), expected, "{text}");
        }
    }

    #[test]
    fn a_cursor_reads_back() {
        assert_eq!(cursor(&to_cursor("20261121T120000Z-1a2b3c4d", 50)), Some(("20261121T120000Z-1a2b3c4d".into(), 50)));
        for bad in ["", "%", "MTIz", "AAAA"] {
            assert_eq!(cursor(bad), None, "{bad}");
        }
    }
}
