//! `refresh.toml`, parsed strictly.

use placement::refresh::settings::upstream::UpstreamKind;
use placement::refresh::settings::{EXAMPLE, RefreshConfig};

fn faults(text: &str) -> String {
    RefreshConfig::parse(text).err().unwrap_or_default()
}

#[test]
fn the_example_is_sound_and_names_each_public_source() {
    let settings = RefreshConfig::parse(EXAMPLE).unwrap();
    let mut datasets: Vec<&str> = Vec::new();
    for upstream in settings.sources.values() {
        if let UpstreamKind::Cms { dataset, .. } = &upstream.kind {
            datasets.push(dataset);
        }
    }
    datasets.sort_unstable();
    assert_eq!(
        datasets,
        [
            "23ew-n7w9",
            "252m-zfp9",
            "4pq5-n9py",
            "6jpm-sxkc",
            "7t8x-u3ir",
            "95rg-2usp",
            "azum-44iv",
            "ct36-nrcq",
            "fp6g-2gsn",
            "g6vv-u9sr",
            "gxki-hrr8",
            "ka5z-ibe3",
            "m5eg-upu5",
            "v9e4-nwhh",
            "yc9t-dgbk",
        ]
    );
    // The commented examples are valid too.
    let taken_in: String =
        EXAMPLE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).flat_map(|line| [line, "\n"]).collect();
    assert!(taken_in.len() < EXAMPLE.len(), "there is something to take in");
    assert_eq!(faults(&taken_in), "");
}

#[test]
fn nothing_declared_is_the_usual() {
    assert_eq!(RefreshConfig::parse("").unwrap(), RefreshConfig::default());
    let settings = RefreshConfig::parse("keep = 3\n[outbound]\nallow = [\"10.1.2.0/24\"]\n").unwrap();
    assert_eq!((settings.keep, settings.outbound.allow.len()), (3, 1));
    let told = faults("keep = 1\nfetch_minutes = 0\n");
    assert!(
        told.starts_with("line 1: keep: must be at least 2") && told.contains("\nline 2: fetch_minutes: must be at least 1"),
        "{told}"
    );
}

#[test]
fn every_fault_is_told_at_once_with_its_line_and_a_way_out() {
    let text = r#"
keep = 1
kep = 2

[outbund]
[outbound]
allow = ["10.0.0.0/8", "10.1.2", "here"]
proxy = "socks"
prozy = 1

[sources.leie]
kind = "file"
url = "http://oig.example/UPDATED.csv"
bulk = true
every_days = 0

[sources."../up"]
kind = "cms"
dataset = "6jpm-sxkc"

[sources.nppes]
kind = "fil"

[sources.npi]
kind = "file"
url = "https://a.example/N_{monthname}.zip"
optinal = true
max_minutes = "long"

[sources.weekly]
kind = "file"
url = "https://a.example/N_{month}.zip"

[sources.payer]
kind = "plan_net"
url = "https://me:word@payer.example/fhir"
token_file = "a"
token_env = "B"
without = ["Endpoint"]
count = 0

[sources.homes]
kind = "cms"
save_as = "a/b.csv"
max_megabytes = 0
"#;
    insta::assert_snapshot!(faults(text));
}

#[test]
fn the_signed_address_of_an_index_is_accepted() {
    let source = |url: &str| format!("[sources.payer]\nkind = \"plan_net\"\nurl = \"{url}\"\n");
    assert!(RefreshConfig::parse(&source("https://payer.example/index.json?sig=1&expires=2")).is_ok());
    assert!(
        faults(&source("https://payer.example/index.json#part")).contains("sources.payer.url: the address must not have")
    );
}

#[test]
fn the_gate_is_read_as_strictly() {
    let told = faults("[gate]\nnonsense = 1\nmore_nonsense = 2\n");
    assert!(told.starts_with("line 2: gate.nonsense: there is no setting \"nonsense\"; "), "{told}");
    assert!(told.contains("line 3: gate.more_nonsense: "), "{told}");
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    let told = faults("keep = \n[sources.a\nkind = 3\n");
    assert!(told.starts_with("line 1: ") && told.contains("line 2: "), "{told}");
    assert!(
        faults("sources = 3\n").contains("sources: expected a section, written [sources]"),
        "{}",
        faults("sources = 3\n")
    );
    assert!(faults("[sources]\nleie = 3\n").contains("sources.leie: expected a section"));
}

#[test]
fn a_value_of_another_kind_is_told_in_words_and_once() {
    for (text, told) in [
        (
            "[gate]\nservice = 5",
            "line 2: gate.service: invalid type: integer `5`, expected keys of its own, written { key = value }",
        ),
        ("[gate]\nservice = { warn = 0, refuse = 5 }", "line 2: gate.service.warn: "),
        (
            "[sources.a]\nkind = \"file\"\nurl = \"https://a.example/x.csv\"\noptional = 1",
            "line 4: sources.a.optional: invalid type: integer `1`, expected true or false",
        ),
    ] {
        let faults = faults(text);
        assert!(faults.starts_with(told) && faults.lines().count() == 1, "{text}\n{faults}");
    }
}
