//! CMS nursing homes: "Provider Information" as published, and two cuts of it that carry points and ratings.

use crate::care::Service;
use crate::place::Precision;
use crate::provider::Measure;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, listed, position};
use crate::refresh::row::Row;

/// CMS: "provider's full address could not be geocoded; its point was found from part of it".
const POINT_FROM_PART_OF_ADDRESS: &str = "22";

/// One home of "Provider Information".
pub fn home(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let precision = match row.said(Column::GeocodingFootnote) {
        Some(POINT_FROM_PART_OF_ADDRESS) => Precision::Approximate,
        _ => Precision::Address,
    };
    let (medicare, medicaid) = participation(row);
    let account = Account {
        position: position(row, precision),
        rating: row.rating(Column::OverallRating, Measure::NursingHomeOverall),
        beds: row.count(Column::Beds),
        medicare,
        medicaid,
        ..listed(row, Service::SkilledNursing)?
    };
    books.accounts.add(Who::Ccn(ccn), account)
}

/// Whether Medicare and Medicaid pay the home, by its provider type.
fn participation(row: &mut Row<'_>) -> (Option<bool>, Option<bool>) {
    let both = row.read(Column::ProviderType, "it is none of the provider types", |text| {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if is("Medicare and Medicaid") {
            Some((true, true))
        } else if is("Medicare") {
            Some((true, false))
        } else if is("Medicaid") {
            Some((false, true))
        } else {
            None
        }
    });
    both.map_or((None, None), |(medicare, medicaid)| (Some(medicare), Some(medicaid)))
}

/// One home of the directory with points.
pub fn directory(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let account = Account {
        position: position(row, Precision::Address),
        beds: row.count(Column::Beds),
        ..listed(row, Service::SkilledNursing)?
    };
    books.accounts.add(Who::Ccn(ccn), account)
}

/// One home of the ratings with points; it has no name, so it adds to homes that another file names.
pub fn rating(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let account = Account {
        position: position(row, Precision::Address),
        rating: row.rating(Column::OverallRating, Measure::NursingHomeOverall),
        ..Account::of(Service::SkilledNursing)
    };
    books.accounts.add(Who::Ccn(ccn), account)
}
