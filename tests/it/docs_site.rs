//! The documents as a site: every page is in its summary, every link leads somewhere, every alert
//! has its page, and the dashboard shows what the program measures.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::api::{Api, question};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Markdown files below `folder`, by their paths from the root.
fn pages_below(folder: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap) {
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            pages_below(&path, found);
        } else if Path::new(&path).extension().is_some_and(|ending| ending == "md") {
            found.insert(path);
        }
    }
}

/// The documents: those of `docs`, and those beside it that they link to.
fn pages() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["docs", "data", "benches"] {
        pages_below(folder, &mut found);
    }
    found.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned));
    found
}

/// The text without code: fences, indented examples and code in backticks.
fn without_code(text: &str) -> String {
    let (mut kept, mut is_fenced) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced && !line.starts_with("    ") {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    let parts = kept.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "code" });
    parts.collect()
}

/// The targets of the links of a text.
fn links(text: &str) -> Vec<String> {
    let text = without_code(text);
    let targets = text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split(')').next());
    targets.map(|target| target.split_whitespace().collect()).collect()
}

/// The anchors of the headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        is_fenced ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if is_fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        found.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
    }
    found
}

/// The path without `.` and `..`; `None` if it leaves the project.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()?),
            Component::Normal(name) => parts.push(name),
            _ => {}
        }
    }
    Some(parts.iter().collect())
}

/// Why a link on a page leads nowhere; `None` if it leads somewhere.
fn broken(page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() {
        PathBuf::from(page)
    } else {
        match resolved(&Path::new(page).parent().unwrap().join(path)) {
            Some(file) => file,
            None => return Some(format!("{page}: {target} leaves the project")),
        }
    };
    let full = root().join(&file);
    if !full.exists() {
        return Some(format!("{page}: {target} does not exist"));
    }
    let is_page = file.extension().is_some_and(|ending| ending == "md");
    let has_anchor = anchor.is_empty() || !is_page || anchors(&fs::read_to_string(full).unwrap()).contains(anchor);
    (!has_anchor).then(|| format!("{page}: {target} has no such heading"))
}

#[test]
fn every_link_of_every_document_leads_somewhere() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for page in pages() {
        for target in links(&read(&page)) {
            faults.extend(broken(&page, &target));
            count += 1;
        }
    }
    assert!(faults.is_empty(), "{} broken links:\n{}", faults.len(), faults.join("\n"));
    assert!(count > 300, "{count} links were found");
    for (target, fault) in [("none.md", true), ("ledger.md#backups", false), ("ledger.md#none", true), ("../../x", true)] {
        assert_eq!(broken("docs/README.md", target).is_some(), fault, "{target}");
    }
    assert_eq!(links("[a](b.md#c) `[x](y)`\n```\n[x](z)\n```\n[d](e\nf)"), ["b.md#c", "ef"]);
}

#[test]
fn every_document_is_a_chapter_once_and_listed_for_its_readers() {
    let summary = links(&read("docs/SUMMARY.md"));
    let chapters: Vec<String> = summary
        .iter()
        .map(|target| resolved(&Path::new("docs").join(target)).unwrap().to_str().unwrap().to_owned())
        .collect();
    let listed: BTreeSet<String> = links(&read("docs/README.md"))
        .iter()
        .map(|target| resolved(&Path::new("docs").join(target)).unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut docs = BTreeSet::new();
    pages_below("docs", &mut docs);
    docs.remove("docs/SUMMARY.md");
    for page in &docs {
        assert_eq!(chapters.iter().filter(|chapter| *chapter == page).count(), 1, "{page} is not a chapter of SUMMARY.md");
        // A folder with an index of its own is listed by that.
        let index = Path::new(page).with_file_name("README.md").to_str().unwrap().to_owned();
        let is_listed = listed.contains(page) || index != "docs/README.md" && listed.contains(&index);
        assert!(page == "docs/README.md" || is_listed, "{page} is not listed in docs/README.md");
    }
}

#[test]
fn each_page_says_for_whom_it_is() {
    let mut docs = BTreeSet::new();
    pages_below("docs", &mut docs);
    for page in docs.iter().filter(|page| !["docs/README.md", "docs/SUMMARY.md"].contains(&page.as_str())) {
        let text = read(page);
        assert!(text.starts_with("# "), "{page} has no title");
        assert!(text.contains("This page") || text.contains("this page"), "{page} does not say for whom it is");
    }
}

/// The alerts of the rule file: name and the value of each annotation and of the expression, as text.
fn alerts() -> Vec<(String, String)> {
    let text = read("docs/monitoring/alerts.yaml");
    let parts = text.split("- alert: ").skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once('\n').unwrap();
            (name.trim().to_owned(), rest.to_owned())
        })
        .collect()
}

#[test]
fn every_alert_has_a_section_of_the_runbook_its_link_and_two_tests() {
    let (runbook, tests) = (read("docs/runbook.md"), read("docs/monitoring/alerts.test.yaml"));
    let alerts = alerts();
    assert!(alerts.len() > 10, "{alerts:?}");
    for (name, rule) in &alerts {
        let section = runbook.split(&format!("\n## {name}\n")).nth(1);
        let section = section.unwrap_or_else(|| panic!("{name} has no section")).split("\n## ").next().unwrap();
        for part in ["**Users notice:**", "**Find out:**", "**Do:**"] {
            assert!(section.contains(part), "{name} lacks {part}");
        }
        let link = format!("runbook_url: https://docs.placement.example/runbook.html#{}", name.to_lowercase());
        assert!(rule.contains(&link), "{name}: {rule}");
        assert!(rule.contains("severity: "), "{name} has no severity");
        assert_eq!(tests.matches(&format!("alertname: {name}\n")).count(), 2, "{name}: one test that it is raised, one not");
    }
    let known: BTreeSet<&str> = alerts.iter().map(|(name, _)| name.as_str()).collect();
    for section in runbook.split("\n## ").skip(1) {
        let name = section.lines().next().unwrap();
        assert!(known.contains(name), "the runbook explains {name}, which is no alert");
    }
}

/// The names of metrics in a text.
fn metrics_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("placement_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_dashboard_and_the_alerts_use_metrics_that_the_program_has() {
    let api = Api::sample();
    api.post("/v1/matches", question()).await;
    let text = api.get("/metrics").await.text;
    let mut known: BTreeSet<String> = metrics_of(&text);
    // Only a server with its own certificate has it.
    known.insert("placement_certificate_end_timestamp_seconds".to_owned());
    let dashboard: Value = serde_json::from_str(&read("docs/monitoring/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            let title = panel["title"].as_str().unwrap();
            for metric in metrics_of(target["expr"].as_str().unwrap()) {
                used.entry(metric).or_default().push(format!("panel {title}"));
            }
        }
    }
    for (name, rule) in alerts() {
        for metric in metrics_of(&rule) {
            used.entry(metric).or_default().push(name.clone());
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        for metric in metrics_of(&variable["query"].to_string()) {
            used.entry(metric).or_default().push("a variable".to_owned());
        }
    }
    let unknown: Vec<_> = used.iter().filter(|(metric, _)| !known.contains(*metric)).collect();
    assert!(unknown.is_empty(), "metrics that do not exist: {unknown:?}");
    assert!(used.len() > 15, "{used:?}");

    // Every documented metric exists, and the other way round, apart from the suffixes of a family.
    let documented = metrics_of(&read("docs/server_limits.md"));
    let undocumented: Vec<&String> = known
        .iter()
        .filter(|metric| {
            let family = metric.trim_end_matches("_bucket").trim_end_matches("_count").trim_end_matches("_sum");
            let family = family.trim_end_matches("_total");
            !documented.iter().any(|known| known.trim_end_matches("_total") == family) && !family.contains("answer_cache")
        })
        .collect();
    assert!(undocumented.is_empty(), "metrics that docs/server_limits.md does not explain: {undocumented:?}");
}

/// Every criterion of WCAG 2.2, levels A and AA (W3C Recommendation, October 5, 2023).
const CRITERIA: [&str; 55] = [
    "1.1.1", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.3.1", "1.3.2", "1.3.3", "1.3.4", "1.3.5", "1.4.1", "1.4.2",
    "1.4.3", "1.4.4", "1.4.5", "1.4.10", "1.4.11", "1.4.12", "1.4.13", "2.1.1", "2.1.2", "2.1.4", "2.2.1", "2.2.2", "2.3.1",
    "2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.4.5", "2.4.6", "2.4.7", "2.4.11", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.7",
    "2.5.8", "3.1.1", "3.1.2", "3.2.1", "3.2.2", "3.2.3", "3.2.4", "3.2.6", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.7",
    "3.3.8", "4.1.2", "4.1.3",
];

#[test]
fn the_accessibility_report_claims_for_each_criterion_only_what_a_test_tries() {
    const RESULTS: [&str; 4] = ["supports", "partly evaluated", "not applicable", "not evaluated"];
    let report = read("docs/accessibility_report.md");
    let version = format!("placement {}", env!("CARGO_PKG_VERSION"));
    assert!(report.split_whitespace().collect::<Vec<_>>().join(" ").contains(&version), "the report is of another version");
    let mut found = BTreeSet::new();
    for row in report.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit()) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [criterion, result, shown] = cells[..] else { panic!("{row}") };
        assert!(RESULTS.contains(&result), "{row}");
        let numbers = criterion.split_whitespace().map(|word| word.trim_end_matches(','));
        let numbers: Vec<&str> = numbers.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).collect();
        found.extend(numbers.iter().map(|number| (*number).to_owned()));
        if criterion.contains("1.2.1 to 1.2.3") {
            found.insert("1.2.2".to_owned());
        }
        let claims = ["supports", "partly evaluated"].contains(&result);
        let files: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        assert!(!claims || shown.contains("axe: ") || !files.is_empty(), "nothing shows it: {row}");
        assert!(result != "supports" || !files.is_empty(), "rules alone do not support it: {row}");
        for file in files {
            assert!(root().join(format!("tests/browser/{file}.test.mjs")).exists(), "{file}: {row}");
        }
    }
    let expected: BTreeSet<String> = CRITERIA.map(str::to_owned).into();
    assert_eq!(found, expected);
}

#[test]
fn the_debian_package_has_files_that_exist_and_a_program_where_its_units_look() {
    let manifest: toml::Value = toml::from_str(&read("Cargo.toml")).unwrap();
    let package = &manifest["package"]["metadata"]["deb"];
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let mut targets = BTreeSet::new();
    for asset in package["assets"].as_array().unwrap() {
        let [from, to, mode] = asset.as_array().unwrap().as_slice() else { panic!("{asset}") };
        let (from, to) = (text(from), text(to));
        assert!(from.starts_with("target/release/") || from.contains('*') || root().join(&from).is_file(), "{from}");
        assert!(["644", "755"].contains(&text(mode).as_str()));
        let name = Path::new(&from).file_name().unwrap().to_str().unwrap();
        targets.insert(if to.ends_with('/') { format!("{to}{name}") } else { to });
    }
    assert!(targets.contains("usr/bin/placement") && targets.contains("etc/placement/refresh.toml"), "{targets:?}");
    for unit in fs::read_dir(root().join("docs/schedule")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = unit.file_name().unwrap().to_str().unwrap();
        if unit.extension().is_some_and(|ending| ending == "service" || ending == "timer") {
            assert!(targets.contains(&format!("usr/lib/systemd/system/{name}")), "{name} is not in the package");
            let commands = fs::read_to_string(&unit).unwrap();
            // systemd finds a name without a path in /usr/local/bin and in /usr/bin, so one unit serves both ways of installing.
            assert!(!commands.contains("=/usr/local/bin/placement"), "{name}");
        }
    }
    let scripts = root().join(text(&package["maintainer-scripts"]));
    for script in ["postinst", "prerm", "postrm"] {
        let commands = fs::read_to_string(scripts.join(script)).unwrap();
        assert!(commands.starts_with("#!/bin/sh\n") && commands.contains("\nset -e\n"), "{script}");
        assert!(
            !commands.lines().any(|line| line.contains("rm -rf") && line.contains("placement-lists")),
            "the ledger is kept"
        );
    }
}
