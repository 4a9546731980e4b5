//! `hospital.toml`: what it may say, and every fault of one told at once.

use placement::hospital::{EXAMPLE, Hospital};

#[test]
fn the_example_says_everything_a_hospital_can_say() {
    let hospital = Hospital::parse(EXAMPLE).unwrap();
    assert_eq!(hospital.name.as_deref(), Some("Larkwater General Hospital"));
    assert_eq!(hospital.phone.as_deref(), Some("816-555-0100"));
    assert_eq!(hospital.defaults.zip.unwrap().to_string(), "64108");
    assert_eq!(hospital.defaults.service.unwrap().code(), "skilled_nursing");
    assert_eq!(hospital.defaults.coverage.as_deref(), Some("Medicare"));
    assert_eq!(hospital.interests.len(), 2);
    assert!(!hospital.no_interests);
    assert_eq!(hospital.asked_to_be_listed.unwrap().len(), 2);
}

#[test]
fn what_is_not_said_stays_unsaid() {
    assert_eq!(Hospital::parse("").unwrap(), Hospital::default());
    assert_eq!(Hospital::parse("asked_to_be_listed = []").unwrap().asked_to_be_listed, Some(Vec::new()));
    assert!(Hospital::parse("no_interests = true").unwrap().no_interests);
}

#[test]
fn every_fault_is_told_at_once_with_its_line_and_a_way_out() {
    let told = Hospital::parse(
        "name = 3\nphone = \" \"\nno_interests = \"yes\"\nadress = \"x\"\n\
         asked_to_be_listed = [\"ccn:267001\", \"267001\", 5, \"ccn:267001\"]\n\
         [defaults]\nzip = \"6410\"\nservice = \"skilled_nursng\"\nplan = \"Gold\"\n\
         [[interest]]\nprovider = \"ccn:265001\"\n\
         [[interest]]\nprovider = \"ccn:265001\"\nsays = \"x\"\nsay = \"y\"\n",
    )
    .unwrap_err();
    let expected = [
        "line 1: name: expected a text in quotes",
        "line 2: phone: is empty; leave it away or fill it in",
        "line 3: no_interests: expected true or false",
        "line 4: there is no setting \"adress\"; there are name, phone, no_interests, asked_to_be_listed, defaults, interest",
        "line 5: asked_to_be_listed: \"267001\" is no id of a provider, such as \"ccn:425003\" or \"npi:1234567893\"",
        "line 5: asked_to_be_listed: expected a text in quotes",
        "line 5: asked_to_be_listed: ccn:267001 is given twice",
        "line 7: defaults.zip: a ZIP is five digits in quotes",
        "line 8: defaults.service: there is no service \"skilled_nursng\"; did you mean skilled_nursing?",
        "line 9: defaults: there is no setting \"plan\"; there are zip, service, coverage",
        "line 11: interest.says: is missing",
        "line 13: interest.provider: ccn:265001 is told twice; say all of it once",
        "line 15: interest: there is no setting \"say\"; did you mean says?",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "{told}");
}

#[test]
fn what_contradicts_itself_or_is_no_toml_is_refused() {
    for (text, says) in [
        (
            "no_interests = true\n[[interest]]\nprovider = \"ccn:265001\"\nsays = \"x\"",
            "line 1: no_interests: is true, and below stands an [[interest]]: one of the two is wrong",
        ),
        ("defaults = 3", "line 1: defaults: expected a section, written [defaults] with its keys below it"),
        ("interest = \"x\"", "line 1: interest: expected sections, each written [[interest]] with its keys below it"),
        ("asked_to_be_listed = \"ccn:267001\"", "line 1: asked_to_be_listed: expected a list"),
        ("name = \"x\"\nname = \"y\"", "line 2: duplicate key"),
        ("name = ", "line 1: "),
    ] {
        let told = Hospital::parse(text).unwrap_err();
        assert!(told.contains(says), "{text}: {told}");
    }
}
