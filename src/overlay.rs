//! Live statements and referral outcomes, applied to one generation of the directory.
//!
//! What a hospital heard by telephone overrides the refreshed facts, and a provider's statements about itself override both;
//! the overridden values stay visible. A provider's statement never changes the network status of a line: network membership
//! is not something a provider can state here. What it said of a plan by telephone is weighed by `matching`.
//!
//! A statement holds on the day a question is asked, through its last day. Availability is stated for days and applies to the
//! day of discharge. After that the facts of the directory hold again, if there are any.
//!
//! A [`LiveDirectory`] is immutable. [`LiveDirectory::with_state_and_day`] makes the next one, which shares everything with the
//! one before except the providers whose statements changed, so the cost does not depend on how many statements there are. There
//! is no other constructor, so many small steps and one large step give the same result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use imbl::{OrdMap, OrdSet};
use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::catalog::provider_cache::ProviderCache;
use crate::coverage::{NetworkId, PlanDirectory};
use crate::evidence::{Evidence, Fact};
use crate::ledger::state::LedgerState;
use crate::matching::candidate::{Candidate, CandidateQuery, Directory, LineId, StatedTerms, StatedTermsId};
use crate::overlay::line_overlays::{LineOverlay, LineOverlays};
use crate::overlay::line_record::AnswerSources;
use crate::overlay::line_statements::{CandidatePatch, LineStatements, statement_evidence};
use crate::overlay::provider_directory::ProviderDirectory;
use crate::overlay::provider_overlay::{ProviderOverlay, ServiceOverlay};
use crate::place::{Miles, Point, State, Zip};
use crate::provider::answer_record::AnswerRecord;
use crate::provider::{AvailabilityWindow, Phone, Provider, ProviderId};
use crate::service::Service;
use crate::statements::observation::Observation;
use crate::statements::{Availability, Statements};

pub(crate) mod hospital_directories;
pub(crate) mod hospital_layer;
pub(crate) mod line_overlays;
pub(crate) mod line_record;
pub(crate) mod line_statements;
pub mod observation_state;
pub mod observed;
pub mod provider_directory;
pub(crate) mod provider_overlay;
pub(crate) mod referral_stats;
pub mod shared;
pub mod statement_terms;

impl ProviderDirectory for Catalog {
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        Self::provider_of(self, id)
    }

    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineId> {
        self.line_id(id, service)
    }

    fn built_on(&self) -> Option<Date> {
        Some(self.manifest().built_on())
    }
}

/// A directory with live statements applied, as of one ledger sequence number and one day.
#[derive(Debug)]
pub struct LiveDirectory<R = Catalog> {
    base: Arc<R>,
    ledger_state: Arc<LedgerState>,
    today: Date,
    /// The directory's id of each provider with ledger entries, by the id in the entry; `None` if the directory has no such
    /// provider.
    own: OrdMap<ProviderId, Option<ProviderId>>,
    /// The overlay of each provider, by its own id.
    of_provider: OrdMap<ProviderId, Arc<ProviderOverlay>>,
    /// The overlay of each line, as the numbers and bits used for matching.
    of_line: LineOverlays,
    /// The lines with a stated service area, by service: they may serve a patient whom the directory alone does not lead to.
    stated_areas: OrdSet<(Service, LineId)>,
    /// The recorded answers of all lines of a service from before the directory was built.
    everywhere: Arc<BTreeMap<Service, AnswerRecord>>,
    /// What holds for providers and lines without an overlay here: for one of several hospitals, the directory with what providers
    /// state of themselves.
    below: Option<Arc<Self>>,
    /// Providers with their overlay of a day, by the number of the overlay. Directories made from this one share it.
    shown: Arc<OnceLock<ProviderCache<(u64, Date)>>>,
}

/// Maximum memory of providers with their overlays in bytes: half of that of decoded ones. Our choice.
const MOST_SHOWN: usize = 32 << 20;

/// Marks the key of a line's stated terms with statements applied; the other bits are the line number. A directory has fewer
/// keys.
const OWN_STATED: u32 = 1 << 31;

impl<R> Clone for LiveDirectory<R> {
    fn clone(&self) -> Self {
        Self {
            base: Arc::clone(&self.base),
            ledger_state: Arc::clone(&self.ledger_state),
            today: self.today,
            own: self.own.clone(),
            of_provider: self.of_provider.clone(),
            of_line: self.of_line.clone(),
            stated_areas: self.stated_areas.clone(),
            everywhere: Arc::clone(&self.everywhere),
            below: self.below.clone(),
            shown: Arc::clone(&self.shown),
        }
    }
}

impl<R: ProviderDirectory> LiveDirectory<R> {
    /// Applies `ledger_state` to `base` as of `today`.
    pub fn new(base: Arc<R>, ledger_state: &Arc<LedgerState>, today: Date) -> Self {
        Self { today, ..Self::without_statements(base) }.with_state_and_day(ledger_state, today)
    }

    /// The directory without live statements.
    pub fn without_statements(base: Arc<R>) -> Self {
        Self {
            base,
            ledger_state: Arc::default(),
            today: Date::default(),
            own: OrdMap::new(),
            of_provider: OrdMap::new(),
            of_line: LineOverlays::default(),
            stated_areas: OrdSet::new(),
            everywhere: Arc::default(),
            below: None,
            shown: Arc::default(),
        }
    }

    /// The same directory with `ledger_state` applied instead, as of `today`. Only providers whose statements differ are processed;
    /// if the day changes, all providers with statements, because some may have expired. Of several hospitals' directories
    /// [`Self::over`] is the one to use.
    #[must_use]
    pub fn with_state_and_day(&self, ledger_state: &Arc<LedgerState>, today: Date) -> Self {
        let mut next = Self { ledger_state: Arc::clone(ledger_state), today, ..self.clone() };
        let differing = self.ledger_state.differing(ledger_state);
        let mut touched: BTreeMap<ProviderId, BTreeSet<ProviderId>> = BTreeMap::new();
        for id in differing {
            if let Some(own) = next.name(&id) {
                touched.entry(own).or_default().insert(id);
            }
        }
        if today != self.today {
            for own in self.of_provider.keys() {
                touched.entry(own.clone()).or_default();
            }
        }
        for (own, ids) in touched {
            next.insert_overlay(own, ids);
        }
        next
    }

    /// The directory's id for the provider with this id, looked up when the id first occurs.
    fn name(&mut self, id: &ProviderId) -> Option<ProviderId> {
        if !self.ledger_state.tells_of(id) {
            return self.own.remove(id).flatten();
        }
        if let Some(own) = self.own.get(id) {
            return own.clone();
        }
        let below = self.below.as_ref().and_then(|below| below.own.get(id).cloned());
        let own = below.unwrap_or_else(|| self.base.provider_of(id).map(|provider| provider.id.clone()));
        self.own.insert(id.clone(), own.clone());
        own
    }

    /// Rebuilds the overlay of the provider `own`; `ids` are the ids with changed entries.
    fn insert_overlay(&mut self, own: ProviderId, ids: BTreeSet<ProviderId>) {
        let before = self.of_provider.get(&own).cloned().unwrap_or_default();
        let ids = before.ids.iter().cloned().chain(ids).chain(self.ids_below(&own));
        let ids: BTreeSet<ProviderId> = ids.filter(|id| self.ledger_state.tells_of(id)).collect();
        let ids = if self.is_laid_here(&ids) { ids } else { BTreeSet::new() };
        let services = self.services(&own, &ids, &before);
        let admissions = self.admissions_line(&own, &ids);
        let over = ProviderOverlay::new(ids, services, admissions);
        if over.is(&before) {
            return;
        }
        for gone in before.services.iter().filter(|gone| over.get_or_build(gone.service).is_none()) {
            self.of_line.set(gone.patch.line, None);
            self.mark_area(gone, false);
        }
        for service in &over.services {
            self.mark_area(service, service.patch.word.stated_area().is_some());
            self.of_line
                .set(service.patch.line, Some(LineOverlay::of(&service.patch, service.outcomes.clone(), &service.record)));
        }
        self.count_everywhere(&before, &over);
        if over.ids.is_empty() {
            self.of_provider.remove(&own);
        } else {
            self.of_provider.insert(own, Arc::new(over));
        }
    }

    fn mark_area(&mut self, of: &ServiceOverlay, is_stated: bool) {
        let Some(line) = of.patch.line else { return };
        if is_stated {
            self.stated_areas.insert((of.service, line));
        } else {
            self.stated_areas.remove(&(of.service, line));
        }
    }

    /// The number for admissions that the provider `own` states.
    fn admissions_line(&self, own: &ProviderId, ids: &BTreeSet<ProviderId>) -> Option<(Phone, Evidence)> {
        let said = self.newest_statements(own, ids)?;
        let line = said.details.admissions.filter(|line| self.today <= line.expires_on)?;
        Some((line.phone, statement_evidence(said.said_on, line.expires_on)))
    }

    /// Counts the recorded answers of `over` instead of those of `before` in what is usual.
    fn count_everywhere(&mut self, before: &ProviderOverlay, over: &ProviderOverlay) {
        // What is said of a service that the provider does not offer is not usual among those that do.
        let counts = |of: &ServiceOverlay| {
            let counts = Some(&of.record.before_release).filter(|counts| of.patch.line.is_some() && !counts.is_empty());
            Some((of.service, counts?.clone()))
        };
        if self.below.is_some() {
            return; // counted by `count_over`
        }
        let [gone, come] = [before, over].map(|of| of.services.iter().filter_map(counts).collect::<Vec<_>>());
        if gone == come {
            return;
        }
        let everywhere = Arc::make_mut(&mut self.everywhere);
        for (service, counts) in &come {
            everywhere.entry(*service).or_default().join(counts);
        }
        for (service, counts) in &gone {
            everywhere.entry(*service).or_default().part_from(counts);
        }
    }

    /// The overlay of each service of the provider `own`. Reuses the patches of `before` that did not change.
    fn services(&self, own: &ProviderId, ids: &BTreeSet<ProviderId>, before: &ProviderOverlay) -> Vec<ServiceOverlay> {
        let mut words: BTreeMap<Service, LineStatements> = BTreeMap::new();
        if let Some(said) = self.newest_availability(own, ids) {
            for room in &said.rooms {
                words.entry(room.service).or_default().has_room(room, said.said_on);
            }
        }
        if let Some(said) = self.newest_statements(own, ids) {
            for statement in said.statements.iter().filter(|statement| self.today <= statement.expires_on) {
                words.entry(statement.service).or_default().takes(statement, said.said_on);
            }
            for details in said.details.services.iter().filter(|details| self.today <= details.expires_on) {
                words.entry(details.service).or_default().has_details(details, said.said_on);
            }
        }
        for record in observed::newest_of_each(ids.iter().filter_map(|id| self.ledger_state.observations.get(id))) {
            let word = words.entry(record.1.service).or_default();
            observed::apply(word, record, &self.ledger_state, ids, self.today);
        }
        words.retain(|_, word| *word != LineStatements::default());
        let replies = ids.iter().filter_map(|id| self.ledger_state.outcomes.get(id));
        let mut counted = referral_stats::summarize(replies.map(Arc::as_ref), self.today);
        let mut recorded = self.answer_sources(own, ids).count(self.today, self.base.built_on());
        let services: BTreeSet<Service> = words.keys().chain(counted.keys()).chain(recorded.keys()).copied().collect();
        let over = |service| {
            let word = words.remove(&service).unwrap_or_default();
            let known = before.get_or_build(service).map(|known| &known.patch).filter(|patch| patch.word == word);
            let patch = known.map_or_else(|| Arc::new(CandidatePatch::new(word, &*self.base, own, service)), Arc::clone);
            let record = recorded.remove(&service).unwrap_or_default();
            ServiceOverlay { service, patch, outcomes: counted.remove(&service), record }
        };
        services.into_iter().map(over).collect()
    }

    /// Where the answers of the provider `own` are recorded, under `ids`.
    fn answer_sources(&self, own: &ProviderId, ids: &BTreeSet<ProviderId>) -> AnswerSources<'_> {
        AnswerSources {
            logs: ids.iter().filter_map(|id| self.ledger_state.observations.get(id)).collect(),
            replies: ids.iter().filter_map(|id| self.ledger_state.outcomes.get(id)).map(Arc::as_ref).collect(),
            statements: self.newest_statements(own, ids),
            availability: self.newest_availability(own, ids),
        }
    }

    /// The newest availability under `ids`. If two are of the same day, the one under the provider's own id wins.
    fn newest_availability(&self, own: &ProviderId, ids: &BTreeSet<ProviderId>) -> Option<&Availability> {
        let said = ids.iter().filter_map(|id| self.ledger_state.availability.get(id));
        said.max_by_key(|said| (said.said_on, said.provider == *own)).map(Arc::as_ref)
    }

    /// The newest statements under `ids`, chosen likewise.
    fn newest_statements(&self, own: &ProviderId, ids: &BTreeSet<ProviderId>) -> Option<&Statements> {
        let said = ids.iter().filter_map(|id| self.ledger_state.statements.get(id));
        said.max_by_key(|said| (said.said_on, said.provider == *own)).map(Arc::as_ref)
    }

    /// The directory without live statements.
    pub fn base(&self) -> &Arc<R> {
        &self.base
    }

    /// The ledger state applied.
    pub fn ledger_state(&self) -> &Arc<LedgerState> {
        &self.ledger_state
    }

    /// The day for which statements are applied.
    pub fn today(&self) -> Date {
        self.today
    }

    /// The ledger sequence number of the last entry that answers depend on; `None` if there is none.
    pub fn sequence(&self) -> Option<i64> {
        Some(self.ledger_state.said.0).filter(|place| *place > 0)
    }

    /// Identifies the applied ledger state, as far as answers depend on it; `None` if nothing is applied. It changes when the
    /// ledger loses entries, because sequence numbers are then reused.
    pub fn told_tag(&self) -> Option<String> {
        let losses = Some(self.ledger_state.losses).filter(|losses| *losses > 0);
        self.sequence().map(|place| losses.map_or_else(|| place.to_string(), |losses| format!("{place}.{losses}")))
    }

    /// The directory for a discharge on `day`.
    pub fn as_of(&self, day: Date) -> DatedDirectory<'_, R> {
        DatedDirectory { live: self, day }
    }

    /// The provider with this id, for a discharge on `day`.
    pub fn provider_of(&self, id: &ProviderId, day: Date) -> Option<Arc<Provider>> {
        self.base.provider_of(id).map(|provider| self.overlay_provider(provider, day))
    }

    /// The availability stated by the provider with the directory id `own`, under any of its ids.
    pub fn availability_of(&self, own: &ProviderId) -> Option<&Availability> {
        self.newest_availability(own, &self.overlay_of(own)?.ids)
    }

    /// The statements of the provider with the directory id `own`, under any of its ids.
    pub fn statements_of(&self, own: &ProviderId) -> Option<&Statements> {
        self.newest_statements(own, &self.overlay_of(own)?.ids)
    }

    /// The hospital's observations of the provider with the directory id `own`, under any of its ids, oldest first.
    pub fn observations_of(&self, own: &ProviderId) -> Vec<&Arc<Observation>> {
        let ids = self.overlay_of(own).map(|over| &over.ids);
        let logs = ids.into_iter().flatten().filter_map(|id| self.ledger_state.observations.get(id));
        let mut records: Vec<_> = logs.flat_map(|log| log.records()).collect();
        records.sort_by_key(|(sequence, _)| *sequence);
        records.into_iter().map(|(_, heard)| heard).collect()
    }

    /// Whether a referral that was accepted after `heard` has taken the room that it reports.
    pub fn is_room_taken(&self, heard: &Observation) -> bool {
        let Some(own) = self.base.provider_of(&heard.provider).map(|provider| provider.id.clone()) else { return false };
        let Some(over) = self.overlay_of(&own) else { return false };
        let logs = over.ids.iter().filter_map(|id| self.ledger_state.observations.get(id));
        let record = logs.flat_map(|log| log.records()).find(|(_, known)| known.id == heard.id);
        record.is_some_and(|record| observed::is_taken(record, &self.ledger_state, &over.ids))
    }

    /// The availability of one service after `day`, as stated by the provider with the directory id `own`.
    pub fn rooms_after(&self, own: &ProviderId, service: Service, day: Date) -> Vec<(Fact<bool>, AvailabilityWindow)> {
        let over = self.overlay_of(own).and_then(|over| over.get_or_build(service));
        over.map(|over| over.patch.word.rooms_after(day)).unwrap_or_default()
    }

    /// Applies the provider's statements, with its availability on `day`.
    fn overlay_provider(&self, provider: Arc<Provider>, day: Date) -> Arc<Provider> {
        let Some(over) = self.overlay_of(&provider.id) else { return provider };
        let shown = self.shown.get_or_init(|| ProviderCache::new(MOST_SHOWN));
        shown.of((over.number, day), || Some(over.applied_to((*provider).clone(), day))).unwrap_or(provider)
    }

    /// The lines that state that they serve the ZIP of `search` and are not in `found`.
    fn serving_by_statement(&self, search: &CandidateQuery<'_>, found: &[Candidate]) -> Vec<LineId> {
        let serves = |line: &LineId| self.line_overlay(*line).and_then(|over| over.serves(search.zip)) == Some(true);
        let is_new = |line: &LineId| found.iter().all(|candidate| candidate.line != *line);
        self.lines_with_stated_area(search.service).into_iter().filter(serves).filter(is_new).collect()
    }

    fn lay_over(&self, candidate: &mut Candidate, zip: Zip) {
        if let Some(over) = self.line_overlay(candidate.line) {
            over.onto(candidate, zip);
            if over.stated.is_some() {
                candidate.stated = StatedTermsId(OWN_STATED | candidate.line.0);
            }
        }
    }
}

/// A directory with live statements applied, for one day of discharge.
#[derive(Debug)]
pub struct DatedDirectory<'a, R = Catalog> {
    live: &'a LiveDirectory<R>,
    day: Date,
}

impl<R: ProviderDirectory> Directory for DatedDirectory<'_, R> {
    fn generation(&self) -> &str {
        self.live.base.generation()
    }

    fn ledger_position(&self) -> Option<String> {
        self.live.layer_tag()
    }

    fn holds(&self, service: Service) -> bool {
        self.live.base.holds(service)
    }

    fn plans(&self) -> &PlanDirectory {
        self.live.base.plans()
    }

    fn stated(&self, key: StatedTermsId) -> &StatedTerms {
        let over = key.0.checked_sub(OWN_STATED).and_then(|line| self.live.line_overlay(LineId(line)));
        over.and_then(|over| over.stated.as_deref()).unwrap_or_else(|| self.live.base.stated(key))
    }

    fn candidates(&self, search: &CandidateQuery<'_>) -> Vec<Candidate> {
        let mut found = self.live.base.candidates(search);
        if self.live.has_overlays() {
            for line in self.live.serving_by_statement(search, &found) {
                let added = self.live.base.candidate(line, search);
                let is_beyond = |miles: Miles| search.beyond.is_none_or(|beyond| miles > beyond);
                let added = added.filter(|candidate| candidate.distance.is_none_or(is_beyond));
                found.extend(added.filter(|candidate| !search.listed_only || !candidate.terms.is_empty()));
            }
            for candidate in &mut found {
                self.live.lay_over(candidate, search.zip);
            }
        }
        found
    }

    fn candidate(&self, line: LineId, search: &CandidateQuery<'_>) -> Option<Candidate> {
        let mut candidate = self.live.base.candidate(line, search)?;
        self.live.lay_over(&mut candidate, search.zip);
        Some(candidate)
    }

    fn provider_id(&self, line: LineId) -> Option<ProviderId> {
        self.live.base.provider_id(line)
    }

    fn nearest(&self, service: Service, center: Point) -> Option<(Miles, Option<State>)> {
        self.live.base.nearest(service, center)
    }

    fn provider(&self, line: LineId) -> Option<Arc<Provider>> {
        self.live.base.provider(line).map(|provider| self.live.overlay_provider(provider, self.day))
    }

    fn usual_answers(&self, service: Service) -> Option<&AnswerRecord> {
        self.live.everywhere.get(&service)
    }

    fn services_listed(&self, line: LineId, networks: &[NetworkId]) -> Vec<Service> {
        self.live.base.services_listed(line, networks)
    }
}
