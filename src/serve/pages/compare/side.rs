//! One of the providers compared: what the question and the directory say of it, ready to be set beside others.

use std::sync::Arc;

use crate::care::{Geography, Service};
use crate::discharge::Discharge;
use crate::evidence::{Answer, Fact};
use crate::live::Live;
use crate::matching::Serves;
use crate::matching::explain::{Explanation, explain};
use crate::matching::network::Status;
use crate::matching::report::{AcceptanceAnswer, Availability, Fit, NetworkAnswer};
use crate::place::Miles;
use crate::provider::{Provider, ProviderId, Rating, ServiceArea, ServiceLine, stated};
use crate::serve::pages::provider::said::on_one_line;
use crate::words;

/// One provider against the question.
#[derive(Debug, Clone)]
pub struct Side {
    /// What it is called in sentences: its name, with its id where another has the same.
    pub short: String,
    /// The provider.
    pub provider: Arc<Provider>,
    /// Where it stands.
    pub place: Place,
    /// Miles from where care should be.
    pub distance: Option<Miles>,
    /// Whether its published area holds the ZIP; `None` where the patient travels.
    pub serves: Option<Serves>,
    /// Whether the plan covers it; `None` where it does not offer the service.
    pub network: Option<NetworkAnswer>,
    /// What it says to each thing asked.
    pub answers: Vec<AcceptanceAnswer>,
    /// Whether there is room.
    pub availability: Availability,
    /// The service asked for.
    pub service: Service,
}

/// Where a provider stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On the list.
    Stands {
        /// Its rank.
        rank: u32,
        /// How many there are.
        of: u32,
        /// How well it fits.
        fit: Fit,
    },
    /// Not on the list, and each thing that keeps it off.
    Out(Vec<String>),
    /// It does not offer the service.
    OtherService,
}

impl Side {
    /// The provider of that id against `discharge`; `None` where the directory does not have it.
    pub fn new(id: &ProviderId, discharge: &Discharge, served: &Live) -> Option<Self> {
        let provider = served.provider_of(id, discharge.on)?;
        let comes = discharge.geography() == Geography::ProviderComes;
        let line = served.base().line(id, discharge.service);
        let explained = line.and_then(|line| explain(discharge, &served.on(discharge.on), line));
        let mut side = Self {
            short: on_one_line(&provider.name.value),
            provider,
            place: Place::OtherService,
            distance: None,
            serves: None,
            network: None,
            answers: Vec::new(),
            availability: Availability { answer: Answer::Unknown, evidence: None, days: None },
            service: discharge.service,
        };
        match explained {
            Some(Explanation::Stands { found, of }) => {
                side.place = Place::Stands { rank: found.rank, of, fit: found.fit };
                side.distance = found.distance;
                side.serves = comes.then_some(found.serves);
                side.network = Some(found.network);
                side.answers = found.acceptance.answers;
                side.availability = found.availability;
            }
            Some(Explanation::KeptOut { distance, bars, network, acceptance, .. }) => {
                side.place = Place::Out(bars.iter().map(words::bar).collect());
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

    /// The line of the service asked for.
    pub fn line(&self) -> Option<&ServiceLine> {
        self.provider.line(self.service)
    }

    /// Whether the plan covers it.
    pub fn status(&self) -> Option<Status> {
        self.network.as_ref().map(|network| network.status)
    }

    /// Its rating on the measure of the service.
    pub fn rating(&self) -> Option<&Fact<Rating>> {
        self.line().and_then(|line| line.rating.as_ref())
    }

    /// Its beds, or stations.
    pub fn beds(&self) -> Option<u32> {
        self.line().and_then(|line| line.beds.as_ref()).map(|fact| fact.value)
    }
}

fn availability(line: &ServiceLine) -> Availability {
    let fact = line.availability.as_ref();
    Availability { answer: stated(fact), evidence: fact.map(|fact| fact.evidence.clone()), days: line.room_days }
}

fn serves(line: &ServiceLine, discharge: &Discharge) -> Serves {
    match &line.area {
        ServiceArea::Zips(fact) if fact.value.contains(&discharge.near.zip) => Serves::Yes,
        ServiceArea::Zips(_) => Serves::No,
        ServiceArea::NotPublished => Serves::NotPublished,
    }
}

/// Tells those of one name apart.
pub fn told_apart(mut sides: Vec<Side>) -> Vec<Side> {
    let names: Vec<String> = sides.iter().map(|side| side.short.clone()).collect();
    for side in &mut sides {
        if names.iter().filter(|name| **name == side.short).count() > 1 {
            side.short = format!("{} ({})", side.short, side.provider.id);
        }
    }
    sides
}
