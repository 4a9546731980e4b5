//! A route and its policy: who may call it, its limits, who reads the answer, and its name in the
//! audit.
//!
//! Each route is registered once, with its policy, in [`crate::serve::routes`]; the middleware and
//! the OpenAPI document use it.

use axum::http::Method;

use crate::api_keys::Scope;
use crate::oidc::TokenAudience;
use crate::serve::http::problem::ProblemKind;

/// The largest body, in bytes. The longest possible question takes under 8 KiB.
pub(crate) const LARGEST_BODY: usize = 64 * 1024;
/// The largest CDS Hooks call, in bytes: it carries FHIR resources.
pub(crate) const LARGEST_CALL: usize = 1024 * 1024;
/// The largest saved answer, in bytes. Our choice: a saved answer with 1,000 matches takes under 2 MiB.
pub(crate) const LARGEST_SAVED_ANSWER: usize = 4 * 1024 * 1024;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAccess {
    /// Anybody: it reveals nothing about questions or internals.
    Open,
    /// A caller that holds this scope.
    Scope(Scope),
    /// An EHR that signs its calls, or a caller that holds [`Scope::Match`].
    Ehr,
}

/// Who reads the answer of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAudience {
    /// A program: answers and problems are JSON.
    Program,
    /// A program that reads FHIR: a problem is an `OperationOutcome`.
    Fhir,
    /// A person in a browser: a problem is a page.
    Person,
    /// A caller that asks for a document in one of several formats; the handler reads the Accept
    /// header.
    Either,
}

/// Where the work of a route is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteWork {
    /// On the threads that accept requests: it always takes milliseconds at most.
    Light,
    /// All of it in the pool for long work.
    Heavy,
    /// The handler sends long work to the pool, and itself waits for what is slow without being
    /// work.
    InParts,
}

/// Whether requests count toward the rate limit of their caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteRate {
    /// Each counts.
    Counted,
    /// None counts. Anonymous callers may all come from one proxy, and must not keep each other
    /// from signing in or from checking the health of the program.
    Uncounted,
}

/// Which kind of slot a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteSlot {
    /// None: health and metrics are available even if the program is busy.
    Unlimited,
    /// A slot for questions.
    Question,
    /// One of the few slots for requests that wait on the ledger.
    Ledger,
}

/// How the body of a request is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteBody {
    /// There is none.
    Empty,
    /// It arrives whole, with at most this many bytes, before the request takes a slot.
    Whole(usize),
    /// The handler answers while it arrives, and limits it.
    Streamed,
}

/// What a route needs of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryUse {
    /// Nothing: it works while none is loaded.
    Unused,
    /// It answers `no_directory` while none is loaded.
    Needed,
    /// The same, and the answer states the age of the directory.
    Answered,
}

/// What applies to every request of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutePolicy {
    /// Who may call it.
    pub access: RouteAccess,
    /// The audience of the tokens it accepts.
    pub tokens: TokenAudience,
    /// Who reads the answer.
    pub audience: RouteAudience,
    /// Whether its requests count toward the rate limit.
    pub rate: RouteRate,
    /// Which kind of slot a request takes.
    pub slot: RouteSlot,
    /// How the body is read.
    pub body: RouteBody,
    /// Where its work is done.
    pub work: RouteWork,
    /// Its name in the audit; `None` if requests need no trace.
    pub audit: Option<&'static str>,
    /// Whether a request runs to its end when its caller hangs up, because a ledger write may
    /// already have committed.
    pub runs_to_end: bool,
    /// What it needs of the directory.
    pub directory: DirectoryUse,
    /// Whether answers have an ETag for conditional requests.
    pub is_tagged: bool,
    /// Whether unknown query parameters are rejected.
    pub checks_query: bool,
    /// The problems only routes like this one have.
    pub problems: &'static [ProblemKind],
}

impl RoutePolicy {
    /// A route that anybody may call, and that works without a directory.
    pub(crate) const fn open(audience: RouteAudience) -> Self {
        Self {
            access: RouteAccess::Open,
            tokens: TokenAudience::Usual,
            audience,
            rate: RouteRate::Counted,
            slot: RouteSlot::Question,
            body: RouteBody::Empty,
            work: RouteWork::Light,
            audit: None,
            runs_to_end: false,
            directory: DirectoryUse::Unused,
            is_tagged: false,
            checks_query: true,
            problems: &[],
        }
    }

    /// A route for callers that hold `scope`, which answers from the directory.
    pub(crate) const fn scoped(scope: Scope, audience: RouteAudience) -> Self {
        Self { access: RouteAccess::Scope(scope), directory: DirectoryUse::Answered, ..Self::open(audience) }
    }

    /// A route of CDS Hooks: the tokens of EHRs are accepted here, and only here.
    pub(crate) const fn ehr() -> Self {
        Self { tokens: TokenAudience::Ehr, ..Self::open(RouteAudience::Program) }
    }

    pub(crate) const fn access(self, access: RouteAccess) -> Self {
        Self { access, ..self }
    }

    /// With a body of the usual size, which arrives whole.
    pub(crate) const fn with_body(self) -> Self {
        self.body(RouteBody::Whole(LARGEST_BODY))
    }

    pub(crate) const fn body(self, body: RouteBody) -> Self {
        Self { body, ..self }
    }

    pub(crate) const fn uncounted(self) -> Self {
        Self { rate: RouteRate::Uncounted, ..self }
    }

    pub(crate) const fn slot(self, slot: RouteSlot) -> Self {
        Self { slot, ..self }
    }

    pub(crate) const fn work(self, work: RouteWork) -> Self {
        Self { work, ..self }
    }

    pub(crate) const fn audited(self, label: &'static str) -> Self {
        Self { audit: Some(label), ..self }
    }

    /// A route that changes the ledger, with its name in the audit.
    pub(crate) const fn records(self, label: &'static str) -> Self {
        Self { audit: Some(label), runs_to_end: true, ..self }
    }

    pub(crate) const fn directory(self, directory: DirectoryUse) -> Self {
        Self { directory, ..self }
    }

    pub(crate) const fn tagged(self) -> Self {
        Self { is_tagged: true, ..self }
    }

    pub(crate) const fn with_any_query(self) -> Self {
        Self { checks_query: false, ..self }
    }

    pub(crate) const fn problems(self, problems: &'static [ProblemKind]) -> Self {
        Self { problems, ..self }
    }
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its method. `GET` answers `HEAD` too.
    pub method: RouteMethod,
    /// Its path, as the router spells it.
    pub path: String,
    /// Its policy.
    pub policy: RoutePolicy,
}

/// The supported methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteMethod {
    /// Reads.
    Get,
    /// Asks or records.
    Post,
    /// Replaces.
    Put,
}

impl RouteMethod {
    /// Its name in HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether a route of this method takes requests of `method`.
    pub fn admits(self, method: &Method) -> bool {
        self.name() == method.as_str() || (self == Self::Get && *method == Method::HEAD)
    }
}
