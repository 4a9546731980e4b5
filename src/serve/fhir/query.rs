//! Parses the query of a search: every parameter is known, or all errors are reported at once.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::input::errors::{FieldError, FieldErrors};
use crate::serve::fhir::conditions::{ConditionParser, MOST_VALUES, ParameterFaults};
use crate::serve::fhir::filters::{FilterValue, SearchFilter};
use crate::serve::fhir::near::NearFilter;
use crate::serve::fhir::search_params::{CONTROLS, PAGE, ResourceType, SearchField, SearchParam};
use crate::serve::fhir::sorting::SortParam;
use crate::serve::fhir::subset::{self, ResourceSubset, SUMMARIES};
use crate::serve::http::extract::{field_error, unknown_parameter};

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
    /// The order of the results; empty is that of the directory, or by distance.
    pub sort: Vec<SortParam>,
    /// How many results a page has.
    pub count: u64,
    /// The generation and the offset of a later page.
    pub cursor: Option<(String, u64)>,
    /// How the answer is written.
    pub layout: AnswerLayout,
    /// The parameters as understood.
    pub echo: Vec<(String, String)>,
    /// The parameters that are ignored because the caller asked for that.
    pub ignored: FieldErrors,
}

/// How an answer is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AnswerLayout {
    /// Whether the JSON is indented.
    pub is_pretty: bool,
    /// The elements of resources.
    pub subset: ResourceSubset,
}

/// Parses the query of a search for resources of `kind` at the base URL `base`. If `is_lenient`,
/// parameters that are not supported are ignored.
///
/// # Errors
/// Every parameter that is wrong.
pub(crate) fn parse(kind: ResourceType, query: &str, base: &str, is_lenient: bool) -> Result<SearchRequest, FieldErrors> {
    let told = ParameterFaults { is_lenient, ..ParameterFaults::default() };
    let conditions = ConditionParser { base, values: 0, links: 0, told };
    let mut reading = QueryParser { conditions, parameters: 0, met: BTreeSet::new() };
    let mut search = SearchRequest {
        kind,
        filters: Vec::new(),
        near: None,
        includes: Vec::new(),
        backlinks: Vec::new(),
        sort: Vec::new(),
        count: PAGE.0,
        cursor: None,
        layout: AnswerLayout::default(),
        echo: Vec::new(),
        ignored: FieldErrors::default(),
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        reading.parameters += 1;
        if reading.conditions.values > MOST_VALUES || reading.parameters > MOST_PARAMETERS {
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
    reading.check_counts();
    reading.check_together(&search);
    let ParameterFaults { faults, ignored, .. } = reading.conditions.told;
    faults.or(SearchRequest { ignored, ..search })
}

/// Parses the query of a read: the parameters that say how the answer is written.
///
/// # Errors
/// Every parameter that is wrong.
pub(crate) fn parse_layout(kind: ResourceType, query: &str) -> Result<AnswerLayout, FieldErrors> {
    const TAKEN: [&str; 4] = ["_elements", "_format", "_pretty", "_summary"];
    let conditions = ConditionParser { base: "", values: 0, links: 0, told: ParameterFaults::default() };
    let mut reading = QueryParser { conditions, parameters: 0, met: BTreeSet::new() };
    let mut layout = AnswerLayout::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if TAKEN.contains(&name.as_ref()) {
            if reading.is_first(&name) {
                reading.layout(&mut layout, kind, &name, &value);
            }
        } else {
            let error = || unknown_parameter(&name, TAKEN.into_iter(), "there is no such parameter");
            reading.conditions.told.unsupported(error);
        }
    }
    reading.check_layout();
    if layout.subset == ResourceSubset::Count {
        reading.fault("_summary", "not_a_word", "one resource is not counted", None);
    }
    reading.conditions.told.faults.or(layout)
}

struct QueryParser<'a> {
    conditions: ConditionParser<'a>,
    /// How many parameters there are.
    parameters: usize,
    /// The control parameters so far.
    met: BTreeSet<String>,
}

impl QueryParser<'_> {
    fn fault(&mut self, name: &str, code: &'static str, detail: &str, hint: Option<String>) {
        self.conditions.told.fault(name, code, detail, hint);
    }

    fn check_counts(&mut self) {
        if self.conditions.values > MOST_VALUES {
            let said = format!("at most {MOST_VALUES} values in one search");
            self.conditions.told.faults.push(field_error("?", "too_many_values", &said, None));
        }
        if self.parameters > MOST_PARAMETERS {
            let said = format!("at most {MOST_PARAMETERS} parameters in one search; there are {}", self.parameters);
            self.conditions.told.faults.push(field_error("?", "too_many_values", &said, None));
        }
    }

    /// Reports parameters that exclude each other.
    fn check_together(&mut self, search: &SearchRequest) {
        self.check_layout();
        let includes = !search.includes.is_empty() || !search.backlinks.is_empty();
        if includes && search.layout.subset == ResourceSubset::Text {
            let said = "_summary=text cannot be combined with _include and _revinclude";
            self.fault("_summary", "not_together", said, Some("use _summary=true".to_owned()));
        }
    }

    fn check_layout(&mut self) {
        if self.met.contains("_summary") && self.met.contains("_elements") {
            self.fault("_elements", "not_together", "_elements cannot be combined with _summary", None);
        }
    }

    /// Whether a control parameter is new; if not, that is reported.
    fn is_first(&mut self, name: &str) -> bool {
        let may_repeat = name == "_include" || name == "_revinclude";
        let is_first = self.met.insert(name.to_owned()) || may_repeat;
        if !is_first {
            self.fault(name, "repeated", "this parameter is given more than once", None);
        }
        is_first
    }

    fn control(&mut self, search: &mut SearchRequest, name: &str, value: &str) {
        if !self.is_first(name) {
            return;
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
            "_sort" => self.sort(search, value),
            _ => {
                self.layout(&mut search.layout, search.kind, name, value);
                let understood = match (name, &search.layout.subset) {
                    ("_elements", ResourceSubset::Elements(names)) => names.join(","),
                    ("_format" | "_elements", _) => return,
                    _ => value.to_owned(),
                };
                search.echo.push((name.to_owned(), understood));
            }
        }
    }

    /// `_summary`, `_elements` and `_pretty`. `_format` is checked before a query is parsed.
    fn layout(&mut self, layout: &mut AnswerLayout, kind: ResourceType, name: &str, value: &str) {
        match name {
            "_pretty" => match value.parse() {
                Ok(is_pretty) => layout.is_pretty = is_pretty,
                Err(_) => self.fault(name, "not_a_word", "expected true or false", None),
            },
            "_summary" => match SUMMARIES.into_iter().find(|(word, _)| *word == value) {
                Some((_, subset)) => layout.subset = subset,
                None => self.fault(name, "not_a_word", "expected true, text, data, count or false", None),
            },
            "_elements" => {
                let mut elements = Vec::new();
                for element in value.split(',') {
                    // `Organization.name` names an element of one type.
                    let own = element.strip_prefix(kind.name()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(element);
                    if subset::names(kind).any(|known| known == own) {
                        elements.push(own.to_owned());
                    } else {
                        let detail = format!("{} has no such element", kind.name());
                        let error = || unknown_value(name, own, subset::names(kind), "no_such_element", &detail);
                        self.conditions.told.unsupported(error);
                    }
                }
                if !elements.is_empty() {
                    layout.subset = ResourceSubset::Elements(elements);
                }
            }
            _ => {}
        }
    }

    /// `_sort=name,-address-city`.
    fn sort(&mut self, search: &mut SearchRequest, value: &str) {
        let mut understood = Vec::new();
        for key in value.split(',') {
            let (name, is_descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
            let param = search.kind.param(name);
            if let Some(param) = param.filter(|param| param.field.is_sortable()) {
                search.sort.push(SortParam { field: param.field, is_descending });
                understood.push(key);
                continue;
            }
            let known = || search.kind.params().iter().filter(|param| param.field.is_sortable()).map(|param| param.name);
            let detail = "the results cannot be sorted by this";
            self.conditions.told.unsupported(|| unknown_value("_sort", name, known(), "no_such_order", detail));
        }
        if !search.sort.is_empty() {
            search.echo.push(("_sort".to_owned(), understood.join(",")));
        }
    }

    fn include(&mut self, search: &mut SearchRequest, name: &str, value: &str) {
        let kind = search.kind;
        let links: Vec<(ResourceType, &'static SearchParam)> =
            if name == "_include" { kind.links().map(|param| (kind, param)).collect() } else { kind.backlinks().collect() };
        let Some((from, param)) = links.iter().copied().find(|link| is_called(*link, value)) else {
            let known: Vec<String> = links.iter().map(|(from, param)| format!("{}:{}", from.name(), param.name)).collect();
            let hint = Some(format!("use one of {}", known.join(", "))).filter(|_| !known.is_empty());
            let error = || field_error(&format!("?{name}"), "no_such_link", "there is no such link here", hint);
            return self.conditions.told.unsupported(error);
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
        let Some(filter) = self.conditions.condition(search.kind, name, value) else { return };
        match filter {
            SearchFilter { field: SearchField::Near, wanted: FilterValue::Near(_) } if search.near.is_some() => {
                return self.fault("near", "repeated", "this parameter is given more than once", None);
            }
            SearchFilter { field: SearchField::Near, wanted: FilterValue::Near(near) } => search.near = Some(near),
            filter => search.filters.push(filter),
        }
        search.echo.push((name.to_owned(), value.to_owned()));
    }
}

/// The error for one value of `name` that is not among `known`.
fn unknown_value<'a>(
    name: &str,
    value: &str,
    known: impl Iterator<Item = &'a str>,
    code: &'static str,
    detail: &str,
) -> FieldError {
    let error = unknown_parameter(value, known, detail);
    FieldError { pointer: format!("?{name}"), code, ..error }
}

/// Whether the value of `_include` or `_revinclude` is this link: `Organization:partof`, or
/// followed by the type it links to.
fn is_called((from, param): (ResourceType, &SearchParam), value: &str) -> bool {
    let rest = value.strip_prefix(from.name()).and_then(|rest| rest.strip_prefix(':'));
    let rest = rest.and_then(|rest| rest.strip_prefix(param.name));
    let target = |rest: &str| param.field.target().is_some_and(|kind| rest.strip_prefix(':') == Some(kind.name()));
    rest.is_some_and(|rest| rest.is_empty() || target(rest))
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
    fn a_cursor_reads_back() {
        assert_eq!(cursor(&to_cursor("20261121T120000Z-1a2b3c4d", 50)), Some(("20261121T120000Z-1a2b3c4d".into(), 50)));
        for bad in ["", "%", "MTIz", "AAAA"] {
            assert_eq!(cursor(bad), None, "{bad}");
        }
    }
}
