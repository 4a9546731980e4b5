//! The table of `placement match`, with providers that produce every kind of line.

use jiff::civil::{Date, date};
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::cli::table;
use placement::cli::text_output::{TextOutput, WIDTH};
use placement::coverage::{AffiliationTerms, IdentityConfidence, Network, NetworkId, Payer, Plan, PlanDirectory, TermsId};
use placement::discharge::parse::parse;
use placement::discharge::{ParseContext, Question};
use placement::evidence::{Evidence, Fact, Tristate};
use placement::matching::candidate::Directory;
use placement::matching::report::Report;
use placement::matching::{explain, rank};
use placement::place::{Precision, ZipTable};
use placement::provider::quality::{QualityMeasure, Rating, RatingGap};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{Address, Ccn, OperatingStatus, Position, Provider, ProviderId, ServiceArea, ServiceLine};
use placement::service::{Need, Service};
use serde_json::{Value, json};

use crate::small_directory::{SmallDirectory, manifest};

const TODAY: Date = date(2026, 11, 21);
const NOW: &str = "2026-11-21T18:00:00Z";

fn cms<T>(value: T) -> Fact<T> {
    Fact::new(value, Evidence::new("CMS Provider Information", Some(date(2026, 10, 28))))
}

/// A nursing facility in the center of `zip`.
fn facility(number: u32, name: &str, zip: &str, fill: impl FnOnce(&mut ServiceLine)) -> Provider {
    let ccn: Ccn = format!("{number:06}").parse().unwrap();
    let place = ZipTable::curated().get(zip.parse().unwrap()).unwrap();
    let address =
        Address { street: "1 Example St".into(), city: place.city.into(), state: Some(place.state), zip: Some(place.zip) };
    let mut line = ServiceLine::without_facts(Service::SkilledNursing);
    line.medicare = Some(cms(true));
    fill(&mut line);
    Provider {
        id: ProviderId::from(&ccn),
        ccn: Some(ccn),
        npis: Vec::new(),
        name: cms(name.to_owned()),
        address: Some(cms(address)),
        phone: Some(cms(format!("843555{number:04}").parse().unwrap())),
        position: Some(cms(Position { point: place.point, precision: Precision::Address })),
        ownership: None,
        business: Vec::new(),
        suspected_exclusions: Vec::new(),
        lines: vec![line],
    }
}

fn says(line: &mut ServiceLine, need: &str, yes: bool) {
    line.answers.insert(need.parse::<Need>().unwrap(), cms(yes));
}

fn stars(line: &mut ServiceLine, tenths: u8) {
    line.rating = Some(cms(Rating { measure: QualityMeasure::NursingHomeOverall, tenths }));
}

fn shelf() -> SmallDirectory {
    let payer = |day| Evidence::new("Larkwater directory", Some(day));
    let plans = PlanDirectory {
        payers: vec![Payer { name: "Larkwater Health".to_owned() }],
        plans: vec![Plan { name: "Larkwater Gold".to_owned(), payer: Some(0), networks: vec![NetworkId(0)] }],
        networks: vec![Network {
            name: "Larkwater Preferred".to_owned(),
            payer: Some(0),
            whole: true,
            evidence: payer(date(2026, 11, 1)),
        }],
        terms: vec![AffiliationTerms {
            network: NetworkId(0),
            tier: Some("1".to_owned()),
            begin: None,
            end: Some(date(2026, 12, 31)),
            link: IdentityConfidence::Sure,
            new_patients: Tristate::Unknown,
            low_confidence: false,
            evidence: payer(date(2026, 11, 1)),
        }],
    };
    let providers = vec![
        facility(1, "Harbor View Nursing and Rehabilitation", "29403", |line| {
            says(line, "inf.abx", true);
            says(line, "wound.npwt", true);
            stars(line, 40);
        }),
        facility(2, "\u{1b}[31mRed \u{202e}Door\u{7} Manor", "29407", |line| {
            stars(line, 20);
        }),
        facility(3, &"Very Long Name of a Facility ".repeat(4), "29412", |line| {
            says(line, "inf.abx", true);
            line.availability = Some(cms(true));
        }),
        facility(4, "No Infusions House", "29403", |line| says(line, "inf.abx", false)),
        facility(5, "Closed House", "29401", |line| {
            line.standing = OperatingStatus::Closed;
            line.standing_by = Some(cms(()).evidence);
        }),
        facility(6, "Beyond the River", "29464", |line| {
            says(line, "inf.abx", true);
        }),
        agency(7, "Visiting Nurses of the Lowcountry", Some("29401")),
        agency(8, "Nurses Without a List", None),
    ];
    let mut listed = NetworkBitmap::default();
    for provider in [0, 1, 5].map(|at| &providers[at]) {
        listed.add(&provider.id, Service::SkilledNursing, [TermsId(0)]);
    }
    SmallDirectory::listing(providers, listed, plans)
}

fn agency(number: u32, name: &str, serves: Option<&str>) -> Provider {
    let mut agency = facility(number, name, "29401", |line| line.service = Service::HomeHealth);
    if let (Some(zip), Some(line)) = (serves, agency.lines.first_mut()) {
        line.area = ServiceArea::Zips(cms(vec![zip.parse().unwrap()]));
    }
    agency
}

fn asked(shelf: &SmallDirectory, raw: &Value) -> (Question, Vec<Report>) {
    let words = ParseContext { zips: ZipTable::curated(), plans: shelf.plans(), generation: "shelf" };
    let (question, remarks) = parse(raw, &words, TODAY).unwrap();
    let reports = question.discharges.iter().map(|discharge| rank(discharge, shelf, &remarks)).collect();
    (question, reports)
}

fn table_of(raw: &Value) -> String {
    let shelf = shelf();
    let (question, reports) = asked(&shelf, raw);
    shown(&table::reports(&reports, question.bundle, &manifest(), NOW.parse().unwrap()))
}

/// The printed text; no line is wider than the page and no control sequence reaches the terminal.
fn shown(page: &TextOutput) -> String {
    let text = anstream::adapter::strip_str(page.as_str()).to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{} columns: {line}", line.chars().count());
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    text
}

#[test]
fn a_case_manager_reads_who_fits_and_why() {
    insta::assert_snapshot!(table_of(&json!({
        "service": "skilled_nursing",
        "near": {"zip": "29401"},
        "within_miles": 10,
        "coverage": {"plan": "larkwater gold"},
        "needs": ["inf.abx", {"need": "wound.npwt", "importance": "preferred"}],
        "include": ["left_out"]
    })));
}

#[test]
fn a_bundle_ends_with_its_weakest_link() {
    insta::assert_snapshot!(table_of(&json!({
        "services": ["home_health", "skilled_nursing"],
        "near": {"latitude": 32.78, "longitude": -79.93},
        "coverage": {"program": "medicare"},
        "patient": {"age": 81, "weight_lb": 210, "languages": ["es", "en"]},
        "discharge_on": "2026-11-25",
        "limit": 1
    })));
}

#[test]
fn nothing_in_network_is_told_with_what_was_checked() {
    insta::assert_snapshot!(table_of(&json!({
        "service": "skilled_nursing",
        "near": {"zip": "29412"},
        "within_miles": 1,
        "coverage": {"network": "Larkwater Preferred"},
        "needs": ["inf.abx"]
    })));
}

/// Facilities around 29401 whose notices and room a case manager must see.
fn noticed() -> SmallDirectory {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let full = |line: &mut ServiceLine| line.availability = Some(cms(false));
    let providers = vec![
        facility(11, "Under Watch Nursing Center", "29403", |line| {
            line.rating_gap = Some(cms(RatingGap::Withheld));
            line.safety = vec![cms(SafetyFact::SpecialFocus), cms(SafetyFact::Fines { count: 3, dollars: 182_968 })];
        }),
        facility(12, "Plain Home", "29403", |line| stars(line, 30)),
        facility(13, "Home With Room", "29403", |line| line.availability = Some(cms(true))),
        facility(14, "Full Home", "29403", full),
        facility(15, "Veterans Home", "29403", |line| line.serves = vec![cms(ServedGroup::Veterans)]),
        facility(16, "Denied Home", "29403", |line| {
            line.safety = vec![cms(SafetyFact::PaymentDenial { from: day("2026-11-01"), until: day("2026-11-30") })];
        }),
        facility(17, "Private Home", "29403", |line| line.medicare = Some(cms(false))),
    ];
    SmallDirectory::listing(providers, NetworkBitmap::default(), PlanDirectory::default())
}

#[test]
fn safety_room_and_certification_are_read_in_the_table() {
    let shelf = noticed();
    let raw = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "within_miles": 10,
                     "coverage": {"program": "medicare"}});
    let (question, reports) = asked(&shelf, &raw);
    let text = shown(&table::reports(&reports, question.bundle, &manifest(), NOW.parse().unwrap()));
    insta::assert_snapshot!(text);
    let (watched, plain) = (text.find("Under Watch").unwrap(), text.find("Plain Home").unwrap());
    assert!(plain < watched, "a Special Focus Facility is last in its tier");
}

#[test]
fn the_chance_is_explained_with_its_counts() {
    let shelf = shelf();
    let raw = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "within_miles": 10,
                     "coverage": {"plan": "Larkwater Gold"}, "needs": ["resp.vent"]});
    let (question, _) = asked(&shelf, &raw);
    let discharge = &question.discharges[0];
    let explanation = explain::explain(discharge, &shelf, placement::matching::candidate::LineId(0)).unwrap();
    let about = table::ExplainContext { discharge, remarks: &[] };
    let text = shown(&table::explanation(&explanation, about, &manifest(), NOW.parse().unwrap()));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in [
        "Ventilator, long-term: no answers recorded; usual yes 2.5% (CMS-671 of late 2025",
        "Room: not asked in 90 days; usual yes 50% (our choice); chance 50%",
        "Chance 1.2% ×",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
}

#[test]
fn an_explanation_shows_every_fact_it_rests_on() {
    let shelf = shelf();
    let raw = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "within_miles": 10,
                     "coverage": {"plan": "Larkwater Gold"}, "needs": ["inf.abx"]});
    let (question, _) = asked(&shelf, &raw);
    let discharge = &question.discharges[0];
    let mut text = String::new();
    for line in [0, 3, 4, 6] {
        let explanation = explain::explain(discharge, &shelf, placement::matching::candidate::LineId(line)).unwrap();
        let about = table::ExplainContext { discharge, remarks: &[] };
        text += &shown(&table::explanation(&explanation, about, &manifest(), NOW.parse().unwrap()));
        text += "\n----\n";
    }
    insta::assert_snapshot!(text);
}
