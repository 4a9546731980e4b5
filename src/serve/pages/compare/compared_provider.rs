//! One of the compared providers: its evaluation against the question.

use std::sync::Arc;

use crate::discharge::Discharge;
use crate::evidence::{Fact, Tristate};
use crate::matching::candidate::AreaMatch;
use crate::matching::explain::{Explanation, explain};
use crate::matching::report::{AcceptanceAnswer, MatchAvailability, NetworkAnswer, NetworkStatus};
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::phrases::safety::safety_of;
use crate::phrases::tiers::tier;
use crate::place::Miles;
use crate::provider::quality::Rating;
use crate::provider::{Provider, ProviderId, ServiceArea, ServiceLine, stated};
use crate::serve::pages::provider::facts::on_one_line;
use crate::service::{DeliveryMode, Service};

/// One provider against the question.
#[derive(Debug, Clone)]
pub(crate) struct ComparedProvider {
    /// Its name in sentences, with its id if another has the same name.
    pub short: String,
    /// The provider.
    pub provider: Arc<Provider>,
    /// Its rank or exclusion.
    pub place: ComparedRank,
    /// Miles from the search location.
    pub distance: Option<Miles>,
    /// Whether its service area contains the ZIP; `None` if the patient travels.
    pub serves: Option<AreaMatch>,
    /// Whether the plan covers it; `None` if it does not offer the service.
    pub network: Option<NetworkAnswer>,
    /// Its answer to each requirement.
    pub answers: Vec<AcceptanceAnswer>,
    /// What its chance is made of; empty if it is excluded.
    pub chance: Vec<String>,
    /// What official sources publish of its safety, and for whom it is.
    pub safety: Vec<String>,
    /// Its availability.
    pub availability: MatchAvailability,
    /// The service of the question.
    pub service: Service,
}

/// The rank of a provider, or its exclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ComparedRank {
    /// On the list.
    Stands {
        /// Its rank.
        rank: u32,
        /// How many there are.
        of: u32,
        /// Its tier in words.
        tier: &'static str,
        /// Chance times score, in words.
        worth: String,
    },
    /// Excluded, with each reason.
    Out(Vec<String>),
    /// It does not offer the service.
    OtherService,
}

impl ComparedProvider {
    /// The provider with that id against `discharge`; `None` if the directory does not have it.
    pub(crate) fn new(id: &ProviderId, discharge: &Discharge, served: &LiveDirectory) -> Option<Self> {
        let provider = served.provider_of(id, discharge.on)?;
        let comes = discharge.geography() == DeliveryMode::ProviderComes;
        let line = served.base().line_id(id, discharge.service);
        let explained = line.and_then(|line| explain(discharge, &served.as_of(discharge.on), line));
        let safety = safety_of(&provider, discharge).iter().map(phrases::safety::notice).collect();
        let mut side = Self {
            safety,
            short: on_one_line(&phrases::name(&provider)),
            provider,
            place: ComparedRank::OtherService,
            distance: None,
            serves: None,
            network: None,
            answers: Vec::new(),
            chance: Vec::new(),
            availability: MatchAvailability { answer: Tristate::Unknown, evidence: None, days: None, room_from: None },
            service: discharge.service,
        };
        match explained {
            Some(Explanation::Ranked { found, of }) => {
                let tier = tier(found.fit, discharge);
                let worth = phrases::likelihood::worth(&found);
                side.chance = phrases::likelihood::likelihood(&found);
                let notices = phrases::safety::notices_of(&found, discharge).0;
                side.safety = notices.into_iter().map(phrases::safety::notice).collect();
                side.place = ComparedRank::Stands { rank: found.rank, of, tier, worth };
                side.distance = found.distance;
                side.serves = comes.then_some(found.serves);
                side.network = Some(found.network);
                side.answers = found.acceptance.answers;
                side.availability = found.availability;
            }
            Some(Explanation::Excluded { distance, bars, network, acceptance, .. }) => {
                side.place = ComparedRank::Out(bars.iter().map(phrases::bar).collect());
                side.distance = distance;
                side.serves = side.line().filter(|_| comes).map(|line| serves(line, discharge));
                side.availability = side.line().map_or(side.availability.clone(), availability);
                side.network = Some(network);
                side.answers = acceptance.answers;
            }
            Some(Explanation::OtherService { .. }) | None => {}
        }
        Some(side)
    }

    /// The line of the service of the question.
    pub(crate) fn line(&self) -> Option<&ServiceLine> {
        self.provider.line(self.service)
    }

    /// Whether the plan covers it.
    pub(crate) fn status(&self) -> Option<NetworkStatus> {
        self.network.as_ref().map(|network| network.status)
    }

    /// Its rating by the measure of the service.
    pub(crate) fn rating(&self) -> Option<&Fact<Rating>> {
        self.line().and_then(|line| line.rating.as_ref())
    }

    /// Its beds, or stations.
    pub(crate) fn beds(&self) -> Option<u32> {
        self.line().and_then(|line| line.beds.as_ref()).map(|fact| fact.value)
    }
}

fn availability(line: &ServiceLine) -> MatchAvailability {
    let fact = line.availability.as_ref();
    let evidence = fact.map(|fact| fact.evidence.clone());
    MatchAvailability { answer: stated(fact), evidence, days: line.room_days, room_from: None }
}

fn serves(line: &ServiceLine, discharge: &Discharge) -> AreaMatch {
    match &line.area {
        ServiceArea::Zips(fact) if fact.value.contains(&discharge.near.zip) => AreaMatch::Yes,
        ServiceArea::Zips(_) => AreaMatch::No,
        ServiceArea::NotPublished => AreaMatch::NotPublished,
    }
}

/// Adds the id to equal names.
pub(crate) fn told_apart(mut sides: Vec<ComparedProvider>) -> Vec<ComparedProvider> {
    let names: Vec<String> = sides.iter().map(|side| side.short.clone()).collect();
    for side in &mut sides {
        if names.iter().filter(|name| **name == side.short).count() > 1 {
            side.short = format!("{} ({})", side.short, side.provider.id);
        }
    }
    sides
}
