//! In which state a provider is, where its address contradicts itself or its CCN: two of three decide.

use std::cmp::Ordering;

use crate::place::{Miles, Point, State, ZipEntry, ZipSource, ZipTable};
use crate::provider::Address;

/// The state of a provider, and where its points should lie.
#[derive(Debug)]
pub(crate) struct StateVote<'a> {
    /// The state it counts for; `None` where its address has neither a state nor a ZIP with a place.
    pub state: Option<State>,
    /// The place its points are checked against, which stands for it where it has none; `None` where there is no such place.
    pub anchor: Option<ZipEntry<'a>>,
    /// What disagrees, as a code and a sentence.
    pub remark: Option<(&'static str, String)>,
}

/// Settles the state of a provider with this address, the state in its CCN and the most trusted point given for it.
///
/// The ZIP and the address agree nearly always, and then they decide. Where they do not, the CCN and the point decide between them;
/// where neither does, or one contradicts the other, the state that is written stays and a person should look at it. A ZIP that is
/// not believed places nobody: the city does, in the state that is believed. A state that is missing is that of the ZIP; an address
/// without a ZIP counts for the state written and has no place.
pub(crate) fn settle_state<'a>(
    address: &Address,
    ccn: Option<State>,
    point: Option<Point>,
    zips: &'a ZipTable,
) -> StateVote<'a> {
    let place = address.zip.and_then(|zip| zips.get(zip));
    let Some(written) = address.state.or(place.map(|place| place.state)) else {
        return StateVote { state: None, anchor: None, remark: None };
    };
    let Some(zip) = place.filter(|zip| zip.state != written) else {
        let of_ccn = ccn.filter(|ccn| *ccn != written);
        let remark = of_ccn.map(|ccn| ("ccn_of_another_state", format!("its CCN is of {ccn}, and its address of {written}")));
        return StateVote { state: Some(written), anchor: place, remark };
    };
    let point = point.and_then(|point| nearer_state(point, written, zip.state, zips));
    let says = |state| u8::from(ccn == Some(state)) + u8::from(point == Some(state));
    let city = zips.city_in(&address.city, written).map(|city| ZipEntry { source: ZipSource::City, ..city });
    let (state, anchor, code, decided) = match says(written).cmp(&says(zip.state)) {
        Ordering::Greater => (written, city, "zip_of_another_state", "the ZIP is not believed"),
        Ordering::Less => (zip.state, Some(zip), "state_corrected", "the state written is not believed"),
        Ordering::Equal => (written, city.or(Some(zip)), "state_in_doubt", "nothing decides: look at it"),
    };
    let votes: String = [("its CCN", ccn), ("its point", point)]
        .into_iter()
        .filter_map(|(what, state)| Some(format!("; {what} says {}", state?)))
        .collect();
    let (code_of_zip, lies) = (zip.zip, zip.city_and_state());
    let text = format!(
        "its address says {written}, and ZIP {code_of_zip} lies in {lies}{votes}; it counts for {state}, for {decided}"
    );
    StateVote { state: Some(state), anchor, remark: Some((code, text)) }
}

/// The one of two states in which a point lies: that of the nearest ZIP, where the nearest of the other is at least twice as far (our
/// choice). `None` near the line between them.
fn nearer_state(point: Point, one: State, other: State, zips: &ZipTable) -> Option<State> {
    let miles_to = |state| {
        let of_state = zips.iter().filter(|place| place.state == state);
        of_state.map(|place| place.point.miles_to(point)).min().map_or(f64::INFINITY, Miles::value)
    };
    let (near, far) = (miles_to(one), miles_to(other));
    match () {
        () if 2.0 * near <= far => Some(one),
        () if 2.0 * far <= near => Some(other),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Precision;

    fn address(city: &str, state: &str, zip: &str) -> Address {
        Address { street: "1 MAIN ST".to_owned(), city: city.to_owned(), state: state.parse().ok(), zip: zip.parse().ok() }
    }

    #[test]
    fn two_of_three_decide_where_a_provider_is() {
        let springfield = || address("Springfield", "MO", "01103");
        let (missouri, massachusetts) = (Point::from_degrees(37.2, -93.29), Point::from_degrees(42.1, -72.59));
        for (what, address, ccn, point, state, anchor, code) in [
            ("all agree", address("KANSAS CITY", "MO", "64108"), Some("MO"), None, "MO", Some("MO"), None),
            ("no CCN", address("KANSAS CITY", "MO", "64108"), None, None, "MO", Some("MO"), None),
            (
                "the CCN alone disagrees",
                address("KANSAS CITY", "MO", "64108"),
                Some("KS"),
                None,
                "MO",
                Some("MO"),
                Some("ccn_of_another_state"),
            ),
            ("the CCN is with the state", springfield(), Some("MO"), None, "MO", Some("MO"), Some("zip_of_another_state")),
            ("the CCN is with the ZIP", springfield(), Some("MA"), None, "MA", Some("MA"), Some("state_corrected")),
            ("the point is with the state", springfield(), None, missouri, "MO", Some("MO"), Some("zip_of_another_state")),
            ("the point is with the ZIP", springfield(), None, massachusetts, "MA", Some("MA"), Some("state_corrected")),
            ("CCN and point disagree", springfield(), Some("MO"), massachusetts, "MO", Some("MO"), Some("state_in_doubt")),
            ("nothing decides", springfield(), None, None, "MO", Some("MO"), Some("state_in_doubt")),
            ("the CCN is of a third state", springfield(), Some("TX"), None, "MO", Some("MO"), Some("state_in_doubt")),
            (
                "no such city, in doubt",
                address("Boston", "SC", "02110"),
                None,
                None,
                "SC",
                Some("MA"),
                Some("state_in_doubt"),
            ),
            ("no such city", address("Boston", "SC", "02110"), Some("SC"), None, "SC", None, Some("zip_of_another_state")),
            ("a ZIP nobody knows", address("Springfield", "MO", "00000"), Some("MO"), None, "MO", None, None),
            ("no ZIP", address("Springfield", "MO", ""), Some("MO"), None, "MO", None, None),
            (
                "no ZIP, another CCN",
                address("Springfield", "MO", ""),
                Some("MA"),
                None,
                "MO",
                None,
                Some("ccn_of_another_state"),
            ),
            ("no state", address("Kansas City", "", "64108"), None, None, "MO", Some("MO"), None),
            ("neither", address("Springfield", "", ""), Some("MO"), None, "", None, None),
        ] {
            let ccn = ccn.map(|ccn| ccn.parse().unwrap());
            let vote = settle_state(&address, ccn, point, ZipTable::curated());
            assert_eq!(vote.state.as_ref().map_or("", |state| state.as_str()), state, "{what}");
            assert_eq!(vote.anchor.as_ref().map(|place| place.state.as_str()), anchor, "{what}");
            assert_eq!(vote.remark.as_ref().map(|(code, _)| *code), code, "{what}");
        }
    }

    #[test]
    fn a_city_that_stands_for_a_foreign_zip_says_so() {
        let vote = settle_state(&address("Springfield", "MO", "01103"), None, None, ZipTable::curated());
        let anchor = vote.anchor.unwrap();
        assert_eq!((anchor.city, anchor.precision()), ("Springfield", Precision::City));
        let said =
            "its address says MO, and ZIP 01103 lies in Springfield, MA; it counts for MO, for nothing decides: look at it";
        assert_eq!(vote.remark.unwrap().1, said);
    }

    #[test]
    fn a_point_near_the_line_is_of_neither_state() {
        let zips = ZipTable::curated();
        let state = |code: &str| code.parse().unwrap();
        for (what, latitude, longitude, lies) in [
            ("on the state line of Kansas City", 39.1, -94.608, None),
            ("Topeka", 39.05, -95.68, Some("KS")),
            ("Saint Louis", 38.63, -90.2, Some("MO")),
        ] {
            let point = Point::from_degrees(latitude, longitude).unwrap();
            let found = nearer_state(point, state("KS"), state("MO"), zips);
            assert_eq!(found.map(|state| state.to_string()).as_deref(), lies, "{what}");
        }
    }
}
