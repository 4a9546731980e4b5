//! Handlers of `/v1` and of the health checks. Each converts the request, calls one function and
//! converts the result.

pub(crate) mod batch;
pub(crate) mod board;
pub(crate) mod differences;
pub(crate) mod lookup;
pub(crate) mod manager_reports;
pub(crate) mod matches;
pub(crate) mod name_search;
pub(crate) mod observations;
pub(crate) mod outcomes;
pub(crate) mod prior_authorization;
pub(crate) mod provider_invites;
pub(crate) mod provider_search;
pub(crate) mod ready;
pub(crate) mod referral_answers;
pub(crate) mod referral_changes;
pub(crate) mod referral_requests;
pub(crate) mod service_plans;
pub(crate) mod statements;
