//! The card at the head of a provider's page: what somebody on the telephone needs first. The facts below it have their sources.

use jiff::civil::Date;

use crate::evidence::{Fact, Tristate};
use crate::phrases;
use crate::provider::business::BusinessFact;
use crate::provider::{OperatingStatus, Provider, ServiceLine};
use crate::serve::pages::answer::line::{RatingCell, rating_of, signed};
use crate::serve::pages::provider::line::{LineView, standing};
use crate::text::count_text::counted;
use crate::text::proper_case::proper_case;

/// How many networks are named; the others are counted.
const NAMED_NETWORKS: usize = 3;

/// What the card says beside name, services and phone.
#[derive(Debug)]
pub(crate) struct ProviderCard {
    /// Its address.
    pub address: Option<String>,
    /// Its chain.
    pub chain: Option<String>,
    /// Each of its services.
    pub services: Vec<CardService>,
}

/// One service on the card.
#[derive(Debug)]
pub(crate) struct CardService {
    /// Its name.
    pub label: &'static str,
    /// Why it may not be asked, if it may not.
    pub closed: Option<&'static str>,
    /// The groups of people it is for, if it is for some only.
    pub is_for: Vec<&'static str>,
    /// Its rating, or why it has none.
    pub rating: Option<RatingCell>,
    /// What availability is called for the service.
    pub room_label: &'static str,
    /// The class and the sign of its availability.
    pub room_state: (&'static str, &'static str),
    /// Its availability.
    pub room: String,
    /// Who pays it, and the networks that list it today.
    pub coverage: String,
}

impl ProviderCard {
    /// The card of `provider`, whose services are shown as `lines`.
    pub(crate) fn new(provider: &Provider, lines: &[LineView], today: Date) -> Self {
        let chain = provider.business.iter().find_map(|fact| match &fact.value {
            BusinessFact::Chain { name, .. } => Some(proper_case(name)),
            _ => None,
        });
        let services = provider.lines.iter().zip(lines).map(|(line, view)| CardService::new(provider, line, view, today));
        Self {
            address: provider.address.as_ref().map(|fact| phrases::address(&fact.value)),
            chain,
            services: services.collect(),
        }
    }
}

impl CardService {
    fn new(provider: &Provider, line: &ServiceLine, view: &LineView, today: Date) -> Self {
        let has_room = line.availability.as_ref().map(|fact| fact.value);
        let days = line.room_days.map(|days| format!(", {days}")).unwrap_or_default();
        Self {
            label: line.service.label(),
            closed: (line.standing != OperatingStatus::Open).then(|| standing(line.standing)),
            is_for: line.serves.iter().map(|fact| fact.value.label()).collect(),
            rating: rating_of(provider, line.service, today),
            room_label: phrases::room_label(line.service),
            room_state: signed(has_room.map_or(Tristate::Unknown, |yes| if yes { Tristate::Yes } else { Tristate::No })),
            room: match has_room {
                Some(yes) => phrases::room_word(yes, line.service).to_owned() + &days,
                None => "Not reported".to_owned(),
            },
            coverage: coverage(line, view),
        }
    }
}

/// "Medicare-certified; listed by 4 networks: Larkwater Choice Core, … and 1 more".
fn coverage(line: &ServiceLine, view: &LineView) -> String {
    let certified = [(&line.medicare, "Medicare-certified"), (&line.medicaid, "Medicaid-certified in its state")];
    let says_yes = |(fact, _): &(&Option<_>, &str)| fact.as_ref().is_some_and(|fact: &Fact<bool>| fact.value);
    let mut said: Vec<String> = certified.into_iter().filter(says_yes).map(|(_, words)| words.to_owned()).collect();
    let listed: Vec<&str> = view.networks.iter().filter(|listing| listing.holds).map(|listing| &*listing.network).collect();
    if !listed.is_empty() {
        let named = listed.iter().take(NAMED_NETWORKS).copied().collect::<Vec<_>>().join(", ");
        let more = listed.len().saturating_sub(NAMED_NETWORKS);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        said.push(format!("listed by {}: {named}{more}", counted(listed.len() as u64, "network")));
    }
    if said.is_empty() { "Not reported".to_owned() } else { said.join("; ") }
}
