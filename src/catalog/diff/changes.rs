//! The kinds of changes between two generations, and how they are shown.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::catalog::diff::turnover::SourceTurnover;
use crate::text::proper_case::proper_case;

/// Maximum number of changes of each kind that [`CatalogDiff`] lists; the rest is only counted.
pub const LISTED: usize = 100;

/// The changes from one generation to another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CatalogDiff {
    /// The generation before.
    pub from: String,
    /// The generation after.
    pub to: String,
    /// Added providers.
    pub added: ChangeList<ProviderRef>,
    /// Removed providers.
    pub gone: ChangeList<ProviderRef>,
    /// Services that a provider of both generations has added.
    pub services_begun: ChangeList<LineRef>,
    /// Services that a provider of both generations no longer offers.
    pub services_ended: ChangeList<LineRef>,
    /// Networks that were added, removed, or changed the lines they are in force for; in a report the first [`LISTED`].
    #[serde(serialize_with = "first_listed")]
    pub networks: BTreeMap<String, NetworkChange>,
    /// Their number.
    pub networks_changed: u64,
    /// Lines that joined a network; lines of added providers and services are only counted there.
    pub begun: ChangeList<MembershipChange>,
    /// Lines that left a network; lines of removed providers and services are only counted there.
    pub ended: ChangeList<MembershipChange>,
    /// Changed ratings.
    pub stars: ChangeList<RatingChange>,
    /// Safety notices that began or ended.
    pub safety: ChangeList<SafetyChange>,
    /// Changed telephone numbers.
    pub phones: ChangeList<PhoneChange>,
    /// Changed service areas.
    pub areas: ChangeList<AreaChange>,
    /// Certifications that began, ended or became unknown.
    pub certifications: ChangeList<CertificationChange>,
    /// Changed answers to needs.
    pub answers: ChangeList<AnswerChange>,
    /// Plans that were added, removed, or use other networks, by name with the payer's; in a report the first [`LISTED`].
    #[serde(serialize_with = "first_listed")]
    pub plans: BTreeMap<String, PlanChange>,
    /// Their number.
    pub plans_changed: u64,
    /// The number of plans of each payer before; the gate compares the plans that are gone with it.
    #[serde(skip)]
    pub plans_before: BTreeMap<String, u64>,
    /// For each source, how many of its values and providers changed; the gate compares them with its thresholds.
    #[serde(skip)]
    pub turnover: BTreeMap<String, SourceTurnover>,
}

/// The changes of one kind: their number, and the first of them in id order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeList<T> {
    /// The number of changes.
    pub count: u64,
    /// At most [`LISTED`].
    pub listed: Vec<T>,
}

impl<T> Default for ChangeList<T> {
    fn default() -> Self {
        Self { count: 0, listed: Vec::new() }
    }
}

/// The change of one network. A line is in it if the terms were in force on the day the generation was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkChange {
    /// Which of the two generations have the network.
    pub known: NetworkPresence,
    /// Number of lines that joined.
    pub begun: u64,
    /// Number of lines that left: no longer listed, or on ended terms.
    pub ended: u64,
}

/// The change of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanChange {
    /// Which of the two generations have the plan.
    pub known: NetworkPresence,
    /// Its payer; empty if unknown.
    pub payer: String,
    /// The number of its networks before.
    pub networks: u64,
    /// The networks that it uses now and did not before.
    pub begun: Vec<String>,
    /// The networks that it used before and does not now.
    pub ended: Vec<String>,
    /// How many of the ended ones are still in the directory; the others are gone themselves.
    pub still_listed: u64,
    /// Of a plan that is gone: a new plan of the payer with the same networks, which may be the same plan renamed.
    pub now_called: Option<String>,
}

/// Which of two generations have a network or plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkPresence {
    /// Both.
    #[default]
    InBoth,
    /// Only the newer one.
    New,
    /// Only the older one.
    Gone,
}

/// A provider by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The services it offers, by code.
    #[serde(skip_deserializing)]
    pub services: Vec<&'static str>,
    /// Its state, if the address is known.
    pub state: Option<String>,
}

/// A service of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LineRef {
    /// The provider's id.
    pub id: String,
    /// The provider's name.
    pub name: String,
    /// The service, by code.
    pub service: String,
}

/// A line that is in a network in one generation only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MembershipChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The network, with its payer.
    pub network: String,
}

/// A changed rating.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RatingChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The rating before, as CMS prints it; `None` if it had none.
    pub before: Option<String>,
    /// The rating now; `None` if it has none.
    pub now: Option<String>,
}

/// The safety notices of a line that began or ended. That another fine was added to one that is known is no change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SafetyChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The codes of those that are new.
    pub begun: Vec<String>,
    /// The codes of those that are there no more.
    pub ended: Vec<String>,
}

/// A changed telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PhoneChange {
    /// The provider's id.
    pub id: String,
    /// The provider's name.
    pub name: String,
    /// The number before; `None` if none was known.
    pub before: Option<String>,
    /// The number now; `None` if none is known.
    pub now: Option<String>,
}

/// A changed service area. An area that is not published has no ZIP codes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AreaChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// Number of ZIP codes before; `None` if the area was not published.
    pub before: Option<u64>,
    /// Number of ZIP codes now; `None` if the area is not published.
    pub now: Option<u64>,
    /// Number of ZIP codes that were added.
    pub begun: u64,
    /// Number of ZIP codes that were removed.
    pub ended: u64,
}

/// A changed certification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificationChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// `medicare` or `medicaid`.
    pub program: String,
    /// Whether it was certified; `None` is unknown.
    pub before: Option<bool>,
    /// Whether it is certified now; `None` is unknown.
    pub now: Option<bool>,
}

/// A changed answer to a need.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The need, by code.
    pub need: String,
    /// The answer before; `None` is unknown.
    pub before: Option<bool>,
    /// The answer now; `None` is unknown.
    pub now: Option<bool>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum CatalogChange<'a> {
    /// A provider was added.
    Added(&'a ProviderRef),
    /// A provider was removed.
    Gone(&'a ProviderRef),
    /// A provider added a service.
    ServiceBegun(&'a LineRef),
    /// A provider no longer offers a service.
    ServiceEnded(&'a LineRef),
    /// A line joined a network.
    NetworkBegun(&'a MembershipChange),
    /// A line left a network.
    NetworkEnded(&'a MembershipChange),
    /// A rating changed.
    Stars(&'a RatingChange),
    /// Safety notices began or ended.
    Safety(&'a SafetyChange),
    /// A telephone number changed.
    Phone(&'a PhoneChange),
    /// A service area changed.
    Area(&'a AreaChange),
    /// A certification changed.
    Certification(&'a CertificationChange),
    /// An answer to a need changed.
    Answer(&'a AnswerChange),
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
        write!(f, "{} {}{state}: {}", self.id, proper_case(&self.name), self.services.join(", "))
    }
}

impl fmt::Display for LineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.id, proper_case(&self.name), self.service)
    }
}

impl fmt::Display for MembershipChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.line, self.network)
    }
}

impl fmt::Display for RatingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |rating: &Option<String>| rating.clone().unwrap_or_else(|| "no rating".to_owned());
        write!(f, "{} {} before, {} now", self.line, shown(&self.before), shown(&self.now))
    }
}

impl SafetyChange {
    /// "now special focus facility, abuse icon; no longer fines".
    pub fn in_words(&self) -> String {
        let changed = [("now", &self.begun), ("no longer", &self.ended)].into_iter().filter(|(_, codes)| !codes.is_empty());
        let changes = changed.map(|(what, codes)| format!("{what} {}", codes.join(", ").replace('_', " ")));
        changes.collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for SafetyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line, self.in_words())
    }
}

/// "yes", "no" or "unknown".
fn answered(says: Option<bool>) -> &'static str {
    match says {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

impl PhoneChange {
    /// "843-555-0100 before, none now".
    pub fn in_words(&self) -> String {
        let [before, now] = [&self.before, &self.now].map(|number| number.as_deref().unwrap_or("none"));
        format!("{before} before, {now} now")
    }
}

impl fmt::Display for PhoneChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: telephone {}", self.id, proper_case(&self.name), self.in_words())
    }
}

impl AreaChange {
    /// "12 ZIP codes before, not published now"; "ZIP codes: 3 added, 1 removed".
    pub fn in_words(&self) -> String {
        match (self.before, self.now) {
            (Some(_), Some(_)) => format!("ZIP codes: {} added, {} removed", self.begun, self.ended),
            (before, now) => {
                let [before, now] = [before, now].map(|zips| match zips {
                    Some(1) => "1 ZIP code".to_owned(),
                    Some(zips) => format!("{zips} ZIP codes"),
                    None => "not published".to_owned(),
                });
                format!("{before} before, {now} now")
            }
        }
    }
}

impl fmt::Display for AreaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} service area: {}", self.line, self.in_words())
    }
}

impl CertificationChange {
    /// "Medicaid: yes before, no now".
    pub fn in_words(&self) -> String {
        let program = if self.program == "medicare" { "Medicare" } else { "Medicaid" };
        format!("{program}: {} before, {} now", answered(self.before), answered(self.now))
    }
}

impl fmt::Display for CertificationChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line, self.in_words())
    }
}

impl AnswerChange {
    /// "rehab.pt: yes before, unknown now".
    pub fn in_words(&self) -> String {
        format!("{}: {} before, {} now", self.need, answered(self.before), answered(self.now))
    }
}

impl fmt::Display for AnswerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line, self.in_words())
    }
}

impl fmt::Display for NetworkChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = match self.known {
            NetworkPresence::InBoth => "",
            NetworkPresence::New => "new, ",
            NetworkPresence::Gone => "gone, ",
        };
        write!(f, "{known}{} begun, {} ended", self.begun, self.ended)
    }
}

impl fmt::Display for PlanChange {
    /// "gone, perhaps now called Gold 2027 (Acme)"; "now Acme Wide; no longer Acme Core".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.known, &self.now_called) {
            (NetworkPresence::New, _) => return f.write_str("new"),
            (NetworkPresence::Gone, None) => return f.write_str("gone"),
            (NetworkPresence::Gone, Some(name)) => return write!(f, "gone, perhaps now called {name}"),
            (NetworkPresence::InBoth, _) => {}
        }
        let changed =
            [("now", &self.begun), ("no longer", &self.ended)].into_iter().filter(|(_, networks)| !networks.is_empty());
        let words: Vec<String> = changed.map(|(what, networks)| format!("{what} {}", networks.join(", "))).collect();
        f.write_str(&words.join("; "))
    }
}

/// One kind of change, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffSection {
    /// The heading: "providers added".
    pub heading: &'static str,
    /// The number of changes.
    pub count: u64,
    /// The first of them, one per line.
    pub lines: Vec<String>,
}

impl CatalogDiff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.sections().is_empty()
    }

    /// The changes as sections, one for each kind that occurs.
    pub fn sections(&self) -> Vec<DiffSection> {
        let mut sections = vec![
            self.added.section("providers added"),
            self.gone.section("providers removed"),
            self.services_begun.section("services added"),
            self.services_ended.section("services removed"),
            section_by_name("plans changed", self.plans_changed, &self.plans),
            section_by_name("networks changed", self.networks_changed, &self.networks),
            self.begun.section("lines that joined a network"),
            self.ended.section("lines that left a network"),
            self.stars.section("ratings changed"),
            self.safety.section("safety notices that began or ended"),
            self.phones.section("telephone numbers changed"),
            self.areas.section("service areas changed"),
            self.certifications.section("certifications changed"),
            self.answers.section("answers to needs changed"),
        ];
        sections.retain(|section| section.count > 0);
        sections
    }
}

/// Writes the first changes.
fn first_listed<T: Serialize, S: Serializer>(changes: &BTreeMap<String, T>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(changes.iter().take(LISTED))
}

/// The changes of networks or plans.
fn section_by_name(heading: &'static str, count: u64, changes: &BTreeMap<String, impl fmt::Display>) -> DiffSection {
    let lines = changes.iter().take(LISTED).map(|(name, change)| format!("{name}: {change}")).collect();
    DiffSection { heading, count, lines }
}

impl<T: fmt::Display> ChangeList<T> {
    fn section(&self, heading: &'static str) -> DiffSection {
        DiffSection { heading, count: self.count, lines: self.listed.iter().map(ToString::to_string).collect() }
    }
}
