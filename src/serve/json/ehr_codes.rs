//! The codes of EHRs that were not understood, as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::ehr_codes::{SeenCode, UnreadCode};
use crate::serve::openapi::enums;

/// The codes that were not understood, since the server started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EhrCodes)]
pub(crate) struct EhrCodesJson {
    /// Today; a code is forgotten 30 days after it was last sent.
    as_of: Date,
    /// The codes, the most frequent first; at most 500.
    codes: Vec<EhrCodeJson>,
}

/// A code that was not understood.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EhrCode)]
pub(crate) struct EhrCodeJson {
    /// What it would have said.
    #[schema(value_type = enums::EhrCodeKind)]
    kind: &'static str,
    /// Its system; null if it was sent without one.
    #[schema(required)]
    system: Option<String>,
    /// The code.
    code: String,
    /// In how many calls it was sent.
    calls: u32,
    /// The day it was last sent.
    last_on: Date,
}

impl EhrCodesJson {
    /// `codes` as JSON.
    pub(crate) fn new(as_of: Date, codes: Vec<(UnreadCode, SeenCode)>) -> Self {
        let codes = codes.into_iter().map(|(UnreadCode { kind, system, code }, seen)| EhrCodeJson {
            kind: kind.code(),
            system,
            code,
            calls: seen.calls,
            last_on: seen.last_on,
        });
        Self { as_of, codes: codes.collect() }
    }
}
