//! Which state a CMS Certification Number is of: what its first two characters say.

use crate::place::State;

/// State codes of CCNs by state, in the order they are used (CMS State Operations Manual, section 2779A1).
const CCN_STATES: [(&str, &[&str]); 56] = [
    ("AK", &["02"]),
    ("AL", &["01"]),
    ("AR", &["04", "89"]),
    ("AS", &["64"]),
    ("AZ", &["03", "00"]),
    ("CA", &["05", "55", "75", "92", "A0", "A1", "B2"]),
    ("CO", &["06", "91"]),
    ("CT", &["07", "81"]),
    ("DC", &["09"]),
    ("DE", &["08"]),
    ("FL", &["10", "68", "69", "A2"]),
    ("GA", &["11", "85"]),
    ("GU", &["65"]),
    ("HI", &["12"]),
    ("IA", &["16", "76"]),
    ("ID", &["13", "54"]),
    ("IL", &["14", "78"]),
    ("IN", &["15"]),
    ("KS", &["17", "70"]),
    ("KY", &["18", "B0"]),
    ("LA", &["19", "71", "95", "A3"]),
    ("MA", &["22", "82"]),
    ("MD", &["21", "80"]),
    ("ME", &["20"]),
    ("MI", &["23", "A4"]),
    ("MN", &["24", "77"]),
    ("MO", &["26", "79"]),
    ("MP", &["66"]),
    ("MS", &["25", "A5"]),
    ("MT", &["27"]),
    ("NC", &["34", "86"]),
    ("ND", &["35"]),
    ("NE", &["28"]),
    ("NH", &["30"]),
    ("NJ", &["31", "83"]),
    ("NM", &["32", "96"]),
    ("NV", &["29"]),
    ("NY", &["33", "57"]),
    ("OH", &["36", "72", "A6"]),
    ("OK", &["37", "90"]),
    ("OR", &["38", "93"]),
    ("PA", &["39", "73", "A7"]),
    ("PR", &["40", "84"]),
    ("RI", &["41"]),
    ("SC", &["42", "87"]),
    ("SD", &["43"]),
    ("TN", &["44", "88", "A8"]),
    ("TX", &["45", "67", "74", "97", "A9"]),
    ("UT", &["46"]),
    ("VA", &["49"]),
    ("VI", &["48"]),
    ("VT", &["47"]),
    ("WA", &["50", "94"]),
    ("WI", &["52"]),
    ("WV", &["51", "58", "B1"]),
    ("WY", &["53"]),
];

/// Whether a CCN begins with a code that CMS uses for a state, a territory or a foreign country (State Operations Manual,
/// section 2779A1): 00 to 59, 64 to 97, 99, and A0 to E3.
pub(crate) fn is_in_use(ccn: &[u8]) -> bool {
    let [first, second, ..] = ccn else { return false };
    match first {
        b'0'..=b'5' | b'7' | b'8' | b'A'..=b'D' => second.is_ascii_digit(),
        b'6' => (b'4'..=b'9').contains(second),
        b'9' => second.is_ascii_digit() && *second != b'8',
        b'E' => (b'0'..=b'3').contains(second),
        _ => false,
    }
}

impl State {
    /// The state of a CCN that begins with `prefix`; `None` for Canada, Mexico, other countries and a code we do not know.
    pub(crate) fn of_ccn(prefix: &str) -> Option<Self> {
        let (state, _) = CCN_STATES.iter().find(|(_, codes)| codes.contains(&prefix))?;
        state.parse().ok()
    }

    /// What CCNs of the state begin with, in the order it is used; none where CMS certifies nobody.
    pub(crate) fn ccn_prefixes(self) -> &'static [&'static str] {
        CCN_STATES.iter().find(|(state, _)| *state == self.as_str()).map_or(&[], |(_, codes)| codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_code_of_ccns_is_of_one_state() {
        for (prefix, state) in
            [("42", Some("SC")), ("26", Some("MO")), ("97", Some("TX")), ("76", Some("IA")), ("56", None), ("", None)]
        {
            assert_eq!(State::of_ccn(prefix).map(|state| state.to_string()).as_deref(), state, "{prefix}");
        }
        let pairs = || State::all().flat_map(|state| state.ccn_prefixes().iter().map(move |prefix| (state, *prefix)));
        for (state, prefix) in pairs() {
            assert_eq!(State::of_ccn(prefix), Some(state), "{prefix}");
        }
        assert_eq!(pairs().count(), CCN_STATES.iter().map(|(_, codes)| codes.len()).sum::<usize>());
    }
}
