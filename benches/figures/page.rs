//! The page: how long a case manager waits for the answer after pressing Enter, without the
//! browser's own work.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::nation::{Nation, child, end};
use crate::questions;
use crate::service::{Connection, started};
use crate::timing::{Figure, Times, show};

/// Maximum time of a page in milliseconds, at p50 and at p99.
const AIMS: [(f64, Option<u64>); 3] = [(0.5, Some(2)), (0.99, Some(10)), (1.0, None)];

/// Asks `count` questions by the form of the first page and, in the same run, by the JSON API.
pub(crate) fn measure(nation: &Nation, count: usize) {
    let catalog = nation.catalog();
    let bodies = questions::bodies(&catalog, count, 17);
    drop(catalog);
    let (server, address) = started(child("serve", &[&nation.index]));
    let mut connection = Connection::open(&address);
    while connection.ask("GET", "/readyz", "").0 != 200 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let asked: Vec<(String, String)> = bodies.iter().map(|body| (form(body), body.to_string())).collect();
    let mut bytes = 0;
    let pages = Times::of(&asked, |(form, _)| {
        let (status, page) = connection.ask("POST", "/", form);
        assert_eq!(status, 200, "{form}");
        bytes = bytes.max(page.len());
    });
    let programs = Times::of(&asked, |(_, body)| assert_eq!(connection.ask("POST", "/v1/matches", body).0, 200));
    end(server);
    for (share, most) in AIMS {
        let (page, program) = (pages.at(share), programs.at(share));
        Figure {
            what: format!("the answer as a page, national size, p{:.0} (at most {} KB)", share * 100.0, bytes / 1024),
            ours: show(page),
            limit: format!("the same as JSON, cached: {}", show(program)),
            ratio: Some(page.as_secs_f64() / program.as_secs_f64()),
            aim: most.map(|most| (format!("at most {most} ms"), page <= Duration::from_millis(most))),
        }
        .print();
    }
}

/// The question as the form sends it.
pub(crate) fn form(body: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut fields = vec![
        ("near", text(&body["near"]["zip"])),
        ("service", text(&body["service"])),
        ("coverage", text(&body["coverage"]["plan"])),
        ("need", text(&body["needs"][0])),
        ("prefer", text(&body["needs"][1]["need"])),
    ];
    if let Some(miles) = body["within_miles"].as_u64() {
        fields.push(("within", miles.to_string()));
    }
    let mut form = String::new();
    for (name, value) in fields {
        let escaped = value.bytes().fold(String::new(), |mut escaped, byte| {
            // Writing to a String cannot fail.
            let _ = if byte.is_ascii_alphanumeric() {
                write!(escaped, "{}", byte as char)
            } else {
                write!(escaped, "%{byte:02X}")
            };
            escaped
        });
        let _ = write!(form, "{}{name}={escaped}", if form.is_empty() { "" } else { "&" });
    }
    form
}
