//! Launches from an EHR (SMART App Launch 2.2, "EHR launch"): the EHR's authorization server confirms who
//! launches and for which encounter, and its FHIR server gives what the question is filled in from.
//!
//! The access token lives as long as the request that uses it. Nothing that is read here is stored.

use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Map, Value};

use crate::api_keys::digest_of;
use crate::config::server::SmartConfig;
use crate::oidc::outgoing::guarded_url;
use crate::oidc::provider_client::{LONGEST_SENT, NOT_BEGUN, ProviderClient, REFUSED, ReturnedQuery, SignInFailure};

/// The scopes asked for: who launches, and the resources that are read.
const SCOPES: &str =
    "launch openid fhirUser patient/Encounter.rs patient/Coverage.rs patient/ServiceRequest.rs patient/Condition.rs";

/// The EHR that launched is not in the settings.
const UNKNOWN_EHR: SignInFailure =
    SignInFailure("This program is not set up for the EHR that launched it. Tell your administrator.");
/// The EHR does not say for whom.
const NO_CONTEXT: SignInFailure =
    SignInFailure("The EHR did not say which encounter is open. Open the encounter, then launch again.");

/// An EHR that may launch this program.
#[derive(Debug)]
pub struct LaunchingEhr {
    /// Its FHIR server, without a slash at the end.
    fhir: String,
    client: ProviderClient,
}

/// Every EHR that may launch this program.
#[derive(Debug, Default)]
pub struct LaunchingEhrs(Vec<LaunchingEhr>);

/// Who launched, and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchedQuestion {
    /// `smart:` and a digest of the user of the EHR, as in the audit log.
    pub name: String,
    /// The resources, by the keys of a CDS Hooks prefetch.
    pub resources: Map<String, Value>,
    /// The id of the encounter, with which orders are compared.
    pub encounter: String,
}

impl LaunchingEhrs {
    /// The EHRs of the settings.
    ///
    /// # Errors
    /// Every setting that is wrong.
    pub fn new(settings: &[SmartConfig]) -> Result<Self, Vec<String>> {
        let (mut ehrs, mut faults): (Vec<LaunchingEhr>, Vec<String>) = (Vec::new(), Vec::new());
        for ehr in settings {
            let fhir = ehr.fhir.trim_end_matches('/').to_owned();
            let place = format!("[[access.smart]] {fhir}");
            if ehrs.iter().any(|known| known.fhir == fhir) {
                faults.push(format!("{place}: this FHIR server is listed twice"));
            }
            let described_at = format!("{fhir}/.well-known/smart-configuration");
            let client =
                ProviderClient::new("launch", &described_at, None, &ehr.client_id, ehr.client_secret_file.as_deref());
            match client {
                Ok(client) => ehrs.push(LaunchingEhr { fhir, client }),
                Err(wrong) => faults.extend(wrong.into_iter().map(|wrong| format!("{place}: {wrong}"))),
            }
        }
        if faults.is_empty() { Ok(Self(ehrs)) } else { Err(faults) }
    }

    /// Whether none may.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Begins a launch from the FHIR server `from` with its `launch` token: where the browser goes, and the
    /// cookie it takes along.
    ///
    /// # Errors
    /// The EHR is not in the settings, or cannot be reached now.
    pub async fn begin(
        &self,
        from: &str,
        launch: &str,
        return_url: &str,
        now: Timestamp,
    ) -> Result<(String, String), SignInFailure> {
        let ehr = self.ehr(from).ok_or(UNKNOWN_EHR)?;
        if launch.is_empty() || launch.len() > LONGEST_SENT {
            return Err(REFUSED);
        }
        let has_old_scopes_only = ehr.client.endpoints().await?.has_old_scopes_only;
        let scopes = if has_old_scopes_only { SCOPES.replace(".rs", ".read") } else { SCOPES.to_owned() };
        let more = [("scope", scopes.as_str()), ("launch", launch), ("aud", ehr.fhir.as_str())];
        ehr.client.begin(&ehr.fhir, return_url, &more, now).await
    }

    /// Ends a launch with what came back, and reads what the question is filled in from.
    ///
    /// # Errors
    /// It was not begun here, the EHR does not confirm it, or no encounter is open.
    pub async fn finish(
        &self,
        query: &ReturnedQuery,
        cookie: Option<&str>,
        return_url: &str,
        now: Timestamp,
    ) -> Result<LaunchedQuestion, SignInFailure> {
        // Only the seal of the EHR that launched opens the cookie.
        let opened = self.0.iter().filter_map(|ehr| Some((ehr, ehr.client.begun(query, cookie, now).ok()?)));
        let mut opened = opened.filter(|(ehr, begun)| begun.to == ehr.fhir);
        let (ehr, begun) = opened.next().ok_or(NOT_BEGUN)?;
        let (endpoints, answer) = ehr.client.exchange(query, &begun, return_url).await?;
        let person = ehr.client.person(&endpoints, &answer, &begun.nonce, now).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| is_id(text));
        let (Some(encounter), Some(patient)) = (text("encounter"), text("patient")) else { return Err(NO_CONTEXT) };
        let token = answer.get("access_token").and_then(Value::as_str).filter(|token| is_token(token)).ok_or(REFUSED)?;
        let resources = ehr.read(token, encounter, patient).await?;
        let name = format!("smart:{}", digest_of(&[endpoints.issuer.as_bytes(), person.subject.as_bytes()]));
        Ok(LaunchedQuestion { name, resources, encounter: encounter.to_owned() })
    }

    fn ehr(&self, from: &str) -> Option<&LaunchingEhr> {
        self.0.iter().find(|ehr| ehr.fhir == from.trim_end_matches('/'))
    }
}

impl LaunchingEhr {
    /// What the question is filled in from. What the EHR does not give is left out, as in a prefetch.
    async fn read(&self, token: &str, encounter: &str, patient: &str) -> Result<Map<String, Value>, SignInFailure> {
        let address = |path: String| guarded_url(&format!("{}/{path}", self.fhir)).map_err(|_| REFUSED);
        let asked: [(&str, Url); 4] = [
            ("encounter", address(format!("Encounter/{encounter}"))?),
            ("coverage", address(format!("Coverage?patient={patient}&status=active"))?),
            ("serviceRequest", address(format!("ServiceRequest?patient={patient}&status=active"))?),
            ("condition", address(format!("Condition?patient={patient}&clinical-status=active"))?),
        ];
        let [first, second, third, fourth] = &asked;
        let read = |(key, url): &(&'static str, Url)| {
            let (key, url) = (*key, url.clone());
            async move { (key, self.client.web.get(&url, Some(token)).await) }
        };
        let all = tokio::join!(read(first), read(second), read(third), read(fourth));
        let mut resources = Map::new();
        for (key, answer) in [all.0, all.1, all.2, all.3] {
            match answer {
                Ok(resource) => drop(resources.insert(key.to_owned(), resource)),
                // The address holds the ids of the encounter and the patient, so it is not logged.
                Err(error) => tracing::warn!(key, %error, "an EHR did not give a resource"),
            }
        }
        Ok(resources)
    }
}

/// Whether `text` is an id of FHIR (R4, "Resource ids").
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        && !text.bytes().all(|byte| byte == b'.')
}

/// Whether `text` can be sent as a bearer token.
fn is_token(text: &str) -> bool {
    (1..=LONGEST_SENT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_fhir_cannot_change_an_address() {
        for (text, right) in [
            ("enc-1.A", true),
            ("", false),
            ("..", false),
            (".", false),
            ("a/b", false),
            ("a?b", false),
            ("a%2fb", false),
            ("a b", false),
        ] {
            assert_eq!(is_id(text), right, "{text}");
        }
        assert!(!is_id(&"a".repeat(65)));
        assert!(is_token("eyJ.a-b_c~+/=") && !is_token("a b") && !is_token("a\r\nb") && !is_token(""));
    }
}
