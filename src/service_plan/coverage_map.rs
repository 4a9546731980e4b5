//! The coverage map: for each item of a plan, the benefit that a rule names.

use jiff::civil::Date;

use crate::discharge::screen_values::ScreenPayer;
use crate::service::Service;
use crate::service_plan::coverage_table::{CoverageEntry, CoverageNote, entry_of, notes_of};
use crate::service_plan::item::{InfusedDrug, PlanItem};

/// The map of one plan.
#[derive(Debug, Clone)]
pub struct CoverageMap {
    /// The payer it was made for.
    pub(crate) payer: ScreenPayer,
    /// A row for each item.
    pub(crate) rows: Vec<CoverageRow>,
    /// Sentences about several items together.
    pub(crate) notes: Vec<MapNote>,
}

/// One item of the map.
#[derive(Debug, Clone)]
pub struct CoverageRow {
    /// The item.
    pub(crate) item: PlanItem,
    /// The service that it is part of; `None` for an item of the worksheet alone.
    pub(crate) service: Option<Service>,
    /// The entry of the table.
    pub(crate) entry: &'static CoverageEntry,
    /// Whether and when the entry was reviewed, in words.
    pub(crate) review: String,
    /// Whether its review date has passed.
    pub(crate) is_overdue: bool,
}

/// One note of the map.
#[derive(Debug, Clone)]
pub struct MapNote {
    /// The note of the table.
    pub(crate) note: &'static CoverageNote,
    /// Whether and when it was reviewed, in words.
    pub(crate) review: String,
    /// Whether its review date has passed.
    pub(crate) is_overdue: bool,
}

impl CoverageMap {
    /// The map of `services`, and of the items `others` that are not part of them, each once.
    pub(crate) fn new(
        services: &[Service],
        others: impl IntoIterator<Item = PlanItem>,
        payer: ScreenPayer,
        drug: InfusedDrug,
        today: Date,
    ) -> Self {
        let of_services =
            services.iter().flat_map(|service| PlanItem::of_service(*service).iter().map(|item| (*item, Some(*service))));
        let mut rows: Vec<CoverageRow> = Vec::new();
        for (item, service) in of_services.chain(others.into_iter().map(|item| (item, None))) {
            let is_new = rows.iter().all(|row| row.item != item);
            if let Some(entry) = entry_of(item, payer, drug).filter(|_| is_new) {
                let review = entry.review();
                rows.push(CoverageRow {
                    item,
                    service,
                    entry,
                    review: review.words(today),
                    is_overdue: review.is_overdue(today),
                });
            }
        }
        let items: Vec<PlanItem> = rows.iter().map(|row| row.item).collect();
        let notes = notes_of(&items, payer, drug).map(|note| {
            let review = note.review();
            MapNote { note, review: review.words(today), is_overdue: review.is_overdue(today) }
        });
        Self { payer, notes: notes.collect(), rows }
    }
}
