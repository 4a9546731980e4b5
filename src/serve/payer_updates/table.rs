//! An update for a payer as CSV.

use crate::serve::http::problem::Problem;
use crate::serve::pages::export::comma_separated;
use crate::serve::pages::export::table::{ExportCell, ExportTable};
use crate::serve::payer_updates::content::{NOTICE, PayerUpdate};

/// The columns.
const COLUMNS: &[(&str, u16)] = &[
    ("Part", 16),
    ("Code", 28),
    ("What", 44),
    ("Result", 24),
    ("Details", 60),
    ("Date", 12),
    ("Citation", 34),
    ("Review", 34),
];

/// `update` as a file.
///
/// # Errors
/// It cannot be written.
pub(crate) fn written(update: &PayerUpdate) -> Result<Vec<u8>, Problem> {
    let row = |cells: [String; 8]| cells.map(ExportCell::from).to_vec();
    let none = String::new;
    let about = update.about().into_iter().chain([("Notice", NOTICE.to_owned())]);
    let mut rows: Vec<Vec<ExportCell>> = about
        .map(|(name, value)| row(["about".to_owned(), none(), name.to_owned(), value, none(), none(), none(), none()]))
        .collect();
    rows.extend(update.screens.iter().map(|entry| {
        row([
            "rule".to_owned(),
            entry.rule.id.clone(),
            entry.question.clone(),
            entry.status.label().to_owned(),
            entry.why.clone(),
            none(),
            entry.rule.citation.clone(),
            entry.review.clone(),
        ])
    }));
    rows.extend(update.options.iter().flatten().map(|option| {
        row([
            "option".to_owned(),
            option.provider.clone(),
            option.name.clone(),
            option.result(),
            option.reason.as_ref().map(|(code, _)| code.clone()).unwrap_or_default(),
            option.asked_at.date().to_string(),
            none(),
            none(),
        ])
    }));
    let table = ExportTable { columns: COLUMNS, sheet: "Payer update", rows, is_cut: false, about: Vec::new() };
    comma_separated::bytes(&table).ok_or_else(|| {
        tracing::error!("cannot write an update for a payer as CSV");
        Problem::Internal
    })
}
