//! A route, and its policy: who may call it, how much of it is taken at once, who reads the answer, and what the audit says.
//!
//! Each route is registered once, with its policy, in [`crate::serve::routes`]; the middleware and the OpenAPI document read it here.

use axum::http::Method;

use crate::api_keys::Scope;
use crate::oidc::TokenAudience;
use crate::serve::http::problem::ProblemKind;

/// The largest body read, in bytes. The longest question anybody can ask takes under 8 KiB.
pub(crate) const LARGEST_BODY: usize = 64 * 1024;
/// The largest call of an EHR that is read, in bytes: it brings resources of its own with it.
pub(crate) const LARGEST_CALL: usize = 1024 * 1024;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAccess {
    /// Anybody: it says nothing of a question or of the inside.
    Open,
    /// A caller that holds this scope.
    Scope(Scope),
    /// An EHR that signs its calls, or a caller that holds [`Scope::Match`].
    Ehr,
}

/// Who reads what a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAudience {
    /// A program: answers and problems are JSON.
    Program,
    /// A program that reads FHIR: a problem is an `OperationOutcome`.
    Fhir,
    /// A person in a browser: a problem is a page.
    Person,
    /// A caller that asks for a document in one of several forms; the handler reads the Accept header.
    Either,
}

/// Where the work of a route is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteWork {
    /// On the threads that take requests in: it takes milliseconds at most, whatever is asked.
    Light,
    /// All of it in the pool for long work.
    Heavy,
    /// The handler has the pool do what takes long, and waits itself for what is slow without being work.
    InParts,
}

/// Whether requests count toward what a caller may ask in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteRate {
    /// Each counts.
    Counted,
    /// None does. Callers that show nothing may all come from one proxy, and must not keep each other from signing in or from asking
    /// whether the program lives.
    Uncounted,
}

/// Which of the places for requests that are worked on together a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteSlot {
    /// None: a program with too much to do is alive, and says so.
    Unlimited,
    /// One of the places for questions.
    Question,
    /// One of the few places for what waits on the ledger.
    Ledger,
}

/// How the body of a request is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteBody {
    /// There is none.
    Empty,
    /// It arrives whole, of at most so many bytes, before the request takes a place.
    Whole(usize),
    /// The handler answers as it arrives, and bounds it.
    Streamed,
}

/// What a route needs of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryUse {
    /// Nothing: it works while none is loaded.
    Unused,
    /// It answers `no_directory` while none is loaded.
    Needed,
    /// The same, and the answer says how old the directory is.
    Answered,
}

/// What holds for every request of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutePolicy {
    /// Who may call it.
    pub access: RouteAccess,
    /// For whom the tokens are made that it takes.
    pub tokens: TokenAudience,
    /// Who reads what it answers.
    pub audience: RouteAudience,
    /// Whether its requests count.
    pub rate: RouteRate,
    /// Which place a request takes.
    pub slot: RouteSlot,
    /// How the body is read.
    pub body: RouteBody,
    /// Where its work is done.
    pub work: RouteWork,
    /// What the audit calls it; `None` where it does nothing that anybody would ask about later.
    pub audit: Option<&'static str>,
    /// Whether a request runs to its end when its caller hangs up, because what it began in the ledger may be kept.
    pub runs_to_end: bool,
    /// What it needs of the directory.
    pub directory: DirectoryUse,
    /// Whether answers have an ETag by which they can be asked for again.
    pub is_tagged: bool,
    /// Whether a query is refused that it does not know.
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

    /// The door of EHRs: their tokens are taken here, and only here.
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

    /// A route that changes the ledger, and that the audit calls `label`.
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
    /// What holds for its requests.
    pub policy: RoutePolicy,
}

/// The methods there are.
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
    /// As HTTP spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether requests of `method` come to a route of this one.
    pub fn admits(self, method: &Method) -> bool {
        self.name() == method.as_str() || (self == Self::Get && *method == Method::HEAD)
    }
}
