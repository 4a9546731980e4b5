//! `placement` finds post-acute care: which home health agency, nursing facility or rehabilitation hospital is in the
//! patient's network and will take this patient, with the reason for every place on the list and for every provider left off it.
//!
//! Read the modules in this order; each imports only from above.
//!
//! 0. How files are opened: [`regular_file`].
//! 1. The words: [`place`], [`care`], [`evidence`], [`likeness`]; and the settings, [`config`].
//! 2. What they combine to: [`coverage`], [`language`] and [`profile`], then [`provider`] and [`discharge`].
//! 3. The decision: [`matching`]. What is said between nights: [`statement`]. Who may do what: [`access`].
//! 4. What it stands on: [`catalog`], one published generation of the directory; [`ledger`], what must not be lost between nights;
//!    [`live`], the one laid over the other; [`hospital`], what the hospital says of itself; [`tokens`], who others say that somebody is.
//!    And how it is said: [`words`], and the patient's [`choice_list`].
//! 5. The verbs: [`refresh`] makes a generation out of files, [`serve`] answers over HTTP, [`sample`] invents files to try it on.
//! 6. [`cli`], the commands.
//!
//! What always holds: a generation is immutable and swapped whole; silence is unknown, never no; up to `matching` nothing reads
//! a disk, a socket or a clock (`config` and `regular_file` aside); no type can hold a patient's identity, and nothing asked is ever written down where it can be read.

pub mod regular_file;

pub mod care;
pub mod config;
pub mod evidence;
pub mod likeness;
pub mod place;

pub mod coverage;
pub mod language;
pub mod profile;

pub mod discharge;
pub mod provider;

pub mod access;
pub mod hospital;
pub mod matching;
pub mod statement;

pub mod catalog;
pub mod ledger;

pub mod live;
pub mod tokens;
pub mod words;

pub mod choice_list;

pub mod refresh;
pub mod sample;
pub mod serve;

pub mod cli;
