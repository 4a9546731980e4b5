//! `GET /v1/directory`: what the directory was made from, and the age of each source.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::completeness::DirectoryCompleteness;
use crate::catalog::manifest::{Manifest, SourceStatus};
use crate::profile::Profile;
use crate::serve::openapi::enums;

/// The directory being served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectoryAnswer)]
pub(crate) struct DirectoryDetailJson<'a> {
    /// The name of the generation: the same name, the same answers.
    generation: &'a str,
    /// When it was built.
    built_at: Timestamp,
    /// Whether it is the built-in sample of invented data: do not place a patient by it.
    synthetic: bool,
    /// Why it was published despite failed checks; null if it was not forced.
    #[schema(required)]
    forced: Option<&'a str>,
    /// The version of the program that built it.
    engine: &'a str,
    /// The version of the vocabulary.
    vocabulary: u32,
    /// How many providers are in it.
    providers: u32,
    /// How many networks are in it.
    networks: u32,
    /// How many providers offer each service.
    #[schema(value_type = BTreeMap<String, u32>)]
    services: &'a BTreeMap<String, u32>,
    /// Each file it was made from.
    sources: Vec<DirectorySourceJson<'a>>,
}

impl<'a> DirectoryDetailJson<'a> {
    /// The directory of `manifest`, with ages counted to `today`.
    pub(crate) fn new(manifest: &'a Manifest, today: Date) -> Self {
        Self {
            generation: &manifest.generation,
            built_at: manifest.built_at,
            synthetic: manifest.synthetic,
            forced: manifest.forced.as_deref(),
            engine: &manifest.engine,
            vocabulary: manifest.vocabulary,
            providers: manifest.providers,
            networks: manifest.networks,
            services: &manifest.lines,
            sources: manifest.sources.iter().map(|source| DirectorySourceJson::new(source, today)).collect(),
        }
    }
}

/// One file a directory was made from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
struct DirectorySourceJson<'a> {
    /// Its name.
    file: &'a str,
    /// What kind of file it is.
    dataset: &'a str,
    /// The source in words, as in facts.
    source: &'a str,
    /// The day its data is of; null if it has none.
    #[schema(required)]
    as_of: Option<Date>,
    /// Where that day comes from.
    as_of_from: &'a str,
    /// Its age today.
    #[schema(required)]
    age_days: Option<i32>,
    /// The status for that age.
    #[schema(value_type = enums::AgeStatus)]
    status: &'static str,
    /// Rows read.
    rows: u64,
    /// Rows that could not be used.
    rejected: u64,
    /// Rows used of which some values could not be used.
    faulty: u64,
    /// Its size.
    bytes: u64,
    /// Its SHA-256, in hexadecimal.
    sha256: &'a str,
    /// Whether the payer's directory it is of is believed to list everybody; null for other files and for further files of
    /// the same directory.
    #[schema(required)]
    completeness: Option<CompletenessJson<'a>>,
}

/// The completeness check of a payer's directory. Only in the networks of a complete directory is a provider out of network.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectoryCompleteness)]
struct CompletenessJson<'a> {
    /// Whether it passed.
    complete: bool,
    /// Its affiliations of organizations, or entries of facilities.
    listings: u64,
    /// Those that name a network or plan of the directory.
    with_network: u64,
    /// Those with a location or address.
    with_location: u64,
    /// Those of a provider with a number by which it can be matched.
    with_identifier: u64,
    /// Those for a service of this vocabulary, by a code or word that is understood.
    with_service: u64,
    /// Links of listings that lead nowhere.
    lost_references: u64,
    /// Words for a service that are not understood.
    unknown_words: u64,
    /// Why it did not pass; empty if it passed.
    faults: &'a [String],
}

impl<'a> CompletenessJson<'a> {
    fn new(check: &'a DirectoryCompleteness) -> Self {
        Self {
            complete: check.complete,
            listings: check.listings,
            with_network: check.with_network,
            with_location: check.with_location,
            with_identifier: check.with_identifier,
            with_service: check.with_service,
            lost_references: check.lost_references,
            unknown_words: check.unknown_words,
            faults: &check.faults,
        }
    }
}

impl<'a> DirectorySourceJson<'a> {
    fn new(source: &'a SourceStatus, today: Date) -> Self {
        let (age_days, status) = age(source, today);
        Self {
            file: &source.file,
            dataset: &source.dataset,
            source: &source.source,
            as_of: source.as_of,
            as_of_from: &source.as_of_from,
            age_days,
            status,
            rows: source.rows,
            rejected: source.rejected,
            faulty: source.faulty,
            bytes: source.bytes,
            sha256: &source.sha256,
            completeness: source.completeness.as_ref().map(CompletenessJson::new),
        }
    }
}

/// The age of a source in days, and its status: `current`, `old` beyond the age at which a payer's
/// directory confirms nothing, or `undated`.
pub(crate) fn age(source: &SourceStatus, today: Date) -> (Option<i32>, &'static str) {
    let oldest = i64::from(Profile::standard().directory_days);
    let age_days = source.as_of.map(|day| (today - day).get_days());
    let status = match age_days {
        None => "undated",
        Some(days) if i64::from(days) > oldest => "old",
        Some(_) => "current",
    };
    (age_days, status)
}
