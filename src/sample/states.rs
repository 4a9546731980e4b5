//! Prefixes of certification numbers and telephone numbers in each state.

use crate::place::State;

/// The codes of one state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CmsStateCode {
    /// The first two characters of its CCNs, in the order of use (CMS State Operations Manual,
    /// section 2779A1).
    pub ccn: &'static [&'static str],
    /// One telephone area code of the state.
    pub area_code: &'static str,
    /// The CMS region.
    pub region: &'static str,
}

/// State, area code, CMS region, CCN prefixes.
const TABLE: &[(&str, &str, &str, &[&str])] = &[
    ("AK", "907", "10", &["02"]),
    ("AL", "205", "4", &["01"]),
    ("AR", "501", "6", &["04"]),
    ("AS", "684", "9", &["64"]),
    ("AZ", "602", "9", &["03"]),
    ("CA", "213", "9", &["05", "55", "75"]),
    ("CO", "303", "8", &["06"]),
    ("CT", "203", "1", &["07"]),
    ("DC", "202", "3", &["09"]),
    ("DE", "302", "3", &["08"]),
    ("FL", "305", "4", &["10", "68", "69"]),
    ("GA", "404", "4", &["11"]),
    ("GU", "671", "9", &["65"]),
    ("HI", "808", "9", &["12"]),
    ("IA", "515", "7", &["16"]),
    ("ID", "208", "10", &["13"]),
    ("IL", "312", "5", &["14", "78"]),
    ("IN", "317", "5", &["15"]),
    ("KS", "913", "7", &["17"]),
    ("KY", "502", "4", &["18"]),
    ("LA", "504", "6", &["19", "71"]),
    ("MA", "617", "1", &["22"]),
    ("MD", "410", "3", &["21"]),
    ("ME", "207", "1", &["20"]),
    ("MI", "313", "5", &["23"]),
    ("MN", "612", "5", &["24", "77"]),
    ("MO", "816", "7", &["26"]),
    ("MP", "670", "9", &["66"]),
    ("MS", "601", "4", &["25"]),
    ("MT", "406", "8", &["27"]),
    ("NC", "704", "4", &["34"]),
    ("ND", "701", "8", &["35"]),
    ("NE", "402", "7", &["28"]),
    ("NH", "603", "1", &["30"]),
    ("NJ", "201", "2", &["31"]),
    ("NM", "505", "6", &["32"]),
    ("NV", "702", "9", &["29"]),
    ("NY", "212", "2", &["33"]),
    ("OH", "216", "5", &["36", "72"]),
    ("OK", "405", "6", &["37", "76"]),
    ("OR", "503", "10", &["38"]),
    ("PA", "215", "3", &["39", "73"]),
    ("PR", "787", "2", &["40"]),
    ("RI", "401", "1", &["41"]),
    ("SC", "803", "4", &["42"]),
    ("SD", "605", "8", &["43"]),
    ("TN", "615", "4", &["44"]),
    ("TX", "214", "6", &["45", "67", "74"]),
    ("UT", "801", "8", &["46"]),
    ("VA", "804", "3", &["49"]),
    ("VI", "340", "2", &["48"]),
    ("VT", "802", "1", &["47"]),
    ("WA", "206", "10", &["50"]),
    ("WI", "414", "5", &["52"]),
    ("WV", "304", "3", &["51"]),
    ("WY", "307", "8", &["53"]),
];

/// The codes of `state`; `None` if we know of no CMS-certified provider there.
pub(crate) fn digits(state: State) -> Option<CmsStateCode> {
    let (_, area_code, region, ccn) = TABLE.iter().find(|(code, ..)| *code == state.as_str())?;
    Some(CmsStateCode { ccn, area_code, region })
}
