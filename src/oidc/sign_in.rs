//! Sign-in of people at the hospital's identity provider (OpenID Connect): who they are, and what the roles in
//! a claim allow them here.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::api_keys::{Scope, digest_of};
use crate::config::server::SignInConfig;
use crate::hospital::recognition::HospitalLookup;
use crate::hospital_id::HospitalId;
use crate::oidc::provider_client::{ProviderClient, ReturnedQuery, SignInFailure};

/// The claim that holds roles, if the settings name no other.
const USUAL_CLAIM: &str = "roles";
/// What a role may allow: the pages, and those of a manager.
const FOR_PEOPLE: [Scope; 2] = [Scope::Pages, Scope::Reports];

/// The hospital's identity provider.
#[derive(Debug)]
pub struct SignInProvider {
    client: ProviderClient,
    /// The text of the button.
    pub label: String,
    /// The scopes asked for.
    scopes: String,
    /// The steps to the claim with roles.
    claim: Vec<String>,
    /// What each role allows.
    roles: Vec<(String, BTreeSet<Scope>)>,
    /// The hospitals of a server with several.
    hospitals: Option<Arc<HospitalLookup>>,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInPerson {
    /// `oidc:` and a digest, as in the audit log.
    pub name: String,
    /// What they may do.
    pub scopes: BTreeSet<Scope>,
    /// The page to go on to.
    pub to: String,
    /// The hospital that the account names.
    pub hospital: Option<HospitalId>,
    /// The ID token, sealed for a cookie, with which they sign out there; `None` if it is too long.
    pub sealed_id_token: Option<String>,
}

impl SignInProvider {
    /// The provider of the settings.
    ///
    /// # Errors
    /// Every setting that is wrong.
    pub fn new(settings: &SignInConfig) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let described_at = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
        let client = ProviderClient::new(
            "sign-in",
            &described_at,
            Some(&settings.issuer),
            &settings.client_id,
            settings.client_secret_file.as_deref(),
        );
        let client = client.map_err(|wrong| faults.extend(wrong)).ok();
        let roles: Vec<(String, BTreeSet<Scope>)> =
            settings.roles.iter().map(|(role, codes)| (role.clone(), allowed(role, codes, &mut faults))).collect();
        if !roles.iter().any(|(_, scopes)| scopes.contains(&Scope::Pages)) {
            faults.push("roles: no role has the scope pages, so nobody could sign in".to_owned());
        }
        let claim = settings.roles_claim.as_deref().unwrap_or(USUAL_CLAIM);
        let mut scopes = vec!["openid"];
        for scope in settings.request_scopes.iter().flatten().map(String::as_str) {
            if scope.is_empty() || !scope.bytes().all(|byte| byte.is_ascii_graphic()) {
                faults.push(format!("request_scopes \"{scope}\": a scope is one word"));
            } else if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let scopes = scopes.join(" ");
        let label = settings.label.clone().unwrap_or_else(|| "Sign in with your hospital account".to_owned());
        match client {
            Some(client) if faults.is_empty() => Ok(Self {
                client,
                label,
                scopes,
                claim: claim.split('.').map(str::to_owned).collect(),
                roles,
                hospitals: None,
            }),
            _ => Err(faults),
        }
    }

    /// The same provider for a server with several hospitals: accounts name theirs.
    #[must_use]
    pub fn of_hospitals(self, hospitals: Arc<HospitalLookup>) -> Self {
        Self { hospitals: Some(hospitals), ..self }
    }

    /// Begins a sign-in that goes on to `to`: where the browser goes, and the cookie it takes along.
    ///
    /// # Errors
    /// The provider cannot be reached now.
    pub async fn begin(&self, to: &str, return_url: &str, now: Timestamp) -> Result<(String, String), SignInFailure> {
        self.client.begin(to, return_url, &[("scope", &self.scopes)], now).await
    }

    /// Ends a sign-in with what came back.
    ///
    /// # Errors
    /// It was not begun here, the provider does not confirm it, or the person has no role here.
    pub async fn finish(
        &self,
        query: &ReturnedQuery,
        cookie: Option<&str>,
        return_url: &str,
        now: Timestamp,
    ) -> Result<SignedInPerson, SignInFailure> {
        let begun = self.client.begun(query, cookie, now)?;
        let (endpoints, answer) = self.client.exchange(query, &begun, return_url).await?;
        let person = self.client.person(&endpoints, &answer, &begun.nonce, now).await?;
        let scopes = self.scopes_of(&person.claims);
        if !scopes.contains(&Scope::Pages) {
            return Err(SignInFailure("Your account has no role that may use these pages. Ask your administrator."));
        }
        let name = format!("oidc:{}", digest_of(&[endpoints.issuer.as_bytes(), person.subject.as_bytes()]));
        let named = self.hospitals.as_ref().map_or(Ok(None), |all| all.of_token(&endpoints.issuer, &person.claims));
        let unknown = SignInFailure("Your account names a hospital that this server does not serve. Ask your administrator.");
        let token = answer.get("id_token").and_then(Value::as_str).unwrap_or_default();
        let sealed_id_token = self.client.seal.seal_id_token(token, &name);
        Ok(SignedInPerson { name, scopes, to: begun.to, hospital: named.map_err(|_| unknown)?, sealed_id_token })
    }

    /// Where the browser goes to sign out there too, and then back to `return_url` (OpenID Connect
    /// RP-Initiated Logout 1.0). The ID token of the person `name`, sealed in a cookie at sign-in, is the hint with which many
    /// providers do not ask who signs out. `None` if the provider has no such page.
    pub async fn sign_out_url(&self, return_url: &str, name: &str, sealed_id_token: Option<&str>) -> Option<String> {
        let mut url = self.client.endpoints().await.ok()?.end_session.clone()?;
        if let Some(token) = sealed_id_token.and_then(|sealed| self.client.seal.open_id_token(sealed, name)) {
            url.query_pairs_mut().append_pair("id_token_hint", &token);
        }
        url.query_pairs_mut()
            .append_pair("client_id", &self.client.client_id)
            .append_pair("post_logout_redirect_uri", return_url);
        Some(url.into())
    }

    /// What the roles in the claims allow.
    fn scopes_of(&self, claims: &Value) -> BTreeSet<Scope> {
        let claim = self.claim.iter().try_fold(claims, |value, step| value.get(step));
        let held = |role: &str| match claim {
            Some(Value::String(text)) => text.split_whitespace().any(|word| word == role),
            Some(Value::Array(list)) => list.iter().any(|item| item == role),
            _ => false,
        };
        self.roles.iter().filter(|(role, _)| held(role)).flat_map(|(_, scopes)| scopes).copied().collect()
    }
}

/// The scopes of a role; wrong ones are added to `faults`.
fn allowed(role: &str, codes: &[String], faults: &mut Vec<String>) -> BTreeSet<Scope> {
    let mut read = BTreeSet::new();
    for code in codes {
        match code.parse::<Scope>() {
            Ok(scope) if FOR_PEOPLE.contains(&scope) => drop(read.insert(scope)),
            Ok(_) => faults.push(format!("roles.{role}: \"{code}\" is for programs; a role may have pages and reports")),
            Err(error) => faults.push(format!("roles.{role}: \"{code}\": {error}")),
        }
    }
    if codes.is_empty() {
        faults.push(format!("roles.{role}: is empty; list pages or reports, or remove it"));
    }
    read
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(claim: Option<&str>, roles: &Value) -> SignInConfig {
        SignInConfig {
            issuer: "https://login.mercy.example/realms/hospital".to_owned(),
            client_id: "placement".to_owned(),
            client_secret_file: None,
            label: None,
            roles_claim: claim.map(str::to_owned),
            roles: serde_json::from_value(roles.clone()).unwrap(),
            request_scopes: None,
        }
    }

    #[test]
    fn roles_in_a_claim_allow_what_the_settings_say() {
        let roles = json!({"case-manager": ["pages"], "manager": ["pages", "reports"]});
        let (pages, both) = (BTreeSet::from([Scope::Pages]), BTreeSet::from([Scope::Pages, Scope::Reports]));
        for (claim, claims, scopes) in [
            (None, json!({"roles": ["case-manager"]}), pages.clone()),
            (None, json!({"roles": ["other", "manager"]}), both),
            (None, json!({"roles": "other case-manager"}), pages.clone()),
            (Some("realm_access.roles"), json!({"realm_access": {"roles": ["case-manager"]}}), pages),
            (Some("realm_access.roles"), json!({"roles": ["case-manager"]}), BTreeSet::new()),
            (None, json!({"roles": {"case-manager": true}}), BTreeSet::new()),
            (None, json!({"roles": ["Case-Manager", "case-manager2", "pages"]}), BTreeSet::new()),
            (None, json!({"roles": [["case-manager"]]}), BTreeSet::new()),
            (None, json!({}), BTreeSet::new()),
        ] {
            let provider = SignInProvider::new(&settings(claim, &roles)).unwrap();
            assert_eq!(provider.scopes_of(&claims), scopes, "{claims}");
        }
    }

    #[test]
    fn wrong_settings_are_told_at_once() {
        let wrong = SignInConfig {
            issuer: "http://login.mercy.example".to_owned(),
            client_id: " ".to_owned(),
            request_scopes: Some(vec!["two words".to_owned()]),
            ..settings(None, &json!({"a": ["match"], "b": ["page"], "c": []}))
        };
        let faults = SignInProvider::new(&wrong).unwrap_err();
        for says in
            ["https URL", "client_id is empty", "for programs", "no such scope", "is empty; list", "nobody could", "one word"]
        {
            assert_eq!(faults.iter().filter(|fault| fault.contains(says)).count(), 1, "{says}: {faults:#?}");
        }
    }
}
