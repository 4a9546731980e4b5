//! Merges what many files say of a provider into one provider. Pure: no disk, no clock.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

use jiff::civil::Date;

use crate::catalog::network_bitmap::NetworkBitmap;
use crate::coverage::PlanDirectory;
use crate::evidence::Fact;
use crate::place::{Point, State, ZipEntry, ZipTable};
use crate::provider::safety::SafetyFact;
use crate::provider::{Address, Position, Provider, ServiceArea, ServiceLine};
use crate::refresh::area;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::reconcile::exclusions::ExclusionIndex;
use crate::refresh::reconcile::findings::ReconcileFindings;
use crate::refresh::reconcile::identities::IdentityResolver;
use crate::refresh::reconcile::networks::ResolvedParties;
use crate::refresh::reconcile::newest_lists::NewestLists;
use crate::refresh::reconcile::precedence::{ConflictField, FieldClaim, pick_fact, top_ranked};
use crate::refresh::reconcile::state_vote::{StateVote, settle_state};
use crate::refresh::source_record::{ProviderKey, SourceRecord, SourceRecords};
use crate::run_report::AppliedCorrection;
use crate::service::{Limit, Need, Service};
use crate::text::fold_words;

pub(crate) mod business;
pub(crate) mod exclusions;
pub(crate) mod findings;
pub(crate) mod identities;
pub(crate) mod networks;
pub(crate) mod newest_lists;
pub(crate) mod position;
pub(crate) mod precedence;
pub(crate) mod ratings;
pub(crate) mod review;
pub(crate) mod safety;
pub(crate) mod served_groups;
pub(crate) mod state_vote;

/// The providers and plans of one refresh.
#[derive(Debug, Default)]
pub(crate) struct ReconciledInput {
    /// Every provider with a name, by id.
    pub providers: Vec<Provider>,
    /// Payers, plans, networks and terms.
    pub plans: PlanDirectory,
    /// The terms on which networks list each line.
    pub listed: NetworkBitmap,
    /// The findings to report.
    pub findings: ReconcileFindings,
}

/// Merges the source records of each provider into one provider.
pub(crate) fn reconcile(parsed: ParsedInput, zips: &ZipTable) -> ReconciledInput {
    let ParsedInput { records: mut source_records, listings, registry, exclusions, decisions, today, .. } = parsed;
    let mut findings = ReconcileFindings::default();
    let mut identities = IdentityResolver::of(&mut source_records, &registry, decisions);
    let resolved: ResolvedParties =
        listings.parties.iter().map(|party| identities.resolve(party, &mut source_records)).collect();
    let exclusions = ExclusionIndex::of(exclusions, &source_records, &mut identities, &mut findings);
    findings.remarks.extend(identities.idle_decisions());
    findings.remarks.extend(identities.remark_on_deactivated());
    let newest_lists = NewestLists::of(&source_records);
    let mut first: Vec<(ProviderKey, Vec<SourceRecord>)> = std::mem::take(&mut source_records.of).into_iter().collect();
    let second = first.split_off(first.len() / 2);
    let merge = |all: Vec<(ProviderKey, Vec<SourceRecord>)>| {
        let (mut providers, mut findings) = (Vec::with_capacity(all.len()), ReconcileFindings::default());
        for (who, said) in all {
            let (source_records, said, newest_lists) = (&source_records, &said, &newest_lists);
            let mut merge =
                ProviderMerge { who: &who, source_records, said, newest_lists, zips, today, findings: &mut findings };
            let Some(mut provider) = merge.provider(&who) else {
                findings.without_name.push(who.id().to_string());
                continue;
            };
            provider.npis = identities.npis(&who);
            exclusions::close(&mut provider, &who, registry.deactivation(&who, source_records));
            exclusions.apply(&mut provider);
            providers.push(provider);
        }
        (providers, findings)
    };
    // Each provider is merged by itself, so two threads share the work; findings stay in order.
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| merge(second));
        (merge(first), second.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let mut providers = first.0;
    providers.extend(second.0);
    findings.append(first.1);
    findings.append(second.1);
    providers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    // CMS first, then by distance, largest first.
    findings.corrections.sort_by(|a, b| a.source.cmp(&b.source).then(b.miles.total_cmp(&a.miles)));
    findings.review = review::review(std::mem::take(&mut identities.doubts), &providers);
    let (plans, listed) = networks::join(&listings, &resolved, &source_records, &providers, &mut findings);
    ReconciledInput { providers, plans, listed, findings }
}

/// Merges the records of one provider.
struct ProviderMerge<'a> {
    who: &'a ProviderKey,
    source_records: &'a SourceRecords,
    said: &'a [SourceRecord],
    newest_lists: &'a NewestLists,
    zips: &'a ZipTable,
    /// The last day that may be today.
    today: Option<Date>,
    findings: &'a mut ReconcileFindings,
}

impl<'a> ProviderMerge<'a> {
    /// The provider; `None` if no file has a name for it.
    fn provider(&mut self, who: &ProviderKey) -> Option<Provider> {
        let name = self.fact(ConflictField::Name, |a| a.name.clone(), same_words)?;
        let mut address = self.fact(ConflictField::Address, |a| a.address.clone(), same_address);
        let anchor = address.as_mut().and_then(|address| self.settle_state(who, &name.value, address));
        let position = self.position(who, &name.value, anchor);
        if position.is_none() {
            self.findings.without_place.push(format!("{} {}", who.id(), name.value));
        }
        let mut lines = self.lines(&name, position.as_ref().map(|fact| fact.value.point));
        let state = address.as_ref().and_then(|fact| fact.value.state).or_else(|| who.ccn_state());
        if let Some(state) = state {
            for line in &mut lines {
                self.note_absence(line, state);
            }
        }
        self.remark_on_radii(who, &lines);
        let ccn = match who {
            ProviderKey::Ccn(ccn) => Some(ccn.clone()),
            ProviderKey::Npi(_) | ProviderKey::Listed(_) => None,
        };
        Some(Provider {
            id: who.id(),
            ccn,
            npis: Vec::new(),
            address,
            phone: self.fact(ConflictField::Phone, |a| a.phone, |a, b| a.number() == b.number()),
            position,
            ownership: self.fact(ConflictField::Ownership, |a| a.ownership.clone(), same_words),
            business: self.business(&name.value),
            suspected_exclusions: Vec::new(),
            name,
            lines,
        })
    }

    /// The lines; a radius is counted from `door`.
    fn lines(&mut self, name: &Fact<String>, door: Option<Point>) -> Vec<ServiceLine> {
        let mut services: Vec<Service> = self.said.iter().map(|source_record| source_record.service).collect();
        services.sort_unstable();
        services.dedup();
        services.into_iter().map(|service| self.line(service, name, door)).collect()
    }

    /// Notes that the newest list of CMS does not name the provider, where an older one does.
    fn note_absence(&self, line: &mut ServiceLine, state: State) {
        let evidence = self.newest_lists.without(self.source_records, self.said, line.service, state);
        line.safety.extend(evidence.map(|evidence| Fact::new(SafetyFact::NotInNewestList, evidence)));
    }

    fn line(&mut self, service: Service, name: &Fact<String>, door: Option<Point>) -> ServiceLine {
        fn of<T>(service: Service, a: &SourceRecord, value: Option<T>) -> Option<T> {
            value.filter(|_| a.service == service)
        }
        let (rating, rating_gap) = self.rating(service);
        let gap = rating_gap.as_ref().map(|fact| fact.value);
        ServiceLine {
            medicare: self.fact(ConflictField::Medicare, |a| of(service, a, a.medicare), PartialEq::eq),
            medicaid: self.fact(ConflictField::Medicaid, |a| of(service, a, a.medicaid), PartialEq::eq),
            area: self.area(service, door),
            answers: self.answers(service),
            limits: self.limits(service),
            languages: self.stated((ConflictField::Languages, service), "its languages", |a| a.languages.clone()),
            only_sex: self.stated((ConflictField::OnlySex, service), "the only sex it takes", |a| a.only_sex),
            start_of_care_hours: self
                .stated((ConflictField::StartOfCare, service), "its start of care", |a| a.start_of_care_hours),
            rating,
            rating_gap,
            measures: self.measures(service, gap),
            safety: self.safety(service),
            serves: self.serves(service, name),
            beds: self.fact(ConflictField::Beds, |a| of(service, a, a.beds), PartialEq::eq),
            ..ServiceLine::without_facts(service)
        }
    }

    /// Reports each radius that contains no ZIP code.
    fn remark_on_radii(&mut self, who: &ProviderKey, lines: &[ServiceLine]) {
        for line in lines.iter().filter(|line| line.area == ServiceArea::NotPublished) {
            if self.said.iter().any(|source_record| source_record.service == line.service && source_record.radius.is_some()) {
                let (id, service) = (who.id(), line.service);
                self.findings.remarks.push(format!("{id}: its {service} radius contains no ZIP code"));
            }
        }
    }

    fn area(&mut self, service: Service, door: Option<Point>) -> ServiceArea {
        let table = self.zips;
        let zips = |a: &SourceRecord| {
            let within = |radius| door.map_or_else(Vec::new, |door| area::around(door, radius, table));
            let zips = if a.area_incomplete { Vec::new() } else { a.radius.map_or_else(|| a.zips.clone(), within) };
            Some(zips).filter(|zips| a.service == service && (a.area_incomplete || !zips.is_empty()))
        };
        // An area of which a part could not be read excludes nobody, and no source that is trusted less makes it whole.
        let fact = self.fact(ConflictField::ServiceArea, zips, PartialEq::eq).filter(|fact| !fact.value.is_empty());
        let Some(mut fact) = fact else { return ServiceArea::NotPublished };
        fact.others.retain(|(zips, _)| !zips.is_empty());
        self.findings.unknown_zips += fact.value.iter().filter(|zip| self.zips.get(**zip).is_none()).count() as u64;
        ServiceArea::Zips(fact)
    }

    fn answers(&mut self, service: Service) -> BTreeMap<Need, Fact<bool>> {
        let mut needs: Vec<Need> =
            self.said.iter().filter(|a| a.service == service).flat_map(|a| &a.answers).map(|(need, _)| *need).collect();
        needs.sort_unstable();
        needs.dedup();
        let says = |a: &SourceRecord, need: Need| a.answers.iter().find(|(of, _)| *of == need).map(|(_, yes)| *yes);
        needs
            .into_iter()
            .filter_map(|need| Some((need, self.stated((ConflictField::Answer, service), need.code(), |a| says(a, need))?)))
            .collect()
    }

    fn limits(&mut self, service: Service) -> BTreeMap<Limit, Fact<u32>> {
        let says = |a: &SourceRecord, limit: Limit| a.limits.iter().find(|(of, _)| *of == limit).map(|(_, bound)| *bound);
        Limit::ALL
            .into_iter()
            .filter_map(|limit| {
                Some((limit, self.stated((ConflictField::Limit, service), limit.code(), |a| says(a, limit))?))
            })
            .collect()
    }

    /// The place that stands for an address; a state in it that is not believed is corrected, and what was written stays beside it.
    fn settle_state(&mut self, who: &ProviderKey, name: &str, address: &mut Fact<Address>) -> Option<ZipEntry<'a>> {
        let point = self.claims(ConflictField::Position, |a| a.position).first().map(|claim| claim.value.point);
        let StateVote { state, anchor, remark } = settle_state(&address.value, who.ccn_state(), point, self.zips);
        if let Some((code, text)) = remark {
            self.findings.remarks.push(format!("{code}: {} {name}: {text}", who.id()));
        }
        if state != address.value.state {
            let corrected = Address { state, ..address.value.clone() };
            let written = std::mem::replace(&mut address.value, corrected);
            if written.state.is_some() {
                address.others.insert(0, (written, address.evidence.clone()));
            }
        }
        anchor
    }

    fn position(&mut self, who: &ProviderKey, name: &str, anchor: Option<ZipEntry<'_>>) -> Option<Fact<Position>> {
        let claims = self.claims(ConflictField::Position, |a| a.position);
        let found = position::settle(claims, anchor, self.zips)?;
        if found.conflict {
            *self.findings.conflicts.entry(ConflictField::Position).or_default() += 1;
        }
        for (claim, miles) in &found.disbelieved {
            self.findings.corrections.push(AppliedCorrection {
                provider: who.id().to_string(),
                name: name.to_owned(),
                source: claim.evidence.source.to_string(),
                miles: miles.value(),
                instead: found.fact.evidence.source.to_string(),
            });
        }
        Some(found.fact)
    }

    /// The claims of every file for a field, most trusted first.
    fn claims<T>(&self, field: ConflictField, of: impl Fn(&SourceRecord) -> Option<T>) -> Vec<FieldClaim<T>> {
        let claim = |source_record: &SourceRecord| {
            let source = self.source_records.sources.get(source_record.source.0)?;
            let value = of(source_record)?;
            let evidence = self.source_records.evidence(source_record)?;
            Some(FieldClaim::new(field, value, evidence, source))
        };
        let mut claims: Vec<FieldClaim<T>> = self.said.iter().filter_map(claim).collect();
        claims.sort_by(|a, b| a.rank.cmp(&b.rank));
        claims
    }

    /// A fact that the provider itself knows best, for one service. If its profiles of the same day contradict each other,
    /// the fact is unknown and reported as `what`: neither file order nor file names may decide what a provider takes.
    fn stated<T: PartialEq>(
        &mut self,
        (field, service): (ConflictField, Service),
        what: &str,
        of: impl Fn(&SourceRecord) -> Option<T>,
    ) -> Option<Fact<T>> {
        let of = |source_record: &SourceRecord| of(source_record).filter(|_| source_record.service == service);
        let claims = self.claims(field, of);
        let tied = top_ranked(&claims);
        if tied.windows(2).all(|pair| pair[0].value == pair[1].value) {
            return self.fact(field, of, PartialEq::eq);
        }
        *self.findings.conflicts.entry(field).or_default() += 1;
        let mut sources: Vec<&str> = tied.iter().map(|claim| &*claim.evidence.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let (id, sources) = (self.who.id(), sources.join(" and "));
        let remark = format!(
            "{id} as {service}: profiles of the same day contradict each other on {what}, so it is unknown: {sources}"
        );
        self.findings.remarks.push(remark);
        None
    }

    /// The most trusted claim as a fact, with the differing claims.
    fn fact<T>(
        &mut self,
        field: ConflictField,
        of: impl Fn(&SourceRecord) -> Option<T>,
        same: fn(&T, &T) -> bool,
    ) -> Option<Fact<T>> {
        let fact = pick_fact(self.claims(field, of), same)?;
        if !fact.others.is_empty() {
            *self.findings.conflicts.entry(field).or_default() += 1;
        }
        Some(fact)
    }
}

/// Whether two texts differ at most in case, spaces and punctuation.
fn same_words(a: &String, b: &String) -> bool {
    let letters = |text: &str| fold_words(text).replace(' ', "");
    a == b || letters(a) == letters(b)
}

/// Whether two addresses are the same; a missing street contradicts none.
fn same_address(a: &Address, b: &Address) -> bool {
    let street = a.street.is_empty() || b.street.is_empty() || same_words(&a.street, &b.street);
    street && a.zip == b.zip && a.state == b.state && same_words(&a.city, &b.city)
}
