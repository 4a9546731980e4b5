//! Commands on published directories: diff, prune, and forced publications.

use std::collections::BTreeMap;
use std::fs;

use placement::catalog::Catalog;
use placement::catalog::build::build;
use placement::catalog::diff::changes::CatalogChange;
use placement::catalog::diff::{compare, visit_changes};
use placement::catalog::generation::GenerationStore;
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::catalog::stats::CatalogStats;
use serde_json::Value;

use crate::catalog_world::{listed, night, plans, providers};
use crate::cli::run_in;
use crate::gate_nights::Town;
use crate::seeded_random::SeededRandom;

/// Twelve homes; then one removed, one added, two with other ratings, one that joined the network
/// and one that left it.
fn two_nights() -> (Town, [String; 2]) {
    let mut town = Town::new();
    town.rated((0..12).map(|at| (at, 4)), "2026-06-01");
    town.listed("acme.csv", 0..3);
    town.night(|_| {}).unwrap();
    let before = town.store().current().unwrap();
    let stars = |at| if at == 5 { 2 } else { 4 };
    town.rated((0..13).filter(|at| *at != 11).map(|at| (at, stars(at))), "2026-07-01");
    town.listed("acme.csv", 1..4);
    town.night(|_| {}).unwrap();
    let after = town.store().current().unwrap();
    (town, [before, after])
}

#[test]
fn a_person_reads_what_is_different() {
    let (town, [before, after]) = two_nights();
    let told = run_in(town.folder.path(), "directory diff");
    assert_eq!(told.code, 0, "{}", told.err);
    let shown = told.out.replace(&before, "BEFORE").replace(&after, "AFTER");
    insta::assert_snapshot!(shown, @r"
    from BEFORE to AFTER

    providers added: 1
      ccn:425012 Home 12, SC: skilled_nursing

    providers removed: 1
      ccn:425011 Home 11, SC: skilled_nursing

    networks changed: 1
      Acme Wide (Acme): 1 begun, 1 ended

    lines that joined a network: 1
      ccn:425003 Home 3: skilled_nursing in Acme Wide (Acme)

    lines that left a network: 1
      ccn:425000 Home 0: skilled_nursing in Acme Wide (Acme)

    ratings changed: 1
      ccn:425005 Home 5: skilled_nursing 4 before, 2 now
    ");
    let back = run_in(town.folder.path(), &format!("directory diff {after} {before}")).out;
    assert!(back.contains("providers added: 1\n  ccn:425011"), "{back}");
    let same = run_in(town.folder.path(), &format!("directory diff {after} {after}"));
    assert!(same.out.ends_with("no differences\n"), "{}", same.out);
    let nobody = run_in(town.folder.path(), "directory diff 20000101T000000Z-00000000");
    assert_eq!(nobody.code, 66, "{}", nobody.err);
}

#[test]
fn a_program_reads_every_change() {
    let (town, [before, after]) = two_nights();
    let told = run_in(town.folder.path(), "directory diff --json").out;
    let json: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(json["changes"].as_array().unwrap().len(), 5);
    insta::assert_snapshot!(told.replace(&before, "BEFORE").replace(&after, "AFTER"), @r#"
    {"from":"BEFORE","to":"AFTER","changes":[
    {"change":"network_ended","id":"ccn:425000","name":"HOME 0","service":"skilled_nursing","network":"Acme Wide (Acme)"},
    {"change":"network_begun","id":"ccn:425003","name":"HOME 3","service":"skilled_nursing","network":"Acme Wide (Acme)"},
    {"change":"stars","id":"ccn:425005","name":"HOME 5","service":"skilled_nursing","before":"4","now":"2"},
    {"change":"gone","id":"ccn:425011","name":"HOME 11","services":["skilled_nursing"],"state":"SC"},
    {"change":"added","id":"ccn:425012","name":"HOME 12","services":["skilled_nursing"],"state":"SC"}
    ],"totals":{"added":1,"gone":1,"services_begun":0,"services_ended":0,"networks_begun":1,"networks_ended":1,"stars":1,"safety":0,"phones":0,"areas":0,"certifications":0,"answers":0},"networks":{"Acme Wide (Acme)":{"known":"in_both","begun":1,"ended":1}},"plans":{}}
    "#);
}

/// The catalog of sixty random providers, changed.
fn catalog(change: impl FnOnce(&mut placement::catalog::build::BuildInput)) -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let store = GenerationStore::new(folder.path());
    let mut night = night(providers(300, &mut SeededRandom::seeded(7)));
    change(&mut night);
    let id = build(night, &store).unwrap().generation;
    let catalog = Catalog::open(&store.generation_path(&id).unwrap()).unwrap();
    (folder, catalog)
}

#[test]
fn a_census_counts_what_the_night_found() {
    let all = providers(300, &mut SeededRandom::seeded(7));
    let (_folder, catalog) = catalog(|_| {});
    let census = CatalogStats::of(&catalog);
    assert_eq!(census.providers, 300);
    assert_eq!(census.without_place, all.iter().filter(|provider| provider.position.is_none()).count() as u64);
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    for state in all.iter().filter_map(|provider| provider.address.as_ref()?.value.state) {
        *states.entry(state.to_string()).or_default() += 1;
    }
    assert_eq!(census.states, states);
    let (plans, listed) = (plans(), listed(&all));
    for (at, network) in (0..).zip(&plans.networks) {
        let lines = all.iter().flat_map(|provider| provider.lines.iter().map(|line| (&provider.id, line.service)));
        let of = |key: &placement::coverage::TermsId| plans.terms(*key).unwrap().network.0 == at;
        let members = lines.filter(|(id, service)| listed.of(id, *service).iter().any(of)).count() as u64;
        assert_eq!(census.networks[&format!("{} (Harbor Health)", network.name)], members);
    }
    assert!(census.networks.values().any(|members| *members > 0));
    let source = &census.sources["CMS Home Health Care Agencies"];
    assert_eq!((source.rows, source.rejected, source.files), (10, 1, 1));
}

#[test]
fn numbers_differ_from_night_to_night_and_names_do_not() {
    let (_one, before) = catalog(|_| {});
    // A network with a name before all others changes the number of every network and term.
    let (_other, after) = catalog(|night| {
        for terms in &mut night.plans.terms {
            terms.network.0 += 1;
        }
        let mut first = night.plans.networks[0].clone();
        first.name = "A new one".to_owned();
        night.plans.networks.insert(0, first);
        for key in &mut night.plans.plans[0].networks {
            key.0 += 1;
        }
    });
    let changes = compare(&before, &after);
    let told: Vec<String> = changes.sections().into_iter().flat_map(|section| section.lines).collect();
    assert_eq!(told, ["A new one (Harbor Health): new, 0 begun, 0 ended"]);
}

#[test]
fn every_change_is_counted_however_few_are_listed() {
    let (_one, before) = catalog(|_| {});
    let (_other, after) = catalog(|night| {
        night.providers.truncate(150);
        night.listed = NetworkBitmap::default();
    });
    let mut told: BTreeMap<&str, u64> = BTreeMap::new();
    let changes = visit_changes(&before, &after, &mut |change| {
        *told
            .entry(match change {
                CatalogChange::Gone(_) => "gone",
                CatalogChange::NetworkEnded(_) => "ended",
                other => panic!("{other:?}"),
            })
            .or_default() += 1;
    });
    assert_eq!((changes.gone.count, changes.gone.listed.len()), (150, 100));
    assert_eq!(told, BTreeMap::from([("gone", 150), ("ended", changes.ended.count)]));
    let by_network: u64 = changes.networks.values().map(|turnover| turnover.ended).sum();
    assert_eq!(by_network, changes.ended.count);
    assert!(by_network > 100);
    assert_eq!(compare(&before, &after), changes);
}

#[test]
fn a_service_given_up_is_told_and_not_its_networks() {
    let (_one, before) = catalog(|_| {});
    let mut of = String::new();
    let (_other, after) = catalog(|night| {
        let provider = night.providers.iter_mut().find(|provider| provider.lines.len() == 2).unwrap();
        let given_up = provider.lines.pop().unwrap();
        of = format!("{} {}: {}", provider.id, provider.name.value, given_up.service.code());
    });
    let told = |changes: placement::catalog::diff::changes::CatalogDiff| {
        changes.sections().into_iter().map(|section| (section.heading, section.lines)).collect::<Vec<_>>()
    };
    assert_eq!(told(compare(&before, &after)), [("services removed", vec![of.clone()])]);
    assert_eq!(told(compare(&after, &before)), [("services added", vec![of])]);
}

#[test]
fn five_are_kept_and_the_one_served_always() {
    let mut town = Town::new();
    let mut built: Vec<String> = (0..7).map(|_| town.night(|_| {}).unwrap().manifest.unwrap().generation).collect();
    assert_eq!(town.on_disk(), built.split_off(2), "a night clears away what is older");
    let kept = town.on_disk();
    run_in(town.folder.path(), &format!("directory rollback {}", kept[0]));
    let pruned = run_in(town.folder.path(), "directory prune --keep 2");
    assert_eq!(pruned.code, 0, "{}", pruned.err);
    assert_eq!(pruned.out, format!("removed {}\nremoved {}\nremoved {}\n", kept[3], kept[2], kept[1]));
    assert_eq!(town.on_disk(), [kept[0].clone(), kept[4].clone()]);
    assert_eq!(town.store().current().unwrap(), kept[0]);
    let again = run_in(town.folder.path(), "directory prune --keep 2").out;
    assert_eq!(again, "nothing to remove: there are no more than 2 directories\n");
    assert_eq!(run_in(town.folder.path(), "directory prune --keep 1").code, 2, "there must be a way back");
    let lock = fs::File::create(town.index().join(".lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(run_in(town.folder.path(), "directory prune").code, 75, "a refresh is running");
    let back = run_in(town.folder.path(), &format!("directory rollback {}", kept[4]));
    assert_eq!((back.code, town.store().current().unwrap()), (0, kept[4].clone()), "going back waits for no refresh");
}

#[test]
fn what_the_gate_refused_is_told_with_a_way_out_and_what_was_forced_is_told_for_good() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    town.rated((0..60).map(|at| (at, 4)), "2026-06-01");
    let refused = run_in(town.folder.path(), "refresh --from in");
    assert_eq!(refused.code, 3);
    for words in ["the directory: 100 providers, 60 now: 40 % fewer; refused at 10 % or more", "--force REASON"] {
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    assert_eq!(run_in(town.folder.path(), "refresh --from in --force=").code, 2, "a reason is asked for");
    let forced = run_in(town.folder.path(), "refresh --from in --force closed");
    assert_eq!(forced.code, 0, "{}", forced.err);
    let list = run_in(town.folder.path(), "directory list").out;
    assert!(list.lines().next().unwrap().ends_with("60 providers  forced: closed"), "{list}");
    let show = run_in(town.folder.path(), "directory show").out;
    assert!(show.contains("published with --force: closed"), "{show}");
}
