//! HTTP bodies in JSON: types of the program borrowed into the shapes of the API.

pub(crate) mod avoidable_days;
pub(crate) mod board;
pub(crate) mod business;
pub(crate) mod differences;
pub(crate) mod directory;
pub(crate) mod explanation;
pub(crate) mod fact;
pub(crate) mod network_gap;
pub(crate) mod observation;
pub(crate) mod parts;
pub mod provider;
pub(crate) mod provider_invite;
pub(crate) mod published;
pub(crate) mod question;
pub(crate) mod readiness;
pub(crate) mod referral_chance;
pub(crate) mod referral_request;
pub mod report;
pub(crate) mod saved_answer;
pub(crate) mod screens;
pub(crate) mod statement;
pub(crate) mod suggestion;
pub(crate) mod unmet_needs;
pub(crate) mod vocabulary;
