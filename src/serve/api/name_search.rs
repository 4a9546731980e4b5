//! The parameters of a search by name.

use crate::input::errors::{FieldErrors, longer_than};
use crate::query::LONGEST_NAME;
use crate::serve::http::extract::{QueryParams, field_error};

/// How many names an answer holds by default, and at most.
const NAMES: (usize, usize) = (10, 100);

/// A name to search for, and how many results to return.
#[derive(Debug)]
pub(crate) struct NameSearch {
    pub name: String,
    pub limit: usize,
}

impl QueryParams for NameSearch {
    const KNOWN: &'static [&'static str] = &["name", "limit"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        let limit = read_limit(&value, faults);
        let name = value("name").map(|name| name.trim().to_owned()).unwrap_or_default();
        if name.is_empty() {
            faults.push(field_error("?name", "missing", "name is missing", Some("add ?name=".to_owned())));
        }
        if let Some(error) = longer_than(LONGEST_NAME, &name, "?name") {
            faults.push(error);
        }
        Self { name, limit }
    }
}

/// How many results to return.
pub(crate) fn read_limit(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> usize {
    let (shown, most) = NAMES;
    let limit = value("limit").map_or(Some(shown), |text| text.parse().ok());
    limit.filter(|limit| (1..=most).contains(limit)).unwrap_or_else(|| {
        faults.push(field_error("?limit", "out_of_range", &format!("expected a whole number from 1 to {most}"), None));
        shown
    })
}
