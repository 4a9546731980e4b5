//! The directory walked through as it is, for views that are no question: records and lines by their numbers, which are good
//! within one generation only.

use std::ops::Range;

use crate::catalog::affiliations::{ByLine, NetworkTermRange};
use crate::catalog::{Catalog, stored_provider};
use crate::coverage::{NetworkId, TermsId};
use crate::place::{Miles, Point, Zip};
use crate::provider::{Provider, ProviderId};
use crate::service::Service;

/// Networks somebody looks for, as their terms lie in the file.
#[derive(Debug, Clone)]
pub struct NetworkFilter(Vec<NetworkTermRange>);

/// How many lines a stretch has.
const STRETCH: u32 = 1024;

impl Catalog {
    /// How many providers there are; their records are numbered from 0.
    pub fn record_count(&self) -> u32 {
        u32::try_from(self.record_ends.len()).unwrap_or(u32::MAX)
    }

    /// The provider of a record.
    pub fn provider_at(&self, record: u32) -> Option<Provider> {
        self.decode(record)
    }

    /// The id of the provider of a record, without decoding the rest.
    pub fn id_at(&self, record: u32) -> Option<ProviderId> {
        stored_provider::id_of(self.packed(record)?)
    }

    /// The records of every provider known by `id`, be it its own, its CCN or an NPI, which several may share.
    pub fn records_with(&self, id: &ProviderId) -> Vec<u32> {
        let mut records: Vec<u32> =
            self.lines.lines_by_id(id.as_str()).into_iter().filter_map(|line| self.lines.record(line)).collect();
        records.sort_unstable();
        records.dedup();
        records
    }

    /// How many lines there are; they are numbered from 0.
    pub fn line_count(&self) -> u32 {
        self.lines.total()
    }

    /// The lines in stretches: few enough that their terms take little memory, enough that every network is asked few times.
    pub fn stretches(&self) -> impl Iterator<Item = Range<u32>> {
        let total = self.line_count();
        (0..total).step_by(STRETCH as usize).map(move |start| start..start.saturating_add(STRETCH).min(total))
    }

    /// The service of a line and the record of its provider.
    pub fn line_at(&self, line: u32) -> Option<(Service, u32)> {
        Some((self.lines.service(line)?, self.lines.record(line)?))
    }

    /// The lines of any service whose published area holds the ZIP.
    pub fn lines_serving(&self, zip: Zip) -> Vec<u32> {
        self.lines.lines_by_service_zip(zip)
    }

    /// Every provider within `horizon` of `center`, each once, the nearest first and those as far in the order of their records.
    pub fn records_around(&self, center: Point, horizon: Miles) -> Vec<(u32, Miles)> {
        let near = self.lines.lines_within(center, horizon);
        let mut near: Vec<(Miles, u32)> = near.filter_map(|(line, miles)| Some((miles, self.lines.record(line)?))).collect();
        // The lines of a provider lie at one point, so that they are neighbours.
        near.sort_unstable();
        near.dedup();
        near.into_iter().map(|(miles, record)| (record, miles)).collect()
    }

    /// The lines of the provider of a record, in order.
    pub fn lines_of(&self, record: u32) -> &[u32] {
        self.lines.of_record(record)
    }

    /// The terms of a line, in order. Every network is asked for it; for many lines see [`Catalog::terms_with`].
    pub fn line_terms(&self, line: u32) -> Vec<TermsId> {
        self.lines.affiliations(&self.runs, line..line + 1).of(line).to_vec()
    }

    /// `networks` as [`Catalog::terms_with`] looks for them.
    pub fn network_filter(&self, networks: &[NetworkId]) -> NetworkFilter {
        NetworkFilter(self.runs_of(networks))
    }

    /// Every network.
    pub fn every_network(&self) -> NetworkFilter {
        NetworkFilter(self.runs.clone())
    }

    /// The terms of some lines that are of the networks wanted.
    pub fn terms_with(&self, lines: Range<u32>, wanted: &NetworkFilter) -> ByLine {
        self.lines.affiliations(&wanted.0, lines)
    }
}
