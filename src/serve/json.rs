//! HTTP bodies in JSON: types of the program borrowed into the shapes of the API.

pub(crate) mod directory;
pub(crate) mod explanation;
pub(crate) mod parts;
pub mod provider;
pub(crate) mod question;
pub(crate) mod readiness;
pub mod report;
pub(crate) mod suggestion;
pub(crate) mod vocabulary;
