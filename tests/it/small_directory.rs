//! A minimal directory in memory, to test matching with arbitrary providers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::ToSpan;
use jiff::civil::Date;
use placement::catalog::manifest::{FORMAT, Manifest};
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::{NetworkId, PlanDirectory, TermsId};
use placement::matching::candidate::{
    AreaMatch, Candidate, CandidateQuery, Directory, LineId, LineReports, PublishedFlags, ServedGroups, StatedRoom,
    StatedTerms, StatedTermsId,
};
use placement::overlay::provider_directory::ProviderDirectory;
use placement::place::{Miles, Point, State, Zip};
use placement::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, SupportingMeasure};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{Provider, ProviderId, ServiceArea, ServiceLine, stated};
use placement::service::Service;

use crate::oracle::newest_ratings;

/// Providers in the order they were put there; a line's key is its place among all lines.
pub(crate) struct SmallDirectory {
    pub providers: Vec<Arc<Provider>>,
    pub listed: NetworkBitmap,
    plans: PlanDirectory,
    /// The newest day of the ratings of each measure.
    pub newest: BTreeMap<QualityMeasure, Date>,
    /// The provider of each line, the line's place there, and what it has stated.
    lines: Vec<(usize, usize, StatedTerms)>,
    /// What lines state of their room on single days.
    pub rooms: BTreeMap<(ProviderId, Service), Vec<StatedRoom>>,
    /// The id of the generation.
    pub generation: &'static str,
    /// How often a provider was looked for by its id.
    pub look_ups: AtomicUsize,
}

impl SmallDirectory {
    /// Providers without networks.
    pub(crate) fn new(providers: Vec<Provider>, plans: PlanDirectory) -> Self {
        Self::listing(providers, NetworkBitmap::default(), plans)
    }

    pub(crate) fn listing(providers: Vec<Provider>, listed: NetworkBitmap, plans: PlanDirectory) -> Self {
        let lines = providers
            .iter()
            .enumerate()
            .flat_map(|(at, provider)| {
                provider.lines.iter().enumerate().map(move |(n, l)| (at, n, StatedTerms::from_line(l)))
            })
            .collect();
        let newest = newest_ratings(providers.iter());
        let providers = providers.into_iter().map(Arc::new).collect();
        let (rooms, look_ups) = (BTreeMap::new(), AtomicUsize::new(0));
        Self { providers, listed, plans, newest, lines, rooms, generation: "shelf", look_ups }
    }

    fn line(&self, key: LineId) -> Option<(&Provider, &ServiceLine)> {
        let (provider, line, _) = self.lines.get(key.0 as usize)?;
        let provider = &self.providers[*provider];
        Some((provider, &provider.lines[*line]))
    }

    /// The terms of a line in these networks.
    fn terms(&self, provider: &Provider, line: &ServiceLine, of: &[NetworkId]) -> impl Iterator<Item = TermsId> {
        let wanted = |key: &TermsId| self.plans.terms(*key).is_some_and(|terms| of.contains(&terms.network));
        self.listed.of(&provider.id, line.service).iter().copied().filter(wanted)
    }

    fn keys(&self) -> impl Iterator<Item = LineId> {
        (0..u32::try_from(self.lines.len()).unwrap()).map(LineId)
    }
}

/// A manifest for a shelf.
pub(crate) fn manifest() -> Manifest {
    Manifest {
        format: FORMAT,
        generation: "20261121T120000Z-1a2b3c4d".to_owned(),
        built_at: "2026-11-21T12:00:00Z".parse().unwrap(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        vocabulary: 1,
        forced: None,
        synthetic: true,
        lines: [("skilled_nursing".to_owned(), 6)].into(),
        providers: 8,
        networks: 1,
        sources: Vec::new(),
        files: Vec::new(),
    }
}

/// Whether a published area contains the ZIP.
fn serves(area: &ServiceArea, zip: Zip) -> AreaMatch {
    match area {
        ServiceArea::NotPublished => AreaMatch::NotPublished,
        ServiceArea::Zips(zips) if zips.value.contains(&zip) => AreaMatch::Yes,
        ServiceArea::Zips(_) => AreaMatch::No,
    }
}

/// What official sources publish of a line, read from its facts.
pub(crate) fn published(line: &ServiceLine, newest: &BTreeMap<QualityMeasure, Date>) -> PublishedFlags {
    let is_old = line.rating.as_ref().is_some_and(|rating| {
        let limit = newest.get(&rating.value.measure).map(|day| day.checked_sub(18.months()).unwrap());
        rating.evidence.as_of.is_none_or(|day| limit.is_some_and(|limit| day < limit))
    });
    let says = |fact: SafetyFact| line.safety.iter().any(|said| said.value == fact);
    let served = ServedGroup::ALL.into_iter().filter(|group| line.serves.iter().any(|said| said.value == *group));
    let family_stars = line.measures.get(&SupportingMeasure::FamilyCaregiverStar).map(|fact| match fact.value {
        MeasureValue::Hundredths(stars) => u8::try_from(stars / 10).unwrap(),
        MeasureValue::Compared(_) => panic!("stars are a number"),
    });
    PublishedFlags {
        rating_gap: line.rating_gap.as_ref().map(|gap| gap.value),
        old_rating: is_old,
        worse_outcome: line.measures.values().any(|fact| fact.value == MeasureValue::Compared(NationalComparison::Worse)),
        family_stars,
        abuse_icon: says(SafetyFact::AbuseIcon),
        special_focus: says(SafetyFact::SpecialFocus),
        not_in_newest_list: says(SafetyFact::NotInNewestList),
        payment_denial: line.safety.iter().find_map(|said| match said.value {
            SafetyFact::PaymentDenial { from, until } => Some((from, until)),
            _ => None,
        }),
        serves: served.fold(ServedGroups::default(), ServedGroups::with),
    }
}

impl ProviderDirectory for SmallDirectory {
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        self.look_ups.fetch_add(1, Ordering::Relaxed);
        let is_it =
            |provider: &&Arc<Provider>| provider.id == *id || provider.npis.iter().any(|npi| ProviderId::from(*npi) == *id);
        self.providers.iter().find(is_it).cloned()
    }

    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineId> {
        let provider = self.provider_of(id)?;
        let is_it = |key: &LineId| self.line(*key).is_some_and(|(of, line)| of.id == provider.id && line.service == service);
        self.keys().find(is_it)
    }
}

impl Directory for SmallDirectory {
    fn generation(&self) -> &'static str {
        self.generation
    }

    fn holds(&self, service: Service) -> bool {
        self.providers.iter().any(|provider| provider.line(service).is_some())
    }

    fn plans(&self) -> &PlanDirectory {
        &self.plans
    }

    fn stated(&self, key: StatedTermsId) -> &StatedTerms {
        &self.lines[key.0 as usize].2
    }

    fn candidates(&self, search: &CandidateQuery<'_>) -> Vec<Candidate> {
        let listed = |c: &Candidate| !search.listed_only || !c.terms.is_empty();
        let near = |c: &Candidate| c.distance.is_some_and(|miles| miles <= search.horizon);
        let beyond = |c: &Candidate| search.beyond.is_none_or(|radius| c.distance.is_none_or(|miles| miles > radius));
        self.keys()
            .filter(|key| self.line(*key).is_some_and(|(_, line)| line.service == search.service))
            .filter_map(|key| self.candidate(key, search))
            .filter(|candidate| near(candidate) || candidate.serves == AreaMatch::Yes)
            .filter(beyond)
            .filter(listed)
            .collect()
    }

    fn candidate(&self, key: LineId, search: &CandidateQuery<'_>) -> Option<Candidate> {
        let (provider, line) = self.line(key)?;
        let answers = |yes: bool| {
            let said = move |fact: &&placement::evidence::Fact<bool>| fact.value == yes;
            line.answers.iter().filter(|(_, fact)| said(fact)).map(|(need, _)| *need).collect()
        };
        let rooms = self.rooms.get(&(provider.id.clone(), line.service)).filter(|rooms| !rooms.is_empty());
        // What is stated of single days is not what the files say of every day.
        let always = line.availability.as_ref().filter(|_| rooms.is_none());
        Some(Candidate {
            line: key,
            lot: provider.id.tie_break_seed(),
            distance: provider.position.as_ref().map(|position| search.center.miles_to(position.value.point)),
            serves: serves(&line.area, search.zip),
            standing: line.standing,
            state: provider.address.as_ref().and_then(|address| address.value.state),
            medicare: stated(line.medicare.as_ref()),
            medicaid: stated(line.medicaid.as_ref()),
            yes: answers(true),
            no: answers(false),
            rating: line.rating.as_ref().map(|rating| rating.value.tenths),
            published: published(line, &self.newest),
            availability: stated(always),
            reports: Some(Arc::new(LineReports {
                rooms: rooms.cloned().unwrap_or_default(),
                coverage: Vec::new(),
                outcomes: line.outcomes.clone(),
                record: line.record.clone(),
            })),
            stated: StatedTermsId(key.0),
            terms: self.terms(provider, line, search.networks).collect(),
        })
    }

    fn provider_id(&self, line: LineId) -> Option<ProviderId> {
        self.line(line).map(|(provider, _)| provider.id.clone())
    }

    fn nearest(&self, service: Service, center: Point) -> Option<(Miles, Option<State>)> {
        let offers = self.providers.iter().filter(|provider| provider.line(service).is_some());
        let away = offers.filter_map(|provider| {
            let miles = center.miles_to(provider.position.as_ref()?.value.point);
            Some((miles, provider.address.as_ref().and_then(|address| address.value.state)))
        });
        away.min_by_key(|(miles, _)| *miles)
    }

    fn services_listed(&self, line: LineId, networks: &[NetworkId]) -> Vec<Service> {
        let Some((provider, _)) = self.line(line) else { return Vec::new() };
        let lines = provider.lines.iter().filter(|line| self.terms(provider, line, networks).next().is_some());
        lines.map(|line| line.service).collect()
    }

    fn provider(&self, line: LineId) -> Option<Arc<Provider>> {
        let (provider, ..) = self.lines.get(line.0 as usize)?;
        Some(Arc::clone(&self.providers[*provider]))
    }
}
