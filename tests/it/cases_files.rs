//! Files that were once misread: what a cell, a row, a column and a file mean. The files themselves lie beside the project.

use std::path::{Path, PathBuf};
use std::{env, fs};

use placement::refresh::validate::validate;
use placement::run_report::rejects::RejectedRow;

use crate::folder::{Read, read, write};

const AGENCIES: &str = "State,CMS Certification Number (CCN),Provider Name,Address,City/Town,ZIP Code,Telephone Number,Type of Ownership,Offers Nursing Care Services,Offers Physical Therapy Services,Offers Occupational Therapy Services,Offers Speech Pathology Services,Offers Medical Social Services,Offers Home Health Aide Services,Certification Date,Quality of patient care star rating\n";
const PROFILE: &str = "ccn,npi,service,name,street,city,state,zip,phone,needs_yes,needs_no,max_weight_lb,min_age,max_age,max_doses_a_day,max_cost_dollars_a_day,zips,radius_miles,area_geojson,languages,only_sex,start_of_care_hours,as_of,verified_at,stated_by\n";
const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";

/// The folder of a case, under `PLACEMENT_SHARED`, else beside the project. It must be there where `CI` is set.
pub(crate) fn case(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let cases = env::var_os("PLACEMENT_SHARED").map_or_else(beside, PathBuf::from).join("cases");
    let named = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(name);
    let found = fs::read_dir(&cases).ok().and_then(|entries| entries.flatten().find(named)).map(|entry| entry.path());
    assert!(found.is_some() || env::var_os("CI").is_none(), "{name} is missing in {}", cases.display());
    if found.is_none() {
        println!("skipped: there is no case {name} in {}", cases.display());
    }
    found
}

/// The files of a case, without its README.
pub(crate) fn files_of(name: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let entries = fs::read_dir(case(name)?).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, Vec<u8>)> = entries
        .filter(|path| path.file_name().is_some_and(|name| name != "README"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    Some(files)
}

/// The lines of the text file of a case.
pub(crate) fn lines_of(name: &str) -> Option<Vec<String>> {
    let (_, bytes) = files_of(name)?.into_iter().next()?;
    Some(String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect())
}

/// Reads a folder of the files of a case and others.
pub(crate) fn read_case(name: &str, others: &[(&str, &str)]) -> Option<Read> {
    let files = files_of(name)?;
    let mut all: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    all.extend(others.iter().map(|(name, text)| (*name, text.as_bytes())));
    Some(read(&all))
}

/// Each fault of a file, as `line field: reason`, and each doubt with a `?`.
fn told(name: &str, bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[(name, bytes)]);
    let found = validate(&folder.path().join(name), name, jiff::civil::date(2026, 11, 21)).unwrap();
    let line = |mark: &str, r: &RejectedRow| format!("{mark}{} {}: {}", r.line, r.field, r.reason);
    found.faults.iter().map(|r| line("", r)).chain(found.doubts.iter().map(|r| line("?", r))).collect()
}

/// An agency whose state, ZIP and telephone are written like this.
fn agency(state: &str, zip: &str, phone: &str) -> Read {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let (state, zip, phone) = (quoted(state), quoted(zip), quoted(phone));
    let row = format!(
        "{state},177001,HARBOR HOME CARE,5 ELM ST,LAWRENCE,{zip},{phone},PROPRIETARY,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n"
    );
    read(&[("hh.csv", format!("{AGENCIES}{row}"))])
}

fn address(read: &Read) -> String {
    read.provider("ccn:177001").address.as_ref().map(|fact| fact.value.to_string()).unwrap_or_default()
}

fn phone(read: &Read) -> Option<String> {
    read.provider("ccn:177001").phone.as_ref().map(|fact| fact.value.to_string())
}

#[test]
fn a_zip_and_a_state_are_read_as_files_write_them() {
    for (state, zip, expected) in [
        ("KS", "66047 1234", "5 ELM ST, LAWRENCE, KS 66047"),
        ("KS", "66047-", "5 ELM ST, LAWRENCE, KS 66047"),
        ("KS", "66047.0", "5 ELM ST, LAWRENCE, KS 66047"),
        ("MO", "641 080 000", "5 ELM ST, LAWRENCE, MO 64108"),
        ("KS", "660471234", "5 ELM ST, LAWRENCE, KS 66047"),
        ("KS", "=\"66047\"", "5 ELM ST, LAWRENCE, KS 66047"),
        ("Kansas", "66047", "5 ELM ST, LAWRENCE, KS 66047"),
        ("MO.", "64108", "5 ELM ST, LAWRENCE, MO 64108"),
        ("new  hampshire", "03301", "5 ELM ST, LAWRENCE, NH 03301"),
        ("N.Y.", "10001", "5 ELM ST, LAWRENCE, NY 10001"),
    ] {
        let read = agency(state, zip, "7855550140");
        assert_eq!(address(&read), expected, "{state:?} {zip:?}");
        assert_eq!(read.rejects(), Vec::<String>::new(), "{state:?} {zip:?}");
    }
    let Some(cells) = lines_of("payer-and-input-23") else { return };
    for cell in &cells {
        let is_zip = cell.starts_with(|c: char| c.is_ascii_digit());
        // A state that contradicts its ZIP and the CCN would be corrected.
        let (state, zip) = if cell.starts_with('M') { ("MO", "64108") } else { ("KS", "66047") };
        let read = if is_zip { agency("KS", cell, "") } else { agency(cell, zip, "") };
        assert_eq!(address(&read), format!("5 ELM ST, LAWRENCE, {state} {zip}"), "{cell}");
    }
}

#[test]
fn one_bad_cell_of_an_address_never_discards_its_neighbors() {
    for (state, zip, expected, faults) in [
        ("KS", "6604?", "5 ELM ST, LAWRENCE, KS", &["ZIP Code: a ZIP code is five digits"][..]),
        ("KS", "", "5 ELM ST, LAWRENCE, KS", &["ZIP Code: it is missing"]),
        ("K5", "66047", "5 ELM ST, LAWRENCE, KS 66047", &["State: a state is its two-letter postal code, such as SC"]),
        ("", "66047", "5 ELM ST, LAWRENCE, KS 66047", &["State: it is missing"]),
        ("K5", "6604?", "5 ELM ST, LAWRENCE", &["ZIP Code: a ZIP", "State: a state"]),
    ] {
        let read = agency(state, zip, "7855550140");
        assert_eq!(address(&read), expected, "{state:?} {zip:?}");
        assert_eq!(phone(&read).as_deref(), Some("785-555-0140"));
        let told = read.rejects();
        assert!(told.len() == faults.len() && told.iter().zip(faults).all(|(told, fault)| told.contains(fault)), "{told:?}");
    }
}

#[test]
fn lost_zeros_are_named_and_restored_where_the_state_confirms_them() {
    assert_eq!(address(&agency("CT", "6047", "")), "5 ELM ST, LAWRENCE, CT", "06047 is not in use");
    let confirmed = agency("NJ", "8755", "");
    assert_eq!(address(&confirmed), "5 ELM ST, LAWRENCE, NJ 08755");
    assert!(confirmed.rejects()[0].contains("it lost its leading zero; read as 08755"), "{:?}", confirmed.rejects());
    let elsewhere = agency("KS", "8755", "");
    assert_eq!(address(&elsewhere), "5 ELM ST, LAWRENCE, KS");
    let advice = elsewhere.report.rejects.listed[0].advice.clone().unwrap();
    assert!(advice.contains("drop its leading zero? Perhaps 08755"), "{advice}");
    let rows = "KS,17001,A,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n\
                KS,1.77E+05,B,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n\
                KS,17-7003,C,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n\
                KS,177004.0,D,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n\
                KS,LIC123,E,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n";
    let read = read(&[("hh.csv", format!("{AGENCIES}{rows}"))]);
    let ids: Vec<&str> = read.night.providers.iter().map(|provider| provider.id.as_str()).collect();
    assert_eq!(ids, ["ccn:177003", "ccn:177004"]);
    let advice: Vec<&str> = read.report.rejects.listed.iter().map(|r| r.advice.as_deref().unwrap_or_default()).collect();
    assert!(advice[0].contains("Perhaps 017001") && advice[1].contains("format the column as text"), "{advice:?}");
    assert!(read.rejects()[2].contains("begins with the code of a state"), "{:?}", read.rejects());
}

#[test]
fn a_telephone_keeps_its_ten_digits_and_its_extension() {
    for (text, expected) in [
        ("785-555-0140 EXT: 12", Some("785-555-0140 ext. 12")),
        ("(785) 555-0140 or (785) 555-0141", Some("785-555-0140")),
        ("+1 785 555 0140;ext=7", Some("785-555-0140 ext. 7")),
        ("785.555.0140 #0044", Some("785-555-0140 ext. 0044")),
        ("0000000000", None),
        ("NULL", None),
        ("call us", None),
    ] {
        assert_eq!(phone(&agency("KS", "66047", text)).as_deref(), expected, "{text}");
    }
    let doubts = agency("KS", "66047", "785-555-0140 / 785-555-0141").rejects();
    assert_eq!(doubts, ["hh.csv:2 Telephone Number: only the first number is used"]);
    let Some(lines) = lines_of("payer-and-input-22") else { return };
    let read: Vec<Option<String>> = lines.iter().map(|line| phone(&agency("KS", "66047", line))).collect();
    let expected = ["785-555-0140 ext. 123", "785-555-0140 ext. 12", "785-555-0140", "785-555-0140", "816-555-0167"];
    assert_eq!(read, expected.map(|phone| Some(phone.to_owned())));
    for line in &lines {
        let row = format!("{PROFILE}267001,,home_health,A,1 ELM ST,KANSAS CITY,MO,64108,\"{line}\",,,,,,,,,,,,,,,,\n");
        let profile = crate::folder::read(&[("intake.csv", row)]);
        let phone = profile.provider("ccn:267001").phone.as_ref().map(|fact| fact.value.number());
        assert!(phone.is_some_and(|number| [7_855_550_140, 8_165_550_167].contains(&number)), "{line}");
    }
}

#[test]
fn a_name_is_shown_as_it_is_spoken() {
    let profile = |name: &str| {
        let table = format!("{PROFILE}267001,,home_health,\"{name}\",,,,,,inf.abx,,,,,,,,,,,,,,,\n");
        let json = serde_json::json!([{"ccn": "267001", "service": "home_health", "name": name}]).to_string();
        [("intake.csv", table), ("intake.json", json)].map(|file| read(&[file]).provider("ccn:267001").name.value.clone())
    };
    for (name, shown) in [
        ("ST. MARY&#39;S HOME CARE", "ST. MARY'S HOME CARE"),
        ("SMITH &amp; JONES", "SMITH & JONES"),
        ("SMITH &amp;amp; JONES", "SMITH & JONES"),
        ("OAK\u{200b} \u{7}MANOR", "OAK MANOR"),
        ("\u{2066}OAK\u{2069}  MANOR", "OAK MANOR"),
    ] {
        assert_eq!(profile(name), [shown, shown], "{name:?}");
    }
    let Some(lines) = lines_of("payer-and-input-35") else { return };
    assert!(lines[0].contains('\u{202e}'));
    assert_eq!(profile(&lines[0]), ["ACME HOME", "ACME HOME"]);
}

#[test]
fn no_value_is_written_in_many_ways() {
    let Some(files) = files_of("payer-and-input-10") else { return };
    assert_eq!(told(&files[0].0, &files[0].1), Vec::<String>::new());
    let homes = "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n265003,skilled_nursing,B,\n";
    let read = read_case("payer-and-input-10", &[("homes.csv", homes)]).unwrap();
    for id in ["ccn:265001", "ccn:265003"] {
        let [terms] = read.terms(id, placement::service::Service::SkilledNursing)[..] else { panic!("{id}") };
        assert_eq!((terms.tier.as_deref(), terms.begin, terms.end), (None, None, None), "{id}");
    }
    for missing in ["N/A", "NA", "#N/A", "null", "(null)", "-", ".", "Not Available", "0000000000", "0", "\\N"] {
        let roster =
            format!("{ROSTER}Acme,Acme HMO,Acme Net,265001,{missing},,{},,\n", if missing == "0" { "" } else { missing });
        assert_eq!(told("acme.csv", roster.as_bytes()), Vec::<String>::new(), "{missing}");
    }
}

#[test]
fn dates_are_read_in_cells_and_in_names() {
    for (begin, end, told_of) in [
        ("04152025", "20261231", 0),
        ("4/15/25", "12/31/99", 0),
        ("April 15, 2025", "Dec_2026", 0),
        ("15-APR-2025", "2026-12-31T00:00:00", 0),
        ("2025-04-31", "soon", 2),
    ] {
        let roster = format!("{ROSTER}Acme,Acme HMO,Acme Net,265001,,,,\"{begin}\",\"{end}\"\n");
        assert_eq!(told("acme.csv", roster.as_bytes()).len(), told_of, "{begin} {end}");
    }
    let row = format!("{ROSTER}Acme,Acme HMO,Acme Net,265001,,,,,\n");
    let day = |name: &str| {
        let read = read(&[(name, row.as_str()), ("homes.csv", "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n")]);
        let file = read.report.files.iter().find(|file| file.status.file == name).unwrap();
        file.status.as_of.map(|day| day.to_string())
    };
    for (name, expected) in [
        ("acme_20250415.csv", "2025-04-15"),
        ("acme_04152025.csv", "2025-04-15"),
        ("acme_April_2025.csv", "2025-04-01"),
        ("acme_2025-01_2025-03.csv", "2025-03-31"),
        ("acme_2025-01-01_to_2025-03-15.csv", "2025-03-15"),
    ] {
        assert_eq!(day(name).as_deref(), Some(expected), "{name}");
    }
    let agency = "KS,177001,A,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n";
    let Some(read) = read_case("file-16", &[("hh.csv", &format!("{AGENCIES}{agency}"))]) else { return };
    let leie = read.report.files.iter().find(|file| file.status.file.starts_with("leie")).unwrap();
    assert_eq!(
        (leie.status.as_of.unwrap().to_string().as_str(), leie.status.as_of_from.as_str()),
        ("2016-03-31", "file name")
    );
}

#[test]
fn rows_and_columns_of_empty_cells_are_none() {
    let members = |roster: &str| {
        let homes =
            "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n265003,skilled_nursing,B,\n265005,skilled_nursing,C,\n";
        let read = read(&[("acme.csv", roster), ("homes.csv", homes)]);
        let file = read.report.files.iter().find(|file| file.status.file == "acme.csv").unwrap();
        let whole = read.night.plans.networks.iter().all(|network| network.whole);
        (file.status.rows, file.status.rejected, file.empty, whole)
    };
    let member = "Acme,Acme HMO,Acme Net,265001,,skilled_nursing,,,\n";
    for (what, rows, empty) in [
        ("commas", ",,,,,,,,\n", 1),
        ("blanks", " , ,\u{a0},,,,,,\n", 1),
        ("fewer cells", ",,,\n", 1),
        ("quotes", "\"\",\"\",,,,,,,\n", 1),
        ("a blank line", "\n", 0),
        ("a line of blanks", "   \n", 1),
        ("the end of an old file", "\u{1a}", 1),
    ] {
        assert_eq!(members(&format!("{ROSTER}{member}{rows}")), (1, 0, empty, true), "{what}");
    }
    for (name, rows, empty) in [("payer-and-input-05", 3, 1), ("payer-and-input-06", 3, 300)] {
        let Some(files) = files_of(name) else { return };
        assert_eq!(members(std::str::from_utf8(&files[0].1).unwrap()), (rows, 0, empty, true), "{name}");
        assert_eq!(told(&files[0].0, &files[0].1), Vec::<String>::new(), "{name}");
    }
    let wide = ROSTER.replace("end\n", "end,,,\n");
    for rows in ["Acme,Acme HMO,Acme Net,265001,,,,,,,,\n", "Acme,Acme HMO,Acme Net,265001,,,,,\n"] {
        assert_eq!(told("acme.csv", format!("{wide}{rows}").as_bytes()), Vec::<String>::new(), "{rows}");
    }
    let middle = ROSTER.replace("network,", "network,,");
    let of_middle = |cell: &str| told("acme.csv", format!("{middle}Acme,Acme HMO,Acme Net,{cell},265001,,,,,\n").as_bytes());
    assert_eq!(of_middle(""), Vec::<String>::new());
    assert_eq!(of_middle("see note"), ["?2 : column 4 has no name, so its values are not used"]);
    let beyond = told("acme.csv", format!("{ROSTER}Acme,Acme HMO,Acme Net,265001,,,,,,x\n").as_bytes());
    assert_eq!(beyond, ["2 : it has 10 cells but the header has 9"]);
    let Some(files) = files_of("payer-and-input-07") else { return };
    assert_eq!(told(&files[0].0, &files[0].1), Vec::<String>::new());
    let Some(read) = read_case("file-05", &[]) else { return };
    let file = &read.report.files[0];
    assert_eq!((file.status.rows, file.status.rejected, file.empty), (29, 0, 40));
    assert!(read.report.to_string().contains("; 40 empty"), "{}", read.report);
}

#[test]
fn a_quote_that_is_wrong_is_told_with_its_line_and_the_list_is_not_whole() {
    let open = "a quote does not close on this line";
    let behind = "text follows a closing quote";
    let backslash = "a quote inside a cell is written with a backslash";
    let row = |plan: &str| format!("Acme,{plan},Acme Net,265001,,,,,\n");
    for (what, rows, expected) in [
        ("open", row("\"Acme HMO") + &row("Acme HMO"), vec![(2, open)]),
        ("open at the end", row("Acme HMO") + "Acme,Acme HMO,\"Acme Net,265003,,,,,", vec![(3, open)]),
        ("text behind", row("\"Acme\" HMO") + &row("Acme HMO"), vec![(2, behind)]),
        ("backslash", row("\"Acme \\\"HMO\\\"\""), vec![(2, backslash)]),
        ("two open", row("\"A") + &row("A") + &row("\"B") + &row("B"), vec![(2, open), (4, open)]),
        ("a line break", row("\"Acme\nHMO\"") + &row("Acme HMO"), vec![(2, open)]),
    ] {
        let text = format!("{ROSTER}{rows}");
        let faults = told("acme.csv", text.as_bytes());
        for (line, reason) in &expected {
            assert!(faults.contains(&format!("{line} : {reason}")), "{what}: {faults:?}");
        }
        let read =
            read(&[("acme.csv", text.as_str()), ("homes.csv", "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n")]);
        assert!(read.night.plans.networks.iter().all(|network| !network.whole), "{what}");
    }
    for good in [row("\"Acme \"\"HMO\"\"\""), row("\"Acme, HMO\" "), row("\"\"")] {
        assert_eq!(told("acme.csv", format!("{ROSTER}{good}").as_bytes()), Vec::<String>::new(), "{good}");
    }
    let inside = told("acme.csv", format!("{ROSTER}{}", row("Acme 12\" HMO")).as_bytes());
    assert_eq!(inside, ["?2 : a quote stands inside a cell that is not in quotes; it is kept"]);
    for (name, line, reason) in
        [("payer-and-input-01", 2, open), ("payer-and-input-03", 2, open), ("payer-and-input-04", 2, backslash)]
    {
        let Some(files) = files_of(name) else { return };
        let faults = told(&files[0].0, &files[0].1);
        assert!(faults.contains(&format!("{line} : {reason}")), "{name}: {faults:?}");
    }
    let homes =
        "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n265003,skilled_nursing,B,\n265005,skilled_nursing,C,\n";
    let read = read_case("payer-and-input-01", &[("homes.csv", homes)]).unwrap();
    assert!(
        !read.terms("ccn:265003", placement::service::Service::SkilledNursing).is_empty(),
        "the next line is a row of its own"
    );
    assert!(!read.night.plans.networks[0].whole);
    let profiles = read_case("payer-and-input-03", &[]).map(|read| read.report.files[0].status.rows);
    assert_eq!(profiles, Some(4));
}

#[test]
fn a_row_whose_cells_moved_is_rejected_by_that_word() {
    let shifted = |row: &str| read(&[("hh.csv", format!("{AGENCIES}{row}\n"))]);
    let good = "KS,177001,A,5 ELM ST,LAWRENCE,66047,7855550140,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4";
    assert_eq!(shifted(good).night.providers.len(), 1);
    for (what, row) in [
        ("a cell too many before", "KS,177001,,A,5 ELM ST,LAWRENCE,66047,7855550140,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011"),
        ("two cells too few", "KS,177001,A,66047,7855550140,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4,,"),
        ("the state is lost", "177001,A,5 ELM ST,LAWRENCE,66047,7855550140,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4,"),
    ] {
        let read = shifted(&format!("{row}\n{}", good.replace("177001", "177002")));
        let ids: Vec<&str> = read.night.providers.iter().map(|provider| provider.id.as_str()).collect();
        assert_eq!((ids, read.report.rejects.rows), (vec!["ccn:177002"], 1), "{what}");
        let told = read.rejects();
        assert!(told.len() == 1 && told[0].starts_with("hh.csv:2 : it is a shifted row: "), "{what}: {told:?}");
    }
    let two = shifted("KS,177001,A,5 ELM ST,LAWRENCE,?,?,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4");
    assert_eq!((two.night.providers.len(), two.report.rejects.rows), (1, 0), "two bad cells are two bad cells");
    let hospital = shifted(&format!("{}\n{good}", good.replace("177001", "170001")));
    assert_eq!(
        hospital.rejects(),
        ["hh.csv:2 CMS Certification Number (CCN): it is the CCN of a hospital, and this is a list of home health agencies"]
    );
    let Some(read) = read_case("file-17", &[("good.csv", &format!("{AGENCIES}{good}\n"))]) else { return };
    let ids: Vec<&str> = read.night.providers.iter().map(|provider| provider.id.as_str()).collect();
    assert_eq!(ids, ["ccn:177001"]);
    assert!(read.rejects()[0].contains("it is a shifted row"), "{:?}", read.rejects());
}

#[test]
fn a_line_break_in_anothers_file_is_told() {
    let rows = "KS,177001,\"A\nB\",5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n";
    let read = read(&[("hh.csv", format!("{AGENCIES}{rows}"))]);
    assert_eq!(
        read.rejects(),
        ["hh.csv:2 : the cell \"Provider Name\" has a line break, as after a quote that does not close"]
    );
    assert_eq!(read.provider("ccn:177001").name.value, "A B");
}

#[test]
fn a_header_is_found_where_it_is_and_how_it_is_written() {
    let agency = "KS,177001,A,5 ELM ST,LAWRENCE,66047,7855550140,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n";
    let table = format!("{AGENCIES}{agency}");
    let expected = read(&[("hh.csv", &table)]).night.providers;
    let utf16 = |text: &str, mark: &[u8]| -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    for (what, bytes, told) in [
        (
            "a title",
            format!("Home health agencies as of 06/01/2024\n{table}").into_bytes(),
            Some("hh.csv:2 : line 2 is the header; the line above it is not read"),
        ),
        (
            "sep=",
            format!("sep=,\r\n{table}").into_bytes(),
            Some("hh.csv:2 : line 2 is the header; the line above it is not read"),
        ),
        (
            "blank lines",
            format!("\n,,,\n\n{table}").into_bytes(),
            Some("hh.csv:4 : line 4 is the header; the 3 lines above it are not read"),
        ),
        ("semicolons", table.replace(',', ";").into_bytes(), Some("hh.csv:1 : cells are separated by semicolons")),
        ("tabs", table.replace(',', "\t").into_bytes(), Some("hh.csv:1 : cells are separated by tabs")),
        ("bars", table.replace(',', "|").into_bytes(), Some("hh.csv:1 : cells are separated by bars")),
        ("UTF-16", utf16(&table, &[0xff, 0xfe]), None),
        ("UTF-16 with tabs", utf16(&table.replace(',', "\t"), &[]), Some("hh.csv:1 : cells are separated by tabs")),
        (
            "snake case",
            table
                .to_lowercase()
                .replace(' ', "_")
                .replace("5_elm_st", "5 ELM ST")
                .replace("lawrence", "LAWRENCE")
                .replace(",a,", ",A,")
                .replace(",x,", ",X,")
                .replace("ks,", "KS,")
                .into_bytes(),
            None,
        ),
    ] {
        let read = read(&[("hh.csv", bytes)]);
        assert_eq!(read.night.providers, expected, "{what}");
        assert_eq!(read.rejects(), told.map(str::to_owned).into_iter().collect::<Vec<_>>(), "{what}");
    }
    let below = read(&[(
        "hh.csv",
        format!("a title\n{table}KS,17700,B,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n"),
    )]);
    assert!(
        below.rejects().iter().any(|told| told.starts_with("hh.csv:4 CMS Cert")),
        "lines are counted from the top: {:?}",
        below.rejects()
    );
    let Some(read) = read_case("file-06", &[]) else { return };
    let read_files: Vec<(&str, u64)> =
        read.report.files.iter().map(|file| (file.status.dataset.as_str(), file.status.rows)).collect();
    assert_eq!(read_files, [("NPPES deactivations", 1), ("CMS Nursing Home Provider Information", 3)]);
    let Some(read) = read_case("file-07", &[]) else { return };
    assert_eq!(read.report.files[0].status.dataset, "CMS Home Health Care Agencies");
    assert!(!read.night.providers.is_empty() && read.report.rejects.rows == 0, "{:?}", read.rejects());
    let Some(read) = read_case("file-15", &[]) else { return };
    let home = read.provider("ccn:015009");
    assert_eq!(
        (home.name.value.as_str(), read.report.files[0].status.as_of.unwrap().to_string().as_str()),
        ("BURNS NURSING HOME, INC.", "2018-01-01")
    );
    assert_eq!(home.address.as_ref().unwrap().value.to_string(), "701 MONROE STREET NW, RUSSELLVILLE, AL 35653");
    let line = home.line(placement::service::Service::SkilledNursing).unwrap();
    assert_eq!((line.beds.as_ref().unwrap().value, line.rating.as_ref().unwrap().value.to_string()), (57, "5".to_owned()));
}

/// A workbook of these sheets, whose cells are texts, or numbers where they are written as such.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (at, row) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*row) {
                if let Some(Ok(number)) = cell.strip_prefix('#').map(str::parse::<f64>) {
                    sheet.write_number(at, column, number).unwrap();
                } else if !cell.is_empty() {
                    sheet.write_string(at, column, *cell).unwrap();
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_read_by_its_first_sheet() {
    let header = ["payer", "plan", "network", "ccn", "npi", "service", "tier", "begin", "end"];
    let row = ["Acme", "Gold, \"Plus\"", "Acme\nNet", "265001", "", "skilled_nursing", "", "", ""];
    let numbers = ["Acme", "Acme HMO", "Acme Net", "#265003", "#1234567893", "skilled_nursing", "#1", "", ""];
    let lost = ["Acme", "Acme HMO", "Acme Net", "#17003", "", "", "", "", ""];
    let homes = "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n265003,skilled_nursing,B,\n";
    let book =
        workbook(&[("Roster", &[&["Members of Acme Net"], &[], &header, &row, &[], &numbers, &lost]), ("Notes", &[&["x"]])]);
    let read = read(&[("acme.xlsx", book.as_slice()), ("homes.csv", homes.as_bytes())]);
    let file = read.report.files.iter().find(|file| file.status.file == "acme.xlsx").unwrap();
    assert_eq!((file.status.dataset.as_str(), file.status.rows, file.status.rejected), ("payer roster", 3, 1));
    for id in ["ccn:265001", "ccn:265003"] {
        assert_eq!(read.terms(id, placement::service::Service::SkilledNursing).len(), 1, "{id}");
    }
    let plans: Vec<&str> = read.night.plans.plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(plans, ["Acme HMO", "Gold, \"Plus\""]);
    let told = read.rejects();
    assert!(told.contains(&"acme.xlsx:3 : line 3 is the header; the 2 lines above it are not read".to_owned()), "{told:?}");
    assert!(told.iter().any(|told| told.contains("the sheet \"Roster\" is read, and not \"Notes\"")), "{told:?}");
    assert!(
        told.contains(&"acme.xlsx:7 ccn: a CCN is six letters and digits".to_owned()),
        "the line is that of the sheet: {told:?}"
    );
    let advice = read.report.rejects.listed.iter().find(|r| r.field == "ccn").unwrap().advice.clone().unwrap();
    assert!(advice.contains("Perhaps 017003"), "{advice}");
    let old = told_of("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more");
    assert!(old.contains("an old or an encrypted workbook"), "{old}");
}

/// Why a file is not used, beside one that is; or that the whole folder cannot be read.
fn told_of(name: &str, bytes: &[u8]) -> String {
    let good = format!("{ROSTER}Acme,Acme HMO,Acme Net,265001,,,,,\n");
    match crate::folder::try_read(&[(name, bytes), ("good.csv", good.as_bytes())]) {
        Ok(read) => read.report.unread.iter().map(|unread| unread.reason.clone()).collect(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn series_of_columns_are_compared_like_names() {
    let nppes = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Healthcare Provider Taxonomy Code_1,Healthcare Provider Taxonomy Code_2\n";
    let row = "1234567893,2,DUNMERE INFUSION,5 QUEEN ST,CHARLESTON,SC,29401,333600000X,251F00000X\n";
    for header in [
        nppes.to_owned(),
        nppes.to_uppercase(),
        nppes.to_lowercase().replace([' ', '(', ')'], "_"),
        nppes.replace("Code_", "Code "),
    ] {
        let read = read(&[("npi.csv", format!("{header}{row}"))]);
        assert_eq!(read.provider("npi:1234567893").name.value, "DUNMERE INFUSION", "{header}");
    }
    let without = nppes.replace("Healthcare Provider Taxonomy Code", "Specialty");
    let error = crate::folder::try_read(&[("npi.csv", format!("{without}{row}"))]).err().unwrap();
    assert!(error.to_string().contains("\"Healthcare Provider Taxonomy Code_1\" is missing"), "{error}");
    let Some(read) = read_case("file-03", &[]) else { return };
    assert!(!read.night.providers.is_empty(), "{}", read.report);
}

#[test]
fn what_is_unknown_is_told_with_the_nearest_known_dataset() {
    for (name, text, says) in [
        ("a.csv", "Facility ID,Facility Type,City,County\n1,2,3,4\n", "the nearest is "),
        (
            "b.csv",
            "Offers Speech Pathology Services,Offers Home Health Aide Services,Telephone Number\nYes,No,\n",
            "the nearest is CMS Home Health Care Agencies: 2 of its 13 columns are there; missing: \"Offers Nursing Care Services\"",
        ),
        ("c.csv", "red,green\n1,2\n", "none of its columns is known"),
        ("d.csv", "Facility ID;Facility Type;City;County\n1;2;3;4\n", "the nearest is "),
        (
            "e.json",
            "{\"plan_id\": \"1\", \"price\": 2}",
            "the nearest is marketplace plans: 1 of its 2 keys are there; missing: \"plan_id_type\"",
        ),
    ] {
        let told = told_of(name, text.as_bytes());
        assert!(told.contains("matches no known dataset") && told.contains(says), "{name}: {told}");
    }
}

#[test]
fn price_transparency_files_are_no_marketplace_plans() {
    for text in [
        r#"{"reporting_entity_name":"x","plan_name":"A","plan_id":"1","marketing_name":"y","in_network":[]}"#,
        r#"{"reporting_entity_name":"x","out_of_network":[]}"#,
        r#"{"version":"1.0.0","provider_groups":[{"npi":[1],"tin":{}}]}"#,
        r#"{"plan_id_type":"ein","plan_id":"1","marketing_name":"y","provider_references":[]}"#,
    ] {
        let told = told_of("rates.json", text.as_bytes());
        assert!(told.contains("it lists prices by tax number"), "{text}: {told}");
    }
    let Some(files) = files_of("file-08") else { return };
    for (name, bytes) in files {
        let told = told_of(&name, &bytes);
        assert!(told.contains("it lists prices by tax number"), "{name}: {told}");
    }
}

#[test]
fn the_rows_of_a_list_agree_with_what_it_lists() {
    let header = "ID,Name,Address,City,State,Zipcode,Type,Phone,Latitude,Longitude\n"
        .replace("Zipcode", "Zip")
        .replace("Type,", "Beds,");
    let row = |ccn: &str| format!("{ccn},A,5 ELM ST,ANDALUSIA,AL,36420,50,3342228466,31.3,-86.47\n");
    let told = |ccns: &[&str]| {
        told_of("homes.csv", format!("{header}{}", ccns.iter().map(|ccn| row(ccn)).collect::<String>()).as_bytes())
    };
    assert_eq!(told(&["015001", "01A193", "01E262"]), "");
    for (ccns, says) in [
        (
            &["010036", "010079"][..],
            "2 of the 2 CCNs in its first rows are not of nursing homes; 010036 is the CCN of a hospital",
        ),
        (
            &["017001", "015001", "017002"],
            "2 of the 3 CCNs in its first rows are not of nursing homes; 017001 is the CCN of a home health agency",
        ),
        (&["01U036"], "01U036 is the CCN of a hospital with swing beds"),
    ] {
        assert!(told(ccns).contains(says), "{ccns:?}: {}", told(ccns));
    }
    assert_eq!(told(&["015001", "015002", "010036"]), "", "one hospital among homes is one rejected row");
    let Some(files) = files_of("file-01") else { return };
    let told = told_of(&files[0].0, &files[0].1);
    assert!(
        told.contains("7 of the 7 CCNs in its first rows are not of nursing homes; 010036 is the CCN of a hospital"),
        "{told}"
    );
}

/// What the gate refuses of a folder, run as a night is.
fn refused(files: &[(&str, &[u8])]) -> Result<(), String> {
    let (from, index) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), files);
    let tonight = jiff::Timestamp::constant(1_900_000_000, 0);
    let options = placement::refresh::options::RefreshOptions::new(from.path(), index.path(), tonight);
    crate::folder::run_when_free(&options, &mut |_| {}).map(drop).map_err(|error| error.to_string())
}

#[test]
fn an_exclusion_list_without_a_readable_npi_is_refused() {
    const LIST: &str = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n";
    let business = |npi: &str| {
        format!(
            ",,,OAKVALE LLC,OTHER BUSINESS,HOME HEALTH,,{npi},,1 NOWHERE ST,BOISE,ID,83702,1128b8,20161020,00000000,00000000,\n"
        )
    };
    let person = |npi: &str| {
        format!(
            "SECRETPERSON,QUIETLY,,,IND,NURSE,,{npi},19610203,7 QUIET LN,BOISE,ID,83702,1128b8,20161020,00000000,00000000,\n"
        )
    };
    let agency = format!("{AGENCIES}KS,177001,A,5 ELM ST,LAWRENCE,66047,,X,Yes,Yes,Yes,Yes,Yes,Yes,04/04/2011,4\n");
    let night = |rows: &str| refused(&[("hh.csv", agency.as_bytes()), ("leie.csv", format!("{LIST}{rows}").as_bytes())]);
    for good in
        [business("1234567893"), business("0000000000"), business(""), business("1234567893.0"), person("1.49776E+09")]
    {
        assert_eq!(night(&good), Ok(()), "{good}");
    }
    let torn = business("1234567893").replace("BOISE,", "");
    let swallowing = business("1234567893").replace("OAKVALE LLC", "\"OAKVALE LLC\nother rows\"");
    for bad in [business("1.49776E+09"), business("149776"), business("1234567890"), business("N0T AN NPI"), torn, swallowing]
    {
        let error = night(&format!("{}{bad}", business("1234567893"))).unwrap_err();
        assert!(error.contains("leie.csv: 1 of 2 rows cannot be read"), "{bad}: {error}");
    }
    let Some(files) = files_of("file-02") else { return };
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let error = refused(&files).unwrap_err();
    assert!(error.contains("leie.csv: 1 of 1 row cannot be read"), "{error}");
}

#[test]
fn a_waiver_is_shown_beside_the_exclusion() {
    const LIST: &str = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n";
    let homes = "ccn,npi,service,name,street,city,state,zip,needs_yes\n267001,1999991015,home_health,WICKERHOWE HOME HEALTH,7757 KILN BLVD,KANSAS CITY,MO,64106,\n";
    let by = |rows: &str| {
        let read = read(&[("homes.csv", homes), ("leie.csv", &format!("{LIST}{rows}"))]);
        read.line("ccn:267001", placement::service::Service::HomeHealth).standing_by.as_ref().map(|by| by.source.to_string())
    };
    let row = |waiver: &str| {
        format!(
            ",,,WICKERHOWE HOME HEALTH,OTHER BUSINESS,HOME HEALTH AGENCY,,1999991015,,7757 KILN BLVD,KANSAS CITY,MO,64106,1128a1,20240101,00000000,{waiver}\n"
        )
    };
    let list = "OIG List of Excluded Individuals/Entities";
    for (waiver, shown) in [
        ("20240601,MO", format!("{list}, waived for MO since 2024-06-01 (42 CFR 1001.1801)")),
        ("00000000,Missouri", format!("{list}, waived for MO (42 CFR 1001.1801)")),
        ("00000000,", list.to_owned()),
    ] {
        assert_eq!(by(&row(waiver)), Some(shown), "{waiver}");
    }
    let Some(read) = read_case("payer-and-input-28", &[("homes.csv", homes)]) else { return };
    let by = read.line("ccn:267001", placement::service::Service::HomeHealth).standing_by.as_ref().unwrap();
    assert!(by.source.ends_with(", waived for MO since 2024-06-01 (42 CFR 1001.1801)"), "{}", by.source);
}

#[test]
fn form_671_gives_no_address() {
    let header = "Provider Number,Facility Name,City,State,Zip Code,Certification Date,Program Participation Code,Ownership Type,Number of Alzheimer's Disease Beds,Number of Dialysis Beds,Number of Disabled Children/Young Adult Beds,Number of Head Trauma Beds,Number of Hospice Beds,Number of Ventilator Beds\n";
    let form = |ccn: &str, place: &str| {
        format!("{header}{ccn},LOWRY HILLS,{place},2024-05-07,SNF/NF Dual Certification,X,0,0,0,0,0,12\n")
    };
    let points = "Provider Number,Overall Rating,Latitude,Longitude\n065001,2.0,39.7201,-104.87\n";
    let list = "ID,Name,Address,City,State,Zip,Beds,Phone,Latitude,Longitude\n065001,LOWRY HILLS,1 ELM ST,AURORA,CO,80012,50,3035550100,39.7201,-104.87\n";
    for place in ["CARLSBAD,CA,92011", "AURORA,CO,80012", ",,", "?,?,?"] {
        let read = read(&[("form.csv", form("065001", place)), ("points.csv", points.to_owned())]);
        let home = read.provider("ccn:065001");
        let point = home.position.as_ref().unwrap().value.point;
        assert!(home.address.is_none() && (point.latitude() - 39.72).abs() < 0.01, "{place}");
        assert_eq!(read.report.corrections.len(), 0, "{place}");
    }
    let both = read(&[("form.csv", form("065001", "CARLSBAD,CA,92011")), ("list.csv", list.to_owned())]);
    let home = both.provider("ccn:065001");
    assert_eq!(home.address.as_ref().unwrap().value.to_string(), "1 ELM ST, AURORA, CO 80012");
    assert_eq!(both.report.conflicts.get("address"), None, "{:?}", both.report.conflicts);
    let Some(read) = read_case("file-04", &[]) else { return };
    for (id, latitude) in [("ccn:065001", 39.7201), ("ccn:065110", 39.0937), ("ccn:065147", 38.7939)] {
        let home = read.provider(id);
        assert!(home.address.is_none(), "{id}");
        assert!((home.position.as_ref().unwrap().value.point.latitude() - latitude).abs() < 1e-4, "{id}");
    }
}

#[test]
fn only_the_name_over_the_door_is_shown_of_the_registry() {
    const NPPES: &str = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider Other Organization Name,Provider Other Organization Name Type Code,Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Healthcare Provider Taxonomy Code_1\n";
    for (code, shown) in
        [("3", "OLD NAME INFUSION"), ("4", "NEW INFUSION LLC"), ("5", "NEW INFUSION LLC"), ("", "NEW INFUSION LLC")]
    {
        let row =
            format!("1999991015,2,NEW INFUSION LLC,OLD NAME INFUSION,{code},10 MAIN ST,KANSAS CITY,MO,64108,251F00000X\n");
        let read = read(&[("npi.csv", format!("{NPPES}{row}"))]);
        assert_eq!(read.provider("npi:1999991015").name.value, shown, "{code}");
    }
    // A former name still finds the provider: the home is listed under it.
    let homes = "ccn,service,name,street,city,state,zip,needs_yes\n267001,home_health,OLD NAME HOME HEALTH,10 MAIN ST,KANSAS CITY,MO,64108,\n";
    let row = "1999991015,2,NEW NAME LLC,OLD NAME HOME HEALTH,4,10 MAIN ST,KANSAS CITY,MO,64108,251E00000X\n";
    let roster = format!("{ROSTER}Acme,Acme HMO,Acme Net,,1999991015,,,,\n");
    let read = read(&[("homes.csv", homes), ("npi.csv", &format!("{NPPES}{row}")), ("acme.csv", &roster)]);
    assert_eq!(read.terms("ccn:267001", placement::service::Service::HomeHealth).len(), 1);
}

#[test]
fn an_area_over_the_antimeridian_is_where_it_says() {
    let area = match case("payer-and-input-26") {
        Some(case) => fs::read_to_string(case.join("area.json")).unwrap(),
        None => r#"{"type":"Polygon","coordinates":[[[170,50],[-160,50],[-160,60],[170,60],[170,50]]]}"#.to_owned(),
    };
    let area: serde_json::Value = serde_json::from_str(&area).unwrap();
    let profile =
        serde_json::json!([{"ccn": "027001", "service": "home_health", "name": "ADAK HOME HEALTH", "area_geojson": area}]);
    let read = read(&[("adak.json", profile.to_string())]);
    let line = read.line("ccn:027001", placement::service::Service::HomeHealth);
    let placement::provider::ServiceArea::Zips(zips) = &line.area else { panic!("no area") };
    let serves = |zip: &str| zips.value.contains(&zip.parse().unwrap());
    assert!(serves("99546"), "Adak");
    assert!(!serves("99801") && !serves("99615") && !serves("99901"), "Juneau, Kodiak and Ketchikan");
}

#[test]
fn names_that_differ_in_case_spaces_or_punctuation_are_one() {
    let homes =
        "ccn,service,name,needs_yes\n265001,skilled_nursing,A,\n265003,skilled_nursing,B,\n265005,skilled_nursing,C,\n";
    let names = |read: &Read| {
        let plans = &read.night.plans;
        let plan = |plan: &placement::coverage::Plan| {
            format!("{} ({})", plan.name, plan.payer.map_or("", |at| plans.payers[at as usize].name.as_str()))
        };
        let networks = plans.networks.iter().map(|network| network.name.clone());
        (plans.plans.iter().map(plan).collect::<Vec<_>>().join("; "), networks.collect::<Vec<_>>().join("; "))
    };
    let row = |at: usize, (payer, plan, network): (&str, &str, &str)| {
        format!("{payer},{plan},{network},{},,,,,\n", 265_001 + 2 * at)
    };
    for (rows, plans, networks) in [
        (
            [("Acme", "Acme HMO", "Acme Net"), ("Acme", "ACME HMO", "ACME NET"), ("Acme", "Acme HMO", "Acme Net")],
            "Acme HMO (Acme)",
            "Acme Net",
        ),
        (
            [("ACME", "ACME HMO", "ACME NET"), ("Acme", "Acme HMO", "Acme Net"), ("Acme", "Acme HMO", "Acme Net")],
            "Acme HMO (Acme)",
            "Acme Net",
        ),
        (
            [("Acme", "Acme-HMO", "Acme  Net"), ("Acme", "Acme HMO", "Acme Net."), ("Acme", "Acme H.M.O.", "Acme-Net")],
            "Acme-HMO (Acme)",
            "Acme Net",
        ),
        (
            [("Acme", "Gold", "Net"), ("Acme", "Gold+", "Net"), ("Acme", "Gold 2", "Net 2")],
            "Gold (Acme); Gold 2 (Acme); Gold+ (Acme)",
            "Net; Net 2",
        ),
        (
            [("Acme", "PPO", "Net"), ("Beta", "ppo", "net"), ("", "PPO", "Other")],
            "PPO (); PPO (Acme); ppo (Beta)",
            "Net (Acme); Other; net (Beta)",
        ),
    ] {
        let roster: String = rows.iter().enumerate().map(|(at, cells)| row(at, *cells)).collect();
        let read = read(&[("acme.csv", format!("{ROSTER}{roster}")), ("homes.csv", homes.to_owned())]);
        assert_eq!(names(&read), (plans.to_owned(), networks.to_owned()), "{rows:?}");
    }
    let Some(files) = files_of("payer-and-input-08") else { return };
    assert_eq!(
        told(&files[0].0, &files[0].1),
        [
            "?3 plan: it is spelled \"Acme HMO\" on line 2; both are one name",
            "?3 network: it is spelled \"Acme Net\" on line 2; both are one name",
        ]
    );
    let read = read_case("payer-and-input-08", &[("homes.csv", homes)]).unwrap();
    assert_eq!(names(&read), ("Acme HMO (Acme)".to_owned(), "Acme Net".to_owned()));
    for id in ["ccn:265001", "ccn:265003", "ccn:265005"] {
        assert_eq!(read.terms(id, placement::service::Service::SkilledNursing).len(), 1, "{id}");
    }
    assert!(read.night.plans.networks[0].whole);
}
