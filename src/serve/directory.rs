//! `GET /v1/directory`: what the directory was made from, and how old that is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::catalog::generation::{Manifest, SourceStatus};
use crate::profile::Profile;

/// The directory being served.
#[derive(Debug, Serialize)]
pub struct DirectoryAnswer<'a> {
    generation: &'a str,
    built_at: Timestamp,
    synthetic: bool,
    forced: Option<&'a str>,
    engine: &'a str,
    vocabulary: u32,
    providers: u32,
    networks: u32,
    services: &'a BTreeMap<String, u32>,
    sources: Vec<SourceWire<'a>>,
}

impl<'a> DirectoryAnswer<'a> {
    /// What `manifest` says, ages counted to `today`.
    pub fn new(manifest: &'a Manifest, today: Date) -> Self {
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
            sources: manifest.sources.iter().map(|source| SourceWire::new(source, today)).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct SourceWire<'a> {
    file: &'a str,
    dataset: &'a str,
    source: &'a str,
    as_of: Option<Date>,
    as_of_from: &'a str,
    age_days: Option<i32>,
    status: &'static str,
    rows: u64,
    rejected: u64,
    faulty: u64,
    bytes: u64,
    sha256: &'a str,
}

impl<'a> SourceWire<'a> {
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
        }
    }
}

/// How many days old a source is, and what that makes it: `current`, `old` beyond the age at which a payer's directory confirms
/// nothing, or `undated`.
pub(super) fn age(source: &SourceStatus, today: Date) -> (Option<i32>, &'static str) {
    let oldest = i64::from(Profile::standard().directory_days);
    let age_days = source.as_of.map(|day| (today - day).get_days());
    let status = match age_days {
        None => "undated",
        Some(days) if i64::from(days) > oldest => "old",
        Some(_) => "current",
    };
    (age_days, status)
}
