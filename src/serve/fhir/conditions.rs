//! Parses the conditions of a search: a parameter of the type, a chain of them
//! (`organization.name`), or one of a resource that links here (`_has:Type:link:parameter`).

use crate::input::errors::{FieldError, FieldErrors};
use crate::serve::fhir::escapes::{plain, split};
use crate::serve::fhir::filters::{DateFilter, FilterValue, SearchFilter, StringMatch, TokenFilter};
use crate::serve::fhir::near::NearFilter;
use crate::serve::fhir::search_params::{CONTROLS, ParamType, ResourceType, SearchField, SearchParam};
use crate::serve::http::extract::{field_error, unknown_parameter};
use crate::text::fold_accents;

/// How many values a search may have in all. Each is compared with every resource of the type.
/// Our choice.
pub(crate) const MOST_VALUES: usize = 100;

/// The longest value of a parameter, in bytes: room for [`MOST_VALUES`] identifiers with their
/// systems. Our choice.
pub(crate) const LONGEST_VALUE: usize = 16 * 1024;

/// How many links a chain may have. Plan-Net asks for one. Our choice.
pub(crate) const LONGEST_CHAIN: usize = 3;

/// How many links all chains of a search may have: each is a search of its own. Our choice: with
/// ten a search of the largest type takes seconds.
pub(crate) const MOST_LINKS: usize = 10;

/// What is wrong with a search, and what of it is ignored because the caller asked for that.
#[derive(Debug, Default)]
pub(crate) struct ParameterFaults {
    /// Whether parameters that are not supported are ignored: `Prefer: handling=lenient`.
    pub is_lenient: bool,
    /// What is wrong.
    pub faults: FieldErrors,
    /// What is ignored.
    pub ignored: FieldErrors,
}

impl ParameterFaults {
    /// Adds what is wrong with a parameter.
    pub(crate) fn fault(&mut self, name: &str, code: &'static str, detail: &str, hint: Option<String>) {
        self.faults.push_with(|| field_error(&format!("?{name}"), code, detail, hint));
    }

    /// Adds what is not supported.
    pub(crate) fn unsupported(&mut self, error: impl FnOnce() -> FieldError) {
        let errors = if self.is_lenient { &mut self.ignored } else { &mut self.faults };
        errors.push_with(error);
    }
}

/// Parses conditions, and counts their values and links.
#[derive(Debug)]
pub(crate) struct ConditionParser<'a> {
    /// The base URL.
    pub base: &'a str,
    /// How many values there are.
    pub values: usize,
    /// How many links of chains there are.
    pub links: usize,
    /// What is wrong.
    pub told: ParameterFaults,
}

/// A parameter as it was sent.
#[derive(Debug, Clone, Copy)]
struct SentParameter<'a> {
    name: &'a str,
    value: &'a str,
}

impl ConditionParser<'_> {
    fn fault(&mut self, name: &str, code: &'static str, detail: &str, hint: Option<String>) {
        self.told.fault(name, code, detail, hint);
    }

    /// The condition of the parameter `name` for resources of `kind`.
    pub(crate) fn condition(&mut self, kind: ResourceType, name: &str, value: &str) -> Option<SearchFilter> {
        let sent = SentParameter { name, value };
        if value.is_empty() {
            let known = name.contains(['.', ':']) || kind.param(name).is_some();
            if known {
                self.fault(name, "empty", "a value is missing after the =", None);
                return None;
            }
        }
        self.step(kind, name, sent, 0)
    }

    /// The condition of `rest`, the part of the name of a parameter after `depth` links.
    fn step(&mut self, kind: ResourceType, rest: &str, sent: SentParameter<'_>, depth: usize) -> Option<SearchFilter> {
        let has = rest.strip_prefix("_has:");
        let chain = rest.split_once('.').filter(|_| has.is_none());
        if has.is_some() || chain.is_some() {
            self.links += 1;
            if depth >= LONGEST_CHAIN || self.links > MOST_LINKS {
                let said = format!("a chain has at most {LONGEST_CHAIN} links, and a search {MOST_LINKS} in all");
                self.fault(sent.name, "too_costly", &said, Some("search step by step, by _id".to_owned()));
                return None;
            }
        }
        match (has, chain) {
            (Some(has), _) => self.reverse(kind, has, sent, depth),
            (None, Some((link, inner))) => self.forward(kind, link, inner, sent, depth),
            (None, None) => self.last(kind, rest, sent),
        }
    }

    /// `link.inner` or `link:Type.inner`.
    fn forward(
        &mut self,
        kind: ResourceType,
        link: &str,
        inner: &str,
        sent: SentParameter<'_>,
        depth: usize,
    ) -> Option<SearchFilter> {
        let (plain, named) = link.split_once(':').map_or((link, None), |(plain, named)| (plain, Some(named)));
        let Some(param) = kind.param(plain) else {
            self.unknown(kind, sent);
            return None;
        };
        let Some(target) = param.field.target().filter(|_| param.field.compared() == ParamType::Reference) else {
            let said = || format!("{plain} of {} is not a reference, so nothing can follow it", kind.name());
            self.told.unsupported(|| field_error(&format!("?{}", sent.name), "no_such_link", &said(), None));
            return None;
        };
        if named.is_some_and(|named| named != target.name()) {
            let said = format!("{} links to resources of type {}", param.name, target.name());
            self.fault(sent.name, "wrong_type", &said, None);
            return None;
        }
        let wanted = self.step(target, inner, sent, depth + 1)?;
        Some(SearchFilter { field: param.field, wanted: FilterValue::Chain(Box::new(wanted)) })
    }

    /// `Type:link:inner`, after `_has:`.
    fn reverse(&mut self, kind: ResourceType, has: &str, sent: SentParameter<'_>, depth: usize) -> Option<SearchFilter> {
        let mut steps = has.splitn(3, ':');
        let (from, link, inner) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default(), steps.next());
        let known = kind.backlinks().find(|(known, param)| known.name() == from && param.name == link);
        let (Some((from, param)), Some(inner)) = (known, inner) else {
            let links = || kind.backlinks().map(|(from, param)| format!("_has:{}:{}", from.name(), param.name));
            let hint = || Some(format!("use one of {}, and a parameter", links().collect::<Vec<_>>().join(", ")));
            let hint = || hint().filter(|_| links().next().is_some());
            let said = "there is no such link to this type";
            self.told.unsupported(|| field_error(&format!("?{}", sent.name), "no_such_link", said, hint()));
            return None;
        };
        let wanted = self.step(from, inner, sent, depth + 1)?;
        Some(SearchFilter { field: param.field, wanted: FilterValue::Reverse(from, Box::new(wanted)) })
    }

    /// The parameter at the end of a chain, or one without a chain.
    fn last(&mut self, kind: ResourceType, rest: &str, sent: SentParameter<'_>) -> Option<SearchFilter> {
        let (plain, modifier) = rest.split_once(':').map_or((rest, None), |(plain, modifier)| (plain, Some(modifier)));
        let Some(param) = kind.param(plain) else {
            self.unknown(kind, sent);
            return None;
        };
        let wanted = if param.field == SearchField::Near {
            self.near(sent.name, modifier, sent.value).map(FilterValue::Near)
        } else {
            self.wanted(param, modifier, sent.name, sent.value)
        };
        wanted.map(|wanted| SearchFilter { field: param.field, wanted })
    }

    fn unknown(&mut self, kind: ResourceType, sent: SentParameter<'_>) {
        let names = || kind.params().iter().map(|param| param.name).chain(CONTROLS);
        let what = || format!("{} has no such search parameter", kind.name());
        self.told.unsupported(|| unknown_parameter(sent.name, names(), &what()));
    }

    fn near(&mut self, name: &str, modifier: Option<&str>, value: &str) -> Option<NearFilter> {
        if modifier.is_some() {
            self.fault(name, "unknown_modifier", "near takes no modifier", None);
            return None;
        }
        match NearFilter::parse(value) {
            Ok(near) => Some(near),
            Err(why) => {
                self.fault(name, "not_near", why, Some("near=32.7765|-79.9311|10|mi".to_owned()));
                None
            }
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
        let values = self.split_values(compared, name, value)?;
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
            (ParamType::Reference, None) => return self.references(param, name, &values),
            (ParamType::Reference, Some(kind)) if param.field.target().is_some_and(|target| target.name() == kind) => {
                return self.references(param, name, &values);
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

    /// The values between commas.
    fn split_values(&mut self, compared: ParamType, name: &str, value: &str) -> Option<Vec<String>> {
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
        Some(values)
    }

    /// The ids that the values refer to. A reference to another server matches nothing here.
    fn references(&mut self, param: &SearchParam, name: &str, values: &[String]) -> Option<FilterValue> {
        let expected = param.field.target().map_or("", ResourceType::name);
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
}
