//! Walks through the directory for views other than searches: records and lines by number. Numbers are valid within one
//! generation only.

use std::ops::Range;

use crate::catalog::affiliations::{ByLine, NetworkTermRange};
use crate::catalog::{Catalog, stored_provider};
use crate::coverage::{NetworkId, TermsId};
use crate::place::{Miles, Point, Zip};
use crate::provider::{Provider, ProviderId};
use crate::service::Service;

/// Networks to look for, as the ranges of their terms.
#[derive(Debug, Clone)]
pub struct NetworkFilter(Vec<NetworkTermRange>);

/// Number of lines in a stretch.
const STRETCH: u32 = 1024;

impl Catalog {
    /// Number of providers; their records are numbered from 0.
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

    /// The records of every provider whose id or CCN is `id`, or one of whose NPIs, which several may share.
    pub fn records_with(&self, id: &ProviderId) -> Vec<u32> {
        let mut records: Vec<u32> =
            self.lines.lines_by_id(id.as_str()).into_iter().filter_map(|line| self.lines.record(line)).collect();
        records.sort_unstable();
        records.dedup();
        records
    }

    /// Number of lines; they are numbered from 0.
    pub fn line_count(&self) -> u32 {
        self.lines.total()
    }

    /// The lines in stretches: short enough that their terms take little memory, long enough that networks are read few
    /// times.
    pub fn stretches(&self) -> impl Iterator<Item = Range<u32>> {
        let total = self.line_count();
        (0..total).step_by(STRETCH as usize).map(move |start| start..start.saturating_add(STRETCH).min(total))
    }

    /// The service of a line and the record of its provider.
    pub fn line_at(&self, line: u32) -> Option<(Service, u32)> {
        Some((self.lines.service(line)?, self.lines.record(line)?))
    }

    /// The lines of any service whose published area contains the ZIP.
    pub fn lines_serving(&self, zip: Zip) -> Vec<u32> {
        self.lines.lines_by_service_zip(zip)
    }

    /// Every provider within `horizon` of `center`, once each, sorted by distance, then by record.
    pub fn records_around(&self, center: Point, horizon: Miles) -> Vec<(u32, Miles)> {
        let near = self.lines.lines_within(center, horizon);
        let mut near: Vec<(Miles, u32)> = near.filter_map(|(line, miles)| Some((miles, self.lines.record(line)?))).collect();
        // All lines of a provider have the same position, so they are adjacent after sorting.
        near.sort_unstable();
        near.dedup();
        near.into_iter().map(|(miles, record)| (record, miles)).collect()
    }

    /// The lines of the provider of a record, in order.
    pub fn lines_of(&self, record: u32) -> &[u32] {
        self.lines.of_record(record)
    }

    /// The terms of a line, in order. Reads every network; for many lines use [`Catalog::terms_with`].
    pub fn line_terms(&self, line: u32) -> Vec<TermsId> {
        self.lines.affiliations(&self.runs, line..line + 1).of(line).to_vec()
    }

    /// A filter for `networks`, for [`Catalog::terms_with`].
    pub fn network_filter(&self, networks: &[NetworkId]) -> NetworkFilter {
        NetworkFilter(self.runs_of(networks))
    }

    /// A filter for all networks.
    pub fn every_network(&self) -> NetworkFilter {
        NetworkFilter(self.runs.clone())
    }

    /// The terms of some lines in the networks of the filter.
    pub fn terms_with(&self, lines: Range<u32>, wanted: &NetworkFilter) -> ByLine {
        self.lines.affiliations(&wanted.0, lines)
    }
}
