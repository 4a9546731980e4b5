//! From the prefetch of a call to a question: how it was read, what of it was not used, or why
//! there is no card.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::discharge::MOST_SHOWN;
use crate::hospital::Hospital;
use crate::hospital::ehr_words::{CodeMapping, EhrWords};
use crate::matching::candidate::Directory;
use crate::need_words::typed_list::decide_words;
use crate::need_words::word_decision::WordDecision;
use crate::place::{Zip, ZipTable};
use crate::serve::cds_hooks::payer::PayerDecision;
use crate::serve::cds_hooks::prefetch::{
    HookCondition, HookCoverage, HookEncounter, HookLocation, PrefetchValue, ServiceRequest, sent,
};
use crate::serve::cds_hooks::{orders, payer};
use crate::serve::ehr_codes::{UnreadCode, UnreadKind};
use crate::service::{Need, Service};

/// The keys of the prefetch.
pub(crate) const ENCOUNTER: &str = "encounter";
pub(crate) const COVERAGE: &str = "coverage";
pub(crate) const SERVICE_REQUEST: &str = "serviceRequest";
/// Only read by a launch.
const CONDITION: &str = "condition";
/// Read if the hospital's ZIP code is not configured.
pub(crate) const LOCATION: &str = "location";

/// What a call carries, as far as it is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallResources {
    encounter: PrefetchValue<HookEncounter>,
    coverage: PrefetchValue<HookCoverage>,
    orders: PrefetchValue<ServiceRequest>,
    location: PrefetchValue<HookLocation>,
    /// Needs that conditions name in words.
    named_by_conditions: Vec<Need>,
}

impl CallResources {
    /// What is sent when the encounter `id` ends.
    pub(crate) fn of_discharge(prefetch: &Map<String, Value>, id: Option<&str>) -> Self {
        let mut orders: PrefetchValue<ServiceRequest> = sent(prefetch, SERVICE_REQUEST);
        if let PrefetchValue::These(orders) = &mut orders {
            orders.retain(|order| order.is_of_encounter(id));
        }
        Self { encounter: sent(prefetch, ENCOUNTER), orders, ..Self::of_orders(prefetch, Vec::new()) }
    }

    /// What is sent with orders that are not signed yet.
    pub(crate) fn of_orders(prefetch: &Map<String, Value>, drafts: Vec<ServiceRequest>) -> Self {
        Self {
            encounter: PrefetchValue::These(Vec::new()),
            coverage: sent(prefetch, COVERAGE),
            orders: PrefetchValue::These(drafts),
            location: sent(prefetch, LOCATION),
            named_by_conditions: Vec::new(),
        }
    }

    /// What is read when a user of the EHR launches the program in the encounter `id`.
    pub(crate) fn of_launch(resources: &Map<String, Value>, id: &str) -> Self {
        let conditions: PrefetchValue<HookCondition> = sent(resources, CONDITION);
        let in_force = conditions.all().iter().filter_map(HookCondition::words);
        let mut named: Vec<Need> = in_force.take(MOST_IN_WORDS).filter_map(needs_named).flatten().collect();
        named.sort_unstable();
        named.dedup();
        Self { named_by_conditions: named, ..Self::of_discharge(resources, Some(id)) }
    }

    /// The orders that are to be carried out, with the meaning of each that is known.
    fn read_orders<'a>(&'a self, taught: &'a EhrWords) -> Vec<(&'a ServiceRequest, Option<&'a CodeMapping>)> {
        let standing = self.orders.all().iter().filter(|order| order.stands());
        standing.map(|order| (order, orders::order(order.concepts(), taught))).collect()
    }

    /// The codes that were not understood: one for each order without a known code, and those of a
    /// coverage that was not understood.
    pub(crate) fn unread_codes(&self, hospital: &Hospital, directory: &dyn Directory, today: Date) -> Vec<UnreadCode> {
        let unread = self.read_orders(&hospital.ehr_words).into_iter().filter(|(_, known)| known.is_none());
        let first_code = |order: &ServiceRequest| {
            let mut codings = order.concepts().flat_map(|concept| &concept.coding);
            codings.find_map(|coding| UnreadCode::new(UnreadKind::Order, coding.system.as_deref(), coding.code.as_deref()?))
        };
        let mut codes: Vec<UnreadCode> = unread.filter_map(|(order, _)| first_code(order)).collect();
        match payer::read(&self.coverage, directory.plans(), &hospital.ehr_words, today) {
            PayerDecision::Unread(why) if why.is_not_understood() => {
                let sent = payer::codes_sent(&self.coverage, today);
                codes.extend(sent.filter_map(|(system, code)| UnreadCode::new(UnreadKind::Payer, system, code)));
            }
            PayerDecision::Read(_) | PayerDecision::Unread(_) => {}
        }
        codes
    }
}

/// What a card is made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CardRequest {
    /// What is needed.
    pub(crate) service: Service,
    /// The meaning of the code that it was read from.
    pub(crate) read_from: CodeMapping,
    /// Whether that is an order, rather than the discharge disposition.
    pub(crate) ordered: bool,
    /// The needs of the orders for this service.
    pub(crate) needs: Vec<Need>,
    /// Where care is needed.
    pub(crate) near: Zip,
    /// Whether the ZIP is the configured one of the hospital, rather than one that was sent.
    pub(crate) hospitals_word: bool,
    /// Who pays.
    pub(crate) paying: PayerDecision,
    /// What was not used.
    pub(crate) unused: UnusedParts,
}

/// What of a call is shown, and not counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UnusedParts {
    /// Other services that were ordered.
    pub(crate) also_ordered: Vec<Service>,
    /// Needs that orders without a known code name in words. They are shown and not counted, because
    /// an order may be for the hospital stay.
    pub(crate) named_in_words: Vec<Need>,
    /// How many orders have neither a known code nor words that name a need.
    pub(crate) unread_orders: usize,
    /// Whether a coverage was sent that has not begun.
    pub(crate) begins_later: bool,
    /// What the EHR calls a coverage that was not understood.
    pub(crate) payer_sent: Option<String>,
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
    /// Reads `sent`, with the names in `directory`.
    ///
    /// # Errors
    /// There is nothing to make a card from.
    pub(crate) fn of(
        sent: &CallResources,
        hospital: &Hospital,
        directory: &dyn Directory,
        today: Date,
    ) -> Result<Self, NoCard> {
        let CallResources { encounter, orders, location, .. } = sent;
        let taught = &hospital.ehr_words;
        let place = place(hospital, location);
        let nowhere = location.is_missing() && place.is_none();

        let goes = encounter.all().iter().find_map(|encounter| orders::disposition(encounter.disposition(), taught));
        if goes.is_some_and(|meaning| meaning.service.is_none()) {
            return Err(NoCard::NothingToSay);
        }
        let read = sent.read_orders(taught);
        let known: Vec<(Service, &CodeMapping)> =
            read.iter().filter_map(|(_, meaning)| Some(((*meaning)?.service?, (*meaning)?))).collect();
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
        let of_service = known.iter().filter(|(other, _)| *other == service);
        let mut needs: Vec<Need> = of_service.flat_map(|(_, meaning)| &meaning.needs).copied().collect();
        needs.sort_unstable();
        needs.dedup();
        let (paying, unused) = paying_and_unused(sent, &read, Some(service), (taught, directory, today));
        let read_from = read_from.clone();
        Ok(Self { service, read_from, ordered, needs, near, hospitals_word, paying, unused })
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

/// What a launch fills in; what is missing is left to the user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EhrQuestion {
    pub(crate) service: Option<Service>,
    pub(crate) needs: Vec<Need>,
    pub(crate) near: Option<Zip>,
    pub(crate) paying: PayerDecision,
    pub(crate) unused: UnusedParts,
}

impl EhrQuestion {
    /// What `sent` says, with the names in `directory`.
    pub(crate) fn of(sent: &CallResources, hospital: &Hospital, directory: &dyn Directory, today: Date) -> Self {
        if let Ok(card) = CardRequest::of(sent, hospital, directory, today) {
            let CardRequest { service, needs, near, paying, unused, .. } = card;
            return Self { service: Some(service), needs, near: Some(near), paying, unused };
        }
        let read = sent.read_orders(&hospital.ehr_words);
        let (paying, unused) = paying_and_unused(sent, &read, None, (&hospital.ehr_words, directory, today));
        let near = place(hospital, &sent.location).map(|(zip, _)| zip);
        Self { service: None, needs: Vec::new(), near, paying, unused }
    }
}

/// Who pays, and what of a call for `service` is shown and not counted.
fn paying_and_unused(
    sent: &CallResources,
    read: &[(&ServiceRequest, Option<&CodeMapping>)],
    service: Option<Service>,
    (taught, directory, today): (&EhrWords, &dyn Directory, Date),
) -> (PayerDecision, UnusedParts) {
    let paying = payer::read(&sent.coverage, directory.plans(), taught, today);
    let mut also_ordered: Vec<Service> = Vec::new();
    for other in read.iter().filter_map(|(_, meaning)| (*meaning)?.service) {
        if Some(other) != service && !also_ordered.contains(&other) {
            also_ordered.push(other);
        }
    }
    let uncoded = read.iter().filter(|(_, meaning)| meaning.is_none()).map(|(order, _)| *order);
    let (mut named_in_words, unread_orders) = in_words(uncoded);
    named_in_words.extend(&sent.named_by_conditions);
    named_in_words.sort_unstable();
    named_in_words.dedup();
    let payer_sent = match &paying {
        PayerDecision::Unread(why) if why.is_not_understood() => payer::name_sent(&sent.coverage, today),
        PayerDecision::Read(_) | PayerDecision::Unread(_) => None,
    };
    let begins_later = payer::begins_later(&sent.coverage, today);
    (paying, UnusedParts { also_ordered, named_in_words, unread_orders, begins_later, payer_sent })
}

/// How many orders are read by their words. Our choice: a call may hold thousands.
const MOST_IN_WORDS: usize = 100;

/// The needs that `orders` name in words, and how many orders name no need or something besides.
fn in_words<'a>(orders: impl Iterator<Item = &'a ServiceRequest>) -> (Vec<Need>, usize) {
    let (mut named, mut unread): (Vec<Need>, usize) = (Vec::new(), 0);
    for (at, order) in orders.enumerate() {
        match order.words().filter(|_| at < MOST_IN_WORDS).and_then(needs_named) {
            Some(needs) => named.extend(needs),
            None => unread += 1,
        }
    }
    named.sort_unstable();
    named.dedup();
    (named, unread)
}

/// The needs that a text names, if it names nothing besides.
fn needs_named(text: &str) -> Option<Vec<Need>> {
    let words = decide_words(text);
    let taken = words.iter().map(|word| match word.decision {
        WordDecision::Taken(need) => Some(need),
        _ => None,
    });
    taken.collect::<Option<Vec<Need>>>().filter(|needs| !needs.is_empty())
}

/// The service of the card: that of the discharge disposition, if its code is certain; else that of
/// the first order whose service the directory has, or of the first order; else that of the
/// disposition.
fn settled<'a>(
    goes: Option<&'a CodeMapping>,
    known: &[(Service, &'a CodeMapping)],
    directory: &dyn Directory,
) -> Option<(Service, &'a CodeMapping, bool)> {
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
