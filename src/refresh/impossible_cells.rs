//! Finds rows whose cells have moved into other columns: three or more of them cannot be what their
//! columns say, or one is what the column beside it says.

use csv::StringRecord;

use crate::place::{State, Zip};
use crate::provider::Phone;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_header::CsvHeader;
use crate::text::spreadsheet::is_zeros;

/// So many impossible cells make a shifted row.
const ENOUGH: usize = 3;

/// What the cells of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellForm {
    State,
    Zip,
    Phone,
    Date,
    Flag,
    Number,
    /// Numbers of footnotes.
    Numbers,
    /// Words, and no date.
    Words,
    /// The code of a measure.
    Code,
    /// Words about Medicare or Medicaid.
    Program,
}

impl CellForm {
    /// Whether a cell can be read as what its column says.
    fn holds(self, cell: &str) -> bool {
        match self {
            Self::State => cell.parse::<State>().is_ok(),
            Self::Zip => cell.parse::<Zip>().is_ok() || Zip::with_lost_zeros(cell).is_some() || is_zeros(cell),
            Self::Phone => cell.parse::<Phone>().is_ok() || is_zeros(cell),
            Self::Date => csv_cell::date(cell).is_some(),
            Self::Flag => csv_cell::flag(cell).is_some(),
            Self::Number => csv_cell::number(cell).is_some(),
            Self::Numbers => csv_cell::footnotes(cell).is_some(),
            Self::Words => cell.contains(char::is_alphabetic) && csv_cell::date(cell).is_none(),
            Self::Code => is_measure_code(cell),
            Self::Program => cell.to_ascii_lowercase().contains("medic"),
        }
    }

    /// Whether a cell of this form is hardly anything else.
    fn is_telling(self) -> bool {
        !matches!(self, Self::Number | Self::Numbers | Self::Words)
    }

    /// Whether a wrong cell of this form often is a number that lost or gained digits.
    fn is_of_digits(self) -> bool {
        matches!(self, Self::Zip | Self::Phone)
    }
}

/// Whether the text can be the code of a measure: letters, digits and underscores, not digits alone.
pub(crate) fn is_measure_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// The columns whose cells have a form of their own.
const FORMS: [(KnownColumn, CellForm); 45] = {
    use CellForm::{Code, Date, Flag, Number, Numbers, Phone, Program, State, Words, Zip};
    use KnownColumn as C;
    [
        (C::Ownership, Words),
        (C::MeasureCode, Code),
        (C::Footnote, Numbers),
        (C::StartDate, Date),
        (C::ProviderType, Program),
        (C::GeocodingFootnote, Numbers),
        (C::StarFootnote, Words),
        (C::State, State),
        (C::Zip, Zip),
        (C::Phone, Phone),
        (C::Latitude, Number),
        (C::Longitude, Number),
        (C::CmsRegion, Number),
        (C::CertificationDate, Date),
        (C::ProcessingDate, Date),
        (C::ParticipationBegin, Date),
        (C::ExclusionDate, Date),
        (C::ReinstatementDate, Date),
        (C::WaiverDate, Date),
        (C::LastUpdate, Date),
        (C::DeactivationDate, Date),
        (C::ReactivationDate, Date),
        (C::OffersNursing, Flag),
        (C::OffersPhysical, Flag),
        (C::OffersOccupational, Flag),
        (C::OffersSpeech, Flag),
        (C::OffersSocial, Flag),
        (C::OffersAide, Flag),
        (C::OffersHaemodialysis, Flag),
        (C::OffersPeritoneal, Flag),
        (C::OffersHomeTraining, Flag),
        (C::EmergencyServices, Flag),
        (C::AbuseIcon, Flag),
        (C::Beds, Number),
        (C::Stations, Number),
        (C::PatientCareStar, Number),
        (C::OverallRating, Number),
        (C::FiveStar, Number),
        (C::VentilatorBeds, Number),
        (C::AlzheimerBeds, Number),
        (C::DialysisBeds, Number),
        (C::HospiceBeds, Number),
        (C::HeadTraumaBeds, Number),
        (C::YoungAdultBeds, Number),
        (C::EntityType, Number),
    ]
};

/// The columns of a file whose cells can be impossible.
#[derive(Debug)]
pub(crate) struct CellForms {
    /// In the order of the columns.
    forms: Vec<(usize, CellForm)>,
}

impl CellForms {
    /// Those of a header.
    pub(crate) fn of(columns: &CsvHeader) -> Self {
        let mut forms: Vec<(usize, CellForm)> =
            FORMS.iter().filter_map(|(column, form)| Some((columns.at(*column)?, *form))).collect();
        forms.sort_unstable_by_key(|(at, _)| *at);
        Self { forms }
    }

    /// The positions of the cells that cannot be what their columns say, if they are enough to call
    /// the row shifted.
    pub(crate) fn shifted(&self, cells: &StringRecord) -> Option<Vec<usize>> {
        if self.forms.len() < ENOUGH {
            return None;
        }
        let impossible = |(at, form): &&(usize, CellForm)| {
            cells.get(*at).and_then(csv_cell::non_empty).is_some_and(|cell| !form.holds(cell))
        };
        let found: Vec<(usize, CellForm)> = self.forms.iter().filter(impossible).copied().collect();
        let moved = found.iter().any(|cell| self.is_beside_its_column(*cell, cells, found.len() > 1));
        (found.len() >= ENOUGH || moved).then(|| found.into_iter().map(|(at, _)| at).collect())
    }

    /// Whether an impossible cell is what the column before or behind it says: a form that is hardly anything else, or any form
    /// where that column has no value or, as `lenient` says, other cells are impossible too.
    fn is_beside_its_column(&self, (at, own): (usize, CellForm), cells: &StringRecord, lenient: bool) -> bool {
        let cell = cells.get(at).unwrap_or_default().trim();
        // A telephone number without a digit may look like a ZIP code with its last four.
        let beside =
            self.forms.iter().filter(|(place, of)| place.abs_diff(at) == 1 && (own, *of) != (CellForm::Phone, CellForm::Zip));
        let lenient = lenient && !own.is_of_digits();
        let fits = |(place, form): &(usize, CellForm)| {
            let is_free = || cells.get(*place).and_then(csv_cell::non_empty).is_none();
            form.holds(cell) && (form.is_telling() || lenient || is_free())
        };
        beside.into_iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_impossible_cells_are_a_shifted_row_and_two_are_two_bad_cells() {
        let header = ["State", "City", "ZIP Code", "Telephone Number", "Certification Date", "CMS Region"];
        let forms = CellForms::of(&CsvHeader::of(&StringRecord::from(header.to_vec())));
        for (row, shifted) in [
            (["SC", "AIKEN", "29801", "8036431701", "02/07/1996", "4"], None),
            (["SC", "", "", "", "", ""], None),
            (["SC", "AIKEN", "?", "?", "02/07/1996", "4"], None),
            (["AIKEN", "29801", "8036431701", "02/07/1996", "4", ""], Some(vec![0, 2, 3, 4])),
            (["SC", "1 MAIN ST", "AIKEN", "29801", "PROPRIETARY", "02/07/1996"], Some(vec![2, 3, 4, 5])),
            (["SC", "AIKEN", "8036431701", "", "02/07/1996", "4"], Some(vec![2])),
            (["SC", "AIKEN", "29801", "02/07/1996", "4", ""], Some(vec![3, 4])),
            (["SC", "AIKEN", "29801", "5550140", "02/07/1996", "4"], None),
            (["SC", "AIKEN", "?", "5550140", "02/07/1996", "4"], None),
        ] {
            assert_eq!(forms.shifted(&StringRecord::from(row.to_vec())), shifted, "{row:?}");
        }
    }
}
