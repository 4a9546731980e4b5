//! Provider profiles: from a file to an answer.

use jiff::civil::{Date, date};
use placement::catalog::Catalog;
use placement::catalog::generation::GenerationStore;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::evidence::Tristate::{No, Unknown, Yes};
use placement::matching::candidate::{Directory, LineId};
use placement::matching::explain::{Explanation, explain};
use placement::matching::rank;
use placement::matching::report::Report;
use placement::place::ZipTable;
use placement::provider::{ServiceArea, Sex};
use placement::refresh::options::RefreshOptions;
use placement::refresh::run;
use placement::serve::json::provider::ProviderPageJson;
use placement::serve::json::report::AnswerContext;
use placement::service::{Limit, Service};
use serde_json::{Value, json};

use crate::folder::{Read, read, write};
use crate::small_directory::SmallDirectory;

const TODAY: Date = date(2026, 11, 21);

const AGENCIES: &str = "State,CMS Certification Number (CCN),Provider Name,Address,City/Town,ZIP Code,Telephone Number,Type of Ownership,Offers Nursing Care Services,Offers Physical Therapy Services,Offers Occupational Therapy Services,Offers Speech Pathology Services,Offers Medical Social Services,Offers Home Health Aide Services,Quality of patient care star rating\n\
    MO,267001,BRAMBLE HOME HEALTH,1 A ST,KANSAS CITY,64108,8165550101,X,Yes,Yes,No,-,Yes,Yes,4\n";
const AGENCY_ZIPS: &str = "State,CMS Certification Number (CCN),ZIP Code\nMO,267001,64108\nMO,267001,64111\n";

/// CMS agencies beside a table of profiles.
fn with_agencies(profiles: &str) -> Read {
    read(&[("hh_2026-10.csv", AGENCIES), ("hh_zips_2026-10.csv", AGENCY_ZIPS), ("larkwater.csv", profiles)])
}

/// Profiles only.
fn alone(profiles: &str) -> Read {
    read(&[("larkwater.csv", profiles)])
}

fn discharge(raw: &Value, shelf: &SmallDirectory) -> Discharge {
    let words = ParseContext { zips: ZipTable::curated(), plans: shelf.plans(), generation: "shelf" };
    parse(raw, &words, TODAY).unwrap().0.discharges.remove(0)
}

/// The report for one question.
fn answer(read: Read, raw: &Value) -> Report {
    let shelf = SmallDirectory::listing(read.night.providers, read.night.listed, read.night.plans);
    rank(&discharge(raw, &shelf), &shelf, &[])
}

fn matched(report: &Report) -> Vec<&str> {
    report.matches.iter().map(|found| found.provider.name.value.as_str()).collect()
}

fn zips(read: &Read, id: &str) -> Option<Vec<String>> {
    match &read.line(id, Service::HomeHealth).area {
        ServiceArea::Zips(fact) => Some(fact.value.iter().map(ToString::to_string).collect()),
        ServiceArea::NotPublished => None,
    }
}

#[test]
fn a_profile_says_everything_it_can_with_its_source_and_days() {
    let read = with_agencies(
        "ccn,npi,service,needs_yes,needs_no,max_weight_lb,min_age,max_age,max_doses_a_day,max_cost_dollars_a_day,zips,languages,only_sex,start_of_care_hours,as_of,verified_at,stated_by\n\
         267001,1234567893,home_health,inf.abx|wound.npwt,resp.vent,\"1,350\",18,99,3,400,64108|64112|64108,es|Vietnamese,female,48,2026-11-01,2026-11-10,intake desk\n",
    );
    assert_eq!(read.rejects(), [""; 0]);
    let line = read.line("ccn:267001", Service::HomeHealth);
    let told = |evidence: &placement::evidence::Evidence| {
        (evidence.source.to_string(), evidence.as_of.unwrap(), evidence.verified_at.unwrap())
    };
    let desk = ("profile larkwater.csv (intake desk)".to_owned(), date(2026, 11, 1), date(2026, 11, 10));
    for (need, says) in [("inf.abx", Yes), ("wound.npwt", Yes), ("resp.vent", No), ("resp.trach", Unknown)] {
        assert_eq!(line.answer(need.parse().unwrap()), says, "{need}");
    }
    assert_eq!(told(&line.answers[&"inf.abx".parse().unwrap()].evidence), desk);
    let limits: Vec<(Limit, u32)> = line.limits.iter().map(|(limit, fact)| (*limit, fact.value)).collect();
    assert_eq!(
        limits,
        [(Limit::MaxWeight, 1350), (Limit::MinAge, 18), (Limit::MaxAge, 99), (Limit::MaxDoses, 3), (Limit::CostCeiling, 400)]
    );
    assert!(line.limits.values().all(|fact| told(&fact.evidence) == desk));
    let languages = line.languages.as_ref().unwrap();
    assert_eq!((languages.value.join(" "), told(&languages.evidence)), ("es vi".to_owned(), desk.clone()));
    assert_eq!(line.only_sex.as_ref().map(|fact| (fact.value, told(&fact.evidence))), Some((Sex::Female, desk.clone())));
    let promise = line.start_of_care_hours.as_ref().unwrap();
    assert_eq!((promise.value, told(&promise.evidence)), (48, desk.clone()));
    let ServiceArea::Zips(area) = &line.area else { panic!("no area") };
    assert_eq!((area.value.len(), told(&area.evidence)), (2, desk));
    assert_eq!(read.provider("ccn:267001").npis[0].to_string(), "1234567893");
}

#[test]
fn what_a_provider_says_of_itself_beats_the_public_lists_and_hides_nothing() {
    let read = with_agencies(
        "ccn,service,name,street,city,state,zip,phone,needs_yes,needs_no,zips,as_of\n\
         267001,home_health,Bramble Intake,9 Z ST,KANSAS CITY,MO,64111,8165550199,rehab.ot,rehab.pt,64112,2020-01-01\n",
    );
    let provider = read.provider("ccn:267001");
    let line = read.line("ccn:267001", Service::HomeHealth);
    let fact = |need: &str| &line.answers[&need.parse().unwrap()];
    let (therapy, work) = (fact("rehab.pt"), fact("rehab.ot"));
    // The age of a profile does not matter: it is the provider's own statement.
    assert_eq!((therapy.value, work.value), (false, true));
    for (fact, lost) in [(therapy, true), (work, false)] {
        assert_eq!(fact.evidence.source.as_ref(), "profile larkwater.csv");
        assert_eq!((fact.others[0].0, fact.others[0].1.source.as_ref()), (lost, "CMS Home Health Care Agencies"));
    }
    assert_eq!(fact("hh.nursing").evidence.source.as_ref(), "CMS Home Health Care Agencies", "silence leaves CMS");
    assert_eq!(zips(&read, "ccn:267001").unwrap(), ["64112"]);
    // Name and location come from CMS.
    assert_eq!((provider.name.value.as_str(), provider.name.others[0].0.as_str()), ("BRAMBLE HOME HEALTH", "Bramble Intake"));
    assert_eq!(provider.phone.as_ref().unwrap().value.to_string(), "816-555-0101");
    assert_eq!(provider.address.as_ref().unwrap().value.street, "1 A ST");
    assert_eq!(read.report.conflicts["answer to a need"], 2);
}

#[test]
fn a_limit_answers_in_numbers_with_source_and_day() {
    let read = alone(
        "npi,service,name,city,state,zip,max_weight_lb,as_of,verified_at,stated_by\n\
         1234567893,assisted_living,THISTLE HOUSE,KANSAS CITY,MO,64108,350,2026-11-01,2026-11-09,director\n",
    );
    let shelf = SmallDirectory::listing(read.night.providers, read.night.listed, read.night.plans);
    let ask = |weight: u32| {
        let raw = json!({"service": "assisted_living", "near": {"zip": "64108"}, "patient": {"weight_lb": weight}});
        let discharge = discharge(&raw, &shelf);
        (rank(&discharge, &shelf, &[]), explain(&discharge, &shelf, LineId(0)).unwrap())
    };
    let (report, explanation) = ask(410);
    assert!(report.matches.is_empty());
    let Explanation::Excluded { bars, acceptance, .. } = explanation else { panic!("{explanation:?}") };
    assert_eq!(bars[0].why, "350 lb < 410 lb");
    let evidence = acceptance.answers[0].evidence.clone().unwrap();
    assert_eq!(evidence.source.as_ref(), "profile larkwater.csv (director)");
    assert_eq!((evidence.as_of, evidence.verified_at), (Some(date(2026, 11, 1)), Some(date(2026, 11, 9))));
    assert_eq!(matched(&ask(350).0), ["THISTLE HOUSE"], "the bound itself is taken");
}

#[test]
fn a_provider_no_list_has_is_found_by_its_profile_alone() {
    let read = with_agencies(
        "npi,service,name,street,city,state,zip,phone,needs_yes,radius_miles\n\
         1234567893,home_infusion,LARKWATER INFUSION,5 C ST,KANSAS CITY,MO,64108,(816) 555-0123,inf.home-pump,30\n\
         1999999984,assisted_living,,,,,,,cog.secured,\n",
    );
    assert_eq!(read.report.without_name, ["npi:1999999984"], "without a name it is no provider");
    let raw = json!({"service": "home_infusion", "near": {"zip": "66212"}, "needs": ["inf.home-pump"]});
    let report = answer(read, &raw);
    assert_eq!(matched(&report), ["LARKWATER INFUSION"]);
    let found = &report.matches[0].provider;
    assert_eq!(found.phone.as_ref().unwrap().value.to_string(), "816-555-0123");
}

#[test]
fn zips_a_radius_or_a_polygon_decide_who_comes() {
    // A triangle that contains 64108 and not 66212, which is nine miles away.
    let polygon = json!({"type": "Polygon", "coordinates": [[[-94.7, 39.0], [-94.5, 39.0], [-94.58, 39.2], [-94.7, 39.0]]]});
    let quoted = format!("\"{}\"", polygon.to_string().replace('"', "\"\""));
    for (column, area, near, far) in [
        ("zips", "64108|64111", true, false),
        ("radius_miles", "3.5", true, false),
        ("radius_miles", "12", true, true),
        ("area_geojson", quoted.as_str(), true, false),
        ("zips", "", true, true),
    ] {
        let table = format!(
            "ccn,service,name,street,city,state,zip,{column}\n\
             267009,home_health,TEASEL NURSING,5 C ST,KANSAS CITY,MO,64108,{area}\n"
        );
        for (zip, comes) in [("64108", near), ("66212", far)] {
            let report = answer(alone(&table), &json!({"service": "home_health", "near": {"zip": zip}}));
            assert_eq!(report.matches.len(), usize::from(comes), "{column} {area} for {zip}");
            let left_out: u32 = report.left_out.values().sum();
            assert_eq!(left_out, u32::from(!comes), "an agency nearby is told even where it does not come");
        }
    }
}

#[test]
fn json_says_the_same_as_a_table() {
    let table = alone(
        "ccn,npi,service,name,street,city,state,zip,phone,needs_yes,needs_no,max_weight_lb,zips,languages,only_sex,start_of_care_hours,as_of,verified_at,stated_by\n\
         267009,1234567893,home_health,TEASEL NURSING,5 C ST,KANSAS CITY,MO,64108,8165550100,inf.abx|inf.central,resp.vent,350,64108|64111,es,male,24,2026-11-01,2026-11-02,intake\n",
    );
    let profile = json!({
        "ccn": "267009", "npi": "1234567893", "service": "home_health", "name": "TEASEL NURSING", "street": "5 C ST",
        "city": "KANSAS CITY", "state": "MO", "zip": "64108", "phone": "8165550100", "needs_yes": ["inf.abx", "inf.central"],
        "needs_no": ["resp.vent"], "max_weight_lb": 350, "zips": ["64108", "64111"], "languages": ["Spanish"],
        "only_sex": "male", "start_of_care_hours": 24, "as_of": "2026-11-01", "verified_at": "2026-11-02",
        "stated_by": "intake", "min_age": null
    });
    for document in [json!([profile]), json!({"profiles": [profile]})] {
        let read = read(&[("larkwater.csv", document.to_string())]);
        assert_eq!(read.rejects(), [""; 0]);
        assert_eq!(read.night.providers, table.night.providers);
        assert_eq!(read.report.files[0].status.rows, 1);
    }
}

#[test]
fn a_row_with_one_wrong_cell_keeps_the_others_and_one_about_nobody_gives_nothing() {
    let read = alone(
        "ccn,service,name,city,state,zip,needs_yes,needs_no,max_weight_lb,as_of,colour\n\
         267009,home_health,TEASEL NURSING,KANSAS CITY,MO,64108,inf.abx|inf.abz|resp.o2,resp.o2,heavy,2026-11-01,red\n\
         67009,home_helth,NOBODY,KANSAS CITY,MO,64108,inf.abx,,,soon,\n",
    );
    assert_eq!(
        read.rejects(),
        [
            "larkwater.csv:1 colour: there is no column \"colour\"",
            "larkwater.csv:2 needs_yes: there is no such need",
            "larkwater.csv:2 needs_no: it is also in needs_yes, so neither is used",
            "larkwater.csv:2 max_weight_lb: it is not a whole number",
            "larkwater.csv:3 ccn: a CCN is six letters and digits",
            "larkwater.csv:3 service: there is no such service",
            "larkwater.csv:3 as_of: it is not a date",
        ]
    );
    assert_eq!((read.report.rejects.rows, read.report.rejects.cells), (1, 4));
    assert_eq!(read.says("ccn:267009", Service::HomeHealth, "inf.abx"), Yes);
    assert_eq!(read.says("ccn:267009", Service::HomeHealth, "resp.o2"), Unknown);
}

#[test]
fn a_profile_survives_publication_and_is_shown_with_its_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    std::fs::create_dir(&files).unwrap();
    let profile = "ccn,service,name,max_weight_lb,languages,only_sex,start_of_care_hours,zips,as_of,verified_at,stated_by\n\
        267009,home_health,TEASEL NURSING,350,es,male,24,64108,2026-11-01,2026-11-02,intake\n";
    write(&files, &[("larkwater.csv", profile)]);
    let built_at = "2026-11-21T06:00:00Z".parse().unwrap();
    run(&RefreshOptions::new(files, &index, built_at), &mut |_| {}).unwrap();
    let store = GenerationStore::new(&index);
    let catalog = Catalog::open(&store.generation_path(&store.current().unwrap()).unwrap()).unwrap();
    let provider = catalog.provider_of(&"ccn:267009".parse().unwrap()).unwrap();
    let ground = AnswerContext::from(&catalog);
    let page = serde_json::to_value(ProviderPageJson::new(&provider, |_| Vec::new(), ground)).unwrap();
    let line = &page["provider"]["services"][0];
    for (fact, value) in [
        (&line["limits"][0], json!(350)),
        (&line["languages"], json!(["es"])),
        (&line["only_sex"], json!("male")),
        (&line["start_of_care_hours"], json!(24)),
        (&line["service_area"], json!(["64108"])),
    ] {
        let told = json!({"value": fact["value"], "source": fact["source"], "as_of": fact["as_of"], "verified_at": fact["verified_at"]});
        let intake = "profile larkwater.csv (intake)";
        assert_eq!(told, json!({"value": value, "source": intake, "as_of": "2026-11-01", "verified_at": "2026-11-02"}));
    }
}

#[test]
fn a_profile_by_npi_reaches_the_provider_that_cms_knows_by_its_ccn() {
    let read = read(&[
        ("hh_2026-10.csv", AGENCIES),
        ("acme_2026-10.csv", "payer,network,ccn,npi\nAcme,Acme Wide,267001,1234567893\n"),
        ("larkwater.csv", "npi,service,needs_yes,max_weight_lb,as_of\n1234567893,home_health,inf.abx,350,2026-11-01\n"),
    ]);
    assert_eq!(read.says("ccn:267001", Service::HomeHealth, "inf.abx"), Yes);
    assert_eq!(read.line("ccn:267001", Service::HomeHealth).limits[&Limit::MaxWeight].value, 350);
    assert_eq!((read.night.providers.len(), read.report.without_name.len()), (1, 0));
}

#[test]
fn profiles_of_one_day_that_contradict_each_other_leave_it_unknown() {
    let header = "ccn,service,needs_yes,needs_no,max_weight_lb,languages,as_of\n";
    let a = "267001,home_health,inf.abx|rehab.pt,,300,es,2026-11-01\n";
    let b = "267001,home_health,inf.pca,inf.abx,400,,2026-11-01\n";
    for (first, second) in [(a, b), (b, a)] {
        let profiles = [("a.csv", format!("{header}{first}")), ("b.csv", format!("{header}{second}"))];
        let cms = [("hh_2026-10.csv", AGENCIES.to_owned()), ("hh_zips_2026-10.csv", AGENCY_ZIPS.to_owned())];
        let night = read(&[cms.as_slice(), &profiles].concat());
        let line = night.line("ccn:267001", Service::HomeHealth);
        let says = ["inf.abx", "inf.pca", "rehab.pt"].map(|need| line.answer(need.parse().unwrap()));
        assert_eq!(says, [Unknown, Yes, Yes]);
        assert!(line.limits.is_empty() && line.languages.is_some());
        for what in ["inf.abx", "size.max_lb"] {
            let told = |remark: &&String| remark.contains("ccn:267001 as home_health") && remark.contains(what);
            assert_eq!(night.report.remarks.iter().filter(told).count(), 1, "{what}: {:?}", night.report.remarks);
        }
        // Within one file neither row is used.
        let one = with_agencies(&format!("{header}{first}{second}{first}"));
        let line = one.line("ccn:267001", Service::HomeHealth);
        assert_eq!((line.answer("inf.abx".parse().unwrap()), line.answer("rehab.pt".parse().unwrap())), (Unknown, Yes));
        assert_eq!(line.answers[&"rehab.pt".parse().unwrap()].evidence.source.as_ref(), "CMS Home Health Care Agencies");
        assert_eq!(one.rejects().len(), 2, "{:?}", one.rejects());
    }
    // A newer date wins.
    let newer = with_agencies(&format!("{header}{a}"));
    assert_eq!(newer.says("ccn:267001", Service::HomeHealth, "inf.abx"), Yes);
}
