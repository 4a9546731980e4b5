//! A refresh of real files: the result for a folder of CMS lists.

use std::path::Path;

use placement::catalog::build::BuildInput;
use placement::evidence::Tristate;
use placement::place::{Precision, ZipTable};
use placement::provider::{Provider, ServiceLine, stated};
use placement::run_report::RunReport;
use placement::service::Service;

use crate::directories::real_folder;
use crate::folder::read_folder;

fn night_of(from: &Path) -> (BuildInput, RunReport) {
    let read = read_folder(from).unwrap();
    (read.night, read.report)
}

fn provider<'a>(night: &'a BuildInput, id: &str) -> &'a Provider {
    night.providers.iter().find(|provider| provider.id.as_str() == id).unwrap_or_else(|| panic!("no {id}"))
}

fn line(provider: &Provider, service: Service) -> &ServiceLine {
    provider.line(service).unwrap_or_else(|| panic!("{} offers no {service}", provider.id))
}

fn says(line: &ServiceLine, need: &str) -> Tristate {
    line.answer(need.parse().unwrap())
}

#[test]
fn the_real_folder_becomes_a_directory() {
    let Some(folder) = real_folder() else { return };
    let (night, report) = night_of(&folder);
    for (service, at_least) in [
        ("skilled_nursing", 14_000),
        ("home_health", 11_000),
        ("hospice", 4_000),
        ("inpatient_rehab", 1_000),
        ("long_term_acute", 400),
    ] {
        assert!(report.services[service] > at_least, "{service}: {}", report.services[service]);
    }
    let counted = |of: fn(&placement::run_report::FileReport) -> u64| report.files.iter().map(of).sum::<u64>();
    assert_eq!(counted(|file| file.status.rejected), report.rejects.rows);
    assert!(report.rejects.cells > 0 && report.rejects.listed.iter().all(|reject| reject.line > 0));
    let in_tables = report.rejects.listed.iter().filter(|reject| reject.file.contains(".csv"));
    assert!(in_tables.clone().count() > 0 && in_tables.clone().all(|reject| reject.line > 1), "line 1 is the header");
    // Every file of the folder is either read or reported with a reason.
    assert!(report.unread.iter().any(|unread| unread.file == "README.md"));
    assert!(
        report.files.iter().any(|file| file.status.file.contains("hhcahps")),
        "the survey of home health patients is read"
    );
    assert!(night.providers.iter().all(|provider| provider.position.is_some() || provider.address.is_none()));
}

#[test]
fn true_facts_of_the_real_folder_survive_the_night() {
    let Some(folder) = real_folder() else { return };
    let (night, report) = night_of(&folder);

    // Provider Information says "Medicare and Medicaid"; its date is in the file.
    let home = provider(&night, "ccn:425003");
    let nursing = line(home, Service::SkilledNursing);
    assert_eq!(home.address.as_ref().unwrap().value.state.unwrap().as_str(), "SC");
    assert_eq!(home.name.evidence.as_of.unwrap().to_string(), "2024-06-01");
    assert_eq!(nursing.rating.as_ref().unwrap().evidence.as_of.unwrap().to_string(), "2025-12-01", "the newer release rates");

    // Footnote 22: CMS derived the location from part of the address.
    assert_eq!(provider(&night, "ccn:425054").position.as_ref().unwrap().value.precision, Precision::Approximate);
    // Only form CMS-671 has this home; the form gives no address, and its location comes from the ratings.
    let home = provider(&night, "ccn:04E262");
    assert!(home.address.is_none());
    assert!(home.position.as_ref().unwrap().evidence.source.contains("ratings"));
    // A street with double encoding.
    let street = &provider(&night, "ccn:407322").address.as_ref().unwrap().value.street;
    assert!(street.contains("MUÑOZ"), "{street}");
    // A unit's CCN has a letter; its ZIP had lost its leading zero.
    assert!(provider(&night, "ccn:36T180").line(Service::InpatientRehab).is_some());
    assert_eq!(provider(&night, "ccn:313029").address.as_ref().unwrap().value.zip.unwrap().to_string(), "08755");

    // A home certified for Medicaid only cannot take a Medicare stay.
    let only_medicaid = night
        .providers
        .iter()
        .filter_map(|p| p.line(Service::SkilledNursing))
        .filter(|line| stated(line.medicare.as_ref()) == Tristate::No && stated(line.medicaid.as_ref()) == Tristate::Yes);
    assert_eq!(only_medicaid.count(), 245);

    // ZIPs in Alaska are huge: a location may be right and far from the center.
    let far_and_believed = night.providers.iter().filter(|p| {
        let zip = p.address.as_ref().and_then(|a| ZipTable::curated().get(a.value.zip?));
        let position = p.position.as_ref().map(|fact| fact.value);
        zip.zip(position).is_some_and(|(zip, position)| zip.point.miles_to(position.point).value() > 25.0)
    });
    assert!(far_and_believed.count() >= 5);

    // East of Greenwich and still in the US.
    let guam = night
        .providers
        .iter()
        .filter(|p| p.address.as_ref().is_some_and(|a| a.value.state.is_some_and(|state| state.as_str() == "GU")));
    let guam: Vec<&Provider> = guam.collect();
    let home = guam.iter().find(|p| p.line(Service::SkilledNursing).is_some()).unwrap();
    assert!(home.position.as_ref().unwrap().value.point.longitude() > 144.0);
    // The sample source puts the agencies of Guam into Honolulu, 3,700 miles away; they are moved
    // to their ZIP.
    let agencies: Vec<&&Provider> = guam.iter().filter(|p| p.line(Service::HomeHealth).is_some()).collect();
    assert!(!agencies.is_empty());
    for agency in agencies {
        let position = agency.position.as_ref().unwrap();
        assert!(position.value.precision == Precision::Zip && position.value.point.longitude() > 144.0, "{}", agency.id);
        assert!(report.corrections.iter().any(|c| c.provider == agency.id.as_str() && c.miles > 3_000.0));
    }
}

#[test]
fn silence_is_neither_yes_nor_no() {
    use Tristate::{No, Unknown, Yes};
    let Some(folder) = real_folder() else { return };
    let (night, _) = night_of(&folder);
    let offers = ["hh.nursing", "rehab.pt", "rehab.ot", "rehab.slp", "hh.msw", "hh.aide"];
    for (agency, answers) in [
        ("ccn:427861", [Yes, Yes, Unknown, Unknown, Yes, Unknown]),
        ("ccn:427862", [Yes, No, No, Yes, No, No]),
        ("ccn:148404", [Unknown; 6]),
    ] {
        let line = line(provider(&night, agency), Service::HomeHealth);
        assert_eq!(offers.map(|need| says(line, need)), answers, "{agency}");
        assert_eq!((stated(line.medicare.as_ref()), stated(line.medicaid.as_ref())), (Yes, Unknown));
    }
    // Forty ventilator beds mean yes; none is no answer.
    for (home, ventilator) in [("ccn:425105", Yes), ("ccn:425003", Unknown)] {
        assert_eq!(says(line(provider(&night, home), Service::SkilledNursing), "resp.vent"), ventilator, "{home}");
    }
    // Certification implies these.
    let all_say = |service, need| night.providers.iter().filter_map(|p| p.line(service)).all(|line| says(line, need) == Yes);
    assert!(all_say(Service::Hospice, "eol.home") && all_say(Service::InpatientRehab, "rehab.intensive"));
}
