//! Nights the gate decides about: what is published, what is refused, and what a user then sees.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use placement::catalog::generation::Store;
use placement::refresh::report::RunReport;
use placement::refresh::{Options, RefreshError, run};

use crate::folder::write;

const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Ownership Type,Number of Certified Beds,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Latitude,Longitude,Geocoding Footnote,Processing Date\n";
const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";

/// A folder of files, and the index its nights are published to.
struct Town {
    folder: tempfile::TempDir,
    nights: i64,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        let town = Self { folder, nights: 0 };
        town.homes(100);
        town.roster(50);
        town
    }

    /// As many homes, seven of ten in South Carolina and the others in Georgia.
    fn homes(&self, count: usize) {
        let home = |at: usize| {
            let (state, city, zip) =
                if at % 10 < 7 { ("SC", "CHARLESTON", "29401") } else { ("GA", "SAVANNAH", "31401") };
            format!(
                "{:06},HOME {at},{at} A ST,{city},{state},{zip},8435550100,Y,100,Medicare,L,,N,4,,,,2026-06-01\n",
                425_000 + at
            )
        };
        self.put("homes.csv", format!("{HOMES}{}", (0..count).map(home).collect::<String>()));
    }

    /// The first so many homes in Acme's network.
    fn roster(&self, count: usize) {
        let row = |at: usize| format!("Acme,Gold,Acme Wide,{:06},,,,,\n", 425_000 + at);
        self.put("acme.csv", format!("{ROSTER}{}", (0..count).map(row).collect::<String>()));
    }

    fn put(&self, name: &str, text: String) {
        write(&self.folder.path().join("in"), &[(name, text)]);
    }

    fn index(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn store(&self) -> Store {
        Store::new(self.index())
    }

    /// The generations on the disk, and whatever else has a generation's name in it.
    fn on_disk(&self) -> Vec<String> {
        let entries =
            fs::read_dir(self.index()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.filter(|name| name.starts_with("20")).collect();
        names.sort();
        names
    }

    /// One more night.
    fn night(&mut self, change: impl FnOnce(&mut Options)) -> Result<RunReport, RefreshError> {
        self.nights += 1;
        let built_at = Timestamp::from_second(1_795_000_000 + 86_400 * self.nights).unwrap();
        let mut options = Options::new(self.folder.path().join("in"), self.index(), built_at);
        change(&mut options);
        run(&options, &mut |_| {})
    }
}

#[test]
fn a_night_that_lost_a_third_is_refused_and_nothing_changes() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    let served = town.store().current().unwrap();
    let before = town.on_disk();

    town.homes(70);
    let refused = town.night(|_| {}).unwrap_err();
    insta::assert_snapshot!(refused, @r"
    the gate refused what was built; what is served stays as it is
      the directory: 100 providers, 70 now: 30 % fewer; refused from 10 %
      Skilled nursing facility: 100 lines, 70 now: 30 % fewer; refused from 20 %
      state GA: 30 providers, 21 now: 30 % fewer; refused from 20 %
      state SC: 70 providers, 49 now: 30 % fewer; refused from 20 %
      CMS Nursing Home Provider Information: 100 rows, 70 now: 30 % fewer; refused from 20 %
    ");
    assert_eq!(town.store().current().unwrap(), served);
    assert_eq!(town.on_disk(), before, "what was refused is not kept");
    assert!(town.store().previous().is_err(), "and nobody can go back to it");

    let report = town.night(|options| options.force = Some("thirty homes closed".to_owned())).unwrap();
    let manifest = town.store().verify(&town.store().current().unwrap()).unwrap();
    assert_eq!((manifest.providers, manifest.forced.as_deref()), (70, Some("thirty homes closed")));
    assert_eq!(report.forced.as_deref(), Some("thirty homes closed"));
    let page = report.to_string();
    let different = page.split_once("What is different").unwrap().1.split("\n\n").next().unwrap();
    let lines: Vec<&str> = different.lines().skip(1).take(2).chain(different.lines().last()).map(str::trim).collect();
    assert_eq!(lines, ["30  providers that are gone", "ccn:425070 HOME 70, SC: skilled_nursing", "and 20 more"]);
}
