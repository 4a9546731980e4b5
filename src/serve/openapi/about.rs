//! The general parts of the document: its description, who may call, and the headings of
//! operations.

use utoipa::openapi::info::{Contact, Info, InfoBuilder, License};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::{Server, ServerBuilder};
use utoipa::openapi::tag::{Tag, TagBuilder};

use crate::api_keys::Scope;
use crate::choice_list::MOST_PLACES;
use crate::config::server::RateLimitConfig;
use crate::serve::http::problem::{Problem, ProblemKind};
use crate::serve::http::route::LARGEST_BODY;
use crate::serve::http::route::{Route, RouteAccess, RouteAudience};
use crate::serve::openapi::document_kind::DocumentKind;

/// The heading of the pages.
pub(crate) const PAGES: &str = "pages";

/// The headings, in the order they are read, with their descriptions.
const TAGS: [(&str, &str); 11] = [
    (
        "questions",
        "Who is in the patient's network and will take the patient. Questions are sent in the body, never in the URL, and are not stored.",
    ),
    (
        "coverage",
        "What payers ask and must do: times of prior authorizations and appeals, and what a payer is sent. Decision support with citations, never a statement that something is covered.",
    ),
    ("lists", "The patient's choice list (42 CFR 482.43(c)): made, recorded, and read again byte for byte."),
    ("directory", "The providers in the directory, its sources, and the vocabulary of questions."),
    (
        "statements",
        "What is reported between refreshes: availability and acceptance by a provider, what providers said by telephone and outcomes of referrals by a hospital.",
    ),
    (
        "referrals",
        "Referral requests: several providers are asked to take a patient, with reason codes and nothing that identifies the patient; their states, and one-use answer links.",
    ),
    ("cds-hooks", "CDS Hooks 2.0, for EHRs: a card when a patient is to be discharged."),
    ("fhir", "The directory as FHIR R4, in the profiles of Da Vinci PDEX Plan-Net; read only."),
    ("document", "This document."),
    ("operations", "Health checks and metrics for operators."),
    (
        PAGES,
        "For people, in a browser. Every page works without scripts; forms are only accepted from the pages of this server.",
    ),
];

/// The headings of a document.
pub(crate) fn tags(kind: DocumentKind) -> Vec<Tag> {
    let built = TAGS.iter().filter(|(name, _)| cfg!(feature = "fhir") || *name != "fhir");
    let built = built.filter(|(name, _)| (*name == PAGES) == (kind == DocumentKind::Pages));
    built.map(|(name, says)| TagBuilder::new().name(*name).description(Some(*says)).build()).collect()
}

/// Title, version, description, contact and license.
pub(crate) fn info(kind: DocumentKind) -> Info {
    let mut license = License::new(env!("CARGO_PKG_LICENSE"));
    license.identifier = Some(env!("CARGO_PKG_LICENSE").to_owned());
    let mut contact = Contact::new();
    contact.name = Some(CONTACT.to_owned());
    let (title, says) = match kind {
        DocumentKind::Api => ("placement", description()),
        DocumentKind::Pages => ("placement: the pages", ABOUT_PAGES.to_owned()),
    };
    InfoBuilder::new()
        .title(title)
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(says))
        .contact(Some(contact))
        .license(Some(license))
        .build()
}

/// Whom to ask. There is no address in the program: each hospital has its own copy of it.
const CONTACT: &str = "The administrator of this server; for faults of the program, the maintainers of its repository";

const ABOUT_PAGES: &str = "The pages for people, in a browser: forms in, HTML out. They are described for tests and for \
     anyone who operates a filter in front of the server. Programs use the API of `/openapi.json`: within `/v1` nothing is removed, while \
     pages and their forms change with each version.";

fn description() -> String {
    let RateLimitConfig { connections, requests, per_second, burst, list_megabytes_per_day, entries_per_day } =
        RateLimitConfig::default();
    let bytes = LARGEST_BODY / 1024;
    let problems: Vec<String> = ProblemKind::ALL.iter().map(|kind| row_of_a_problem(&kind.example())).collect();
    format!(
        "Finds the post-acute providers that are in the patient's network and will take this patient, with the reason for every rank \
         and for every excluded provider.\n\
         \n\
         **Nothing entered about a patient is stored.** No field can hold a name, a birth date, a record number or free text. Questions are bodies of \
         POST requests, so they are in no URL and in no log.\n\
         \n\
         **Nothing is silently ignored.** Unknown parameters and fields are rejected, and every wrong field is reported at once.\n\
         \n\
         **No answer is unknown.** What no source states never excludes a provider and never counts as a yes: it becomes a question to ask.\n\
         \n\
         **Compatible.** Within `/v1` fields, codes and routes are added and none is removed: ignore what you do not know.\n\
         \n\
         **Pages.** The pages for people are in `/openapi-pages.json`.\n\
         \n\
         **Limits.** A body has at most {bytes} KiB and arrives within ten seconds. By default: {per_second} requests per second and \
         {burst} at once from one caller, {requests} requests in progress, {connections} connections; per day {list_megabytes_per_day} MiB of \
         choice lists and {entries_per_day} statements, observations and outcomes from one caller. A choice list has at most {MOST_PLACES} places.\n\
         \n\
         **Who may call.** On loopback without access control anybody may call everything; otherwise each operation states the scope it needs.\n\
         \n\
         **Problems** are `application/problem+json` (RFC 9457); programs should check `code`:\n\
         \n\
         | code | status | means |\n\
         | --- | --- | --- |\n\
         {}",
        problems.join("\n")
    )
}

fn row_of_a_problem(problem: &Problem) -> String {
    format!("| `{}` | {} | {} |", problem.code(), problem.status().as_u16(), problem.title())
}

/// The server of the document.
pub(crate) fn servers() -> Vec<Server> {
    vec![ServerBuilder::new().url("/").description(Some("The server this document comes from.")).build()]
}

/// How a caller authenticates.
pub(crate) fn security_schemes() -> Vec<(&'static str, SecurityScheme)> {
    let bearer = |format: &str, says: &str| {
        let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format).description(Some(says));
        SecurityScheme::Http(http.build())
    };
    let scopes: Vec<String> = Scope::ALL.iter().map(|scope| format!("`{}`", scope.code())).collect();
    let key = format!("An API key, made with `placement key create`. Scopes: {}.", scopes.join(", "));
    let session = ApiKeyValue::with_description(
        SESSION_COOKIE,
        "The session of a browser, started at `/sign-in` with a key that has the scope `pages`. Without TLS the cookie is `placement`.",
    );
    vec![
        ("key", bearer("placement key", &key)),
        ("token", bearer("JWT", "A token of an identity provider the server trusts, with the same scopes.")),
        ("ehr", bearer("JWT", "The token an EHR signs for each CDS Hooks call.")),
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(session))),
    ]
}

/// The session cookie over TLS; it is `placement` without TLS.
const SESSION_COOKIE: &str = "__Host-placement";

/// The security requirements of `route`, any one of which is enough.
pub(crate) fn security(route: &Route) -> Vec<SecurityRequirement> {
    let by = |scheme: &str, scope: Scope| SecurityRequirement::new(scheme, [scope.code()]);
    match route.policy.access {
        RouteAccess::Open => Vec::new(),
        RouteAccess::Scope(scope) => {
            let is_page =
                scope == Scope::Pages || (scope == Scope::Reports && route.policy.audience == RouteAudience::Person);
            let session = is_page.then(|| SecurityRequirement::new("session", Vec::<String>::new()));
            [by("key", scope), by("token", scope)].into_iter().chain(session).collect()
        }
        RouteAccess::Ehr => {
            vec![SecurityRequirement::new("ehr", Vec::<String>::new()), by("key", Scope::Match), by("token", Scope::Match)]
        }
    }
}
