//! The card at the head of a provider's page: what somebody on the telephone needs first. The facts below it have their sources.

use jiff::civil::Date;

use crate::evidence::{Fact, Tristate};
use crate::phrases;
use crate::provider::business::BusinessFact;
use crate::provider::{Ccn, OperatingStatus, Provider, ServiceLine};
use crate::serve::pages::answer::line::{RatingCell, rating_of, signed};
use crate::serve::pages::provider::line::{LineView, standing};
use crate::service::Service;
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
    /// Its page on Medicare's Care Compare, where the address is known.
    pub care_compare: Option<String>,
}

impl ProviderCard {
    /// The card of `provider`, whose services are shown as `lines`. The numbers of an invented provider (`is_synthetic`) may be those of
    /// a real one, so it has no link to Care Compare.
    pub(crate) fn new(provider: &Provider, lines: &[LineView], today: Date, is_synthetic: bool) -> Self {
        let chain = provider.business.iter().find_map(|fact| match &fact.value {
            BusinessFact::Chain { name, .. } => Some(proper_case(name)),
            _ => None,
        });
        let ccn = provider.ccn.as_ref().filter(|_| !is_synthetic);
        let services = provider.lines.iter().zip(lines).map(|(line, view)| {
            let page = ccn.and_then(|ccn| care_compare(line.service, ccn));
            CardService::new(provider, line, view, today, page)
        });
        Self {
            address: provider.address.as_ref().map(|fact| phrases::address(&fact.value)),
            chain,
            services: services.collect(),
        }
    }
}

impl CardService {
    fn new(provider: &Provider, line: &ServiceLine, view: &LineView, today: Date, care_compare: Option<String>) -> Self {
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
            care_compare,
        }
    }
}

/// The page of the facility with that CCN on Medicare's Care Compare. `None` for services whose address there is not known to us.
fn care_compare(service: Service, ccn: &Ccn) -> Option<String> {
    let kind = match service {
        Service::SkilledNursing => "nursing-home",
        Service::HomeHealth => "home-health",
        Service::Hospice => "hospice",
        _ => return None,
    };
    Some(format!("https://www.medicare.gov/care-compare/details/{kind}/{ccn}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nursing_facility_an_agency_and_a_hospice_have_a_page_on_care_compare() {
        let ccn: Ccn = "425003".parse().unwrap();
        let page = |service| care_compare(service, &ccn);
        let home = "https://www.medicare.gov/care-compare/details/nursing-home/425003";
        assert_eq!(page(Service::SkilledNursing).as_deref(), Some(home));
        assert!(page(Service::HomeHealth).is_some() && page(Service::Hospice).is_some());
        assert_eq!(page(Service::MedicalEquipment), None);
    }
}
