//! From what many files say of a provider to one provider. Pure: no disk, no clock.

use std::collections::BTreeMap;

use crate::care::{Limit, Need, Service};
use crate::catalog::listed::Listed;
use crate::coverage::Plans;
use crate::evidence::Fact;
use crate::place::{Point, Zip, ZipTable};
use crate::provider::{Address, Provider, ServiceArea, ServiceLine};
use crate::refresh::account::{Account, Accounts, Who};
use crate::refresh::read::Books;
use crate::refresh::report::Correction;
use crate::refresh::report::review::Review;
use crate::refresh::{area, column};

mod exclusions;
mod identities;
mod networks;
mod position;
mod precedence;
mod review;

use exclusions::Exclusions;
use identities::Identities;
use networks::Resolved;
use precedence::{Claim, Field, settle, tied};

/// What reconciling found, beside the providers.
#[derive(Debug, Default)]
pub struct Findings {
    /// How often two sources said different things.
    pub conflicts: BTreeMap<Field, u64>,
    /// Points that were not believed.
    pub corrections: Vec<Correction>,
    /// Providers without a usable place.
    pub without_place: Vec<String>,
    /// Identifiers no file has a name for.
    pub without_name: Vec<String>,
    /// Identifiers in rosters that lead to no line.
    pub unknown_members: Vec<String>,
    /// Entries of service areas whose ZIP the table does not know.
    pub unknown_zips: u64,
    /// Records that may be a provider, for a person to decide.
    pub review: Vec<Review>,
    /// What else should be known.
    pub remarks: Vec<String>,
}

/// One night's providers and plans.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// Every provider that has a name, by id.
    pub providers: Vec<Provider>,
    /// Payers, plans, networks and terms.
    pub plans: Plans,
    /// The terms on which networks list each line.
    pub listed: Listed,
    /// What should be told.
    pub findings: Findings,
}

/// Makes one provider of what every file says of it.
pub fn reconcile(books: Books, zips: &ZipTable) -> Reconciled {
    let Books { mut accounts, listings, registry, exclusions, decisions, .. } = books;
    let mut findings = Findings::default();
    let mut identities = Identities::of(&mut accounts, &registry, decisions);
    let resolved: Resolved = listings.parties.iter().map(|party| identities.resolve(party, &mut accounts)).collect();
    let exclusions = Exclusions::of(exclusions, &accounts, &mut identities, &mut findings);
    findings.remarks.extend(identities.idle_decisions());
    let of = std::mem::take(&mut accounts.of);
    let mut providers = Vec::with_capacity(of.len());
    for (who, said) in of {
        let Some(mut provider) =
            (Weighing { who: &who, accounts: &accounts, said: &said, zips, findings: &mut findings }).provider(&who)
        else {
            findings.without_name.push(who.id().to_string());
            continue;
        };
        provider.npis = identities.npis(&who);
        exclusions::close(&mut provider, &who, registry.deactivation(&who, &accounts));
        exclusions.apply(&mut provider);
        providers.push(provider);
    }
    providers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    // What CMS says first, then the furthest off.
    findings.corrections.sort_by(|a, b| a.source.cmp(&b.source).then(b.miles.total_cmp(&a.miles)));
    findings.review = review::review(std::mem::take(&mut identities.doubts), &providers);
    let (plans, listed) = networks::join(&listings, &resolved, &accounts, &providers, &mut findings);
    Reconciled { providers, plans, listed, findings }
}

/// The accounts of one provider while they are weighed.
struct Weighing<'a> {
    who: &'a Who,
    accounts: &'a Accounts,
    said: &'a [Account],
    zips: &'a ZipTable,
    findings: &'a mut Findings,
}

impl Weighing<'_> {
    /// The provider; `None` when no file has a name for it.
    fn provider(&mut self, who: &Who) -> Option<Provider> {
        let name = self.fact(Field::Name, |a| a.name.clone(), same_words)?;
        let address = self.fact(Field::Address, |a| a.address.clone(), same_address);
        let position = self.position(who, &name.value, address.as_ref().map(|fact| fact.value.zip));
        if position.is_none() {
            self.findings.without_place.push(format!("{} {}", who.id(), name.value));
        }
        let lines = self.lines(position.as_ref().map(|fact| fact.value.point));
        self.remark_on_radii(who, &lines);
        let ccn = match who {
            Who::Ccn(ccn) => Some(ccn.clone()),
            Who::Npi(_) | Who::Listed(_) => None,
        };
        Some(Provider {
            id: who.id(),
            ccn,
            npis: Vec::new(),
            name,
            address,
            phone: self.fact(Field::Phone, |a| a.phone, PartialEq::eq),
            position,
            ownership: self.fact(Field::Ownership, |a| a.ownership.clone(), same_words),
            suspected_exclusions: Vec::new(),
            lines,
        })
    }

    /// The lines; a radius is counted from `door`.
    fn lines(&mut self, door: Option<Point>) -> Vec<ServiceLine> {
        let mut services: Vec<Service> = self.said.iter().map(|account| account.service).collect();
        services.sort_unstable();
        services.dedup();
        services.into_iter().map(|service| self.line(service, door)).collect()
    }

    fn line(&mut self, service: Service, door: Option<Point>) -> ServiceLine {
        fn of<T>(service: Service, a: &Account, value: Option<T>) -> Option<T> {
            value.filter(|_| a.service == service)
        }
        ServiceLine {
            medicare: self.fact(Field::Medicare, |a| of(service, a, a.medicare), PartialEq::eq),
            medicaid: self.fact(Field::Medicaid, |a| of(service, a, a.medicaid), PartialEq::eq),
            area: self.area(service, door),
            answers: self.answers(service),
            limits: self.limits(service),
            languages: self.stated((Field::Languages, service), "its languages", |a| a.languages.clone()),
            only_sex: self.stated((Field::OnlySex, service), "the only sex it takes", |a| a.only_sex),
            start_of_care_hours: self
                .stated((Field::StartOfCare, service), "its start of care", |a| a.start_of_care_hours),
            rating: self.fact(Field::Rating, |a| of(service, a, a.rating), PartialEq::eq),
            beds: self.fact(Field::Beds, |a| of(service, a, a.beds), PartialEq::eq),
            ..ServiceLine::silent(service)
        }
    }

    /// A radius that holds no ZIP is no service area.
    fn remark_on_radii(&mut self, who: &Who, lines: &[ServiceLine]) {
        for line in lines.iter().filter(|line| line.area == ServiceArea::NotPublished) {
            if self.said.iter().any(|account| account.service == line.service && account.radius.is_some()) {
                let (id, service) = (who.id(), line.service);
                self.findings.remarks.push(format!("{id}: the radius it serves as {service} holds no ZIP code"));
            }
        }
    }

    fn area(&mut self, service: Service, door: Option<Point>) -> ServiceArea {
        let table = self.zips;
        let zips = |a: &Account| {
            let within = |radius| door.map_or_else(Vec::new, |door| area::around(door, radius, table));
            let zips = a.radius.map_or_else(|| a.zips.clone(), within);
            Some(zips).filter(|zips| a.service == service && !zips.is_empty())
        };
        let Some(fact) = self.fact(Field::ServiceArea, zips, PartialEq::eq) else { return ServiceArea::NotPublished };
        self.findings.unknown_zips += fact.value.iter().filter(|zip| self.zips.get(**zip).is_none()).count() as u64;
        ServiceArea::Zips(fact)
    }

    fn answers(&mut self, service: Service) -> BTreeMap<Need, Fact<bool>> {
        let mut needs: Vec<Need> =
            self.said.iter().filter(|a| a.service == service).flat_map(|a| &a.answers).map(|(need, _)| *need).collect();
        needs.sort_unstable();
        needs.dedup();
        let says = |a: &Account, need: Need| a.answers.iter().find(|(of, _)| *of == need).map(|(_, yes)| *yes);
        needs
            .into_iter()
            .filter_map(|need| Some((need, self.stated((Field::Answer, service), need.code(), |a| says(a, need))?)))
            .collect()
    }

    fn limits(&mut self, service: Service) -> BTreeMap<Limit, Fact<u32>> {
        let says = |a: &Account, limit: Limit| a.limits.iter().find(|(of, _)| *of == limit).map(|(_, bound)| *bound);
        Limit::ALL
            .into_iter()
            .filter_map(|limit| Some((limit, self.stated((Field::Limit, service), limit.code(), |a| says(a, limit))?)))
            .collect()
    }

    fn position(&mut self, who: &Who, name: &str, zip: Option<Zip>) -> Option<Fact<crate::provider::Position>> {
        let claims = self.claims(Field::Position, |a| a.position);
        let found = position::settle(claims, zip.and_then(|zip| self.zips.get(zip)), self.zips)?;
        if found.conflict {
            *self.findings.conflicts.entry(Field::Position).or_default() += 1;
        }
        for (claim, miles) in &found.disbelieved {
            self.findings.corrections.push(Correction {
                provider: who.id().to_string(),
                name: name.to_owned(),
                source: claim.evidence.source.to_string(),
                miles: miles.value(),
                instead: found.fact.evidence.source.to_string(),
            });
        }
        Some(found.fact)
    }

    /// What every file says of a field, most trusted first.
    fn claims<T>(&self, field: Field, of: impl Fn(&Account) -> Option<T>) -> Vec<Claim<T>> {
        let claim = |account: &Account| {
            let source = self.accounts.sources.get(account.source.0)?;
            let value = of(account)?;
            let evidence = self.accounts.evidence(account)?;
            Some(Claim::new(field, value, evidence, source))
        };
        let mut claims: Vec<Claim<T>> = self.said.iter().filter_map(claim).collect();
        claims.sort_by(|a, b| a.rank.cmp(&b.rank));
        claims
    }

    /// What the provider knows best itself, of one service. Where its profiles of one day contradict each other it is left
    /// unknown and `what` is told: neither their order nor a file's name may decide what it takes.
    fn stated<T: PartialEq>(
        &mut self,
        (field, service): (Field, Service),
        what: &str,
        of: impl Fn(&Account) -> Option<T>,
    ) -> Option<Fact<T>> {
        let of = |account: &Account| of(account).filter(|_| account.service == service);
        let claims = self.claims(field, of);
        let tied = tied(&claims);
        if tied.windows(2).all(|pair| pair[0].value == pair[1].value) {
            return self.fact(field, of, PartialEq::eq);
        }
        *self.findings.conflicts.entry(field).or_default() += 1;
        let mut sources: Vec<&str> = tied.iter().map(|claim| &*claim.evidence.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let (id, sources) = (self.who.id(), sources.join(" and "));
        let remark = format!(
            "{id} as {service}: profiles of one day contradict each other on {what}, which is left unknown: {sources}"
        );
        self.findings.remarks.push(remark);
        None
    }

    /// The fact that the most trusted file says, the others that differ beside it.
    fn fact<T>(
        &mut self,
        field: Field,
        of: impl Fn(&Account) -> Option<T>,
        same: fn(&T, &T) -> bool,
    ) -> Option<Fact<T>> {
        let fact = settle(self.claims(field, of), same)?;
        if !fact.others.is_empty() {
            *self.findings.conflicts.entry(field).or_default() += 1;
        }
        Some(fact)
    }
}

/// Whether two texts differ in case, spaces and punctuation at most.
fn same_words(a: &String, b: &String) -> bool {
    a == b || column::plain(a) == column::plain(b)
}

/// Whether two addresses are one; a street left out contradicts none.
fn same_address(a: &Address, b: &Address) -> bool {
    let street = a.street.is_empty() || b.street.is_empty() || same_words(&a.street, &b.street);
    street && a.zip == b.zip && a.state == b.state && same_words(&a.city, &b.city)
}
