//! From the prefetch of a call to a question: how it was read, what of it was not used, or why
//! there is no card.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::discharge::MOST_SHOWN;
use crate::hospital::Hospital;
use crate::matching::candidate::Directory;
use crate::need_words::typed_list::decide_words;
use crate::need_words::word_decision::WordDecision;
use crate::place::{Zip, ZipTable};
use crate::serve::cds_hooks::orders::CodeMapping;
use crate::serve::cds_hooks::payer::PayerDecision;
use crate::serve::cds_hooks::prefetch::{HookCoverage, HookEncounter, HookLocation, PrefetchValue, ServiceRequest, sent};
use crate::serve::cds_hooks::{orders, payer};
use crate::service::{Need, Service};

/// The keys of the prefetch.
pub(crate) const ENCOUNTER: &str = "encounter";
pub(crate) const COVERAGE: &str = "coverage";
pub(crate) const SERVICE_REQUEST: &str = "serviceRequest";
/// Only requested if the hospital's ZIP code is not configured.
pub(crate) const LOCATION: &str = "location";

/// What a card is made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CardRequest {
    /// What is needed.
    pub(crate) service: Service,
    /// The meaning of the code that it was read from.
    pub(crate) read_from: &'static CodeMapping,
    /// Whether that is an order, rather than the discharge disposition.
    pub(crate) ordered: bool,
    /// The needs of the orders for this service.
    pub(crate) needs: Vec<Need>,
    /// Other services that were ordered.
    pub(crate) also_ordered: Vec<Service>,
    /// Needs that orders without a known code name in words. They are shown and not counted, because
    /// an order may be for the hospital stay.
    pub(crate) named_in_words: Vec<Need>,
    /// How many orders have neither a known code nor words that name a need.
    pub(crate) unread_orders: usize,
    /// Who pays.
    pub(crate) paying: PayerDecision,
    /// Whether a coverage was sent that has not begun.
    pub(crate) begins_later: bool,
    /// Where care is needed.
    pub(crate) near: Zip,
    /// Whether the ZIP is the configured one of the hospital, rather than one that was sent.
    pub(crate) hospitals_word: bool,
}

/// Why there is no card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoCard {
    /// What is missing could have said what is needed.
    Missing(Vec<&'static str>),
    /// Everything is there, and there is nothing to report.
    NothingToSay,
}

impl CardRequest {
    /// Reads `prefetch`, with the names in `directory`.
    ///
    /// # Errors
    /// There is nothing to make a card from.
    pub(crate) fn of(
        prefetch: &Map<String, Value>,
        hospital: &Hospital,
        directory: &dyn Directory,
        today: Date,
    ) -> Result<Self, NoCard> {
        let encounter: PrefetchValue<HookEncounter> = sent(prefetch, ENCOUNTER);
        let coverage: PrefetchValue<HookCoverage> = sent(prefetch, COVERAGE);
        let orders: PrefetchValue<ServiceRequest> = sent(prefetch, SERVICE_REQUEST);
        let location: PrefetchValue<HookLocation> = sent(prefetch, LOCATION);
        let place = place(hospital, &location);
        let nowhere = location.is_missing() && place.is_none();

        let goes = encounter.all().iter().find_map(|encounter| orders::disposition(encounter.disposition()));
        if goes.is_some_and(|meaning| meaning.service.is_none()) {
            return Err(NoCard::NothingToSay);
        }
        let standing = || orders.all().iter().filter(|order| order.stands());
        let read: Vec<Option<&'static CodeMapping>> = standing().map(|order| orders::order(order.concepts())).collect();
        let known: Vec<(Service, &'static CodeMapping)> =
            read.iter().flatten().filter_map(|m| Some((m.service?, *m))).collect();
        let Some((service, read_from, ordered)) = settled(goes, &known, directory) else {
            let could_tell = encounter.is_missing() || orders.is_missing();
            let needed = [(ENCOUNTER, encounter.is_missing()), (SERVICE_REQUEST, orders.is_missing()), (LOCATION, nowhere)];
            let missing = needed.into_iter().filter(|(_, missing)| *missing).map(|(key, _)| key).collect();
            return Err(if could_tell { NoCard::Missing(missing) } else { NoCard::NothingToSay });
        };
        // If no source of the service is loaded, nothing is known about its providers.
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
        let paying = payer::read(&coverage, directory.plans(), today);
        let begins_later = payer::begins_later(&coverage, today);
        let uncoded = standing().zip(&read).filter(|(_, read)| read.is_none()).map(|(order, _)| order);
        let (named_in_words, unread_orders) = in_words(uncoded);
        Ok(Self {
            service,
            read_from,
            ordered,
            needs,
            also_ordered,
            named_in_words,
            unread_orders,
            paying,
            begins_later,
            near,
            hospitals_word,
        })
    }

    /// The question of the card, as a body of `POST /v1/matches`.
    pub(crate) fn question(&self) -> Value {
        let needs: Vec<&str> = self.needs.iter().map(|need| need.code()).collect();
        let coverage = match &self.paying {
            PayerDecision::Read(coverage) => coverage.clone(),
            PayerDecision::Unread(_) => Value::Null,
        };
        // The card counts safety notices, so every match is needed.
        json!({
            "service": self.service.code(),
            "near": {"zip": self.near.to_string()},
            "coverage": coverage,
            "needs": needs,
            "limit": MOST_SHOWN
        })
    }
}

/// How many orders are read by their words. Our choice: a call may hold thousands.
const MOST_IN_WORDS: usize = 100;

/// The needs that `orders` name in words, and how many orders name no need or something besides.
fn in_words<'a>(orders: impl Iterator<Item = &'a ServiceRequest>) -> (Vec<Need>, usize) {
    let (mut named, mut unread): (Vec<Need>, usize) = (Vec::new(), 0);
    for (at, order) in orders.enumerate() {
        let words = order.words().filter(|_| at < MOST_IN_WORDS).map(decide_words).unwrap_or_default();
        let taken = words.iter().map(|word| match word.decision {
            WordDecision::Taken(need) => Some(need),
            _ => None,
        });
        match taken.collect::<Option<Vec<Need>>>().filter(|needs| !needs.is_empty()) {
            Some(needs) => named.extend(needs),
            None => unread += 1,
        }
    }
    named.sort_unstable();
    named.dedup();
    (named, unread)
}

/// The service of the card: that of the discharge disposition, if its code is certain; else that of
/// the first order whose service the directory has, or of the first order; else that of the
/// disposition.
fn settled(
    goes: Option<&'static CodeMapping>,
    known: &[(Service, &'static CodeMapping)],
    directory: &dyn Directory,
) -> Option<(Service, &'static CodeMapping, bool)> {
    let goes = goes.and_then(|meaning| Some((meaning.service?, meaning, false)));
    let sure = goes.filter(|(_, meaning, _)| meaning.note.is_none());
    let first = known.iter().find(|(service, _)| directory.holds(*service)).or(known.first());
    sure.or(first.map(|(service, meaning)| (*service, *meaning, true))).or(goes)
}

/// The hospital's configured ZIP, else the first ZIP in use among the places sent; and whether it
/// is the configured one.
fn place(hospital: &Hospital, location: &PrefetchValue<HookLocation>) -> Option<(Zip, bool)> {
    let in_use = |zip: &Zip| ZipTable::curated().get(*zip).is_some();
    let own = hospital.defaults.zip.filter(in_use).map(|zip| (zip, true));
    own.or_else(|| {
        let mut codes = location.all().iter().filter_map(HookLocation::postal_code);
        codes.find_map(|code| code.parse().ok().filter(in_use)).map(|zip| (zip, false))
    })
}
