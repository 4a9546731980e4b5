//! CMS long-term care hospitals: "General Information".

use crate::care::Service;
use crate::refresh::account::{Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, listed};
use crate::refresh::row::Row;

/// One hospital.
pub fn hospital(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::LongTermAcute)?;
    account.medicare = Some(true);
    account.beds = row.count(Column::Beds);
    books.accounts.add(Who::Ccn(ccn), account)
}
