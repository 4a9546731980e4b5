//! The words of the command line: the lists of services, needs, plans and networks, the values that help and completions
//! name, errors as JSON, and manual pages of nested commands.

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Ended, run_in};

fn run(line: &str) -> Ended {
    run_in(TempDir::new().unwrap().path(), line)
}

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

/// The JSON in the last line of standard error.
fn failure(ended: &Ended) -> Value {
    let failure: Value = serde_json::from_str(ended.err.lines().last().unwrap()).unwrap();
    assert_eq!(failure["error"]["exit_code"], ended.code, "{failure}");
    failure["error"].clone()
}

#[test]
fn services_are_listed_with_their_providers_and_found_by_words() {
    let all = run("services --sample");
    assert_eq!((all.code, all.out.lines().count()), (0, 10), "{all:?}");
    assert!(all.out.contains("home_health") && all.out.contains("comes to the patient; "), "{}", all.out);
    let rehab = run("services --sample rehab");
    assert!(rehab.out.starts_with("inpatient_rehab") && rehab.out.lines().count() == 1, "{}", rehab.out);
    let api = json(&run("services --sample --json nurs"));
    assert_eq!(api["services"][0]["service"], "skilled_nursing");
    assert!(api["services"][0]["providers"].as_u64().unwrap() > 0);
    let none = run("services --sample skiled_nursing");
    assert_eq!(none.code, 65);
    assert!(none.err.contains("did you mean skilled_nursing"), "{}", none.err);
    assert_eq!(run("services").code, 66, "there is no directory");
}

#[test]
fn needs_are_listed_without_a_directory_and_found_as_a_ward_says_them() {
    let all = run("needs");
    assert_eq!(all.code, 0, "{}", all.err);
    for code in ["resp.vent", "wound.npwt", "inf.abx"] {
        assert!(all.out.contains(code), "{code}");
    }
    let vac = run("needs wound vac");
    assert!(vac.out.starts_with("wound.npwt"), "{}", vac.out);
    let several = run("needs trach");
    assert!(several.out.contains("resp.trach ") && several.out.contains("resp.trach-new"), "{}", several.out);
    let api = json(&run("needs --json wound vac"));
    assert_eq!(api["needs"][0]["need"], "wound.npwt");
    assert!(json(&run("needs --json"))["needs"].as_array().unwrap().len() > 70);
    let near = run("needs wound.npwtt");
    assert!(format!("{}{}", near.out, near.err).contains("wound.npwt "), "{near:?}");
    assert!(run("needs zzzz").err.contains("placement needs without words lists all"));
}

#[test]
fn plans_and_networks_are_listed_and_found_by_words() {
    let all = run("plans --sample");
    assert!(all.code == 0 && all.out.contains("Larkwater Choice HMO (") && all.out.contains("networks: "), "{all:?}");
    let found = run("plans --sample larkwater choice hmo");
    assert!(found.out.starts_with("Larkwater Choice HMO"), "{}", found.out);
    assert!(found.out.lines().count() < all.out.lines().count());
    let api = json(&run("plans --sample --json larkwater choice hmo"));
    assert_eq!(api["plans"][0]["plan"], "Larkwater Choice HMO");
    let networks = run("networks --sample");
    assert!(networks.code == 0 && networks.out.contains("as of "), "{networks:?}");
    let api = json(&run("networks --sample --json larkwater"));
    assert!(api["networks"].as_array().unwrap().iter().all(|network| network["network"].is_string()));
    assert_eq!(run("networks --sample zzzz").code, 65);
    assert_eq!(run("plans").code, 66, "there is no directory");
}

#[test]
fn help_names_the_values_of_services_profiles_and_scopes() {
    let help = run("match --help").out;
    for value in ["skilled_nursing: ", "assisted_living: ", "track_record", "veterans", "female"] {
        assert!(help.contains(value), "{value}: {help}");
    }
    assert!(!help.contains("resp.vent"), "80 needs are no help: placement needs lists them");
    let help = run("key create --help").out;
    for scope in ["directory:read", "observation:write", "reports", "metrics"] {
        assert!(help.contains(scope), "{scope}: {help}");
    }
}

#[test]
fn completions_offer_values_and_files_only_for_paths() {
    let script = run("completions bash").out;
    for (option, value) in [("--service", "skilled_nursing"), ("--need", "wound.npwt"), ("--profile", "track_record")] {
        let case = script.split(&format!("{option})")).nth(1).unwrap().split(";;").next().unwrap();
        assert!(case.contains("compgen -W") && case.contains(value), "{option}: {case}");
    }
    for option in ["--zip", "--within-miles", "--plan", "--age", "--cursor"] {
        let case = script.split(&format!("{option})")).nth(1).unwrap().split(";;").next().unwrap();
        assert!(!case.contains("compgen -f"), "{option} offers files: {case}");
    }
    for option in ["--question", "--batch", "--ledger", "--config"] {
        let case = script.split(&format!("{option})")).nth(1).unwrap().split(";;").next().unwrap();
        assert!(case.contains("compgen -f"), "{option} offers no files: {case}");
    }
}

#[test]
fn with_json_an_error_is_json_with_its_exit_code() {
    let question = "match --sample --json --service skilled_nursng --zip 99999 --need inf.abz --limit 2000";
    let wrong = run(question);
    assert_eq!((wrong.code, wrong.out.as_str()), (65, ""));
    let told = failure(&wrong);
    let at: Vec<&str> = told["errors"].as_array().unwrap().iter().map(|error| error["at"].as_str().unwrap()).collect();
    for flag in ["--service", "--zip", "--need", "--limit"] {
        assert!(at.contains(&flag), "{flag}: {told}");
    }
    let service = told["errors"].as_array().unwrap().iter().find(|error| error["at"] == "--service").unwrap();
    assert_eq!((&service["code"], &service["hint"]), (&"no_such_service".into(), &"did you mean skilled_nursing?".into()));
    for (line, code) in [
        ("match --json --service hospice --zip 64108 --medicare", 66),
        ("directory list --json", 66),
        ("directory verify --json", 66),
        ("match --json --zip", 2),
        ("match --json --age old", 2),
        ("matc --json", 2),
        ("validate --json nowhere.csv", 66),
        ("--config missing.toml directory list --json", 78),
    ] {
        let ended = run(line);
        assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{line}");
        let told = failure(&ended);
        assert!(!told["message"].as_str().unwrap().starts_with("error"), "{told}");
        assert_eq!(told["errors"], Value::Array(Vec::new()), "{line}: {told}");
    }
    let text = run("match --service hospice --zip 64108 --medicare");
    assert!(text.err.starts_with("error: "), "without --json an error is text");
    assert_eq!(run("match --json --help").code, 0);
}

#[test]
fn manual_pages_of_nested_commands_have_examples() {
    let page = run("man key create");
    assert_eq!(page.code, 0, "{}", page.err);
    for words in ["placement\\-key\\-create", ".SH EXAMPLES", "placement key create \\-\\-label", "directory:read"] {
        assert!(page.out.contains(words), "{words}: {}", page.out);
    }
    assert!(run("man match").out.contains(".SH EXAMPLES"));
    assert!(run("match --help").out.contains("Examples:"));
    let wrong = run("man key creat");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean create?"), "{}", wrong.err);
}

#[test]
fn directories_are_listed_and_verified_as_json() {
    let folder = TempDir::new().unwrap();
    let run = |line: &str| run_in(folder.path(), line);
    assert_eq!(run("sample --near 64108 --within-miles 30 --providers 60 files").code, 0);
    for _ in 0..2 {
        assert_eq!(run("refresh --from files").code, 0);
    }
    let listed = json(&run("directory list --json"));
    let directories = listed["directories"].as_array().unwrap();
    assert_eq!(directories.len(), 2);
    assert_eq!((&directories[0]["current"], &directories[1]["current"]), (&true.into(), &false.into()));
    assert_eq!((&directories[0]["synthetic"], &directories[0]["error"]), (&true.into(), &Value::Null));
    assert!(directories[0]["providers"].as_u64().unwrap() > 0);
    let verified = json(&run("directory verify --json"));
    assert_eq!((&verified["id"], &verified["intact"]), (&directories[0]["id"], &true.into()));
    let file = &verified["files"][0];
    assert_eq!(file["sha256"].as_str().unwrap().len(), 64);

    let path = folder.path().join("index").join(verified["id"].as_str().unwrap()).join(file["name"].as_str().unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.push(b'x');
    std::fs::write(&path, bytes).unwrap();
    let damaged = run("directory verify --json");
    assert_eq!((damaged.code, damaged.out.as_str()), (65, ""));
    assert!(failure(&damaged)["message"].as_str().unwrap().contains(file["name"].as_str().unwrap()));
}

#[test]
fn an_unknown_need_offers_the_nearest_or_the_list() {
    let question = "match --sample --service skilled_nursing --zip 64108 --medicare --need";
    let near = run(&format!("{question} wound.npwtt"));
    assert!(format!("{}{}", near.out, near.err).contains("wound.npwt ("), "{near:?}");
    let far = run(&format!("{question} foo"));
    let said = far.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(far.code == 0 && said.contains("\"foo\" is not in the list of needs"), "{far:?}");
    assert!(said.contains("placement needs lists the needs."), "{far:?}");
}
