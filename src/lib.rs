//! `placement` finds post-acute care: the home health agencies, nursing facilities and
//! rehabilitation hospitals that are in a patient's network and can take the patient, with the
//! reason for every rank and every exclusion.
//!
//! Read the modules in this order. Each imports only from those above it.
//!
//! 0. Basics: [`regular_file`] opens files, [`text`] compares and displays text, [`fuzzy`] suggests
//!    corrections of typos.
//! 1. Vocabulary: [`place`], [`service`], [`evidence`], [`hospital_id`]; [`toml_reader`] reads settings files.
//! 2. Domain types: [`config`], [`coverage`], [`languages`] and [`profile`], then [`provider`] and
//!    [`discharge`]; [`input`] declares, parses and describes request bodies.
//! 3. Decisions: [`matching`]; [`screens`], the rules about the right level of care; [`service_plan`], who may pay for several
//!    services; [`prior_authorization`], the times of a payer's decision; [`need_words`], the meaning of typed words;
//!    [`statements`] that providers make between refreshes; [`api_keys`] with scopes and principals.
//! 4. Data: [`catalog`], one published generation of the directory; [`ledger`], the database;
//!    `directory_bucket`, generations in object storage; [`overlay`], live statements applied to a catalog; [`run_report`], what a refresh did; [`workbook`] reads Excel files;
//!    [`hospital`], the settings of the hospital; [`oidc`], tokens of identity providers.
//!    Presentation: [`phrases`], the patient's [`choice_list`], [`gap_packet`], which asks a plan for an exception, and [`query`],
//!    from request to reports.
//! 5. Operations: [`refresh`] builds a generation from files, [`serve`] answers over HTTP,
//!    [`sample`] generates sample files.
//! 6. [`cli`], the commands.
//!
//! `docs/glossary.md` defines the terms.
//!
//! Invariants: a generation is immutable and replaced as a whole; a missing answer is unknown,
//! never no; modules up to `matching` read no disk, socket or clock (except `config` and
//! `regular_file`); no type can hold a patient's identity, and no question is stored in readable
//! form.

pub(crate) mod regular_file;
pub mod text;

pub(crate) mod fuzzy;

pub mod evidence;
pub mod hospital_id;
pub mod place;
pub mod service;
pub(crate) mod toml_reader;

pub mod config;
pub mod coverage;
pub mod input;
pub(crate) mod languages;
pub mod profile;

pub mod provider;

pub mod discharge;

pub mod api_keys;
pub mod hospital;
pub mod matching;
pub mod need_words;
pub(crate) mod prior_authorization;
pub mod screens;
pub mod service_plan;
pub mod statements;

pub mod catalog;
pub mod ledger;

#[cfg(feature = "object-storage")]
pub mod directory_bucket;
pub mod oidc;
pub mod overlay;
pub(crate) mod phrases;
pub mod run_report;
pub(crate) mod workbook;

pub mod choice_list;
pub(crate) mod query;

pub mod gap_packet;

pub mod refresh;
pub mod sample;
pub mod serve;

pub mod cli;
