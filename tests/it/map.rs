//! The map: the position of every drawn element.

use placement::matching::report::FitTier;
use placement::place::{Miles, Point, ZipTable};
use placement::serve::pages::map::pins::MapPin;
use placement::serve::pages::map::{draw, draw_place};
use proptest::prelude::*;

use crate::random_town::cases;
use crate::strict_markup::{Element, read};

/// Size of the drawing in its units.
const SIDE: f64 = 480.0;

fn zip(zip: &str) -> Point {
    ZipTable::curated().get(zip.parse().unwrap()).unwrap().point
}

fn miles(miles: f64) -> Option<Miles> {
    Miles::new(miles)
}

fn at(latitude: f64, longitude: f64) -> Point {
    Point::from_degrees(latitude, longitude).unwrap()
}

fn pins(points: &[Point]) -> Vec<MapPin> {
    (1..).zip(points).map(|(rank, point)| pin(rank, &format!("Place {rank}"), *point)).collect()
}

/// A pin that meets the requirements.
fn pin(rank: u32, name: &str, point: Point) -> MapPin {
    let fit = FitTier::Meets;
    MapPin { rank, name: name.to_owned(), fit, fit_label: fit.label(), point }
}

fn map(center: Point, within: Option<Miles>, points: &[Point]) -> Element {
    let text = draw(center, within, &pins(points)).unwrap().to_string();
    read(&text).unwrap_or_else(|fault| panic!("{fault}"))
}

fn number(element: &Element, attribute: &str) -> f64 {
    element.attribute(attribute).unwrap().parse().unwrap()
}

/// The lines of one class, as segments in units of the drawing.
fn steps(map: &Element, class: &str) -> Vec<((f64, f64), (f64, f64))> {
    let mut steps = Vec::new();
    for path in map.classed(class) {
        for line in path.attribute("d").unwrap().split('M').skip(1) {
            let mut pen: Option<(f64, f64)> = None;
            for spot in line.split('l') {
                let spaced = spot.replace('-', " -");
                let numbers: Vec<f64> = spaced.split_whitespace().map(|number| number.parse().unwrap()).collect();
                let (x, y) = (numbers[0] / 10.0, numbers[1] / 10.0);
                let next = pen.map_or((x, y), |(px, py)| (px + x, py + y));
                steps.extend(pen.map(|pen| (pen, next)));
                pen = Some(next);
            }
        }
    }
    steps
}

/// Number of crossings between lines of a class and the segment from one point to another.
fn crossings(map: &Element, class: &str, from: (f64, f64), to: (f64, f64)) -> usize {
    let side = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0) > 0.0;
    let crosses = |(a, b): &((f64, f64), (f64, f64))| {
        side(from, to, *a) != side(from, to, *b) && side(*a, *b, from) != side(*a, *b, to)
    };
    steps(map, class).iter().filter(|step| crosses(step)).count()
}

/// Positions of the markers with a number, and of the dots.
fn spots(map: &Element) -> Vec<(f64, f64)> {
    let dots = map.classed("dot").into_iter().map(|dot| (number(dot, "cx"), number(dot, "cy")));
    numbered(map).into_iter().chain(dots).collect()
}

/// Positions of the markers with a number.
fn numbered(map: &Element) -> Vec<(f64, f64)> {
    let groups = map.classed("place").into_iter().flat_map(|place| place.named("g"));
    groups.map(moved).collect()
}

/// Where a group has been moved to.
fn moved(group: &Element) -> (f64, f64) {
    let (x, y) =
        group.attribute("transform").unwrap()["translate(".len()..].split_once(')').unwrap().0.split_once(' ').unwrap();
    (x.parse().unwrap(), y.parse().unwrap())
}

#[test]
fn the_state_line_runs_between_the_two_kansas_cities() {
    let (missouri, kansas) = (zip("64108"), zip("66101"));
    let map = map(missouri, miles(25.0), &[kansas, zip("64055"), zip("66061")]);
    let there = spots(&map);
    let center = (SIDE / 2.0, SIDE / 2.0);
    let by_rank = |rank: &str| {
        let place = map.classed("place").into_iter().find(|place| place.named("text")[0].text() == rank).unwrap();
        moved(place.named("g")[0])
    };
    assert_eq!(there.len(), 3);
    for (rank, in_kansas) in [("1", true), ("2", false), ("3", true)] {
        assert_eq!(crossings(&map, "state", center, by_rank(rank)) % 2 == 1, in_kansas, "{rank}");
    }
    assert_eq!(crossings(&map, "country", center, by_rank("3")), 0, "there is no sea in between");
    assert!(!steps(&map, "county").is_empty());
}

#[test]
fn the_coast_runs_between_charleston_and_the_open_sea() {
    let (sea, inland) = (at(32.62, -79.70), zip("29485"));
    let map = map(zip("29401"), miles(25.0), &[sea, inland]);
    let there = spots(&map);
    let (inland, sea) = (there[0], there[1]);
    let rank: Vec<String> = map.classed("pin-number").iter().map(|number| number.text()).collect();
    assert_eq!(rank, ["2", "1"], "the best is drawn last, over the others");
    assert_eq!(crossings(&map, "country", inland, sea) % 2, 1);
    assert_eq!(crossings(&map, "state", inland, sea), 0, "the next state is out of sight");
}

#[test]
fn rings_and_the_scale_are_as_long_as_they_say() {
    let map = map(zip("64108"), miles(25.0), &[zip("66061")]);
    let rings: Vec<f64> = map.classed("ring").iter().map(|ring| number(ring, "r")).collect();
    let said: Vec<String> = map.classed("ring-label").iter().map(|label| label.text()).collect();
    assert_eq!(said, ["10 mi", "25 mi"]);
    assert!((rings[1] / rings[0] - 2.5).abs() < 0.01, "{rings:?}");
    let scale = map.classed("scale")[0].attribute("d").unwrap();
    let (from, to) = (scale[1..].split(' ').next().unwrap(), scale.split(['H', 'V']).nth(2).unwrap());
    let long = to.parse::<f64>().unwrap() - from.parse::<f64>().unwrap();
    assert_eq!(map.classed("scale-label")[0].text(), "10 miles");
    assert!((long - rings[0]).abs() < 0.1, "{long} beside {rings:?}");
}

#[test]
fn places_stand_as_far_and_in_the_direction_they_are() {
    let center = zip("29401");
    let map = map(center, miles(25.0), &[at(center.latitude() + 0.2, center.longitude())]);
    let (x, y) = spots(&map)[0];
    let rings = map.classed("ring");
    let unit = number(rings[1], "r") / 25.0;
    assert!((x - SIDE / 2.0).abs() < 0.1);
    assert!(((SIDE / 2.0 - y) / unit - 0.2 * 69.093).abs() < 0.05);
    let told = map.named("desc")[0].text();
    assert!(told.contains("Rings at 10 and 25 miles. 1: Place 1, 13.8 miles north."), "{told}");
}

#[test]
fn a_map_is_told_and_credited() {
    let map = map(zip("64108"), None, &[zip("66101"), zip("64055")]);
    assert_eq!((map.name.as_str(), map.attribute("role")), ("svg", Some("group")));
    for (says, name) in [("aria-labelledby", "title"), ("aria-describedby", "desc")] {
        assert_eq!(map.named(name)[0].attribute("id"), map.attribute(says));
    }
    assert_eq!(map.named("title")[0].text(), "Map: 2 providers");
    assert_eq!(map.classed("credit")[0].text(), "U.S. Census Bureau, Natural Earth");
    for element in map.all() {
        for (name, _) in &element.attributes {
            assert!(!name.starts_with("on") && name != "style", "{name}");
        }
        assert!(element.attribute("href").is_none_or(|to| to.starts_with("#rank-")));
        assert!(!["script", "style", "image", "foreignObject", "use"].contains(&element.name.as_str()));
    }
}

#[test]
fn a_pin_says_its_rank_and_tier_and_leads_to_its_row() {
    let fits = (1..).zip(FitTier::ALL);
    let pins: Vec<MapPin> =
        fits.map(|(rank, fit)| MapPin { fit, fit_label: fit.label(), ..pin(rank, "Elm", zip("64111")) }).collect();
    let map = read(&draw(zip("64108"), miles(25.0), &pins).unwrap().to_string()).unwrap();
    let places = map.classed("place");
    assert_eq!(places.len(), FitTier::ALL.len());
    let mut looks = Vec::new();
    for pin in &pins {
        let place = places.iter().find(|place| place.attribute("id") == Some(&format!("pin-{}", pin.rank))).unwrap();
        assert_eq!(place.attribute("href"), Some(&*format!("#rank-{}", pin.rank)));
        let says = format!("{}. Elm, {}", pin.rank, pin.fit_label);
        assert_eq!((place.attribute("aria-label"), &*place.named("title")[0].text()), (Some(&*says), &*says));
        let shape = place.classed("pin")[0];
        // The tier is said by the shape and by a filled or an empty area, not by color alone.
        let look = (shape.attribute("d").unwrap(), shape.attribute("fill") == Some("#fff"));
        assert!(!looks.contains(&look), "{says}");
        looks.push(look);
    }
}

/// Whether the even-odd fill of the areas of one class covers a point of the drawing.
fn is_in(map: &Element, class: &str, (x, y): (f64, f64)) -> bool {
    let mut inside = false;
    for path in map.classed(class) {
        for border in path.attribute("d").unwrap().split('M').skip(1) {
            let mut spots: Vec<(f64, f64)> = Vec::new();
            for spot in border.trim_end_matches('z').split('l') {
                let spaced = spot.replace('-', " -");
                let numbers: Vec<f64> = spaced.split_whitespace().map(|number| number.parse().unwrap()).collect();
                let (px, py) = spots.last().copied().unwrap_or_default();
                spots.push((px + numbers[0] / 10.0, py + numbers[1] / 10.0));
            }
            for (a, b) in spots.iter().zip(spots.iter().cycle().skip(1)) {
                inside ^= (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0);
            }
        }
    }
    inside
}

#[test]
fn the_sea_and_the_great_lakes_are_water_and_towns_are_land() {
    for (place, center, within, wet, dry) in [
        ("Charleston", zip("29401"), 25.0, at(32.60, -79.60), zip("29485")),
        ("Charleston from afar", zip("29401"), 150.0, at(32.2, -79.0), zip("29201")),
        ("Chicago", zip("60601"), 25.0, at(41.95, -87.35), zip("60302")),
        ("Honolulu", zip("96813"), 25.0, at(21.15, -157.9), zip("96786")),
        ("Attu, around the antimeridian", at(52.0, 179.9), 60.0, at(51.3, -179.2), at(51.9, 179.6)),
    ] {
        let map = map(center, miles(within), &[wet, dry]);
        // The pins stand in the order of the ranks, last first.
        let spots = spots(&map);
        let (wet, dry) = (spots[1], spots[0]);
        assert!(is_in(&map, "water", wet), "{place}: {wet:?}");
        if !place.starts_with("Attu") {
            assert!(!is_in(&map, "water", dry), "{place}: {dry:?}");
        }
    }
}

#[test]
fn rivers_and_towns_are_drawn() {
    let map = map(zip("64108"), miles(25.0), &[zip("66062")]);
    assert!(!steps(&map, "river").is_empty(), "the Missouri");
    let towns: Vec<String> = map.classed("town").iter().map(|town| town.text()).collect();
    assert!(towns.contains(&"Overland Park".to_owned()) && towns.len() > 5, "{towns:?}");
}

#[test]
fn the_map_of_an_agency_shows_the_zips_that_it_serves() {
    let (home, served) = (zip("64108"), [zip("66101"), zip("64055"), zip("64050")]);
    let map = |serves: &[Point]| read(&draw_place("Elm", home, serves).to_string()).unwrap();
    let dots = map(&served).classed("served")[0].attribute("d").unwrap().matches("h0").count();
    assert_eq!(dots, 3, "all are in view");
    assert!(map(&[]).classed("served").is_empty());
    assert!(map(&served).classed("town").len() > 2);
    let far = map(&[zip("67202")]).classed("served")[0].attribute("d").unwrap().matches("h0").count();
    assert_eq!(far, 1, "the map reaches as far as the area");
}

#[test]
fn names_stay_text() {
    let names = ["</title><script>alert(1)</script>", "\" onload=\"alert(1)", "&amp; & \u{202e}gnp.exe", "a\0b\u{1b}[31m"];
    let pins: Vec<MapPin> = (1..).zip(names).map(|(rank, name)| pin(rank, name, zip("66101"))).collect();
    let map = read(&draw(zip("64108"), miles(10.0), &pins).unwrap().to_string()).unwrap();
    assert!(map.named("script").is_empty());
    let titles: Vec<String> = map.classed("place").iter().map(|place| place.named("title")[0].text()).collect();
    assert!(titles.contains(&"1. </title><script>alert(1)</script>, Meets requirements".to_owned()), "{titles:?}");
    assert!(titles.contains(&"3. &amp; & gnp.exe, Meets requirements".to_owned()), "{titles:?}");
    assert!(read(&draw_place(names[1], zip("66101"), &[]).to_string()).unwrap().text().contains("onload"));
}

#[test]
fn places_beyond_the_ninety_ninth_are_dots() {
    let map = map(zip("64108"), miles(25.0), &[zip("64111"); 120]);
    assert_eq!((map.classed("pin-number").len(), map.classed("place").len()), (99, 120));
    assert!(map.named("desc")[0].text().contains("100 more are in the table."));
}

#[test]
fn there_is_no_map_of_nothing_and_none_of_the_other_end_of_the_world() {
    assert!(draw(zip("64108"), None, &[]).is_none());
    assert!(map(zip("64108"), miles(25.0), &[]).classed("pin").is_empty());
    let both = map(zip("64108"), None, &[zip("66101"), zip("96910")]);
    assert_eq!(both.classed("pin").len(), 1);
    assert!(both.named("desc")[0].text().ends_with("1 more than 500 miles away are not shown."));
    assert!(draw(zip("64108"), None, &pins(&[zip("96910")])).is_none());
}

/// A random ZIP, with those in Alaska, Hawaii, Puerto Rico and Guam as frequent as all others; or a
/// point off the coast, some near the antimeridian.
fn center() -> impl Strategy<Value = Point> {
    let zips: Vec<Point> = ZipTable::curated().iter().map(|place| place.point).collect();
    let far: Vec<Point> = ZipTable::curated()
        .iter()
        .filter(|place| ["AK", "HI", "PR", "GU", "AS"].contains(&place.state.as_str()))
        .map(|place| place.point)
        .collect();
    prop_oneof![
        prop::sample::select(zips),
        prop::sample::select(far),
        (50.0..54.0_f64, 179.0..180.0_f64, any::<bool>())
            .prop_map(|(north, east, west)| at(north, if west { -east } else { east })),
        (-90.0..=90.0_f64, -180.0..=180.0_f64).prop_map(|(north, east)| at(north, east)),
    ]
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_map_is_whole_small_and_readable(
        center in center(),
        within in prop::option::of(prop::sample::select(vec![1.0, 5.0, 25.0, 50.0, 120.0, 500.0])),
        spread in prop::sample::select(vec![0.0, 0.01, 0.3, 3.0]),
        places in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 1..110),
    ) {
        let moved = |(north, east): &(f64, f64)| {
            let latitude = (center.latitude() + north * spread).clamp(-90.0, 90.0);
            let longitude = (center.longitude() + east * spread + 540.0).rem_euclid(360.0) - 180.0;
            at(latitude, longitude)
        };
        let points: Vec<Point> = places.iter().map(moved).collect();
        let text = draw(center, within.and_then(Miles::new), &pins(&points)).unwrap().to_string();
        prop_assert!(text.len() < 90_000 + 700 * points.len(), "{} bytes", text.len());
        prop_assert!(!text.contains("NaN") && !text.contains("inf"));
        let map = read(&text).map_err(TestCaseError::fail)?;
        prop_assert!(map.classed("land").len() == 1 && map.classed("scale").len() == 1);
        for (x, y) in spots(&map) {
            prop_assert!((0.0..=SIDE).contains(&x) && (0.0..=SIDE).contains(&y), "{x} {y}");
        }
        let numbered = numbered(&map);
        prop_assert_eq!(numbered.len(), points.len().min(99));
        for (at, one) in numbered.iter().enumerate() {
            for other in &numbered[..at] {
                prop_assert!((one.0 - other.0).hypot(one.1 - other.1) >= 20.0, "{:?} over {:?}", one, other);
            }
        }
        for (from, to) in ["county", "state", "country", "river"].iter().flat_map(|class| steps(&map, class)) {
            for end in [from.0, from.1, to.0, to.1] {
                prop_assert!((-0.1..=SIDE + 0.1).contains(&end), "a line is drawn to {end}");
            }
        }
    }
}
