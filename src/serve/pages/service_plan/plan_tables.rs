//! The services, the coverage map and the worksheet of a plan, ready to show and to print.

use jiff::civil::Date;

use crate::matching::report::Match;
use crate::phrases;
use crate::phrases::service_plan as words;
use crate::phrases::tiers::best_tier;
use crate::query::service_plan::PlannedService;
use crate::service_plan::coverage_map::CoverageMap;
use crate::service_plan::item::PlanItem;
use crate::service_plan::worksheet::Worksheet;

/// The matches shown of each service. Our choice: whom to call first; the answer has all.
const SHOWN: usize = 3;

/// One service.
#[derive(Debug)]
pub(crate) struct ServiceRow {
    pub label: &'static str,
    /// Its best tier: "3 meet the requirements".
    pub found: String,
    pub start: String,
    pub first: Vec<FirstMatch>,
}

/// One of the first matches.
#[derive(Debug)]
pub(crate) struct FirstMatch {
    pub id: String,
    pub name: String,
    pub phone: String,
}

/// The coverage map.
#[derive(Debug)]
pub(crate) struct MapTable {
    pub payer: &'static str,
    /// Sentences about several items, each with its source.
    pub notes: Vec<(&'static str, SourceText)>,
    pub rows: Vec<MapRow>,
}

/// One item of the map.
#[derive(Debug)]
pub(crate) struct MapRow {
    pub item: &'static str,
    pub label: &'static str,
    pub paid_by: String,
    pub says: &'static str,
    pub ask: &'static str,
    pub source: SourceText,
}

/// Where a sentence comes from.
#[derive(Debug)]
pub(crate) struct SourceText {
    pub text: String,
    /// Whether its review date has passed.
    pub is_overdue: bool,
}

/// The worksheet.
#[derive(Debug)]
pub(crate) struct SheetTable {
    /// The items with what they cost.
    pub items: Vec<(String, String)>,
    /// Party, how, amount, agreed.
    pub lines: Vec<[String; 4]>,
    /// Party, committed, agreed.
    pub parties: Vec<[String; 3]>,
    /// Name and amount.
    pub sums: Vec<(&'static str, String)>,
    pub balance: String,
    pub alternative: Option<String>,
    /// What is committed for an item beyond its cost.
    pub overpaid: Vec<&'static str>,
    /// What matters in law, with its source.
    pub concerns: Vec<(&'static str, String)>,
}

impl From<&PlannedService> for ServiceRow {
    fn from(planned: &PlannedService) -> Self {
        let first = |found: &Match| FirstMatch {
            id: found.provider.id.to_string(),
            name: phrases::name_and_town(&found.provider),
            phone: phrases::phone(&found.provider),
        };
        Self {
            label: planned.service().label(),
            found: best_tier(&planned.report).unwrap_or_else(|| "no provider found".to_owned()),
            start: words::start(&planned.start),
            first: planned.shown().take(SHOWN).map(first).collect(),
        }
    }
}

impl From<&CoverageMap> for MapTable {
    fn from(map: &CoverageMap) -> Self {
        let notes = map.notes.iter().map(|row| {
            let text = words::source(&row.note.citation, row.note.effective, &row.review);
            (row.note.says.as_str(), SourceText { text, is_overdue: row.is_overdue })
        });
        let rows = map.rows.iter().map(|row| MapRow {
            item: row.item.code(),
            label: row.item.label(),
            paid_by: words::paid_by(row),
            says: &row.entry.says,
            ask: &row.entry.ask,
            source: SourceText {
                text: words::source(&row.entry.citation, row.entry.effective, &row.review),
                is_overdue: row.is_overdue,
            },
        });
        Self { payer: map.payer.label(), notes: notes.collect(), rows: rows.collect() }
    }
}

impl SheetTable {
    /// The table of `sheet` as of `today`.
    pub(crate) fn new(sheet: &Worksheet, today: Date) -> Self {
        let lines = sheet.commitments.iter().map(|line| {
            let amount = line.amount.to_string();
            [line.party.label().to_owned(), words::commitment(line), amount, words::agreement(line).to_owned()]
        });
        let parties = sheet
            .by_party()
            .into_iter()
            .map(|total| [total.party.label().to_owned(), total.committed.to_string(), words::party_agreement(total)]);
        Self {
            items: sheet.items.iter().map(|item| (words::item(item), item.amount.to_string())).collect(),
            lines: lines.collect(),
            parties: parties.collect(),
            sums: vec![
                ("Total", sheet.total().to_string()),
                ("Committed", sheet.committed().to_string()),
                ("Agreed", sheet.agreed().to_string()),
                ("Balance", sheet.balance().to_string()),
            ],
            balance: words::balance(sheet),
            alternative: sheet.alternative.map(|alternative| words::alternative(alternative, sheet)),
            overpaid: sheet.overpaid_items().into_iter().map(PlanItem::label).collect(),
            concerns: words::concerns(sheet, today),
        }
    }
}
