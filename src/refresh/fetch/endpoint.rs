//! What the address of a payer's directory is: a FHIR server, searches of one, or files: an index of them, a bulk manifest, or
//! one file. Payers give all of these, and web pages too.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Url;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::refresh::dataset::DatasetSpec;
use crate::refresh::fetch::bulk::ExportManifest;
use crate::refresh::fetch::error::{FetchError, FetchFault, at, shown};
use crate::refresh::fetch::fhir_bundle;
use crate::refresh::fetch::plan_net_progress::KINDS;
use crate::refresh::fetch::transport::LONGEST_LINK;
use crate::refresh::input::OpenInput;
use crate::refresh::input::input_file::InputFile;
use crate::refresh::json_shape::recognize;
use crate::refresh::read::file_index::IndexLists;
use crate::refresh::read::{file_index, marketplace, medicare_advantage, plan_net};

/// The most files of one index. CMS allows as many.
pub(crate) const MOST_FILES: usize = 10_000;

/// Types of FHIR resources that an address may end with although they are not fetched.
const OTHER_TYPES: [&str; 3] = ["Practitioner", "Endpoint", "Network"];

/// What an address is by its own text.
#[derive(Debug)]
pub(crate) enum GivenAddress {
    /// A FHIR server, because the address ends as one of its addresses does.
    Server(Url),
    /// Searches of one server, by type.
    Searches(Url, BTreeMap<&'static str, Url>),
    /// Anything.
    Unknown(Url),
}

/// What is behind an address.
#[derive(Debug)]
pub(crate) enum FoundAddress {
    /// Files of a directory.
    Files(FileList),
    /// A web page.
    WebPage,
    /// Nothing that is recognized: it may be a FHIR server.
    Other,
}

/// The files of a directory.
#[derive(Debug)]
pub(crate) struct FileList {
    /// What listed them, for people.
    pub what: &'static str,
    pub files: Vec<ListedFile>,
    /// The date that a manifest states.
    pub as_of: Option<Date>,
    /// Whether the token is sent with requests for them.
    pub signed: bool,
}

/// One listed file.
#[derive(Debug)]
pub(crate) struct ListedFile {
    pub url: Url,
    /// The number of resources that a manifest states.
    pub count: Option<u64>,
}

impl GivenAddress {
    /// Reads one address, or several of one server that are separated by spaces.
    ///
    /// # Errors
    /// An address is invalid, holds a password, or leads to a web page; or several do not belong together.
    pub(crate) fn parse(text: &str) -> Result<Self, FetchError> {
        let urls: Vec<Url> = text.split_whitespace().map(address).collect::<Result<_, _>>()?;
        match urls.as_slice() {
            [] => Err(FetchError::Asked("the address is empty".to_owned())),
            [url] => Ok(match below_server(url) {
                Some((base, _)) => Self::Server(base),
                None => Self::Unknown(url.clone()),
            }),
            [first, ..] => {
                let words = || {
                    FetchError::Asked(format!(
                        "there are {} addresses, of which not all are searches of one server such as {}; fetch each into a folder \
                     of its own",
                        urls.len(),
                        shown(first)
                    ))
                };
                let parts: Vec<(Url, &str)> = urls.iter().filter_map(below_server).collect();
                let Some((base, _)) = parts.first().filter(|_| parts.len() == urls.len()) else { return Err(words()) };
                if parts.iter().any(|(other, _)| other != base) {
                    return Err(words());
                }
                let kind = |kind: &str| KINDS.into_iter().find(|known| *known == kind);
                let each = parts.iter().zip(&urls).filter_map(|((_, of), url)| Some((kind(of)?, url.clone())));
                Ok(Self::Searches(base.clone(), each.collect()))
            }
        }
    }

    /// The base address of the server.
    pub(crate) fn base(&self) -> &Url {
        match self {
            Self::Server(base) | Self::Searches(base, _) | Self::Unknown(base) => base,
        }
    }
}

fn address(text: &str) -> Result<Url, FetchError> {
    let url: Url = text.parse().map_err(|error| FetchError::Asked(format!("the server address is invalid: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        let words = "the address contains a user name or password; use a bearer token (--token-file) instead";
        return Err(FetchError::Asked(words.to_owned()));
    }
    if url.fragment().is_some() {
        let words = "the address has a fragment (#), so it is that of a web page, not of a directory; ask the payer for the \
                     address of its index file or FHIR server";
        return Err(FetchError::Asked(words.to_owned()));
    }
    Ok(url)
}

/// The base of the server and the resource type, if the address ends with a type of FHIR or with `metadata`. Types are compared
/// without case, because some servers write them in lower case.
fn below_server(url: &Url) -> Option<(Url, &'static str)> {
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    let kinds = KINDS.into_iter().chain(OTHER_TYPES).chain(["metadata"]);
    let kind = kinds.into_iter().find(|kind| kind.eq_ignore_ascii_case(last))?;
    let mut base = url.clone();
    base.set_query(None);
    base.path_segments_mut().ok()?.pop_if_empty().pop();
    Some((base, kind))
}

/// Finds what a saved answer is.
///
/// # Errors
/// It is a list of files that cannot be used, or an I/O error.
pub(crate) fn examine(url: &Url, saved: &Path, most: u64) -> Result<FoundAddress, FetchError> {
    let file = InputFile { name: "answer".to_owned(), path: saved.to_owned(), regular: true, member: None };
    let Ok(opened) = OpenInput::open(&file) else { return Ok(FoundAddress::Other) };
    let text = opened.beginning().trim_ascii_start();
    if text.starts_with(b"<") {
        return Ok(FoundAddress::WebPage);
    }
    let Ok(found) = recognize(opened.beginning()) else { return Ok(FoundAddress::Other) };
    let is = |spec: &DatasetSpec| std::ptr::eq(found.dataset, spec);
    let alone =
        |what| FileList { what, files: vec![ListedFile { url: url.clone(), count: None }], as_of: None, signed: true };
    let mut document = opened.document();
    if is(&file_index::INDEX) {
        return index(url, document.text()).map(FoundAddress::Files);
    }
    if is(&file_index::MANIFEST) {
        return manifest(url, document.text()).map(FoundAddress::Files);
    }
    if is(&file_index::NATIONAL_MANIFEST) {
        let cause = "it is the manifest of CMS's National Provider Directory, whose files name few networks and no locations; \
                     fetch the payer's own directory";
        return Err(FetchFault::lasting(url, cause).into());
    }
    if is(&medicare_advantage::SPEC) {
        return Ok(FoundAddress::Files(alone("a file of a Medicare Advantage directory")));
    }
    if is(&marketplace::PROVIDERS) || is(&marketplace::PLANS) {
        return Ok(FoundAddress::Files(alone("a marketplace file")));
    }
    let small = fs::metadata(saved).map_err(at(saved))?.len() <= most;
    let bundle = is(&plan_net::SPEC) && (!small || is_file(url, document.text()));
    Ok(if bundle { FoundAddress::Files(alone("a bundle")) } else { FoundAddress::Other })
}

/// The first level of a bundle.
#[derive(Default, Deserialize)]
#[serde(default)]
struct BundleOutline {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(rename = "type")]
    kind: String,
    link: Vec<fhir_bundle::PageLink>,
    entry: Vec<IgnoredAny>,
}

/// Whether a bundle is a file of a directory and not an answer of a server to a search.
fn is_file(url: &Url, text: &mut dyn BufRead) -> bool {
    let Ok(bundle) = serde_json::from_reader::<_, BundleOutline>(text) else { return false };
    let path = url.path().to_ascii_lowercase();
    let named = [".json", ".json.gz"].into_iter().any(|ending| path.ends_with(ending));
    let searched = bundle.kind == "searchset" && !named;
    bundle.resource_type == "Bundle" && !bundle.entry.is_empty() && !searched && fhir_bundle::next_of(&bundle.link).is_none()
}

/// The files of an index.
fn index(url: &Url, text: &mut dyn BufRead) -> Result<FileList, FetchError> {
    let lists: IndexLists = serde_json::from_reader(text)
        .map_err(|error| FetchFault::lasting(url, format!("the index of files is not valid JSON: {error}")))?;
    let files = lists.addresses().map(|address| {
        let address = address.ok_or_else(|| FetchFault::lasting(url, "an address in the index is not a text"))?;
        Ok(ListedFile { url: listed(url, address)?, count: None })
    });
    let what = "an index of provider files";
    bounded(url, FileList { what, files: files.collect::<Result<_, FetchError>>()?, as_of: None, signed: true })
}

/// The files of a bulk manifest whose types are used.
fn manifest(url: &Url, text: &mut dyn BufRead) -> Result<FileList, FetchError> {
    let manifest: ExportManifest = serde_json::from_reader(text)
        .map_err(|error| FetchFault::lasting(url, format!("the manifest is not valid: {error}")))?;
    if fhir_bundle::next_of(&manifest.link).is_some() {
        return Err(FetchFault::lasting(url, "the manifest has further pages, which is not supported here").into());
    }
    if !manifest.error.is_empty() {
        let cause = format!("the export is incomplete: its manifest lists {} files of errors", manifest.error.len());
        return Err(FetchFault::lasting(url, cause).into());
    }
    let used = manifest.output.iter().filter(|file| KINDS.contains(&file.kind.as_str()));
    let files = used.map(|file| Ok(ListedFile { url: listed(url, &file.url)?, count: file.count }));
    let files = files.collect::<Result<_, FetchError>>()?;
    let as_of = manifest.transaction_time.map(|moment| moment.to_zoned(TimeZone::UTC).date());
    bounded(url, FileList { what: "a bulk manifest", files, as_of, signed: manifest.requires_access_token })
}

/// Resolves an address of a list. It may lead to another server, as files often lie elsewhere than their index.
fn listed(from: &Url, address: &str) -> Result<Url, FetchError> {
    let wrong = |what: &str| FetchError::from(FetchFault::lasting(from, format!("an address in the list {what}")));
    if address.len() > LONGEST_LINK {
        return Err(wrong(&format!("is longer than {LONGEST_LINK} bytes")));
    }
    let mut url = from.join(address.trim()).map_err(|_| wrong("is not valid"))?;
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("is not an HTTP address, or contains a user name or password"));
    }
    Ok(url)
}

/// Checks the number of files, and keeps each address once.
fn bounded(from: &Url, mut list: FileList) -> Result<FileList, FetchError> {
    let mut seen = std::collections::BTreeSet::new();
    list.files.retain(|file| seen.insert(file.url.to_string()));
    let count = list.files.len();
    let cause = match count {
        0 => format!("{} lists no file that is used", list.what),
        _ if count > MOST_FILES => format!("{} lists {count} files; at most {MOST_FILES} are fetched", list.what),
        _ => return Ok(list),
    };
    Err(FetchFault::lasting(from, cause).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_what_it_is_or_is_refused_in_words() {
        let server = "https://payer.example/fhir";
        for (text, base) in [
            ("https://payer.example/fhir/metadata", server),
            ("https://payer.example/fhir/Practitioner?_count=1", server),
            ("https://payer.example/fhir/organizationaffiliation/", server),
        ] {
            let given = GivenAddress::parse(text).unwrap();
            assert!(matches!(&given, GivenAddress::Server(url) if url.as_str() == base), "{text}: {given:?}");
        }
        for text in
            ["https://payer.example/fhir", "https://payer.example:8003/", "https://payer.example/cms/index.json?sig=1"]
        {
            assert!(matches!(GivenAddress::parse(text).unwrap(), GivenAddress::Unknown(_)), "{text}");
        }
        let both = format!("{server}/insuranceplan  {server}/practitioner\n{server}/location");
        let GivenAddress::Searches(base, each) = GivenAddress::parse(&both).unwrap() else { panic!("{both}") };
        assert_eq!((base.as_str(), each.keys().copied().collect::<Vec<_>>()), (server, vec!["InsurancePlan", "Location"]));
        for (text, words) in [
            ("", "the address is empty"),
            ("https://a.example/index.json https://b.example/index.json", "there are 2 addresses"),
            ("https://a.example/fhir/Location https://b.example/fhir/Organization", "there are 2 addresses"),
            ("https://payer.example/public/#/one/insurerCode=X", "it is that of a web page"),
            ("https://me:word@payer.example/", "--token-file"),
            ("payer.example/fhir", "the server address is invalid"),
        ] {
            let told = GivenAddress::parse(text).unwrap_err().to_string();
            assert!(told.contains(words), "{text}: {told}");
        }
    }
}
