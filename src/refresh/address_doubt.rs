//! What should be looked at in an address that can be read.

use crate::place::ZipTable;
use crate::provider::Address;
use crate::refresh::column::KnownColumn;
use crate::refresh::source_record::RowError;

/// That the ZIP lies in another state than the one written. The row is used: what else is known of the provider decides.
pub(crate) fn zip_elsewhere(address: &Address) -> Option<RowError> {
    let (zip, state) = (address.zip?, address.state?);
    let place = ZipTable::curated().get(zip).filter(|place| place.state != state)?;
    let reason = format!("it lies in {}, and the state is {state}", place.city_and_state());
    Some(RowError { doubt: true, ..RowError::of(KnownColumn::Zip, &zip.to_string(), &reason) })
}
