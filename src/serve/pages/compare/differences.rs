//! The differences between the compared providers, one sentence each. What is equal for all is left out.

use crate::evidence::Tristate;
use crate::matching::candidate::AreaMatch;
use crate::matching::report::NetworkStatus;
use crate::matching::requirement::Requirement;
use crate::phrases;
use crate::phrases::safety::rating_gap;
use crate::serve::pages::compare::compared_provider::{ComparedProvider, ComparedRank};
use crate::serve::pages::compare::difference_sentence::{DifferenceSentence, SentencePart};
use crate::serve::pages::compare::measure_differences::measures;
use crate::serve::pages::provider::line;
use crate::text::proper_case::proper_case;

/// All differences, the most important first.
pub(crate) fn differences(sides: &[ComparedProvider]) -> Vec<DifferenceSentence> {
    let mut told: Vec<DifferenceSentence> = Vec::new();
    told.extend(left_out(sides));
    told.extend(ranks(sides));
    let is_program =
        |side: &ComparedProvider| matches!(side.status(), Some(NetworkStatus::Certified | NetworkStatus::NotCertified));
    let certifies = sides.iter().any(is_program);
    told.extend(split(sides, |side| side.status().map(network_order), |order, many| network(order, many, certifies)));
    told.extend(distances(sides));
    told.extend(split(sides, |side| side.serves.map(serves_order), serves));
    told.extend(asked(sides).into_iter().filter_map(|thing| {
        let label = thing.label();
        split(sides, |side| Some(answer_order(answer(side, thing)?)), |order, many| says(order, many, label))
    }));
    told.extend(split(sides, |side| side.line().map(|_| answer_order(side.availability.answer)), room));
    told.extend(noticed(sides));
    told.extend(ratings(sides));
    told.extend(measures(sides));
    told.extend(sizes(sides));
    told.extend(owners(sides));
    told.extend(silent_phones(sides));
    told
}

/// "Only A is in network; B and C are out of network": the sides grouped by value, best first. "Only" marks a single side with the best
/// value, which is 0. Sides without a value are left out.
fn split<'a>(
    sides: &'a [ComparedProvider],
    value: impl Fn(&'a ComparedProvider) -> Option<u8>,
    phrase: impl Fn(u8, bool) -> String,
) -> Option<DifferenceSentence> {
    let mut groups: Vec<(u8, Vec<&ComparedProvider>)> = Vec::new();
    for side in sides {
        let Some(value) = value(side) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, group)) => group.push(side),
            None => groups.push((value, vec![side])),
        }
    }
    groups.sort_by_key(|(value, _)| *value);
    if groups.len() < 2 {
        return None;
    }
    let mut sentence = DifferenceSentence::default();
    for (at, (value, group)) in groups.iter().enumerate() {
        sentence = match (at, value, group.len()) {
            (0, 0, 1) => sentence.words("Only "),
            (0, ..) => sentence,
            _ => sentence.words("; "),
        };
        sentence = sentence.names(group).words(format!(" {}", phrase(*value, group.len() > 1)));
    }
    Some(sentence.words("."))
}

fn left_out(sides: &[ComparedProvider]) -> Vec<DifferenceSentence> {
    let out = |side: &ComparedProvider| !matches!(side.place, ComparedRank::Stands { .. });
    if sides.iter().all(out) {
        return Vec::new();
    }
    let told = sides.iter().filter_map(|side| {
        let why = match &side.place {
            ComparedRank::Stands { .. } => return None,
            ComparedRank::Out(bars) => format!(" is excluded: {}.", bars.join("; ")),
            ComparedRank::OtherService => " does not offer this level of care.".to_owned(),
        };
        Some(DifferenceSentence::default().names(&[side]).words(why))
    });
    told.collect()
}

/// "A is ranked 1 of 12, B 7."
fn ranks(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let mut standing: Vec<(u32, u32, &ComparedProvider)> = sides
        .iter()
        .filter_map(|side| match side.place {
            ComparedRank::Stands { rank, of, .. } => Some((rank, of, side)),
            ComparedRank::Out(_) | ComparedRank::OtherService => None,
        })
        .collect();
    standing.sort_by_key(|(rank, ..)| *rank);
    listed(&standing, |at, (rank, of, _)| if at == 0 { format!("is ranked {rank} of {of}") } else { rank.to_string() })
}

/// "A …, B …, C …." for two or more items.
fn listed<'a, T: HasSide<'a>>(items: &[T], say: impl Fn(usize, &T) -> String) -> Option<DifferenceSentence> {
    if items.len() < 2 {
        return None;
    }
    let mut sentence = DifferenceSentence::default();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            sentence = sentence.words(", ");
        }
        sentence = sentence.names(&[item.side()]).words(format!(" {}", say(at, item)));
    }
    Some(sentence.words("."))
}

/// An item about a side.
trait HasSide<'a> {
    fn side(&self) -> &'a ComparedProvider;
}

impl<'a> HasSide<'a> for (u32, u32, &'a ComparedProvider) {
    fn side(&self) -> &'a ComparedProvider {
        self.2
    }
}

impl<'a> HasSide<'a> for (String, &'a ComparedProvider) {
    fn side(&self) -> &'a ComparedProvider {
        self.1
    }
}

/// "A is 3.1 miles nearer than B." Differences under 0.05 miles do not count.
fn distances(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let mut near: Vec<(f64, &ComparedProvider)> =
        sides.iter().filter(|side| side.serves.is_none()).filter_map(|side| Some((side.distance?.value(), side))).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((least, nearest), others) = near.split_first()?;
    let farther: Vec<&(f64, &ComparedProvider)> = others.iter().filter(|(miles, _)| miles - least >= 0.05).collect();
    if farther.is_empty() {
        return None;
    }
    let mut sentence = DifferenceSentence::default().names(&[*nearest]).words(" is ");
    for (at, (miles, side)) in farther.iter().enumerate() {
        let and = match at {
            0 => "",
            _ if at + 1 == farther.len() => " and ",
            _ => ", ",
        };
        let unit = if at == 0 { " miles nearer than " } else { " nearer than " };
        sentence = sentence.words(format!("{and}{:.1}{unit}", miles - least)).names(&[*side]);
    }
    Some(sentence.words("."))
}

fn network_order(status: NetworkStatus) -> u8 {
    match status {
        NetworkStatus::InNetwork | NetworkStatus::Certified => 0,
        NetworkStatus::Unconfirmed => 1,
        NetworkStatus::PlanNotLoaded => 2,
        NetworkStatus::OutOfNetwork | NetworkStatus::NotCertified => 3,
        NetworkStatus::NotAsked => 4,
    }
}

/// `certifies`: a program decides, which certifies and has no network.
fn network(order: u8, many: bool, certifies: bool) -> String {
    let is = if many { "are" } else { "is" };
    match (order, certifies) {
        (0, false) => format!("{is} in network"),
        (0, true) => format!("{is} certified"),
        (1, false) => format!("{is} not confirmed to be in network"),
        (1, true) => format!("{is} not confirmed to be certified"),
        (2, _) => format!("{is} of a plan that is not loaded"),
        (3, false) => format!("{is} out of network"),
        (3, true) => format!("{is} not certified"),
        _ => format!("{is} not asked about a network"),
    }
}

fn serves_order(serves: AreaMatch) -> u8 {
    match serves {
        AreaMatch::Yes => 0,
        AreaMatch::NotPublished => 1,
        AreaMatch::No => 2,
    }
}

fn serves(order: u8, many: bool) -> String {
    match (order, many) {
        (0, false) => "serves the ZIP",
        (0, true) => "serve the ZIP",
        (1, false) => "does not report a service area",
        (1, true) => "do not report a service area",
        (_, false) => "does not serve it",
        (_, true) => "do not serve it",
    }
    .to_owned()
}

/// All requirements, in the order of the answers.
pub(crate) fn asked(sides: &[ComparedProvider]) -> Vec<Requirement> {
    let mut asked: Vec<Requirement> = Vec::new();
    for answer in sides.iter().flat_map(|side| &side.answers) {
        if !asked.contains(&answer.asked) {
            asked.push(answer.asked);
        }
    }
    asked
}

fn answer(side: &ComparedProvider, thing: Requirement) -> Option<Tristate> {
    side.answers.iter().find(|answer| answer.asked == thing).map(|answer| answer.answer)
}

fn answer_order(answer: Tristate) -> u8 {
    match answer {
        Tristate::Yes => 0,
        Tristate::Unknown => 1,
        Tristate::No => 2,
    }
}

fn says(order: u8, many: bool, label: &str) -> String {
    match (order, many) {
        (0, false) => format!("accepts {label}"),
        (0, true) => format!("accept {label}"),
        (1, false) => format!("does not report {label}"),
        (1, true) => format!("do not report {label}"),
        (_, false) => format!("declines {label}"),
        (_, true) => format!("decline {label}"),
    }
}

fn room(order: u8, many: bool) -> String {
    match (order, many) {
        (0, false) => "reports availability",
        (0, true) => "report availability",
        (1, false) => "does not report availability",
        (1, true) => "do not report availability",
        (_, false) => "has no availability",
        (_, true) => "have no availability",
    }
    .to_owned()
}

/// "Safety notices: A (2), B (1)." where the numbers differ.
fn noticed(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let counts: Vec<usize> = sides.iter().map(|side| side.safety.len()).collect();
    if counts.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let mut sentence = DifferenceSentence::default().words("Safety notices: ");
    for (at, (side, count)) in sides.iter().zip(counts).enumerate() {
        sentence = if at > 0 { sentence.words(", ") } else { sentence };
        sentence = sentence.names(&[side]).words(format!(" ({count})"));
    }
    Some(sentence.words("."))
}

/// "A is rated 4 of 5 stars, B 2 of 5 stars, C not rated."
fn ratings(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let rated = |side: &ComparedProvider| side.rating().map(|fact| fact.value.tenths);
    let mut sides: Vec<&ComparedProvider> = sides.iter().filter(|side| side.line().is_some()).collect();
    sides.sort_by_key(|side| std::cmp::Reverse(rated(side)));
    if sides.windows(2).all(|pair| rated(pair[0]) == rated(pair[1])) {
        return None;
    }
    let items: Vec<(String, &ComparedProvider)> = sides.into_iter().map(|side| (rating(side), side)).collect();
    listed(&items, |at, (rating, _)| if at == 0 { format!("is rated {rating}") } else { rating.clone() })
}

/// "4 of 5 stars", "withheld", "not rated".
fn rating(side: &ComparedProvider) -> String {
    match (side.rating(), rating_gap(&side.provider, side.service)) {
        (Some(fact), _) => phrases::rating(fact.value),
        (None, Some((gap, _))) => gap.to_lowercase(),
        (None, None) => "not rated".to_owned(),
    }
}

/// "A has 120 beds, B 60."
fn sizes(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let mut sized: Vec<(u32, &ComparedProvider)> = sides.iter().filter_map(|side| Some((side.beds()?, side))).collect();
    sized.sort_by_key(|(beds, _)| std::cmp::Reverse(*beds));
    if sized.windows(2).all(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let unit = |side: &ComparedProvider| {
        let label = side.line().map_or("beds", |line| line::beds(line.service));
        label.to_lowercase()
    };
    let items: Vec<(String, &ComparedProvider)> = sized.into_iter().map(|(beds, side)| (beds.to_string(), side)).collect();
    listed(&items, |at, (beds, side)| if at == 0 { format!("has {beds} {}", unit(side)) } else { beds.clone() })
}

/// "Ownership: A (For profit), B (Government)."
fn owners(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let owned: Vec<(&str, &ComparedProvider)> =
        sides.iter().filter_map(|side| Some((side.provider.ownership.as_ref()?.value.as_str(), side))).collect();
    if owned.windows(2).all(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let mut sentence = DifferenceSentence::default().words("Ownership: ");
    for (at, (owner, side)) in owned.iter().enumerate() {
        sentence = if at > 0 { sentence.words(", ") } else { sentence };
        sentence = sentence.names(&[*side]).words(" (");
        sentence.0.push(SentencePart::Name(proper_case(owner)));
        sentence = sentence.words(")");
    }
    Some(sentence.words("."))
}

fn silent_phones(sides: &[ComparedProvider]) -> Option<DifferenceSentence> {
    let silent: Vec<&ComparedProvider> = sides.iter().filter(|side| side.provider.phone.is_none()).collect();
    let some = !silent.is_empty() && silent.len() < sides.len();
    some.then(|| DifferenceSentence::default().words("Phone not reported: ").names(&silent).words("."))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::evidence::Evidence;
    use crate::evidence::Fact;
    use crate::matching::report::AcceptanceAnswer;
    use crate::matching::report::MatchAvailability;
    use crate::matching::report::NetworkAnswer;
    use crate::place::Miles;
    use crate::provider::Ccn;
    use crate::provider::Provider;
    use crate::provider::ProviderId;
    use crate::provider::ServiceLine;
    use crate::provider::quality::QualityMeasure;
    use crate::provider::quality::Rating;
    use crate::provider::quality::RatingGap;
    use crate::service::Service;

    /// A nursing facility at ten miles, first of nine, with no other facts.
    fn home(name: &str) -> ComparedProvider {
        let ccn: Ccn = "425003".parse().unwrap();
        let provider = Provider {
            id: ProviderId::from(&ccn),
            ccn: None,
            npis: Vec::new(),
            name: said(name.to_owned()),
            address: None,
            phone: None,
            position: None,
            ownership: None,
            business: Vec::new(),
            suspected_exclusions: Vec::new(),
            lines: vec![ServiceLine::without_facts(Service::SkilledNursing)],
        };
        ComparedProvider {
            short: name.to_owned(),
            provider: Arc::new(provider),
            place: stands(1),
            distance: Miles::new(10.0),
            chance: Vec::new(),
            serves: None,
            network: None,
            answers: Vec::new(),
            safety: Vec::new(),
            availability: MatchAvailability { answer: Tristate::Unknown, evidence: None, days: None, room_from: None },
            service: Service::SkilledNursing,
        }
    }

    fn stands(rank: u32) -> ComparedRank {
        ComparedRank::Stands { rank, of: 9, tier: "Ready", worth: String::new() }
    }

    fn said<T>(value: T) -> Fact<T> {
        Fact::new(value, Evidence::new("a source", None))
    }

    /// A change to one facility.
    type Change = Box<dyn Fn(&mut ComparedProvider)>;

    /// The differences of three equal facilities A, B and C after `changes`.
    fn told(changes: [Change; 3]) -> Vec<String> {
        let mut sides = ["A", "B", "C"].map(home);
        for (side, change) in sides.iter_mut().zip(changes) {
            change(side);
        }
        differences(&sides).iter().filter(|told| !told.to_string().contains("is ranked")).map(ToString::to_string).collect()
    }

    fn same() -> Change {
        Box::new(|_| {})
    }

    fn miles(miles: f64) -> Change {
        Box::new(move |side| side.distance = Miles::new(miles))
    }

    fn status(status: NetworkStatus) -> Change {
        Box::new(move |side| side.network = Some(NetworkAnswer::new(status, None, String::new())))
    }

    fn vac(answer: Tristate) -> Change {
        let asked = Requirement::Need("wound.npwt".parse().unwrap());
        Box::new(move |side| {
            side.answers = vec![AcceptanceAnswer { asked, required: true, answer, evidence: None, note: None }];
        })
    }

    fn line(change: impl Fn(&mut ServiceLine) + 'static) -> Change {
        Box::new(move |side| change(&mut Arc::make_mut(&mut side.provider).lines[0]))
    }

    fn stars(stars: u8) -> Change {
        line(move |line| {
            line.rating = Some(said(Rating { measure: QualityMeasure::NursingHomeOverall, tenths: stars * 10 }));
        })
    }

    fn withheld() -> Change {
        line(|line| line.rating_gap = Some(said(RatingGap::Withheld)))
    }

    fn beds(beds: u32) -> Change {
        line(move |line| line.beds = Some(said(beds)))
    }

    #[test]
    fn measures_differ_where_two_report_them() {
        use crate::provider::quality::{MeasureValue, SupportingMeasure};
        let with = |name: &str, stars: Option<u32>| {
            let mut side = home(name);
            let mut provider = Provider::clone(&side.provider);
            let measures =
                stars.map(|stars| (SupportingMeasure::InspectionStar, said(MeasureValue::Hundredths(stars * 100))));
            provider.lines[0].measures.extend(measures);
            side.provider = Arc::new(provider);
            side
        };
        let told =
            |sides: &[ComparedProvider]| differences(sides).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let label = SupportingMeasure::InspectionStar.label();
        let all = told(&[with("A", Some(4)), with("B", Some(2)), with("C", None)]);
        assert!(all.contains(&format!("{label}: A 4, B 2, C not reported.")), "{all}");
        for same in [[Some(4), Some(4)], [Some(4), None]] {
            let all = told(&[with("A", same[0]), with("B", same[1])]);
            assert!(!all.contains(label), "{all}");
        }
    }

    #[test]
    fn each_difference_is_one_sentence() {
        let label = Requirement::Need("wound.npwt".parse().unwrap()).label();
        let cases: Vec<([Change; 3], Vec<String>)> = vec![
            ([same(), same(), same()], vec![]),
            ([miles(6.9), same(), same()], vec!["A is 3.1 miles nearer than B and 3.1 nearer than C.".into()]),
            ([miles(10.04), same(), miles(12.0)], vec!["B is 2.0 miles nearer than C.".into()]),
            (
                [status(NetworkStatus::InNetwork), status(NetworkStatus::OutOfNetwork), status(NetworkStatus::OutOfNetwork)],
                vec!["Only A is in network; B and C are out of network.".into()],
            ),
            (
                [status(NetworkStatus::InNetwork), status(NetworkStatus::Unconfirmed), status(NetworkStatus::InNetwork)],
                vec!["A and C are in network; B is not confirmed to be in network.".into()],
            ),
            ([status(NetworkStatus::InNetwork), status(NetworkStatus::InNetwork), status(NetworkStatus::InNetwork)], vec![]),
            (
                [vac(Tristate::No), vac(Tristate::Yes), vac(Tristate::Unknown)],
                vec![format!("Only B accepts {label}; C does not report {label}; A declines {label}.")],
            ),
            (
                [vac(Tristate::No), vac(Tristate::Unknown), vac(Tristate::No)],
                vec![format!("B does not report {label}; A and C decline {label}.")],
            ),
            ([stars(2), stars(4), same()], vec!["B is rated 4 of 5 stars, A 2 of 5 stars, C not rated.".into()]),
            ([stars(4), stars(4), stars(4)], vec![]),
            (
                [status(NetworkStatus::Certified), status(NetworkStatus::NotCertified), status(NetworkStatus::Unconfirmed)],
                vec!["Only A is certified; C is not confirmed to be certified; B is not certified.".into()],
            ),
            (
                [Box::new(|side| side.safety = vec!["Cited for abuse.".into()]), same(), same()],
                vec!["Safety notices: A (1), B (0), C (0).".into()],
            ),
            ([withheld(), stars(4), same()], vec!["B is rated 4 of 5 stars, A withheld, C not rated.".into()]),
            ([beds(60), beds(120), same()], vec!["B has 120 certified beds, A 60.".into()]),
            (
                [
                    Box::new(|side| side.availability.answer = Tristate::Yes),
                    Box::new(|side| side.availability.answer = Tristate::No),
                    same(),
                ],
                vec!["Only A reports availability; C does not report availability; B has no availability.".into()],
            ),
            (
                [
                    Box::new(|side| side.place = ComparedRank::Out(vec!["it has closed (CMS, undated)".into()])),
                    same(),
                    same(),
                ],
                vec!["A is excluded: it has closed (CMS, undated).".into()],
            ),
            (
                [Box::new(|side| side.place = ComparedRank::OtherService), same(), same()],
                vec!["A does not offer this level of care.".into()],
            ),
            (
                [
                    Box::new(|side| Arc::make_mut(&mut side.provider).phone = "8435550100".parse().ok().map(said)),
                    same(),
                    same(),
                ],
                vec!["Phone not reported: B and C.".into()],
            ),
            (
                [
                    Box::new(|side| Arc::make_mut(&mut side.provider).ownership = Some(said("For profit".into()))),
                    Box::new(|side| Arc::make_mut(&mut side.provider).ownership = Some(said("Government".into()))),
                    same(),
                ],
                vec!["Ownership: A (For profit), B (Government).".into()],
            ),
        ];
        for (changes, sentences) in cases {
            assert_eq!(told(changes), sentences);
        }
    }

    #[test]
    fn ranks_are_in_order() {
        let mut sides = ["A", "B"].map(home);
        sides[0].place = stands(7);
        assert_eq!(differences(&sides)[0].to_string(), "B is ranked 1 of 9, A 7.");
    }

    #[test]
    fn a_service_that_travels_is_compared_by_area_and_not_by_miles() {
        let mut sides = ["A", "B"].map(home);
        (sides[0].serves, sides[1].serves) = (Some(AreaMatch::Yes), Some(AreaMatch::NotPublished));
        sides[1].distance = Miles::new(90.0);
        let told: Vec<String> = differences(&sides).iter().skip(1).map(ToString::to_string).collect();
        assert_eq!(told, ["Only A serves the ZIP; B does not report a service area."]);
    }
}
