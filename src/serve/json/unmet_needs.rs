//! Counts of questions that no provider met, as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::openapi::enums;
use crate::serve::unmet_needs::{FEWEST_SHOWN, ShownCell};
use crate::service::Need;

/// What no provider near met, over the 30 days before today.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnmetNeeds)]
pub(crate) struct UnmetNeedsJson {
    /// Whether `hospital.toml` has it counted.
    is_counted: bool,
    /// Today; the 30 days before it are counted.
    as_of: Date,
    /// A smaller count is not shown.
    fewest_shown: u32,
    /// The cells; no sum of several is shown.
    cells: Vec<UnmetCellJson>,
}

/// One region, need and payer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnmetCell)]
pub(crate) struct UnmetCellJson {
    /// The first three digits of the ZIP; null where 20,000 people or fewer live.
    #[schema(required)]
    region: Option<String>,
    /// The need; null for questions without one.
    #[schema(required, value_type = Option<Need>)]
    need: Option<&'static str>,
    /// Who pays.
    #[schema(value_type = enums::UnmetPayer)]
    payer: &'static str,
    /// The questions; null if there are fewer than `fewest_shown`.
    #[schema(required)]
    questions: Option<u32>,
    /// The most frequent reason; null with `questions`.
    #[schema(required, value_type = Option<enums::UnmetReason>)]
    reason: Option<&'static str>,
}

impl UnmetNeedsJson {
    /// `cells` as JSON.
    pub(crate) fn new(is_counted: bool, as_of: Date, cells: &[ShownCell]) -> Self {
        let cells = cells.iter().map(|shown| UnmetCellJson {
            region: shown.cell.region.map(|region| region.to_string()),
            need: shown.cell.need.map(Need::code),
            payer: shown.cell.payer.code(),
            questions: shown.count.map(|(count, _)| count),
            reason: shown.count.map(|(_, reason)| reason.code()),
        });
        Self { is_counted, as_of, fewest_shown: FEWEST_SHOWN, cells: cells.collect() }
    }
}
