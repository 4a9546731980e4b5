//! A plan as an Excel workbook: services, coverage map, worksheet. Amounts are text in dollars beside whole cents, so that a sum in Excel
//! is exact.

use jiff::Zoned;
use rust_xlsxwriter::{Workbook, XlsxError};

use crate::catalog::manifest::Manifest;
use crate::phrases;
use crate::phrases::service_plan as words;
use crate::phrases::tiers::tier;
use crate::query::service_plan::PlannedServices;
use crate::serve::pages::export::table::ExportCell;
use crate::serve::pages::export::workbook::{add_about, add_sheet};
use crate::service_plan::money::Cents;
use crate::service_plan::worksheet::Worksheet;

const SERVICES: [(&str, u16); 6] =
    [("Level of care", 24), ("Start", 50), ("Rank", 6), ("Provider", 44), ("Fit", 20), ("Phone", 14)];
const MAP: [(&str, u16); 7] =
    [("Item", 28), ("Paid by", 40), ("Why", 70), ("Ask", 60), ("Citation", 50), ("Effective", 12), ("Review", 40)];
const SHEET: [(&str, u16); 6] =
    [("Line", 14), ("Who or what", 34), ("How", 44), ("Amount", 16), ("Cents", 14), ("Agreed", 40)];

/// `plan` as a file; `None` if it cannot be written.
pub(crate) fn bytes(plan: &PlannedServices, manifest: &Manifest, now: &Zoned) -> Option<Vec<u8>> {
    written(plan, manifest, now).ok()
}

fn written(plan: &PlannedServices, manifest: &Manifest, now: &Zoned) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    add_sheet(&mut workbook, "Levels of care", &SERVICES, &service_rows(plan))?;
    add_sheet(&mut workbook, "Coverage map", &MAP, &map_rows(plan))?;
    if let Some(sheet) = &plan.worksheet {
        add_sheet(&mut workbook, "Worksheet", &SHEET, &worksheet_rows(sheet, now))?;
    }
    add_about(&mut workbook, &about(plan, manifest, now))?;
    workbook.save_to_buffer()
}

fn text(text: impl Into<String>) -> ExportCell {
    ExportCell::Text(text.into())
}

/// Whole cents as a number; as text where a cell holds no number that large.
fn cents(amount: Cents) -> ExportCell {
    i32::try_from(amount.cents()).map_or_else(|_| text(amount.cents().to_string()), |cents| ExportCell::Number(cents.into()))
}

fn service_rows(plan: &PlannedServices) -> Vec<Vec<ExportCell>> {
    let mut rows = Vec::new();
    for planned in &plan.services {
        let (label, start) = (planned.service().label(), words::start(&planned.start));
        let discharge = &planned.report.discharge;
        let before = rows.len();
        rows.extend(planned.shown().map(|found| {
            vec![
                text(label),
                text(&start),
                ExportCell::Number(found.rank.into()),
                text(phrases::name_and_town(&found.provider)),
                text(tier(found.fit, discharge)),
                text(phrases::phone(&found.provider)),
            ]
        }));
        if rows.len() == before {
            rows.push(vec![text(label), text(&start), text(""), text("No provider found"), text(""), text("")]);
        }
    }
    rows
}

fn map_rows(plan: &PlannedServices) -> Vec<Vec<ExportCell>> {
    let rows = plan.map.rows.iter().map(|row| {
        let rule = row.entry;
        let cells = [row.item.label(), &words::paid_by(row), &rule.says, &rule.ask, &rule.citation];
        let cells = cells.into_iter().map(text);
        cells.chain([text(rule.effective.to_string()), text(&row.review)]).collect()
    });
    let notes = plan.map.notes.iter().map(|row| {
        let note = row.note;
        let cells = ["All of these", "", &note.says, "", &note.citation].map(text);
        cells.into_iter().chain([text(note.effective.to_string()), text(&row.review)]).collect()
    });
    rows.chain(notes).collect()
}

fn worksheet_rows(sheet: &Worksheet, now: &Zoned) -> Vec<Vec<ExportCell>> {
    let row = |line: &str, who: String, how: String, amount: Cents, agreed: String| {
        vec![text(line), text(who), text(how), text(amount.to_string()), cents(amount), text(agreed)]
    };
    let none = String::new;
    let items = sheet.items.iter().map(|item| row("Item", words::item(item), none(), item.amount, none()));
    let lines = sheet.commitments.iter().map(|line| {
        let (who, agreed) = (line.party.label().to_owned(), words::agreement(line).to_owned());
        row("Commitment", who, words::commitment(line), line.amount, agreed)
    });
    let parties = sheet
        .by_party()
        .into_iter()
        .map(|total| row("Party", total.party.label().to_owned(), none(), total.committed, words::party_agreement(total)));
    let sums = [("Total", sheet.total()), ("Committed", sheet.committed()), ("Agreed", sheet.agreed())];
    let sums = sums.into_iter().map(|(name, amount)| row(name, none(), none(), amount, none()));
    let balance = row("Balance", none(), words::balance(sheet), sheet.balance(), none());
    let alternative =
        sheet.alternative.map(|other| row("Alternative", none(), words::alternative(other, sheet), other.total(), none()));
    let concerns = words::concerns(sheet, now.date())
        .into_iter()
        .map(|(says, source)| vec![text("Law"), text(says), text(source), text(""), text(""), text("")]);
    items.chain(lines).chain(parties).chain(sums).chain([balance]).chain(alternative).chain(concerns).collect()
}

fn about(plan: &PlannedServices, manifest: &Manifest, now: &Zoned) -> Vec<(&'static str, String)> {
    let questions: Vec<String> = plan.reports().map(|report| phrases::question(&report.discharge)).collect();
    let synthetic = if manifest.synthetic { "invented sample: do not use for patient care" } else { "" };
    let mut about = vec![
        ("Question", questions.join(" + ")),
        ("Start", words::common_start(&plan.common, plan.services.len())),
        ("Limiting", words::limiting(plan.reports()).unwrap_or_default()),
        ("Payer", plan.map.payer.label().to_owned()),
        ("Written", now.strftime("%Y-%m-%d %H:%M").to_string()),
        ("Directory", manifest.generation.clone()),
        ("Directory built", manifest.built_at.to_string()),
        ("Directory is", synthetic.to_owned()),
        ("Treat as", "notes about a patient. It is no decision on coverage; the amounts were typed.".to_owned()),
    ];
    about.retain(|(_, value)| !value.is_empty());
    about
}
