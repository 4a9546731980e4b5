//! The location: a ZIP, or a city and its state.

use crate::coverage::PlanDirectory;
use crate::coverage::payer_words::{PayerReading, read_payer};
use crate::discharge::Notice;
use crate::place::ZipTable;
use crate::place::typed_place::{PlaceError, TypedPlace, read_place};
use crate::serve::pages::form_parsing::form_error::{FormError, sentence};
use crate::text::printable;

/// The ZIP that `typed` means, with a notice about how it was read.
///
/// # Errors
/// Nothing was typed, the ZIP or city is unknown, several fit, or insurance was typed beside the ZIP.
pub(crate) fn zip(typed: &str, zips: &ZipTable, plans: &PlanDirectory) -> Result<(String, Option<Notice>), FormError> {
    let TypedPlace { zip, remark, unused } = read_place(typed, zips).map_err(fault)?;
    if let Some(words) = unused.filter(|words| is_payer(words, plans)) {
        let detail = format!("\u{201c}{}\u{201d} is insurance, not a place.", printable(&words));
        let hint = "Enter it under Insurance, and the ZIP alone here.";
        return Err(FormError::of("near", detail).hint(hint).offering([zip.to_string()]));
    }
    Ok((zip.to_string(), remark.map(|(code, text)| Notice { code, text })))
}

fn is_payer(words: &str, plans: &PlanDirectory) -> bool {
    use PayerReading::{MedicareAndMedicaid, Plan, Program, Several, Unlisted, WhichState};
    matches!(
        read_payer(words, plans),
        Program(_) | Plan | Unlisted(_) | Several { .. } | WhichState { .. } | MedicareAndMedicaid
    )
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
            (
                "64108 medicare",
                "\u{201c}medicare\u{201d} is insurance, not a place.",
                "Enter it under Insurance, and the ZIP alone here.",
                1,
            ),
        ] {
            let fault = zip(typed, ZipTable::curated(), &PlanDirectory::default()).unwrap_err();
            assert_eq!((fault.field, fault.detail.as_str()), (Some("near"), detail));
            assert_eq!((fault.hint.as_deref().unwrap_or_default(), fault.offers.len()), (hint, offered), "{typed}");
        }
    }
}
