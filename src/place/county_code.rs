//! Which state a county code of the Census Bureau is of: what its first two digits say.

use crate::place::State;

/// The state codes of county codes (FIPS 5-2, now INCITS 38), in the order of the codes.
const CODES: &str = "01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA 26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX 49UT 50VT 51VA 53WA 54WV 55WI 56WY 60AS 66GU 69MP 70PW 72PR 78VI";

impl State {
    /// The state of a county code of five digits: `45027` is in South Carolina.
    pub(crate) fn of_county_code(code: &str) -> Option<Self> {
        let is_code = code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = code.get(..2).filter(|_| is_code)?;
        CODES.split(' ').find_map(|entry| entry.strip_prefix(prefix)).and_then(Self::coded)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_state_has_one_code_of_counties() {
        let named: BTreeSet<State> =
            CODES.split(' ').map(|entry| State::of_county_code(&format!("{}001", &entry[..2])).unwrap()).collect();
        assert_eq!(named, State::all().collect());
        assert_eq!((CODES.split(' ').count(), named.len()), (57, 57));
        for (code, state) in [("45027", Some("SC")), ("29510", Some("MO")), ("03001", None), ("4502", None), ("45O27", None)]
        {
            assert_eq!(State::of_county_code(code).map(|state| state.to_string()).as_deref(), state, "{code}");
        }
    }
}
