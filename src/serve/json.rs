//! HTTP bodies in JSON: types of the program borrowed into the shapes of the API.

pub(crate) mod business;
pub(crate) mod directory;
pub(crate) mod explanation;
pub(crate) mod fact;
pub(crate) mod parts;
pub mod provider;
pub(crate) mod published;
pub(crate) mod question;
pub(crate) mod readiness;
pub(crate) mod referral_chance;
pub mod report;
pub(crate) mod suggestion;
pub(crate) mod vocabulary;
