//! The parameters of `GET /v1/providers`: a name to search for, or the filters of a list and the
//! cursor of a page.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::catalog::Catalog;
use crate::catalog::provider_list::ProviderFilter;
use crate::input::errors::{FieldError, FieldErrors};
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::matching::candidate::Directory;
use crate::place::{State, Zip};
use crate::provider::u64_prefix;
use crate::serve::api::name_search::{NameSearch, read_limit};
use crate::serve::http::extract::{QueryParams, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::list_page::stale_cursor;
use crate::service::Service;

/// What is asked for.
#[derive(Debug)]
pub(crate) enum ProviderSearch {
    /// The closest names.
    Named(NameSearch),
    /// A page of a list.
    Listed(ProviderList),
}

/// A page of a list of providers.
#[derive(Debug)]
pub(crate) struct ProviderList {
    /// Which providers are listed.
    pub filter: ProviderFilter,
    /// How many at most.
    pub limit: usize,
    cursor: Option<String>,
}

/// The parameters that a search by name does not have.
const OF_LISTS: [&str; 4] = ["service", "state", "zip", "cursor"];

impl QueryParams for ProviderSearch {
    const KNOWN: &'static [&'static str] = &["name", "service", "state", "zip", "cursor", "limit"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        if value("name").is_none() {
            let filter = ProviderFilter {
                service: parsed::<Service>(&value, "service", faults),
                state: parsed::<State>(&value, "state", faults),
                zip: parsed::<Zip>(&value, "zip", faults),
            };
            return Self::Listed(ProviderList { filter, limit: read_limit(&value, faults), cursor: value("cursor") });
        }
        for name in OF_LISTS.into_iter().filter(|name| value(name).is_some()) {
            let hint = Some("search by name, or list without a name".to_owned());
            faults.push(field_error(&format!("?{name}"), "does_not_apply", "a search by name has no filters", hint));
        }
        Self::Named(NameSearch::read(value, faults))
    }
}

/// The value of a parameter, parsed like a field of a body.
fn parsed<T: InputType>(value: impl Fn(&str) -> Option<String>, name: &str, faults: &mut FieldErrors) -> Option<T::Value> {
    let mut own = FieldErrors::default();
    let read = T::read(&Value::from(value(name)?), FieldPlace::ROOT, &mut own);
    for fault in &own {
        faults.push(FieldError { pointer: format!("?{name}"), ..fault.clone() });
    }
    read
}

impl ProviderList {
    /// The record where the page begins.
    ///
    /// # Errors
    /// The cursor is of another directory or of other filters.
    pub(crate) fn first_record(&self, catalog: &Catalog) -> Result<u32, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(0) };
        let record = cursor.split_once('-').and_then(|(record, _)| record.parse().ok());
        record.filter(|record| self.cursor_at(catalog, *record) == *cursor).ok_or_else(stale_cursor)
    }

    /// The cursor of the page that begins with `record`: it has a digest of the directory and of the
    /// filters, because records are numbered within one directory.
    pub(crate) fn cursor_at(&self, catalog: &Catalog, record: u32) -> String {
        let mut hasher = Sha256::new_with_prefix(b"placement: cursor of a list of providers\0");
        hasher.update(catalog.generation().as_bytes());
        hasher.update(self.filters().as_bytes());
        format!("{record}-{:016x}", u64_prefix(&hasher.finalize()))
    }

    /// The path and query of the page at `cursor`.
    pub(crate) fn address_of(&self, cursor: &str) -> String {
        format!("/v1/providers?{}limit={}&cursor={cursor}", self.filters(), self.limit)
    }

    /// The filters as parameters, each with `&` after it.
    fn filters(&self) -> String {
        let ProviderFilter { service, state, zip } = self.filter;
        let parts = [
            service.map(|service| format!("service={}&", service.code())),
            state.map(|state| format!("state={}&", state.as_str())),
            zip.map(|zip| format!("zip={zip}&")),
        ];
        parts.into_iter().flatten().collect()
    }
}
