//! The hospitals of one server: each has a state of its own, which a request gets once its hospital is known.
//!
//! Handlers take the state of a request and cannot reach another: settings, records, live directory, counts. What is not of a hospital
//! (catalog, caches, limits, metrics) is shared by all of them.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;

use crate::api_keys::{KeyRecord, Principal, Scope};
use crate::hospital::Hospital;
use crate::hospital::recognition::HospitalLookup;
use crate::hospital_id::HospitalId;
use crate::ledger::hospital_states::HospitalStates;
use crate::ledger::recorded_list::RecordedList;
use crate::serve::hospital_place::{HospitalPlace, HospitalSites};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::{Route, RouteAccess};
use crate::serve::state::AppState;
use crate::statements::referral_request::answer_link::AnswerToken;

impl AppState {
    /// The state for `hospitals`. With one of them it is that hospital's; with several each gets its own, and the one returned is of none.
    #[must_use]
    pub fn for_hospitals(self, mut hospitals: Vec<Hospital>, lookup: Arc<HospitalLookup>) -> Self {
        if hospitals.len() < 2 {
            return Self { hospital: hospitals.pop().unwrap_or_default(), ..self };
        }
        self.live.set_states(&HospitalStates::of_hospitals(&hospitals));
        let site = |hospital: Hospital| {
            let id = hospital.id.clone();
            (id.clone(), Arc::new(self.site(hospital, HospitalPlace::OneOf(Arc::clone(&lookup)))))
        };
        let sites = hospitals.into_iter().map(site).collect();
        let place = HospitalPlace::Unknown(Arc::new(HospitalSites { lookup, sites }));
        Self { place, ..self }
    }

    /// The state of `hospital`, which shares everything that is not of a hospital.
    fn site(&self, hospital: Hospital, place: HospitalPlace<Self>) -> Self {
        let mut edge = self.edge.clone();
        // Links lead to the hospital's own name.
        if let Some(host) = hospital.marks.hosts.first() {
            edge.public_url = edge.public_url.and_then(|url| with_host(&url, host));
        }
        Self {
            catalog: Arc::clone(&self.catalog),
            #[cfg(feature = "object-storage")]
            bucket: self.bucket.clone(),
            storage: Arc::clone(&self.storage),
            answers: Arc::clone(&self.answers),
            pages: Arc::clone(&self.pages),
            #[cfg(feature = "pdf")]
            letterhead: crate::serve::choice_lists::pdf::letterhead::KeptLetterhead::default(),
            ledger: self.ledger.clone(),
            keep_lists_days: self.keep_lists_days,
            live: self.live.of_hospital(hospital.id.clone()),
            following: Arc::clone(&self.following),
            edge,
            is_stopping: Arc::clone(&self.is_stopping),
            tokens: Arc::clone(&self.tokens),
            sign_in: self.sign_in.clone(),
            ehrs: Arc::clone(&self.ehrs),
            limits: Arc::clone(&self.limits),
            heavy: self.heavy.clone(),
            daily: Arc::clone(&self.daily),
            batches: self.batches.clone(),
            #[cfg(feature = "xlsx")]
            batch_jobs: self.batch_jobs.clone(),
            unmet: crate::serve::unmet_needs::UnmetNeeds::default(),
            streams: self.streams.clone(),
            connections: Arc::clone(&self.connections),
            certificate: self.certificate.clone(),
            metrics: Arc::clone(&self.metrics),
            unread_codes: crate::serve::ehr_codes::UnreadCodes::default(),
            #[cfg(feature = "fhir")]
            fhir: Arc::clone(&self.fhir),
            #[cfg(feature = "otlp")]
            spans: self.spans.clone(),
            now: self.now,
            hospital,
            place,
        }
    }

    /// The states of all hospitals of the server.
    pub(crate) fn sites(&self) -> Vec<&Self> {
        match &self.place {
            HospitalPlace::Unknown(several) => several.sites.values().map(Arc::as_ref).collect(),
            HospitalPlace::Only | HospitalPlace::OneOf(_) => vec![self],
        }
    }

    /// The hospital, if it is one of several.
    pub(crate) fn one_of_several(&self) -> Option<&HospitalId> {
        match self.place {
            HospitalPlace::OneOf(_) => Some(&self.hospital.id),
            HospitalPlace::Only | HospitalPlace::Unknown(_) => None,
        }
    }

    /// The principal of a session that begins here, as the next request of it has it.
    pub(crate) fn principal_of(&self, session: &KeyRecord) -> Principal {
        match (&self.place, &session.hospital) {
            (HospitalPlace::OneOf(_) | HospitalPlace::Unknown(_), Some(hospital)) => session.principal().at(hospital),
            _ => session.principal(),
        }
    }

    /// Whether a recorded list may be opened here. With several hospitals each opens its own, and those of before there were several.
    pub(crate) fn may_open(&self, list: &RecordedList) -> bool {
        let is_own = |own: &HospitalId| list.hospital.as_ref().is_none_or(|hospital| hospital == own);
        self.one_of_several().is_none_or(is_own)
    }

    /// The lookup of several hospitals.
    pub(crate) fn hospital_lookup(&self) -> Option<&HospitalLookup> {
        match &self.place {
            HospitalPlace::Only => None,
            HospitalPlace::OneOf(lookup) => Some(lookup),
            HospitalPlace::Unknown(several) => Some(&several.lookup),
        }
    }

    /// The hospital of a person who signs in here and whose account names `named`.
    ///
    /// # Errors
    /// In words: there are several hospitals, and the person is of none or of another.
    pub(crate) fn hospital_of_person(&self, named: Option<HospitalId>) -> Result<Option<HospitalId>, &'static str> {
        match (&self.place, named) {
            (HospitalPlace::Only, _) => Ok(None),
            (HospitalPlace::Unknown(_), None) => {
                Err("Your account names no hospital. Open the address of your hospital, or ask your administrator.")
            }
            (HospitalPlace::OneOf(_), Some(named)) if named != self.hospital.id => Err(OTHER_PERSON),
            (HospitalPlace::OneOf(_), _) => Ok(Some(self.hospital.id.clone())),
            (HospitalPlace::Unknown(_), named) => Ok(named),
        }
    }
}

/// What a person of another hospital reads.
pub(crate) const OTHER_PERSON: &str = "Your account or access key is of another hospital than this address.";

/// The state for a request of `principal` to `route`, and the principal there.
///
/// # Errors
/// The credential is of another hospital than the host name, or the route needs a hospital and neither names one.
pub(crate) fn choose(
    app: &Arc<AppState>,
    route: Option<&Route>,
    principal: Principal,
    path: &str,
    headers: &HeaderMap,
) -> (Principal, Result<Arc<AppState>, Problem>) {
    let several = match &app.place {
        HospitalPlace::Unknown(several) => several,
        HospitalPlace::Only | HospitalPlace::OneOf(_) => {
            let is_other = principal.hospital.as_ref().is_some_and(|named| *named != app.hospital.id);
            let needs = "a credential of the hospital of this server: it is of another one";
            let chosen = if is_other { Err(Problem::Forbidden { needs: needs.into() }) } else { Ok(Arc::clone(app)) };
            return (principal, chosen);
        }
    };
    let lookup = &several.lookup;
    let by_host = host_of(headers).and_then(|host| lookup.of_host(&host)).cloned();
    let by_credential = principal.hospital.clone();
    let chosen = match (by_host, by_credential) {
        (_, Some(named)) if !lookup.has(&named) => Err("of a hospital of this server: it names one that is not served"),
        (Some(host), Some(named)) if host != named => {
            Err("of the hospital of this host name: it is of another hospital, so use that hospital's address")
        }
        (_, Some(named)) => Ok(Some(named)),
        (Some(host), None) if is_of_address(&principal) => Ok(Some(host)),
        // A key or token without a hospital is of none, under whatever name it is used.
        (Some(_), None) => Ok(None),
        (None, None) => Ok(several.of_token(path).cloned()),
    };
    match chosen {
        Err(needs) => (principal, Err(Problem::Forbidden { needs: format!("a credential {needs}").into() })),
        Ok(Some(hospital)) => {
            let site = several.sites.get(&hospital).map_or(Err(Problem::Internal), |site| Ok(Arc::clone(site)));
            (principal.at(&hospital), site)
        }
        Ok(None) if route.is_some_and(needs_hospital) && !principal.scopes.is_empty() => {
            (principal, Err(Problem::Forbidden { needs: NO_HOSPITAL.into() }))
        }
        Ok(None) => (principal, Ok(Arc::clone(app))),
    }
}

/// Whether the host name decides the hospital of `principal`: nothing else could name one.
fn is_of_address(principal: &Principal) -> bool {
    ["anyone", "proxy:"].iter().any(|kind| principal.name.starts_with(kind)) || principal.is_local()
}

/// What a caller without a hospital lacks.
const NO_HOSPITAL: &str =
    "a hospital: an API key made with --hospital, a token with the claim of a hospital, or the host name of one";

/// Whether `route` is for callers of a hospital. What a provider states of itself, the metrics and what is open to anybody are of none.
fn needs_hospital(route: &Route) -> bool {
    match route.policy.access {
        RouteAccess::Open => false,
        RouteAccess::Scope(scope) => ![Scope::ProviderWrite, Scope::Metrics].contains(&scope),
        RouteAccess::Ehr => true,
    }
}

impl HospitalSites<AppState> {
    /// The hospital whose answer link or invite is at the end of `path`: its token cannot be guessed.
    fn of_token(&self, path: &str) -> Option<&HospitalId> {
        let is_link = path.starts_with("/r/") || path.starts_with("/provider-update/");
        let last = path.trim_end_matches('/').rsplit('/').next().filter(|_| is_link)?;
        let digest = last.parse::<AnswerToken>().ok()?.digest();
        let has_it = |site: &&AppState| {
            let state = site.ledger_state();
            state.referrals.by_link(&digest).is_some() || state.invites.by_token(&digest).is_some()
        };
        self.sites.iter().find(|(_, site)| has_it(&site.as_ref())).map(|(hospital, _)| hospital)
    }
}

/// The host that a request names, without a port.
fn host_of(headers: &HeaderMap) -> Option<String> {
    let host: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
    Some(host.host().to_owned())
}

/// `url` with another host.
fn with_host(url: &str, host: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/').map_or((rest, String::new()), |(a, path)| (a, format!("/{path}")));
    let port = authority.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{host}{port}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_name_of_the_hospital() {
        for (url, made) in [
            ("https://placement.example", "https://mercy.example"),
            ("https://placement.example:8443", "https://mercy.example:8443"),
            ("https://placement.example/placement", "https://mercy.example/placement"),
        ] {
            assert_eq!(with_host(url, "mercy.example").as_deref(), Some(made));
        }
    }
}
