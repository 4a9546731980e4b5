//! All resources as files of lines (NDJSON), as in Bulk Data Access, and the manifest that lists
//! them.
//!
//! A generation is immutable, so a file needs no job and no storage: every server with the
//! generation writes the same bytes, as they are read.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::input::errors::{FieldError, FieldErrors};
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::resources::resource;
use crate::serve::fhir::search::{PageRange, page_of};
use crate::serve::fhir::search_params::ResourceType;
use crate::serve::http::extract::{field_error, unknown_parameter};

/// How many resources a file has at most. Our choice: 50 to 150 MB.
const MOST_IN_FILE: u64 = 100_000;

/// How many resources are written at once. Our choice: about a megabyte.
const AT_ONCE: u64 = 500;

/// The values of `_outputFormat`. A plus sign that was not encoded arrives as a space.
const FORMATS: [&str; 4] = ["application/fhir+ndjson", "application/fhir ndjson", "application/ndjson", "ndjson"];

/// What an export has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportRequest {
    /// The types.
    pub kinds: Vec<ResourceType>,
    /// Only what was published after this moment.
    pub since: Option<Timestamp>,
}

impl Default for ExportRequest {
    fn default() -> Self {
        Self { kinds: ResourceType::ALL.into(), since: None }
    }
}

impl ExportRequest {
    /// Parses the query of an export.
    ///
    /// # Errors
    /// Every parameter that is wrong.
    pub(crate) fn parse(query: &str) -> Result<Self, FieldErrors> {
        let (mut request, mut faults) = (Self::default(), FieldErrors::default());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "_type" => request.kinds = types(&value, &mut faults),
                "_since" => {
                    request.since = value.replace(' ', "+").parse().ok();
                    if request.since.is_none() {
                        let said = "expected a moment such as 2026-11-21T06:00:00Z";
                        faults.push(field_error("?_since", "not_a_date", said, None));
                    }
                }
                "_outputFormat" if FORMATS.contains(&value.as_ref()) => {}
                "_outputFormat" => {
                    faults.push(field_error("?_outputFormat", "not_a_word", "expected application/fhir+ndjson", None));
                }
                _ => {
                    let known = ["_outputFormat", "_since", "_type"].into_iter();
                    faults.push_with(|| unknown_parameter(&name, known, "an export has no such parameter"));
                }
            }
        }
        faults.or(request)
    }
}

fn types(value: &str, faults: &mut FieldErrors) -> Vec<ResourceType> {
    let mut kinds = Vec::new();
    for name in value.split(',') {
        match ResourceType::named(name) {
            Some(kind) if !kinds.contains(&kind) => kinds.push(kind),
            Some(_) => {}
            None => faults.push_with(|| {
                let names = ResourceType::ALL.into_iter().map(ResourceType::name);
                let error = unknown_parameter(name, names, "there is no such type");
                FieldError { pointer: "?_type".to_owned(), code: "no_such_type", ..error }
            }),
        }
    }
    kinds
}

/// A file of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BulkFile {
    /// The type of its resources.
    pub kind: ResourceType,
    /// Its number among the files of the type, from 0.
    part: u64,
}

impl BulkFile {
    /// The file with that name, `Organization-1.ndjson`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (kind, number) = name.strip_suffix(".ndjson")?.split_once('-')?;
        let part = number.parse::<u64>().ok()?.checked_sub(1)?;
        let file = Self { kind: ResourceType::named(kind)?, part };
        // No other spelling of the number.
        Some(file).filter(|file| file.name() == name)
    }

    /// Its name.
    pub(crate) fn name(self) -> String {
        format!("{}-{}.ndjson", self.kind.name(), self.part + 1)
    }

    /// The resources in it, among `total` of the type.
    fn range(self, total: u64) -> PageRange {
        let offset = self.part.saturating_mul(MOST_IN_FILE);
        PageRange { offset, count: total.saturating_sub(offset).min(MOST_IN_FILE) }
    }

    /// The pieces in which it is written, in order; none if there is no such file.
    pub(crate) fn pieces(self, ground: FhirContext<'_>) -> Vec<PageRange> {
        let whole = self.range(count(ground, self.kind));
        let end = whole.offset.saturating_add(whole.count);
        let step = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        let starts = (whole.offset..end).step_by(step);
        starts.map(|offset| PageRange { offset, count: AT_ONCE.min(end - offset) }).collect()
    }

    /// The lines of a piece; `None` if one could not be written.
    pub(crate) fn lines(self, ground: FhirContext<'_>, piece: PageRange) -> Option<Vec<u8>> {
        let mut lines = Vec::new();
        for (item, _) in page_of(ground, self.kind, piece).items {
            let written: Value = resource(ground, item)?;
            serde_json::to_writer(&mut lines, &written).ok()?;
            lines.push(b'\n');
        }
        Some(lines)
    }
}

fn count(ground: FhirContext<'_>, kind: ResourceType) -> u64 {
    page_of(ground, kind, PageRange { offset: 0, count: 0 }).total
}

/// The list of the files of an export.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkManifest {
    transaction_time: String,
    request: String,
    requires_access_token: bool,
    output_format: &'static str,
    output: Vec<BulkManifestFile>,
    error: [(); 0],
}

/// A file in a manifest.
#[derive(Debug, Serialize)]
struct BulkManifestFile {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
    count: u64,
}

/// The files of `request` at the base URL `base`; `url` is what was requested.
pub(crate) fn manifest(
    ground: FhirContext<'_>,
    request: &ExportRequest,
    base: &str,
    url: String,
    requires_access_token: bool,
) -> BulkManifest {
    let built_at = ground.catalog.manifest().built_at;
    // All resources were published at the same moment.
    let is_newer = request.since.is_none_or(|since| built_at > since);
    let folder = format!("{base}/bulk/{}", ground.view.generation());
    let files = |kind: &ResourceType| {
        let (kind, total) = (*kind, count(ground, *kind));
        let folder = folder.clone();
        (0..total.div_ceil(MOST_IN_FILE)).map(move |part| {
            let file = BulkFile { kind, part };
            BulkManifestFile { kind: kind.name(), url: format!("{folder}/{}", file.name()), count: file.range(total).count }
        })
    };
    BulkManifest {
        transaction_time: built_at.to_string(),
        request: url,
        requires_access_token,
        output_format: "application/fhir+ndjson",
        output: request.kinds.iter().filter(|_| is_newer).flat_map(files).collect(),
        error: [],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name_and_a_range() {
        let first = BulkFile { kind: ResourceType::Location, part: 0 };
        assert_eq!((first.name().as_str(), BulkFile::named("Location-1.ndjson")), ("Location-1.ndjson", Some(first)));
        for other in ["Location-0.ndjson", "Location-01.ndjson", "Location-+1.ndjson", "location-1.ndjson", "Location-1", ""]
        {
            assert_eq!(BulkFile::named(other), None, "{other}");
        }
        let ranges = |part: u64| {
            let range = BulkFile { kind: ResourceType::Location, part }.range(2 * MOST_IN_FILE + 1);
            (range.offset, range.count)
        };
        let expected = [(0, MOST_IN_FILE), (MOST_IN_FILE, MOST_IN_FILE), (2 * MOST_IN_FILE, 1), (3 * MOST_IN_FILE, 0)];
        assert_eq!([0, 1, 2, 3].map(ranges), expected);
        assert_eq!(ranges(u64::MAX).1, 0);
    }
}
