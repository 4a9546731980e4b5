//! The displayed network status for each relation of a provider to the patient's plan.

use jiff::civil::{Date, date};
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::{AffiliationTerms, IdentityConfidence, Network, NetworkId, Payer, Plan, PlanDirectory, TermsId};
use placement::discharge::ParseContext;
use placement::discharge::parse::parse;
use placement::evidence::{Evidence, Fact, Tristate};
use placement::matching::candidate::Directory;
use placement::matching::rank;
use placement::place::{Precision, ZipTable};
use placement::provider::safety::SafetyFact;
use placement::provider::{Address, Ccn, Position, Provider, ProviderId, ServiceLine};
use placement::serve::json::report::{AnswerContext, AnswerJson};
use placement::service::Service;
use serde_json::{Value, json};

use crate::small_directory::{SmallDirectory, manifest};

pub(crate) const TODAY: Date = date(2026, 11, 21);
pub(crate) const FRESH: Date = date(2026, 11, 1);
/// The last day that is at most 90 days ago, and the day before.
pub(crate) const JUST_FRESH: Date = date(2026, 8, 23);
pub(crate) const OLD: Date = date(2026, 8, 22);

/// A plan with up to two networks, and one nursing facility that also offers home health.
pub(crate) struct World {
    networks: Vec<Network>,
    /// The listings for skilled nursing.
    listed: Vec<AffiliationTerms>,
    /// The listings for home health.
    elsewhere: Vec<AffiliationTerms>,
    discharge_on: Date,
}

fn larkwater(as_of: Option<Date>) -> Evidence {
    Evidence::new("Larkwater directory", as_of)
}

pub(crate) fn network(name: &str, whole: bool, as_of: Option<Date>) -> Network {
    Network { name: name.to_owned(), payer: Some(0), whole, evidence: larkwater(as_of) }
}

/// Listed by identifier, without tier or dates.
pub(crate) fn plainly(network: u32, as_of: Option<Date>) -> AffiliationTerms {
    AffiliationTerms {
        network: NetworkId(network),
        tier: None,
        begin: None,
        end: None,
        link: IdentityConfidence::Sure,
        new_patients: Tristate::Unknown,
        low_confidence: false,
        evidence: larkwater(as_of),
    }
}

pub(crate) fn listed() -> AffiliationTerms {
    plainly(0, Some(FRESH))
}

impl World {
    /// A plan with one network, loaded completely and recently, without members.
    pub(crate) fn new() -> Self {
        Self {
            networks: vec![network("Larkwater Core", true, Some(FRESH))],
            listed: Vec::new(),
            elsewhere: Vec::new(),
            discharge_on: TODAY,
        }
    }

    pub(crate) fn listing(terms: impl IntoIterator<Item = AffiliationTerms>) -> Self {
        Self { listed: terms.into_iter().collect(), ..Self::new() }
    }

    pub(crate) fn with(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.networks = networks.into_iter().collect();
        self
    }

    fn on(mut self, day: Date) -> Self {
        self.discharge_on = day;
        self
    }

    fn shelf(&self) -> SmallDirectory {
        let mut terms: Vec<AffiliationTerms> = self.listed.iter().chain(&self.elsewhere).cloned().collect();
        terms.sort();
        let keys = |of: &[AffiliationTerms]| -> Vec<TermsId> {
            let place = |one: &AffiliationTerms| TermsId(u32::try_from(terms.binary_search(one).unwrap()).unwrap());
            of.iter().map(place).collect()
        };
        let facility = facility([Service::SkilledNursing, Service::HomeHealth].map(ServiceLine::without_facts).into());
        let mut listed = NetworkBitmap::default();
        listed.add(&facility.id, Service::SkilledNursing, keys(&self.listed));
        listed.add(&facility.id, Service::HomeHealth, keys(&self.elsewhere));
        let plan = Plan {
            name: "Larkwater Gold".to_owned(),
            payer: Some(0),
            networks: (0..).map(NetworkId).take(self.networks.len()).collect(),
        };
        let payers = vec![Payer { name: "Larkwater Mutual".to_owned() }];
        let plans = PlanDirectory { payers, plans: vec![plan], networks: self.networks.clone(), terms };
        SmallDirectory::listing(vec![facility], listed, plans)
    }

    /// The only match, as rendered by the API.
    pub(crate) fn found(&self) -> Value {
        let shelf = self.shelf();
        let asked = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"plan": "larkwater gold"}, "discharge_on": self.discharge_on.to_string()});
        let words = ParseContext { zips: ZipTable::curated(), plans: shelf.plans(), generation: "shelf" };
        let (question, remarks) = parse(&asked, &words, TODAY).unwrap();
        let reports = [rank(&question.discharges[0], &shelf, &remarks)];
        let ground = AnswerContext { manifest: &manifest(), plans: shelf.plans(), told: None };
        let answer = serde_json::to_value(AnswerJson::new(&reports, false, ground)).unwrap();
        assert_eq!(answer["matches"].as_array().unwrap().len(), 1);
        json!({"match": answer["matches"][0], "questions": answer["call_sheet"][0]["questions"]})
    }
}

pub(crate) fn facility(lines: Vec<ServiceLine>) -> Provider {
    let ccn: Ccn = "265001".parse().unwrap();
    let point = ZipTable::curated().get("64108".parse().unwrap()).unwrap().point;
    let cms = Evidence::new("CMS Provider Information", Some(FRESH));
    Provider {
        id: ProviderId::from(&ccn),
        ccn: Some(ccn),
        npis: Vec::new(),
        name: Fact::new("Harbor View".to_owned(), cms.clone()),
        address: None,
        phone: None,
        position: Some(Fact::new(Position { point, precision: Precision::Address }, cms)),
        ownership: None,
        business: Vec::new(),
        suspected_exclusions: Vec::new(),
        lines,
    }
}

/// The displayed fit, status, reason, network and source date. The source itself is always the same
/// directory.
type Read = (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

fn read(found: &Value) -> (String, String, String, Option<String>, Option<String>) {
    let network = &found["match"]["network"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let told = |value: &Value| text(value).unwrap_or_default();
    let source = text(&network["source"]);
    assert!(source.as_deref().is_none_or(|source| source == "Larkwater directory"), "{source:?}");
    let day = source.map(|_| text(&network["as_of"]).unwrap_or_else(|| "undated".to_owned()));
    (told(&found["match"]["fit"]), told(&network["status"]), told(&network["why"]), text(&network["network"]), day)
}

/// A relation to the plan, and what is displayed.
type Case = (&'static str, World, Read);

const CORE: Option<&str> = Some("Larkwater Core");
const SAID: Option<&str> = Some("2026-11-01");

pub(crate) fn whole(as_of: Option<Date>) -> Network {
    network("Larkwater Core", true, as_of)
}

/// The second network of a plan, loaded recently.
pub(crate) fn second(whole: bool) -> Network {
    network("Larkwater Wide", whole, Some(FRESH))
}

fn two(first: Network, second: Network) -> World {
    World::new().with([first, second])
}

fn when_one_network_lists_it() -> Vec<Case> {
    vec![
        ("listed", World::listing([listed()]), ("meets", "in_network", "listed", CORE, SAID)),
        (
            "until today",
            World::listing([AffiliationTerms { end: Some(TODAY), ..listed() }]),
            ("meets", "in_network", "listed", CORE, SAID),
        ),
        (
            "ended",
            World::listing([AffiliationTerms { end: Some(date(2026, 11, 20)), ..listed() }]),
            ("ask_plan", "unconfirmed", "listed, but ended", CORE, SAID),
        ),
        (
            "ended by the day of discharge",
            World::listing([AffiliationTerms { end: Some(date(2026, 11, 30)), ..listed() }]).on(date(2026, 12, 1)),
            ("ask_plan", "unconfirmed", "listed, but ended", CORE, SAID),
        ),
        (
            "not yet begun",
            World::listing([AffiliationTerms { begin: Some(date(2026, 11, 22)), ..listed() }]),
            ("ask_plan", "unconfirmed", "listed, but not yet begun", CORE, SAID),
        ),
        (
            "begun by the day of discharge",
            World::listing([AffiliationTerms { begin: Some(date(2026, 12, 1)), ..listed() }]).on(date(2026, 12, 1)),
            ("meets", "in_network", "listed", CORE, SAID),
        ),
        (
            "at another address",
            World::listing([AffiliationTerms { link: IdentityConfidence::OtherLocation, ..listed() }]),
            ("ask_plan", "unconfirmed", "listed, but at another address only", CORE, SAID),
        ),
        (
            "by a similar name only",
            World::listing([AffiliationTerms { link: IdentityConfidence::Probable, ..listed() }]),
            ("ask_plan", "unconfirmed", "listed, but only by a similar name and address", CORE, SAID),
        ),
        (
            "in a directory 90 days old",
            World::listing([plainly(0, Some(JUST_FRESH))]).with([whole(Some(JUST_FRESH))]),
            ("meets", "in_network", "listed", CORE, Some("2026-08-23")),
        ),
        (
            "in a directory 91 days old",
            World::listing([plainly(0, Some(OLD))]).with([whole(Some(OLD))]),
            ("ask_plan", "unconfirmed", "listed, but in a directory over 90 days old", CORE, Some("2026-08-22")),
        ),
        (
            "in a directory without a date",
            World::listing([plainly(0, None)]).with([whole(None)]),
            ("ask_plan", "unconfirmed", "listed, but in a directory without a date", CORE, Some("undated")),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a row for each status")]
fn when_it_is_not_listed_or_in_one_of_two() -> Vec<Case> {
    let (part, wide) = (second(false), second(true));
    vec![
        (
            "for another service",
            World { elsewhere: vec![listed()], ..World::new() },
            (
                "out_of_network",
                "out_of_network",
                "the directory of Larkwater Gold lists it for another service only (Home health)",
                None,
                SAID,
            ),
        ),
        (
            "not in a directory 91 days old",
            World::new().with([whole(Some(OLD))]),
            (
                "ask_plan",
                "unconfirmed",
                "the directory of Larkwater Gold does not list it, but is over 90 days old",
                None,
                Some("2026-08-22"),
            ),
        ),
        (
            "not in a directory without a date",
            World::new().with([whole(None)]),
            (
                "ask_plan",
                "unconfirmed",
                "the directory of Larkwater Gold does not list it, but has no date",
                None,
                Some("undated"),
            ),
        ),
        (
            "not listed",
            World::new(),
            ("out_of_network", "out_of_network", "the directory of Larkwater Gold does not list it", None, SAID),
        ),
        (
            "not in what was loaded",
            World::new().with([part.clone()]),
            (
                "ask_plan",
                "plan_not_loaded",
                "the directory of Larkwater Gold was not loaded whole, and what was loaded does not list it",
                None,
                SAID,
            ),
        ),
        (
            "plan not loaded",
            World::new().with([]),
            ("ask_plan", "plan_not_loaded", "the directory of Larkwater Gold is not loaded", None, None),
        ),
        (
            "in the second of two networks, ended in the first",
            World {
                listed: vec![AffiliationTerms { end: Some(date(2026, 1, 31)), ..listed() }, plainly(1, Some(FRESH))],
                ..two(whole(Some(FRESH)), wide.clone())
            },
            ("meets", "in_network", "listed", Some("Larkwater Wide"), SAID),
        ),
        (
            "ended in one network and not in the other",
            World {
                listed: vec![AffiliationTerms { end: Some(date(2026, 1, 31)), ..listed() }],
                ..two(whole(Some(FRESH)), wide)
            },
            ("ask_plan", "unconfirmed", "listed, but ended", CORE, SAID),
        ),
        (
            "in neither network, one of them not whole",
            two(whole(Some(FRESH)), part),
            (
                "ask_plan",
                "plan_not_loaded",
                "the directory of Larkwater Gold was not loaded whole, and what was loaded does not list it",
                None,
                SAID,
            ),
        ),
    ]
}

#[test]
fn every_network_status_is_told_with_its_reason_its_fit_and_who_says_so() {
    let cases = when_one_network_lists_it().into_iter().chain(when_it_is_not_listed_or_in_one_of_two());
    for (what, world, (fit, status, why, network, day)) in cases {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let expected = (fit.to_owned(), status.to_owned(), why.to_owned(), owned(network), owned(day));
        assert_eq!(read(&world.found()), expected, "{what}");
    }
}

#[test]
fn tier_and_dates_and_how_sure_are_shown_with_the_listing() {
    let terms = AffiliationTerms {
        tier: Some("Preferred".to_owned()),
        begin: Some(date(2026, 1, 1)),
        end: Some(date(2026, 12, 31)),
        ..listed()
    };
    let network = &World::listing([terms]).found()["match"]["network"];
    assert_eq!(network["tier"], "Preferred");
    assert_eq!([&network["begin"], &network["end"]], ["2026-01-01", "2026-12-31"]);
    assert_eq!(network["identity"], "sure");
    assert_eq!(network["confidence"], Value::Null, "only what is low is told");
    let other = AffiliationTerms { link: IdentityConfidence::OtherLocation, ..listed() };
    assert_eq!(World::listing([other]).found()["match"]["network"]["identity"], "other_location");
}

#[test]
fn a_payers_word_on_new_patients_stands_where_the_provider_is_silent() {
    for (new_patients, points, asked) in [
        (Tristate::Yes, 10.0, None),
        (Tristate::Unknown, 5.0, Some("Will you have a bed on Nov 21, 2026?")),
        (Tristate::No, 0.0, Some("Do you take new patients of Larkwater Core? (The payer's directory says no.)")),
    ] {
        let found = World::listing([AffiliationTerms { new_patients, ..listed() }]).found();
        let room = &found["match"]["availability"];
        assert_eq!(room["answer"], new_patients.code());
        let source = (new_patients != Tristate::Unknown).then_some("Larkwater directory");
        assert_eq!(room["source"].as_str(), source);
        let parts = found["match"]["parts"].as_array().unwrap();
        let part = parts.iter().find(|part| part["part"] == "availability").unwrap();
        assert_eq!(part["points"], points, "{new_patients:?}");
        assert_eq!(found["match"]["fit"], "meets", "it never excludes, and is no word on a bed");
        let notices = found["match"]["notices"].as_array().unwrap();
        assert_eq!(notices.iter().any(|notice| notice["code"] == "no_new_patients"), new_patients == Tristate::No);
        assert_eq!(found["questions"][0].as_str(), asked);
    }
}

#[test]
fn of_two_listings_as_good_the_one_that_can_be_relied_on_is_told() {
    let lagging = AffiliationTerms { low_confidence: true, new_patients: Tristate::Yes, ..listed() };
    let alone = World::listing([lagging.clone()]).found();
    assert_eq!(alone["match"]["network"]["status"], "in_network");
    assert_eq!(alone["match"]["network"]["confidence"], "low");
    let warned = &alone["match"]["notices"][0];
    assert_eq!(warned["code"], "low_confidence");
    assert!(warned["text"].as_str().unwrap().contains("Larkwater directory, 2026-11-01"), "{warned}");

    let wide = network("Larkwater Wide", true, Some(FRESH));
    let relied_on =
        World::listing([lagging, plainly(1, Some(FRESH))]).with([network("Larkwater Core", true, Some(FRESH)), wide]);
    let both = relied_on.found();
    assert_eq!(both["match"]["network"]["network"], "Larkwater Wide");
    assert_eq!(both["match"]["notices"], json!([]));
}

/// Fit, status and reason of a nursing facility in Missouri, or a hospice, by who pays.
fn by_program(coverage: &Value, service: Service, fill: impl FnOnce(&mut ServiceLine)) -> [String; 3] {
    let mut line = ServiceLine::without_facts(service);
    fill(&mut line);
    let mut provider = facility(vec![line]);
    let (state, zip) = ("MO".parse().ok(), "64108".parse().ok());
    let address = Address { street: String::new(), city: "KANSAS CITY".to_owned(), state, zip };
    provider.address = Some(Fact::new(address, larkwater(Some(FRESH))));
    let plans = World::new().shelf().plans().clone();
    let shelf = SmallDirectory::new(vec![provider], plans);
    let asked = json!({"service": service.code(), "near": {"zip": "64108"}, "coverage": coverage});
    let words = ParseContext { zips: ZipTable::curated(), plans: shelf.plans(), generation: "shelf" };
    let (question, remarks) = parse(&asked, &words, TODAY).unwrap();
    let found = rank(&question.discharges[0], &shelf, &remarks).matches.remove(0);
    [found.fit.code().to_owned(), found.network.status.code().to_owned(), found.network.why]
}

#[test]
fn a_program_certifies_and_has_no_network() {
    type Fill = fn(&mut ServiceLine);
    let yes: Fill = |line| (line.medicare, line.medicaid) = (Some(said(true)), Some(said(true)));
    let no: Fill = |line| (line.medicare, line.medicaid) = (Some(said(false)), Some(said(false)));
    let silent: Fill = |_| {};
    let gone: Fill = |line| {
        line.medicare = Some(said(true));
        line.safety = vec![Fact::new(SafetyFact::NotInNewestList, larkwater(Some(FRESH)))];
    };
    let denied: Fill = |line| {
        line.medicare = Some(said(true));
        let denial = SafetyFact::PaymentDenial { from: FRESH, until: TODAY };
        line.safety = vec![Fact::new(denial, larkwater(Some(FRESH)))];
    };
    let (medicare, home) = (json!({"program": "medicare"}), Service::SkilledNursing);
    let medicaid = |state: &str| json!({"program": "medicaid", "state": state});
    let unknown = json!({"plan_name": "Evergreen HMO", "known": false});
    let listed = json!({"plan": "Larkwater Gold"});
    let not_loaded = "the directory of Evergreen HMO is not loaded";
    for (coverage, service, fill, expected) in [
        (&medicare, home, yes, ["meets", "certified", "Medicare-certified"]),
        (&medicare, home, no, ["out_of_network", "not_certified", "not Medicare-certified"]),
        (&medicare, home, silent, ["ask_plan", "unconfirmed", "no source says whether it is Medicare-certified"]),
        (
            &medicare,
            home,
            gone,
            ["ask_plan", "unconfirmed", "was Medicare-certified, but the newest list of CMS does not have it"],
        ),
        (
            &medicare,
            home,
            denied,
            ["ask_plan", "unconfirmed", "Medicare-certified, but payment for new admissions is denied"],
        ),
        (&medicaid("MO"), home, yes, ["meets", "certified", "Medicaid-certified"]),
        (&medicaid("MO"), home, no, ["out_of_network", "not_certified", "not Medicaid-certified"]),
        (
            &medicaid("KS"),
            home,
            yes,
            ["ask_plan", "unconfirmed", "Medicaid-certified in Missouri; ask whether Kansas Medicaid pays there"],
        ),
        (&unknown, home, yes, ["ask_plan", "plan_not_loaded", not_loaded]),
        (&listed, home, yes, ["out_of_network", "out_of_network", "the directory of Larkwater Gold does not list it"]),
        // Original Medicare pays hospice for members of every plan (42 CFR 422.320).
        (&listed, Service::Hospice, yes, ["meets", "certified", "Medicare-certified"]),
        (&listed, Service::HospiceInpatient, no, ["out_of_network", "not_certified", "not Medicare-certified"]),
        (&unknown, Service::Hospice, yes, ["meets", "certified", "Medicare-certified"]),
    ] {
        assert_eq!(by_program(coverage, service, fill), expected.map(str::to_owned), "{coverage} {service}");
    }
}

fn said(value: bool) -> Fact<bool> {
    Fact::new(value, larkwater(Some(FRESH)))
}

#[test]
fn all_memberships_are_shown_where_several_networks_of_the_plan_list_it() {
    let world = World {
        listed: vec![AffiliationTerms { end: Some(date(2026, 1, 31)), ..listed() }, plainly(1, Some(FRESH))],
        ..two(whole(Some(FRESH)), second(true))
    };
    let found = world.found();
    let memberships = found["match"]["network"]["memberships"].as_array().unwrap();
    let read: Vec<_> = memberships.iter().map(|one| [&one["network"], &one["status"]]).collect();
    assert_eq!(read, [["Larkwater Core", "unconfirmed"], ["Larkwater Wide", "in_network"]]);
    assert_eq!(World::listing([listed()]).found()["match"]["network"]["memberships"].as_array().map_or(0, Vec::len), 0);
}
