//! From a call's prefetch to a question: what was understood, what was not, or why there is no card.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::orders::{self, Meaning};
use super::paying::{self, Paying};
use super::prefetch::{Coverage, Encounter, Location, Sent, ServiceRequest, sent};
use crate::care::{Need, Service};
use crate::hospital::Hospital;
use crate::matching::Directory;
use crate::place::{Zip, ZipTable};

/// The keys of the prefetch.
pub(super) const ENCOUNTER: &str = "encounter";
pub(super) const COVERAGE: &str = "coverage";
pub(super) const SERVICE_REQUEST: &str = "serviceRequest";
/// Asked for only where the hospital does not say where it is.
pub(super) const LOCATION: &str = "location";

/// What a card is made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Understood {
    /// What is needed.
    pub(super) service: Service,
    /// What the code says that this was read from.
    pub(super) read_from: &'static Meaning,
    /// Whether that is an order, or where the patient goes.
    pub(super) ordered: bool,
    /// What the orders of this service need.
    pub(super) needs: Vec<Need>,
    /// Other services that were ordered.
    pub(super) also_ordered: Vec<Service>,
    /// How many orders have no code that is known here.
    pub(super) unread_orders: usize,
    /// Who pays.
    pub(super) paying: Paying,
    /// Whether a coverage was sent that has not begun.
    pub(super) begins_later: bool,
    /// Where care should be.
    pub(super) near: Zip,
    /// Whether that is the hospital's own word, or the postal code of a place that was sent.
    pub(super) hospitals_word: bool,
}

/// Why there is no card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoCard {
    /// What is missing could have told.
    Missing(Vec<&'static str>),
    /// Everything is there, and there is nothing to say.
    NothingToSay,
}

impl Understood {
    /// Reads `prefetch` in the words of `directory`.
    ///
    /// # Errors
    /// There is nothing to make a card from.
    pub(super) fn of(
        prefetch: &Map<String, Value>,
        hospital: &Hospital,
        directory: &dyn Directory,
        today: Date,
    ) -> Result<Self, NoCard> {
        let encounter: Sent<Encounter> = sent(prefetch, ENCOUNTER);
        let coverage: Sent<Coverage> = sent(prefetch, COVERAGE);
        let orders: Sent<ServiceRequest> = sent(prefetch, SERVICE_REQUEST);
        let location: Sent<Location> = sent(prefetch, LOCATION);
        let place = place(hospital, &location);
        let nowhere = location.is_missing() && place.is_none();

        let goes = encounter.all().iter().find_map(|encounter| orders::disposition(encounter.disposition()));
        if goes.is_some_and(|meaning| meaning.service.is_none()) {
            return Err(NoCard::NothingToSay);
        }
        let standing = orders.all().iter().filter(|order| order.stands());
        let read: Vec<Option<&'static Meaning>> = standing.map(|order| orders::order(order.concepts())).collect();
        let known: Vec<(Service, &'static Meaning)> =
            read.iter().flatten().filter_map(|m| Some((m.service?, *m))).collect();
        let Some((service, read_from, ordered)) = settled(goes, &known, directory) else {
            let could_tell = encounter.is_missing() || orders.is_missing();
            let needed =
                [(ENCOUNTER, encounter.is_missing()), (SERVICE_REQUEST, orders.is_missing()), (LOCATION, nowhere)];
            let missing = needed.into_iter().filter(|(_, missing)| *missing).map(|(key, _)| key).collect();
            return Err(if could_tell { NoCard::Missing(missing) } else { NoCard::NothingToSay });
        };
        // Where no source of the service is loaded, nothing can be said of who is there.
        if !directory.holds(service) {
            return Err(NoCard::NothingToSay);
        }
        let Some((near, hospitals_word)) = place else {
            return Err(if nowhere { NoCard::Missing(vec![LOCATION]) } else { NoCard::NothingToSay });
        };
        let mut also_ordered: Vec<Service> = Vec::new();
        let mut needs: Vec<Need> = Vec::new();
        for (other, meaning) in &known {
            if *other == service {
                needs.extend(meaning.needs.iter().filter(|need| !needs.contains(need)).copied().collect::<Vec<_>>());
            } else if !also_ordered.contains(other) {
                also_ordered.push(*other);
            }
        }
        let paying = paying::read(&coverage, directory.plans(), today);
        let begins_later = paying::begins_later(&coverage, today);
        let unread_orders = read.iter().filter(|read| read.is_none()).count();
        Ok(Self {
            service,
            read_from,
            ordered,
            needs,
            also_ordered,
            unread_orders,
            paying,
            begins_later,
            near,
            hospitals_word,
        })
    }

    /// The question of the card, as the body of `POST /v1/matches` asks it.
    pub(super) fn question(&self) -> Value {
        let needs: Vec<&str> = self.needs.iter().map(|need| need.code()).collect();
        let coverage = match &self.paying {
            Paying::Read(coverage) => coverage.clone(),
            Paying::Unread(_) => Value::Null,
        };
        // The card counts; one match is as good as twenty.
        json!({
            "service": self.service.code(),
            "near": {"zip": self.near.to_string()},
            "coverage": coverage,
            "needs": needs,
            "limit": 1
        })
    }
}

/// The service of the card: where the patient goes, if its code is sure; else that of the first order, and of those the first that the
/// directory knows of; else where the patient goes.
fn settled(
    goes: Option<&'static Meaning>,
    known: &[(Service, &'static Meaning)],
    directory: &dyn Directory,
) -> Option<(Service, &'static Meaning, bool)> {
    let goes = goes.and_then(|meaning| Some((meaning.service?, meaning, false)));
    let sure = goes.filter(|(_, meaning, _)| meaning.note.is_none());
    let first = known.iter().find(|(service, _)| directory.holds(*service)).or(known.first());
    sure.or(first.map(|(service, meaning)| (*service, *meaning, true))).or(goes)
}

/// Where the hospital says it is, else the first place sent that has a ZIP in use; and whether it is the hospital's word.
fn place(hospital: &Hospital, location: &Sent<Location>) -> Option<(Zip, bool)> {
    let in_use = |zip: &Zip| ZipTable::curated().get(*zip).is_some();
    let own = hospital.defaults.zip.filter(in_use).map(|zip| (zip, true));
    own.or_else(|| {
        let mut codes = location.all().iter().filter_map(Location::postal_code);
        codes.find_map(|code| code.parse().ok().filter(in_use)).map(|zip| (zip, false))
    })
}
