//! `placement` finds post-acute care: which home health agency, nursing facility or rehabilitation hospital is in the
//! patient's network and will take this patient, with the reason for every place on the list and for every provider left off it.
//!
//! Read the modules in this order; each imports only from above.
//!
//! 0. How files are opened, [`regular_file`]; how texts are compared and shown, [`text`]; what was meant, [`fuzzy`].
//! 1. The words: [`place`], [`service`], [`evidence`]; and how files of settings are read, [`toml_reader`].
//! 2. What they combine to: [`config`], the settings; [`coverage`], [`languages`] and [`profile`], then [`provider`] and [`discharge`]. How the
//!    body of a request is declared, read and described: [`input`].
//! 3. The decision: [`matching`]. What is said between nights: [`statements`]. Who may do what: [`api_keys`].
//! 4. What it stands on: [`catalog`], one published generation of the directory; [`ledger`], what must not be lost between nights;
//!    [`overlay`], the one laid over the other; [`run_report`], what a night did; [`hospital`], what the hospital says of itself; [`oidc`], who others say that somebody is.
//!    And how it is said: [`phrases`], the patient's [`choice_list`], and [`query`], from raw fields to reports.
//! 5. The verbs: [`refresh`] makes a generation out of files, [`serve`] answers over HTTP, [`sample`] invents files to try it on.
//! 6. [`cli`], the commands.
//!
//! The words are told in `docs/glossary.md`.
//!
//! What always holds: a generation is immutable and swapped whole; silence is unknown, never no; up to `matching` nothing reads
//! a disk, a socket or a clock (`config` and `regular_file` aside); no type can hold a patient's identity, and nothing asked is ever written down where it can be read.

pub(crate) mod regular_file;
pub mod text;

pub(crate) mod fuzzy;

pub mod evidence;
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
pub mod statements;

pub mod catalog;
pub mod ledger;

pub mod oidc;
pub mod overlay;
pub(crate) mod phrases;
pub mod run_report;

pub mod choice_list;
pub(crate) mod query;

pub mod refresh;
pub mod sample;
pub mod serve;

pub mod cli;
