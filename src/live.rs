//! One generation of the directory with what was told since laid over it.
//!
//! What providers say of themselves wins over what the night found; what it wins over stays visible. The network status of a line is
//! never touched: a provider's claim to be in a network is not one of the things it can say here.
//!
//! A statement holds on the day a question is asked, through its last day; room is said of days, and is judged on the day of
//! discharge. After that the directory's own word is back, where it has one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use jiff::civil::Date;

use crate::care::Service;
use crate::catalog::Catalog;
use crate::coverage::Plans;
use crate::evidence::Fact;
use crate::ledger::told::Told;
use crate::matching::{Candidate, Directory, LineKey, Search, Stated, StatedKey};
use crate::provider::{Outcomes, Provider, ProviderId, RoomDays};
use crate::statement::{Availability, Statements};

mod outcomes;
mod word;

use word::{Patch, Word};

/// A directory whose providers can be found by what they are called.
pub trait Register: Directory {
    /// The provider of that id, under whichever of its ids it is known.
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>>;

    /// The line of `service` that the provider of that id offers.
    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineKey>;
}

impl Register for Catalog {
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        Self::provider_of(self, id)
    }

    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineKey> {
        self.line(id, service)
    }
}

/// A directory and what was told since, as of one place in the ledger and one day.
#[derive(Debug)]
pub struct Live<R = Catalog> {
    base: Arc<R>,
    told: Arc<Told>,
    today: Date,
    /// What the directory calls each provider that something was told of or by; `None` where it has no such provider.
    own: HashMap<ProviderId, Option<ProviderId>>,
    laid: Vec<Laid>,
    /// The places in `laid` of what lies over each provider, by its own id.
    of_provider: HashMap<ProviderId, Vec<usize>>,
    /// The place in `laid` of what lies over each line; [`NOTHING`] where nothing does. Empty where nothing was told.
    of_line: Vec<u32>,
}

/// Stands in [`Live::of_line`] for a line over which nothing lies.
const NOTHING: u32 = u32::MAX;

/// What a line has stated with what it says now begins at this key; a directory has fewer distinct ones.
const OWN_STATED: u32 = 1 << 31;

/// What lies over one line.
#[derive(Debug)]
struct Laid {
    service: Service,
    patch: Arc<Patch>,
    outcomes: Option<Outcomes>,
}

impl<R: Register> Live<R> {
    /// `told` laid over `base`, as it holds on `today`. What was looked up for `before` is not looked up again.
    pub fn new(base: Arc<R>, told: Arc<Told>, today: Date, before: Option<&Self>) -> Self {
        let before = before.filter(|before| Arc::ptr_eq(&before.base, &base));
        let own = own_ids(&*base, &told, before);
        let mut live =
            Self { own, laid: Vec::new(), of_provider: HashMap::new(), of_line: Vec::new(), base, told, today };
        let (mut words, mut counted) = (live.words(), live.outcomes());
        let keys: BTreeSet<(ProviderId, Service)> = words.keys().chain(counted.keys()).cloned().collect();
        for key in keys {
            let word = words.remove(&key).unwrap_or_default();
            let known = before.and_then(|before| before.patch(&key.0, key.1)).filter(|patch| patch.word == word);
            let patch = known.map_or_else(|| Arc::new(Patch::new(word, &*live.base, &key)), Arc::clone);
            live.lay(&key, patch, counted.remove(&key));
        }
        live
    }

    fn lay(&mut self, (id, service): &(ProviderId, Service), patch: Arc<Patch>, outcomes: Option<Outcomes>) {
        let at = self.laid.len();
        if let (Some(LineKey(line)), Ok(at)) = (patch.line, u32::try_from(at)) {
            let line = line as usize;
            if self.of_line.len() <= line {
                self.of_line.resize(line + 1, NOTHING);
            }
            self.of_line[line] = at;
        }
        self.of_provider.entry(id.clone()).or_default().push(at);
        self.laid.push(Laid { service: *service, patch, outcomes });
    }

    /// The directory with nothing laid over it.
    pub fn untold(base: Arc<R>) -> Self {
        Self::new(base, Arc::default(), Date::default(), None)
    }

    /// The directory without what was told since.
    pub fn base(&self) -> &Arc<R> {
        &self.base
    }

    /// What was told.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// The day this holds on.
    pub fn today(&self) -> Date {
        self.today
    }

    /// The place in the ledger of the last thing told that answers depend on; `None` where nothing was told.
    pub fn sequence(&self) -> Option<i64> {
        Some(self.told.said.0).filter(|place| *place > 0)
    }

    /// The directory as it is for a discharge on `day`.
    pub fn on(&self, day: Date) -> OnDay<'_, R> {
        OnDay { live: self, day }
    }

    /// The provider of that id as it is for a discharge on `day`.
    pub fn provider_of(&self, id: &ProviderId, day: Date) -> Option<Arc<Provider>> {
        self.base.provider_of(id).map(|provider| self.laid_over(provider, day))
    }

    /// What the provider that the directory calls `own` says of its room, under whichever of its ids it was said.
    pub fn availability_of(&self, own: &ProviderId) -> Option<&Availability> {
        let said = self.ids_of(own).filter_map(|id| self.told.availability.get(id));
        said.max_by_key(|said| (said.said_on, said.provider == *own))
    }

    /// What the provider that the directory calls `own` says that it takes, under whichever of its ids it was said.
    pub fn statements_of(&self, own: &ProviderId) -> Option<&Statements> {
        let said = self.ids_of(own).filter_map(|id| self.told.statements.get(id));
        said.max_by_key(|said| (said.said_on, said.provider == *own))
    }

    fn ids_of(&self, own: &ProviderId) -> impl Iterator<Item = &ProviderId> {
        self.own.iter().filter(move |(_, known)| known.as_ref() == Some(own)).map(|(id, _)| id)
    }

    /// What the provider that the directory calls `own` says of the room of one service on days after `day`.
    pub fn rooms_after(&self, own: &ProviderId, service: Service, day: Date) -> Vec<(Fact<bool>, RoomDays)> {
        self.patch(own, service).map(|patch| patch.word.rooms_after(day)).unwrap_or_default()
    }

    /// What every provider of the directory says of each of its services that it speaks of.
    fn words(&self) -> BTreeMap<(ProviderId, Service), Word> {
        let mut words: BTreeMap<(ProviderId, Service), Word> = BTreeMap::new();
        for (own, said) in self.newest(&self.told.availability, |said| said.said_on) {
            for room in &said.rooms {
                words.entry((own.clone(), room.service)).or_default().has_room(room, said.said_on);
            }
        }
        for (own, said) in self.newest(&self.told.statements, |said| said.said_on) {
            for statement in said.statements.iter().filter(|statement| self.today <= statement.expires_on) {
                words.entry((own.clone(), statement.service)).or_default().takes(statement, said.said_on);
            }
        }
        words
    }

    /// What was said last by each provider of the directory, by its own id. Of two words of one day the one under that id counts.
    fn newest<'a, T>(
        &'a self,
        told: &'a BTreeMap<ProviderId, T>,
        said_on: fn(&T) -> Date,
    ) -> impl Iterator<Item = (&'a ProviderId, &'a T)> {
        let mut newest: BTreeMap<&ProviderId, ((Date, bool), &T)> = BTreeMap::new();
        for (id, said) in told {
            let Some(own) = self.own.get(id).and_then(Option::as_ref) else { continue };
            let when = (said_on(said), id == own);
            if newest.get(own).is_none_or(|(known, _)| *known <= when) {
                newest.insert(own, (when, said));
            }
        }
        newest.into_iter().map(|(own, (_, said))| (own, said))
    }

    /// What became of referrals, where enough are known.
    fn outcomes(&self) -> BTreeMap<(ProviderId, Service), Outcomes> {
        let known = self.told.outcomes.iter();
        outcomes::counted(
            known.filter_map(|((id, service), replies)| {
                Some(((self.own.get(id)?.clone()?, *service), replies.as_slice()))
            }),
            self.today,
        )
    }

    fn patch(&self, own: &ProviderId, service: Service) -> Option<&Arc<Patch>> {
        let laid = self.of_provider.get(own)?.iter().filter_map(|at| self.laid.get(*at));
        laid.filter(|laid| laid.service == service).map(|laid| &laid.patch).next()
    }

    /// Where a provider speaks of room, the word of the day comes first; so with everything else it says.
    fn laid_over(&self, provider: Arc<Provider>, day: Date) -> Arc<Provider> {
        let Some(over) = self.of_provider.get(&provider.id) else { return provider };
        let mut provider = Arc::unwrap_or_clone(provider);
        for laid in over.iter().filter_map(|at| self.laid.get(*at)) {
            if let Some(line) = provider.lines.iter_mut().find(|line| line.service == laid.service) {
                laid.patch.word.onto(line, day);
                line.outcomes = laid.outcomes;
            }
        }
        Arc::new(provider)
    }

    fn over(&self, mut candidate: Candidate, day: Date) -> Candidate {
        let at = self.of_line.get(candidate.line.0 as usize).copied().unwrap_or(NOTHING);
        if let Some(laid) = self.laid.get(at as usize) {
            laid.patch.onto(&mut candidate, day);
            candidate.outcomes = laid.outcomes;
            if laid.patch.stated.is_some() {
                candidate.stated = StatedKey(OWN_STATED | at);
            }
        }
        candidate
    }
}

/// What the directory calls each provider that something was told of or by.
fn own_ids<R: Register>(base: &R, told: &Told, before: Option<&Live<R>>) -> HashMap<ProviderId, Option<ProviderId>> {
    let by = told.availability.keys().chain(told.statements.keys());
    let ids: BTreeSet<&ProviderId> = by.chain(told.outcomes.keys().map(|(id, _)| id)).collect();
    let known = |id: &ProviderId| before.and_then(|before| before.own.get(id)).cloned();
    let look_up = |id: &ProviderId| base.provider_of(id).map(|provider| provider.id.clone());
    ids.into_iter().map(|id| (id.clone(), known(id).unwrap_or_else(|| look_up(id)))).collect()
}

/// A directory with what was told laid over it, as it is for one day of discharge.
#[derive(Debug)]
pub struct OnDay<'a, R = Catalog> {
    live: &'a Live<R>,
    day: Date,
}

impl<R: Register> Directory for OnDay<'_, R> {
    fn generation(&self) -> &str {
        self.live.base.generation()
    }

    fn told(&self) -> Option<i64> {
        self.live.sequence()
    }

    fn holds(&self, service: Service) -> bool {
        self.live.base.holds(service)
    }

    fn plans(&self) -> &Plans {
        self.live.base.plans()
    }

    fn stated(&self, key: StatedKey) -> &Stated {
        let own = key.0.checked_sub(OWN_STATED).and_then(|at| self.live.laid.get(at as usize));
        own.and_then(|laid| laid.patch.stated.as_ref()).unwrap_or_else(|| self.live.base.stated(key))
    }

    fn candidates(&self, search: &Search<'_>) -> Vec<Candidate> {
        let found = self.live.base.candidates(search);
        if self.live.laid.is_empty() {
            return found;
        }
        // The same memory is used again.
        found.into_iter().map(|candidate| self.live.over(candidate, self.day)).collect()
    }

    fn candidate(&self, line: LineKey, search: &Search<'_>) -> Option<Candidate> {
        self.live.base.candidate(line, search).map(|candidate| self.live.over(candidate, self.day))
    }

    fn provider(&self, line: LineKey) -> Option<Arc<Provider>> {
        self.live.base.provider(line).map(|provider| self.live.laid_over(provider, self.day))
    }
}

/// The newest [`Live`], made when it is first asked for.
#[derive(Debug, Default)]
pub struct SharedLive {
    newest: ArcSwapOption<Live>,
    /// Held while a newer one is made, so that it is made once.
    making: Mutex<()>,
}

impl SharedLive {
    /// `told` laid over `catalog` on `today`: the one at hand, or a new one.
    pub fn of(&self, catalog: &Arc<Catalog>, told: &Arc<Told>, today: Date) -> Arc<Live> {
        if let Some(live) = self.at_hand(catalog, told, today) {
            return live;
        }
        let before = self.newest.load_full();
        let _turn = match (self.making.try_lock(), before) {
            (Ok(turn), _) => turn,
            // While somebody lays it over a newer generation, the one before still holds all that was told.
            (Err(_), Some(before)) if Arc::ptr_eq(&before.told, told) && before.today == today => return before,
            (Err(_), _) => self.making.lock().unwrap_or_else(PoisonError::into_inner),
        };
        if let Some(live) = self.at_hand(catalog, told, today) {
            return live;
        }
        let before = self.newest.load_full();
        let live = Arc::new(Live::new(Arc::clone(catalog), Arc::clone(told), today, before.as_deref()));
        self.newest.store(Some(Arc::clone(&live)));
        live
    }

    fn at_hand(&self, catalog: &Arc<Catalog>, told: &Arc<Told>, today: Date) -> Option<Arc<Live>> {
        let is_it =
            |live: &Arc<Live>| Arc::ptr_eq(&live.base, catalog) && Arc::ptr_eq(&live.told, told) && live.today == today;
        self.newest.load_full().filter(is_it)
    }
}
