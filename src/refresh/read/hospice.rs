//! CMS hospices: "General Information", and the tall "Provider Data" with a row for each hospice and measure.

use csv::StringRecord;
use rustc_hash::FxHashMap;

use crate::care::Service;
use crate::provider::Measure;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, Reader, listed};
use crate::refresh::row::{self, Row};

/// Every certified hospice comes to the home; routine home care is its first level of care (42 CFR 418.100 and 418.302).
pub const CERTIFIED_MEANS: &str = "eol.home";

/// The measure that is the Hospice Care Index, 0 to 10.
const CARE_INDEX: &str = "H_012_00_OBSERVED";

/// One hospice of "General Information".
pub fn hospice(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    books.accounts.add(Who::Ccn(ccn), certified(row)?)
}

fn certified(row: &mut Row<'_>) -> Result<Account, Refusal> {
    let mut account = listed(row, Service::Hospice)?;
    account.medicare = Some(true);
    account.yes(CERTIFIED_MEANS);
    Ok(account)
}

/// The columns that repeat on each row of a hospice.
const REPEATED: [Column; 9] = [
    Column::Ccn,
    Column::Name,
    Column::Street,
    Column::Street2,
    Column::City,
    Column::State,
    Column::Zip,
    Column::County,
    Column::Phone,
];

/// Pivots the tall file: the first row of a hospice says who it is, the others must agree, one of them is its rating.
#[derive(Debug, Default)]
pub struct Measures {
    places: FxHashMap<String, usize>,
    hospices: Vec<Pivot>,
}

#[derive(Debug)]
struct Pivot {
    who: Who,
    /// The repeated cells of its first row.
    first: StringRecord,
    account: Account,
}

impl Measures {
    fn place(&mut self, row: &mut Row<'_>) -> Result<usize, Refusal> {
        let text = row.raw(Column::Ccn).trim();
        if let Some(known) = self.places.get(text) {
            return Ok(*known);
        }
        let who = Who::Ccn(row.ccn()?);
        let account = certified(row)?;
        let place = self.hospices.len();
        self.hospices.push(Pivot { who, first: REPEATED.iter().map(|column| row.raw(*column)).collect(), account });
        self.places.insert(text.to_owned(), place);
        Ok(place)
    }
}

impl Reader for Measures {
    fn row(&mut self, row: &mut Row<'_>, _: &mut Books) -> Result<Taken, Refusal> {
        let place = self.place(row)?;
        let hospice = &mut self.hospices[place];
        for (column, first) in REPEATED.into_iter().zip(&hospice.first) {
            if row.raw(column) != first {
                let reason = format!("the first row of this hospice has \"{first}\"");
                return Err(Refusal::of(column, row.raw(column), &reason));
            }
        }
        if row.raw(Column::MeasureCode).trim() == CARE_INDEX {
            let scale = "it is not on the scale of the index";
            let index = row.read(Column::Score, scale, |text| row::rating(text, Measure::HospiceCareIndex));
            match hospice.account.rating {
                Some(earlier) if index.is_some_and(|index| index != earlier) => {
                    return Err(Refusal::of(Column::Score, row.raw(Column::Score), "an earlier row has another index"));
                }
                earlier => hospice.account.rating = earlier.or(index),
            }
        }
        Ok(Taken::Used)
    }

    fn end(&mut self, books: &mut Books) -> u64 {
        for hospice in self.hospices.drain(..) {
            // Each hospice is added once, so no earlier row can contradict it.
            let _ = books.accounts.add(hospice.who, hospice.account);
        }
        0
    }
}
