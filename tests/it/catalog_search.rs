//! The index returns the same lines as a scan of every provider.

use std::collections::BTreeMap;

use jiff::civil::Date;
use placement::catalog::Catalog;
use placement::catalog::build::build;
use placement::catalog::generation::GenerationStore;
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::{NetworkId, PlanDirectory, TermsId};
use placement::matching::candidate::{AreaMatch, Candidate, CandidateQuery, Directory, LineId, StatedTerms};
use placement::place::{Miles, Point, Zip};
use placement::provider::quality::QualityMeasure;
use placement::provider::{Provider, ProviderId, ServiceArea, ServiceLine, stated};
use placement::service::{Need, NeedSet, Service};

use crate::catalog_world::{NETWORKS, PLACES, ZIPS, listed, night, plans, point_near, providers};
use crate::oracle::newest_ratings;
use crate::seeded_random::SeededRandom;
use crate::small_directory::published;

/// A catalog of `providers`, which outlives its folder because nothing is read from disk after
/// opening.
pub(crate) fn catalog_of(providers: Vec<Provider>) -> Catalog {
    let index = tempfile::tempdir().unwrap();
    let store = GenerationStore::new(index.path());
    let manifest = build(night(providers), &store).unwrap();
    Catalog::open(&store.generation_path(&manifest.generation).unwrap()).unwrap()
}

/// An expected candidate, without data that only its directory has.
#[derive(Debug, PartialEq)]
struct Expected {
    candidate: Candidate,
    stated: StatedTerms,
}

fn serves(line: &ServiceLine, zip: Zip) -> AreaMatch {
    match &line.area {
        ServiceArea::NotPublished => AreaMatch::NotPublished,
        ServiceArea::Zips(zips) if zips.value.contains(&zip) => AreaMatch::Yes,
        ServiceArea::Zips(_) => AreaMatch::No,
    }
}

fn expected(
    provider: &Provider,
    line: &ServiceLine,
    (plans, listed): (&PlanDirectory, &NetworkBitmap),
    newest: &BTreeMap<QualityMeasure, Date>,
    search: &CandidateQuery<'_>,
) -> Expected {
    let asked = |key: &TermsId| search.networks.contains(&plans.terms(*key).unwrap().network);
    let said =
        |yes: bool| -> NeedSet { line.answers.iter().filter(|(_, fact)| fact.value == yes).map(|(need, _)| *need).collect() };
    let position = provider.position.as_ref().map(|fact| fact.value.point);
    let candidate = Candidate {
        line: LineId(0),
        lot: provider.id.tie_break_seed(),
        distance: position.map(|point| point.miles_to(search.center)),
        serves: serves(line, search.zip),
        standing: line.standing,
        state: provider.address.as_ref().and_then(|fact| fact.value.state),
        medicare: stated(line.medicare.as_ref()),
        medicaid: stated(line.medicaid.as_ref()),
        yes: said(true),
        no: said(false),
        rating: line.rating.as_ref().map(|fact| fact.value.tenths),
        published: published(line, newest),
        availability: stated(line.availability.as_ref()),
        reports: None,
        stated: placement::matching::candidate::StatedTermsId(0),
        terms: listed.of(&provider.id, line.service).iter().copied().filter(asked).collect(),
    };
    Expected { candidate, stated: StatedTerms::from_line(line) }
}

/// All lines in the search area by a full scan, by provider id.
fn scan(
    providers: &[Provider],
    lists: (&PlanDirectory, &NetworkBitmap),
    search: &CandidateQuery<'_>,
) -> BTreeMap<ProviderId, Expected> {
    let lines = providers.iter().filter_map(|provider| Some((provider, provider.line(search.service)?)));
    let newest = newest_ratings(providers.iter());
    let all = lines.map(|(provider, line)| (provider.id.clone(), expected(provider, line, lists, &newest, search)));
    let reach = |found: &Candidate| {
        let beyond = |miles: Miles| search.beyond.is_none_or(|radius| miles.value() > radius.value());
        let near = found.distance.is_some_and(|distance| distance.value() <= search.horizon.value());
        (found.serves == AreaMatch::Yes || near) && found.distance.is_none_or(beyond)
    };
    all.filter(|(_, expected)| reach(&expected.candidate)).collect()
}

/// A candidate of the catalog in the form of [`scan`].
fn as_expected(catalog: &Catalog, candidate: Candidate) -> (ProviderId, Expected) {
    let id = catalog.provider(candidate.line).unwrap().id.clone();
    let stated = catalog.stated(candidate.stated).clone();
    let stated_key = placement::matching::candidate::StatedTermsId(0);
    (id, Expected { candidate: Candidate { line: LineId(0), stated: stated_key, ..candidate }, stated })
}

#[test]
fn the_index_finds_what_looking_at_every_provider_finds() {
    let mut chance = SeededRandom::seeded(11);
    let providers = providers(1_500, &mut chance);
    let (plans, listed) = (plans(), listed(&providers));
    let catalog = catalog_of(providers.clone());
    let mut seen = (0, 0, 0, 0);
    for question in 0..1_000 {
        let networks: Vec<NetworkId> = (0..=NETWORKS).map(NetworkId).filter(|_| chance.one_in(3)).collect();
        let horizon = *chance.pick(&[0.0, 0.5, 5.0, 25.0, 100.0, 400.0, 6_000.0, 20_000.0]);
        let share = *chance.pick(&[0.1, 0.5, 0.9]);
        let search = CandidateQuery {
            service: *chance.pick(&Service::ALL),
            center: point_near(*chance.pick(&PLACES), &mut chance),
            zip: Zip::from_number(*chance.pick(&ZIPS)).unwrap(),
            horizon: Miles::new(horizon).unwrap(),
            beyond: chance.one_in(2).then(|| Miles::new(horizon * share).unwrap()),
            networks: &networks,
            listed_only: chance.one_in(4),
        };
        let found = catalog.candidates(&search);
        let count = found.len();
        for candidate in &found {
            assert_eq!(catalog.candidate(candidate.line, &search).as_ref(), Some(candidate));
        }
        let found: BTreeMap<ProviderId, Expected> = found.into_iter().map(|c| as_expected(&catalog, c)).collect();
        let mut expected = scan(&providers, (&plans, &listed), &search);
        expected.retain(|_, one| !search.listed_only || !one.candidate.terms.is_empty());
        assert_eq!(found, expected, "question {question}: {search:?}");
        assert_eq!(count, expected.len(), "each once; question {question}");
        seen.0 += count;
        seen.1 += found.values().filter(|e| e.candidate.serves == AreaMatch::Yes).count();
        seen.2 += found.values().filter(|e| !e.candidate.terms.is_empty()).count();
        seen.3 += if search.beyond.is_some() { count } else { 0 };
    }
    assert!(
        seen.0 > 10_000 && seen.1 > 2_500 && seen.2 > 2_500 && seen.3 > 2_500,
        "the questions must find something: {seen:?}"
    );
}

#[test]
fn a_provider_exactly_on_the_horizon_is_found_and_one_beyond_it_is_not() {
    let mut chance = SeededRandom::seeded(5);
    let all = providers(400, &mut chance);
    let catalog = catalog_of(all.clone());
    let center = Point::from_degrees(32.7765, -79.9311).unwrap();
    let mut tried = 0;
    for provider in &all {
        let Some(position) = &provider.position else { continue };
        let distance = position.value.point.miles_to(center);
        for line in provider.lines.iter().filter(|line| serves(line, Zip::from_number(601).unwrap()) != AreaMatch::Yes) {
            let finds = |horizon: f64| {
                let horizon = Miles::new(horizon).unwrap();
                let zip = Zip::from_number(601).unwrap();
                let search = CandidateQuery {
                    service: line.service,
                    center,
                    zip,
                    horizon,
                    beyond: None,
                    networks: &[],
                    listed_only: false,
                };
                let key = catalog.line_id(&provider.id, line.service).unwrap();
                catalog.candidates(&search).iter().any(|candidate| candidate.line == key)
            };
            assert!(finds(distance.value()), "{} at {distance:?}", provider.id);
            assert!(!finds(distance.value().next_down()), "{} short of {distance:?}", provider.id);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn every_provider_comes_back_with_every_fact() {
    let mut chance = SeededRandom::seeded(3);
    let all = providers(500, &mut chance);
    let (catalog, listed) = (catalog_of(all.clone()), listed(&all));
    for provider in &all {
        assert_eq!(catalog.provider_of(&provider.id).as_deref(), Some(provider));
        for npi in &provider.npis {
            assert_eq!(catalog.provider_with(*npi).as_deref(), Some(provider));
        }
        for service in Service::ALL {
            let line = catalog.line_id(&provider.id, service);
            assert_eq!(line.is_some(), provider.line(service).is_some(), "{} {service}", provider.id);
            if let Some(line) = line {
                assert_eq!(catalog.provider(line).as_deref(), Some(provider));
                assert_eq!(catalog.terms_listed(&provider.id, service), listed.of(&provider.id, service));
            }
        }
    }
    assert_eq!(catalog.plans(), &plans());
    assert_eq!(catalog.provider_of(&"ccn:999999".parse().unwrap()), None);
    assert_eq!(catalog.provider(LineId(u32::MAX)), None);
}

#[test]
fn a_service_is_held_when_somebody_offers_it() {
    let mut all = providers(50, &mut SeededRandom::seeded(8));
    for provider in &mut all {
        provider.lines = vec![ServiceLine::without_facts(Service::Hospice)];
    }
    let catalog = catalog_of(all);
    for service in Service::ALL {
        assert_eq!(catalog.holds(service), service == Service::Hospice, "{service}");
    }
    assert!(Service::ALL.iter().all(|service| !catalog_of(Vec::new()).holds(*service)));
}

#[test]
fn a_name_is_found_by_either_spelling_of_its_words() {
    let names = [
        "MT GREYLOCK EXTENDED CARE",
        "Fort Sumter Manor",
        "ST ANDREWS HEALTHCARE",
        "EASTVIEW REHABILITATION & HEALTHCARE CENTER",
        "MITCHELL-HOLLINGSWORTH NURSING",
        "WILL-O-BELL",
    ];
    let mut all = providers(names.len(), &mut SeededRandom::seeded(4));
    for (provider, name) in all.iter_mut().zip(names) {
        provider.name.value = name.to_owned();
        provider.lines = vec![ServiceLine::without_facts(Service::SkilledNursing)];
    }
    let catalog = catalog_of(all);
    for (typed, expected) in [
        ("Mount Greylock", "MT GREYLOCK EXTENDED CARE"),
        ("mount grey", "MT GREYLOCK EXTENDED CARE"),
        ("Ft. Sumter", "Fort Sumter Manor"),
        ("Saint Andrews", "ST ANDREWS HEALTHCARE"),
        ("St. Andrew's Health Care", "ST ANDREWS HEALTHCARE"),
        ("Eastview Rehabilitation and Health Care Center", "EASTVIEW REHABILITATION & HEALTHCARE CENTER"),
        ("Eastview Rehab and Healthcare", "EASTVIEW REHABILITATION & HEALTHCARE CENTER"),
        ("MitchellHollingsworth", "MITCHELL-HOLLINGSWORTH NURSING"),
        ("Willobell", "WILL-O-BELL"),
    ] {
        let found: Vec<String> = catalog.search_names(typed, 10).into_iter().map(|hit| hit.name).collect();
        assert_eq!(found, [expected], "{typed}");
    }
}

#[test]
fn names_are_found_through_case_punctuation_and_slips_of_the_finger() {
    let mut all = providers(7, &mut SeededRandom::seeded(2));
    let names = [
        "ST. MARY'S HOME HEALTH",
        "Mercy Home Health of Charleston",
        "Mercy Hospice",
        "Charleston Rehabilitation Center, LLC",
        "Mercy",
        "Harbor Nursing",
        "Harbor Nursing",
    ];
    for (provider, name) in all.iter_mut().zip(names) {
        provider.name.value = name.to_owned();
        provider.lines = vec![ServiceLine::without_facts(Service::HomeHealth), ServiceLine::without_facts(Service::Hospice)];
    }
    let catalog = catalog_of(all);
    let found = |typed: &str, limit| catalog.search_names(typed, limit).into_iter().map(|hit| hit.name).collect::<Vec<_>>();
    for (typed, expected) in [
        ("mercy", &["Mercy", "Mercy Hospice", "Mercy Home Health of Charleston"][..]),
        ("st marys", &["ST. MARY'S HOME HEALTH"]),
        ("St. Mary’s home-health", &["ST. MARY'S HOME HEALTH"]),
        ("charlseton rehab", &["Charleston Rehabilitation Center, LLC"]),
        ("charleston rehabilitaton", &["Charleston Rehabilitation Center, LLC"]),
        ("mercy home charleston", &["Mercy Home Health of Charleston"]),
        ("MERCY HOSPCE", &["Mercy Hospice"]),
        ("harbor nursing", &["Harbor Nursing", "Harbor Nursing"]),
        ("mercy hospice atlanta", &["Mercy Hospice"]),
        ("zzz", &[]),
        ("qq zzz mercy", &[]),
        ("", &[]),
        ("' - ,", &[]),
    ] {
        assert_eq!(found(typed, 10), expected, "{typed}");
    }
    assert_eq!(found("mercy", 2), ["Mercy", "Mercy Hospice"]);
    assert_eq!(found("mercy", 0), Vec::<String>::new());
    let hit = &catalog.search_names("harbor", 1)[0];
    assert_eq!(hit.services, [Service::HomeHealth, Service::Hospice]);
    assert!(Need::all().len() > 64, "the bits of needs take two columns");
}

#[test]
fn the_nearest_of_a_service_is_found_however_far_and_nobody_where_there_is_none() {
    let all = providers(300, &mut SeededRandom::seeded(13));
    let (catalog, center) = (catalog_of(all.clone()), Point::from_degrees(32.7765, -79.9311).unwrap());
    for service in Service::ALL {
        let offers = all.iter().filter(|provider| provider.line(service).is_some());
        let miles = offers.filter_map(|provider| Some(center.miles_to(provider.position.as_ref()?.value.point)));
        assert_eq!(catalog.nearest(service, center).map(|(miles, _)| miles), miles.min(), "{service}");
    }
    assert_eq!(catalog_of(Vec::new()).nearest(Service::Hospice, center), None);
}
