//! The location: a ZIP, or a city and its state.

use crate::discharge::Notice;
use crate::place::ZipTable;
use crate::place::typed_place::{PlaceError, TypedPlace, read_place};
use crate::serve::pages::form_parsing::form_error::{FormError, sentence};

/// The ZIP that `typed` means, with a notice about how it was read.
///
/// # Errors
/// Nothing was typed, the ZIP or city is unknown, or several fit.
pub(crate) fn zip(typed: &str, zips: &ZipTable) -> Result<(String, Option<Notice>), FormError> {
    let TypedPlace { zip, remark } = read_place(typed, zips).map_err(fault)?;
    Ok((zip.to_string(), remark.map(|(code, text)| Notice { code, text })))
}

fn fault(PlaceError { detail, hint, offers, .. }: PlaceError) -> FormError {
    let hint = hint.as_deref().map(sentence);
    FormError { hint, ..FormError::of("near", sentence(&detail)).offering(offers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_place_is_a_sentence_at_its_field() {
        for (typed, detail, hint, offered) in [
            ("29400", "ZIP 29400 is not in use.", "Did you mean 29401, 29402 or 29403?", 3),
            (
                "APO AE 09012",
                "ZIP 09012 is in use for military post (APO/FPO/DPO) and has no place.",
                "Enter the ZIP of where care is needed.",
                0,
            ),
            ("64108, 66101", "Several ZIPs were entered. Which one?", "", 2),
        ] {
            let fault = zip(typed, ZipTable::curated()).unwrap_err();
            assert_eq!((fault.field, fault.detail.as_str()), (Some("near"), detail));
            assert_eq!((fault.hint.as_deref().unwrap_or_default(), fault.offers.len()), (hint, offered), "{typed}");
        }
    }
}
