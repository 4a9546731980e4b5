//! The region of a referral request: the first three digits of a ZIP, where enough people live.

use std::fmt;
use std::str::FromStr;

use crate::place::{Zip, ZipTable};

/// A region with this many people or fewer is not named (45 CFR 164.514(b)(2)(i)(B)).
pub const FEWEST_PEOPLE: u64 = 20_000;

/// The first three digits of ZIP codes where more than [`FEWEST_PEOPLE`] people live, by the census.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferralRegion(u16);

impl ReferralRegion {
    /// The region of `zip`; `None` if too few people live there, or it has no place.
    pub fn of_zip(zip: Zip) -> Option<Self> {
        Self::of_digits(zip.number() / 100)
    }

    /// The region of three digits, as a number.
    pub fn of_digits(digits: u32) -> Option<Self> {
        let digits = u16::try_from(digits).ok().filter(|digits| *digits < 1_000)?;
        (people_in(digits) > FEWEST_PEOPLE).then_some(Self(digits))
    }
}

/// How many people live in the ZIPs that begin with these digits.
fn people_in(digits: u16) -> u64 {
    let zips = ZipTable::curated();
    let first = u32::from(digits) * 100;
    (first..first + 100).filter_map(Zip::from_number).map(|zip| u64::from(zips.people(zip))).sum()
}

impl fmt::Display for ReferralRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

/// Three digits of a ZIP, whether or not they may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreeDigits(pub u16);

impl FromStr for ThreeDigits {
    type Err = ParseThreeDigitsError;

    fn from_str(text: &str) -> Result<Self, ParseThreeDigitsError> {
        let is_plain = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain).map(Self).ok_or(ParseThreeDigitsError)
    }
}

/// The text is not three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a region is the first three digits of a ZIP")]
pub struct ParseThreeDigitsError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_named_only_where_more_than_20_000_people_live() {
        assert_eq!(ReferralRegion::of_zip("64108".parse().unwrap()).map(|region| region.to_string()).as_deref(), Some("641"));
        // The regions that the Census Bureau counted as too small include these.
        for zip in ["03601", "05901", "82190", "87901", "10201"] {
            let zip: Zip = zip.parse().unwrap();
            let digits = u16::try_from(zip.number() / 100).unwrap();
            assert_eq!(ReferralRegion::of_zip(zip), None, "{digits}: {}", people_in(digits));
        }
        assert_eq!(ReferralRegion::of_digits(1_000), None);
    }

    #[test]
    fn leading_zeros_are_kept_and_five_digits_are_refused() {
        assert_eq!(ReferralRegion::of_digits(21).map(|region| region.to_string()).as_deref(), Some("021"));
        assert_eq!("021".parse(), Ok(ThreeDigits(21)));
        for text in ["", "64", "6410", "64108", "+64", "6 4"] {
            assert!(text.parse::<ThreeDigits>().is_err(), "{text}");
        }
    }
}
