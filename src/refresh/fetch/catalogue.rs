//! The CMS catalog: when a dataset last changed and where its file is.

use jiff::civil::Date;
use reqwest::Url;
use serde::Deserialize;

use crate::refresh::fetch::error::{FetchError, FetchFault};
use crate::refresh::fetch::fhir_bundle;
use crate::refresh::fetch::transport::{HttpTransport, RequestSpec};

/// A catalog entry (DCAT-US 1.1, as DKAN serves it).
#[derive(Debug, Deserialize)]
struct CatalogItem {
    modified: Option<String>,
    #[serde(default)]
    distribution: Vec<CatalogDistribution>,
}

/// One distribution of a dataset. With references resolved, its content is under `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CatalogDistribution {
    #[serde(rename = "downloadURL")]
    download_url: Option<String>,
    media_type: Option<String>,
    data: Option<Box<CatalogDistribution>>,
}

impl CatalogDistribution {
    fn url(&self) -> Option<&str> {
        self.download_url.as_deref().or_else(|| self.data.as_ref()?.url())
    }

    fn is_csv(&self) -> bool {
        self.media_type.as_deref() == Some("text/csv") || self.data.as_ref().is_some_and(|data| data.is_csv())
    }
}

/// The catalog's facts about a dataset.
#[derive(Debug)]
pub(crate) struct CatalogEntry {
    /// URL of the file.
    pub url: Url,
    /// When it last changed, verbatim.
    pub modified: Option<String>,
}

impl CatalogEntry {
    /// The day the dataset last changed.
    pub(crate) fn day(&self) -> Option<Date> {
        self.modified.as_deref()?.get(..10)?.parse().ok()
    }
}

/// Looks a dataset up in the catalog.
///
/// # Errors
/// The request failed, the answer is not the expected JSON, or it names no file on the same server.
pub(crate) async fn look_up(transport: &HttpTransport, dataset: &str) -> Result<CatalogEntry, FetchError> {
    let url = transport.link(transport.base(), dataset, "the dataset")?;
    let answer = transport.get(&RequestSpec::for_a(url, "application/json")).await?;
    let item: CatalogItem = fhir_bundle::json(&answer)?;
    let with_file = || item.distribution.iter().filter(|form| form.url().is_some());
    let link = with_file().find(|form| form.is_csv()).or_else(|| with_file().next()).and_then(CatalogDistribution::url);
    let link = link.ok_or_else(|| FetchFault::lasting(&answer.url, "the catalog has no downloadURL for the dataset"))?;
    let url = transport.link(&answer.url, link, "the downloadURL")?;
    Ok(CatalogEntry { url, modified: item.modified.map(|modified| transport.hidden(&modified)) })
}
