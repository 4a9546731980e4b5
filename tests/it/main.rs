//! The integration tests, in one binary so that slow fixtures are built once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a test's harness cannot do without fails the test"
)]

mod acceptance;
mod access;
mod access_keys;
mod access_pages;
mod access_tokens;
mod agreement;
mod api;
mod api_misuse;
mod architecture;
mod batch;
mod bounds;
mod bounds_http;
mod catalog;
mod catalog_search;
mod catalog_world;
mod cds_hooks;
mod choice_list_pdf;
mod choice_list_truth;
mod choice_list_words;
mod choice_lists;
mod cli;
mod cli_table;
mod clients;
mod days;
mod dice;
mod directories;
mod doc_examples;
mod edges;
#[cfg(feature = "otlp")]
mod edges_otlp;
mod edges_slow;
mod edges_tls;
mod exit_codes;
mod exports;
mod fhir;
mod fhir_round_trip;
mod fhir_search;
mod file_graph;
mod folder;
mod gate;
mod gate_nights;
mod generations;
mod hospital;
mod hostile;
mod identity;
mod ledger;
mod list_bounds;
mod live;
mod map;
mod markup;
mod night;
mod openapi;
mod oracle;
mod outbound;
mod outcomes;
mod pages;
mod pages_answer;
mod pages_ask;
mod pages_safety;
mod parties;
mod plain_words;
mod plan_net;
mod plan_net_gaps;
mod plan_net_server;
mod plan_net_small;
mod plans;
mod profiles;
mod properties;
mod provider_pages;
mod public_sites;
mod quality;
mod questions;
mod refresh;
mod refresh_night;
mod refresh_readers;
mod regular_files;
mod reliability;
mod request_faults;
mod sample;
mod schedule;
mod settings;
mod shelf;
mod sourced;
mod statements;
mod statuses;
mod town;
mod upstream;
mod upstreams;
mod upstreams_ill;
mod upstreams_payer;
mod validate;
