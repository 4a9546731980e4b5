//! A directory in memory, as plain as can be, so that matching can be tried on providers no file holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use placement::care::Service;
use placement::catalog::generation::{FORMAT, Manifest};
use placement::catalog::listed::Listed;
use placement::coverage::{NetworkKey, Plans, TermsKey};
use placement::live::Register;
use placement::matching::{Candidate, Directory, LineKey, Search, Serves, Stated, StatedKey};
use placement::place::Zip;
use placement::provider::{Provider, ProviderId, ServiceArea, ServiceLine, stated};

/// Providers in the order they were put there; a line's key is its place among all lines.
pub struct Shelf {
    pub providers: Vec<Arc<Provider>>,
    pub listed: Listed,
    plans: Plans,
    /// The provider of each line, the line's place there, and what it has stated.
    lines: Vec<(usize, usize, Stated)>,
    /// How often a provider was looked for by its id.
    pub look_ups: AtomicUsize,
}

impl Shelf {
    /// Providers that no network lists.
    pub fn new(providers: Vec<Provider>, plans: Plans) -> Self {
        Self::listing(providers, Listed::default(), plans)
    }

    pub fn listing(providers: Vec<Provider>, listed: Listed, plans: Plans) -> Self {
        let lines = providers
            .iter()
            .enumerate()
            .flat_map(|(at, provider)| provider.lines.iter().enumerate().map(move |(n, l)| (at, n, Stated::by(l))))
            .collect();
        let providers = providers.into_iter().map(Arc::new).collect();
        Self { providers, listed, plans, lines, look_ups: AtomicUsize::new(0) }
    }

    fn line(&self, key: LineKey) -> Option<(&Provider, &ServiceLine)> {
        let (provider, line, _) = self.lines.get(key.0 as usize)?;
        let provider = &self.providers[*provider];
        Some((provider, &provider.lines[*line]))
    }

    /// The terms of a line that are of these networks.
    fn terms(&self, provider: &Provider, line: &ServiceLine, of: &[NetworkKey]) -> impl Iterator<Item = TermsKey> {
        let wanted = |key: &TermsKey| self.plans.terms(*key).is_some_and(|terms| of.contains(&terms.network));
        self.listed.of(&provider.id, line.service).iter().copied().filter(wanted)
    }

    fn keys(&self) -> impl Iterator<Item = LineKey> {
        (0..u32::try_from(self.lines.len()).unwrap()).map(LineKey)
    }
}

/// What a generation of a shelf would say of itself.
pub fn manifest() -> Manifest {
    Manifest {
        format: FORMAT,
        generation: "20261121T120000Z-1a2b3c4d".to_owned(),
        built_at: "2026-11-21T12:00:00Z".parse().unwrap(),
        engine: "0.1.0".to_owned(),
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

/// Whether a published area holds the ZIP.
fn serves(area: &ServiceArea, zip: Zip) -> Serves {
    match area {
        ServiceArea::NotPublished => Serves::NotPublished,
        ServiceArea::Zips(zips) if zips.value.contains(&zip) => Serves::Yes,
        ServiceArea::Zips(_) => Serves::No,
    }
}

impl Register for Shelf {
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        self.look_ups.fetch_add(1, Ordering::Relaxed);
        let is_it = |provider: &&Arc<Provider>| {
            provider.id == *id || provider.npis.iter().any(|npi| ProviderId::from(*npi) == *id)
        };
        self.providers.iter().find(is_it).cloned()
    }

    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineKey> {
        let provider = self.provider_of(id)?;
        let is_it =
            |key: &LineKey| self.line(*key).is_some_and(|(of, line)| of.id == provider.id && line.service == service);
        self.keys().find(is_it)
    }
}

impl Directory for Shelf {
    fn generation(&self) -> &'static str {
        "shelf"
    }

    fn holds(&self, service: Service) -> bool {
        self.providers.iter().any(|provider| provider.line(service).is_some())
    }

    fn plans(&self) -> &Plans {
        &self.plans
    }

    fn stated(&self, key: StatedKey) -> &Stated {
        &self.lines[key.0 as usize].2
    }

    fn candidates(&self, search: &Search<'_>) -> Vec<Candidate> {
        let near = |c: &Candidate| c.distance.is_some_and(|miles| miles <= search.horizon);
        let beyond = |c: &Candidate| search.beyond.is_none_or(|radius| c.distance.is_none_or(|miles| miles > radius));
        self.keys()
            .filter(|key| self.line(*key).is_some_and(|(_, line)| line.service == search.service))
            .filter_map(|key| self.candidate(key, search))
            .filter(|candidate| near(candidate) || candidate.serves == Serves::Yes)
            .filter(beyond)
            .collect()
    }

    fn candidate(&self, key: LineKey, search: &Search<'_>) -> Option<Candidate> {
        let (provider, line) = self.line(key)?;
        let answers = |yes: bool| {
            let said = move |fact: &&placement::evidence::Fact<bool>| fact.value == yes;
            line.answers.iter().filter(|(_, fact)| said(fact)).map(|(need, _)| *need).collect()
        };
        Some(Candidate {
            line: key,
            lot: provider.id.lot(),
            distance: provider.position.as_ref().map(|position| search.center.miles_to(position.value.point)),
            serves: serves(&line.area, search.zip),
            standing: line.standing,
            state: provider.address.as_ref().map(|address| address.value.state),
            medicare: stated(line.medicare.as_ref()),
            medicaid: stated(line.medicaid.as_ref()),
            yes: answers(true),
            no: answers(false),
            rating: line.rating.as_ref().map(|rating| rating.value.tenths),
            availability: stated(line.availability.as_ref()),
            outcomes: line.outcomes,
            stated: StatedKey(key.0),
            terms: self.terms(provider, line, search.networks).collect(),
        })
    }

    fn services_listed(&self, line: LineKey, networks: &[NetworkKey]) -> Vec<Service> {
        let Some((provider, _)) = self.line(line) else { return Vec::new() };
        let lines = provider.lines.iter().filter(|line| self.terms(provider, line, networks).next().is_some());
        lines.map(|line| line.service).collect()
    }

    fn provider(&self, line: LineKey) -> Option<Arc<Provider>> {
        let (provider, ..) = self.lines.get(line.0 as usize)?;
        Some(Arc::clone(&self.providers[*provider]))
    }
}
