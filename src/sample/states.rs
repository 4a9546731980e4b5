//! What telephones begin with in each state, and its CMS region.

use crate::place::State;

/// The codes of one state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CmsStateCode {
    /// One telephone area code of the state.
    pub area_code: &'static str,
    /// The CMS region.
    pub region: &'static str,
}

/// State, area code, CMS region.
const TABLE: &[(&str, &str, &str)] = &[
    ("AK", "907", "10"),
    ("AL", "205", "4"),
    ("AR", "501", "6"),
    ("AS", "684", "9"),
    ("AZ", "602", "9"),
    ("CA", "213", "9"),
    ("CO", "303", "8"),
    ("CT", "203", "1"),
    ("DC", "202", "3"),
    ("DE", "302", "3"),
    ("FL", "305", "4"),
    ("GA", "404", "4"),
    ("GU", "671", "9"),
    ("HI", "808", "9"),
    ("IA", "515", "7"),
    ("ID", "208", "10"),
    ("IL", "312", "5"),
    ("IN", "317", "5"),
    ("KS", "913", "7"),
    ("KY", "502", "4"),
    ("LA", "504", "6"),
    ("MA", "617", "1"),
    ("MD", "410", "3"),
    ("ME", "207", "1"),
    ("MI", "313", "5"),
    ("MN", "612", "5"),
    ("MO", "816", "7"),
    ("MP", "670", "9"),
    ("MS", "601", "4"),
    ("MT", "406", "8"),
    ("NC", "704", "4"),
    ("ND", "701", "8"),
    ("NE", "402", "7"),
    ("NH", "603", "1"),
    ("NJ", "201", "2"),
    ("NM", "505", "6"),
    ("NV", "702", "9"),
    ("NY", "212", "2"),
    ("OH", "216", "5"),
    ("OK", "405", "6"),
    ("OR", "503", "10"),
    ("PA", "215", "3"),
    ("PR", "787", "2"),
    ("RI", "401", "1"),
    ("SC", "803", "4"),
    ("SD", "605", "8"),
    ("TN", "615", "4"),
    ("TX", "214", "6"),
    ("UT", "801", "8"),
    ("VA", "804", "3"),
    ("VI", "340", "2"),
    ("VT", "802", "1"),
    ("WA", "206", "10"),
    ("WI", "414", "5"),
    ("WV", "304", "3"),
    ("WY", "307", "8"),
];

/// The codes of `state`; `None` if we know of no CMS-certified provider there.
pub(crate) fn digits(state: State) -> Option<CmsStateCode> {
    let (_, area_code, region) = TABLE.iter().find(|(code, ..)| *code == state.as_str())?;
    Some(CmsStateCode { area_code, region })
}
