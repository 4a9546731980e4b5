//! Generations on disk: equal input gives equal bytes, damage is detected before serving, and swaps
//! are complete.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use placement::catalog::build::{BuildInput, build};
use placement::catalog::generation::GenerationStore;
use placement::catalog::manifest::{CatalogError, FORMAT, Manifest};
use placement::catalog::{Catalog, ReloadOutcome, SharedCatalog, files};
use placement::matching::candidate::Directory;
use placement::service::Service;

use crate::catalog_world::{night, providers};
use crate::seeded_random::SeededRandom;

fn some_night() -> BuildInput {
    night(providers(60, &mut SeededRandom::seeded(1)))
}

/// An index with one generation in it.
fn published() -> (tempfile::TempDir, GenerationStore, String) {
    let index = tempfile::tempdir().unwrap();
    let store = GenerationStore::new(index.path().join("index"));
    let id = build(some_night(), &store).unwrap().generation;
    store.set_current(&id).unwrap();
    (index, store, id)
}

fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

#[test]
fn the_same_night_gives_the_same_bytes_in_any_order_of_providers() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let one = some_night();
    let mut other = BuildInput { built_at: one.built_at, ..some_night() };
    other.providers.reverse();
    let manifests: Vec<Manifest> = [one, other]
        .into_iter()
        .zip(&folders)
        .map(|(n, folder)| build(n, &GenerationStore::new(folder.path())).unwrap())
        .collect();
    assert_eq!(manifests[0], manifests[1]);
    let id = &manifests[0].generation;
    let [one, other] = folders.each_ref().map(|folder| files_in(&folder.path().join(id)));
    assert!(one.len() > 5);
    assert_eq!(one, other);
}

#[test]
fn one_different_fact_gives_another_generation() {
    let index = tempfile::tempdir().unwrap();
    let one = some_night();
    let mut other = BuildInput { built_at: one.built_at, ..some_night() };
    other.providers[0].name.value.push('s');
    let ids = [one, other].map(|night| build(night, &GenerationStore::new(index.path())).unwrap().generation);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0][..16], ids[1][..16], "built at the same time");
}

#[test]
fn the_manifest_says_what_is_in_it() {
    let (_index, store, id) = published();
    let all = providers(60, &mut SeededRandom::seeded(1));
    let manifest = store.verify(&id).unwrap();
    assert_eq!(manifest.providers, 60);
    assert_eq!(manifest.networks, crate::catalog_world::NETWORKS);
    for service in Service::ALL {
        let expected = all.iter().filter(|provider| provider.line(service).is_some()).count();
        assert_eq!(manifest.lines.get(service.code()).map_or(0, |n| *n as usize), expected, "{service}");
    }
    assert_eq!(Catalog::open(&store.generation_path(&id).unwrap()).unwrap().manifest(), &manifest);
}

#[test]
fn two_providers_of_one_id_are_refused() {
    let index = tempfile::tempdir().unwrap();
    let mut night = some_night();
    night.providers[1].id = night.providers[0].id.clone();
    let id = night.providers[0].id.to_string();
    let error = build(night, &GenerationStore::new(index.path())).unwrap_err().to_string();
    assert!(error.contains(&id), "{error}");
}

#[test]
fn what_an_unfinished_build_left_is_removed_by_the_next() {
    let (_index, store, id) = published();
    let left = store.folder().join("20261121T213000Z-0badf00d.partial");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("meta.json"), "half").unwrap();
    fs::write(store.folder().join("current.partial"), "2026").unwrap();
    let next = build(some_night(), &store).unwrap().generation;
    let names: Vec<String> = fs::read_dir(store.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert_eq!(names, Vec::<String>::new());
    assert_eq!(store.current().unwrap(), id, "built, not yet the one to serve");
    assert_eq!(store.list().unwrap().iter().map(|l| l.generation.clone()).collect::<Vec<_>>(), [next, id]);
}

#[test]
fn a_night_built_twice_is_one_generation_and_mends_a_damaged_one() {
    let index = tempfile::tempdir().unwrap();
    let store = GenerationStore::new(index.path());
    let one = some_night();
    let again = BuildInput { built_at: one.built_at, ..some_night() };
    let id = build(one, &store).unwrap().generation;
    fs::write(store.generation_path(&id).unwrap().join("providers.bin"), "gone").unwrap();
    assert_eq!(build(again, &store).unwrap().generation, id);
    assert!(store.verify(&id).is_ok());
    assert_eq!(store.list().unwrap().len(), 1);
}

/// A kind of damage to one file.
type Harm = (&'static str, fn(&Path));

const HARMS: [Harm; 9] = [
    ("first byte flipped", |path| flip(path, |_| 0)),
    ("middle byte flipped", |path| flip(path, |len| len / 2)),
    ("last byte flipped", |path| flip(path, |len| len - 1)),
    ("truncated by one", |path| change(path, |bytes| bytes.truncate(bytes.len() - 1))),
    ("emptied", |path| change(path, Vec::clear)),
    ("zeroed", |path| change(path, |bytes| bytes.fill(0))),
    ("one byte more", |path| change(path, |bytes| bytes.push(b'\n'))),
    ("deleted", |path| fs::remove_file(path).unwrap()),
    ("replaced by a link to itself elsewhere", |path| {
        let elsewhere = path.parent().unwrap().parent().unwrap().join("elsewhere");
        fs::rename(path, &elsewhere).unwrap();
        symlink(elsewhere, path).unwrap();
    }),
];

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn flip(path: &Path, at: fn(usize) -> usize) {
    change(path, |bytes| {
        let at = at(bytes.len());
        bytes[at] ^= 1;
    });
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for (name, bytes) in files_in(from) {
        fs::write(to.join(name), bytes).unwrap();
    }
}

/// A copy of a generation, to be damaged.
fn spare(of: &Path, id: &str) -> (tempfile::TempDir, PathBuf) {
    let spare = tempfile::tempdir().unwrap();
    let folder = spare.path().join(id);
    copy(of, &folder);
    (spare, folder)
}

fn is_damaged(folder: &Path, named: &str) -> bool {
    matches!(Catalog::open(folder), Err(CatalogError::Damaged { what, .. }) if what.contains(named))
}

#[test]
fn harm_to_any_file_is_found_and_the_file_named() {
    let (_index, store, id) = published();
    let good = store.generation_path(&id).unwrap();
    for name in files_in(&good).into_keys() {
        for (harm, harms) in HARMS {
            let (_spare, folder) = spare(&good, &id);
            harms(&folder.join(&name));
            assert!(is_damaged(&folder, &name), "{name} {harm}: {:?}", Catalog::open(&folder));
        }
    }
}

#[test]
fn a_flipped_byte_anywhere_in_the_manifest_is_found() {
    let (_index, store, id) = published();
    let (_spare, folder) = spare(&store.generation_path(&id).unwrap(), &id);
    let path = folder.join("manifest.json");
    let good = fs::read(&path).unwrap();
    for at in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x20;
        fs::write(&path, &bytes).unwrap();
        assert!(Catalog::open(&folder).is_err(), "byte {at}");
    }
    fs::write(&path, &good).unwrap();
    assert!(Catalog::open(&folder).is_ok());
}

/// A change of a folder, and the file name that must be reported.
type Change<'a> = (&'a str, Box<dyn Fn(&Path) + 'a>, &'a str);

#[test]
fn what_does_not_belong_to_a_generation_is_found() {
    let (_index, store, id) = published();
    let other = build(night(providers(61, &mut SeededRandom::seeded(4))), &store).unwrap().generation;
    let (good, other) = (store.generation_path(&id).unwrap(), store.generation_path(&other).unwrap());
    let changes: [Change<'_>; 4] = [
        ("a file more", Box::new(|folder| fs::write(folder.join("notes.txt"), "hello").unwrap()), "notes.txt"),
        ("a folder more", Box::new(|folder| fs::create_dir(folder.join("more")).unwrap()), "more"),
        ("a link more", Box::new(|folder| symlink("/dev/zero", folder.join("tail")).unwrap()), "tail"),
        (
            "a file of another generation",
            Box::new(|folder| {
                fs::copy(other.join("tables.bin"), folder.join("tables.bin")).unwrap();
            }),
            "tables.bin",
        ),
    ];
    for (what, change, named) in changes {
        let (_spare, folder) = spare(&good, &id);
        change(&folder);
        assert!(is_damaged(&folder, named), "{what}: {:?}", Catalog::open(&folder));
    }
    let (spare, folder) = spare(&other, &id);
    assert!(is_damaged(&folder, "manifest.json"), "another generation under this name");
    let link = spare.path().join(other.file_name().unwrap());
    symlink(&other, &link).unwrap();
    assert!(is_damaged(&link, "not a folder"));
}

#[test]
fn a_generation_of_another_format_or_vocabulary_says_so() {
    let (_index, store, id) = published();
    let (_spare, folder) = spare(&store.generation_path(&id).unwrap(), &id);
    let path = folder.join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let (ours, later) = (format!("\"format\": {FORMAT}"), format!("\"format\": {}, \"later\": true", FORMAT + 1));
    fs::write(&path, text.replace(&ours, &later)).unwrap();
    let error = Catalog::open(&folder).unwrap_err();
    assert!(
        matches!(&error, CatalogError::Unreadable { what, .. } if what.contains(&format!("format is {}", FORMAT + 1))),
        "{error}"
    );

    let (mut manifest, files) = files::read(&store.generation_path(&id).unwrap(), &id).unwrap();
    manifest.vocabulary += 1;
    manifest.generation = files::generation_id(&manifest).unwrap();
    let folder = store.generation_path(&manifest.generation).unwrap();
    files::write(&folder, &files, &manifest).unwrap();
    let error = Catalog::open(&folder).unwrap_err();
    assert!(matches!(&error, CatalogError::Unreadable { what, .. } if what.contains("vocabulary")), "{error}");
}

#[test]
fn only_ids_name_folders() {
    let (_index, store, id) = published();
    let outside = store.folder().parent().unwrap().join("outside");
    copy(&store.generation_path(&id).unwrap(), &outside);
    for text in ["../outside", "", ".", "..", "/etc", "current", "20261121T213000Z-1A2B3C4D", "20261121T213000Z-1a2b3c4d/"] {
        let refused = |result: Result<(), CatalogError>| matches!(result, Err(CatalogError::NoSuchGeneration(_)));
        assert!(refused(store.verify(text).map(drop)) && refused(store.set_current(text)), "{text:?}");
        assert!(store.generation_path(text).is_err(), "{text:?}");
    }
    assert!(matches!(store.verify("20261121T213000Z-1a2b3c4d"), Err(CatalogError::NoSuchGeneration(_))));
    fs::write(store.folder().join("current"), "../outside\n").unwrap();
    let told = store.current().unwrap_err().to_string();
    assert!(told.ends_with("current does not say which directory to serve: it holds \"../outside\""), "{told}");
    fs::write(store.folder().join("current"), "x".repeat(3000)).unwrap();
    assert!(store.current().unwrap_err().to_string().len() < 200);
}

#[test]
fn rolling_back_is_pointing_at_the_one_before() {
    let (_index, store, first) = published();
    assert!(store.previous().is_err(), "nothing older");
    let second = build(some_night(), &store).unwrap().generation;
    let third = build(some_night(), &store).unwrap().generation;
    store.set_current(&third).unwrap();
    assert_eq!(store.previous().unwrap().0, second);
    store.set_current(&second).unwrap();
    assert_eq!(store.previous().unwrap().0, first);
    fs::write(store.generation_path(&third).unwrap().join("tables.bin"), "").unwrap();
    assert!(store.set_current(&third).is_err());
    assert_eq!(store.current().unwrap(), second, "what is damaged is never pointed at");
    fs::write(store.folder().join("current"), "third\n").unwrap();
    let (whole, unfit) = store.previous().unwrap();
    assert_eq!(whole, second, "where none is named, the newest whole one");
    assert!(matches!(unfit.as_slice(), [CatalogError::Damaged { generation, .. }] if *generation == third), "{unfit:?}");
    store.set_current(&second).unwrap();
    let listed: Vec<(String, bool)> = store.list().unwrap().into_iter().map(|l| (l.generation, l.current)).collect();
    assert_eq!(listed, [(third, false), (second, true), (first, false)]);
}

#[test]
fn a_newer_generation_is_swapped_in_and_a_damaged_one_is_not() {
    let (_index, store, first) = published();
    let shared = SharedCatalog::new(store.folder());
    assert!(shared.current().is_none());
    assert_eq!(shared.reload().unwrap(), ReloadOutcome::Swapped(first.clone()));
    assert_eq!(shared.reload().unwrap(), ReloadOutcome::Unchanged);
    let held = shared.current().unwrap();

    let second = build(some_night(), &store).unwrap().generation;
    assert_eq!(shared.reload().unwrap(), ReloadOutcome::Unchanged, "not until current names it");
    store.set_current(&second).unwrap();
    assert_eq!(shared.reload().unwrap(), ReloadOutcome::Swapped(second.clone()));
    assert_eq!(shared.current().unwrap().generation(), second);
    assert_eq!(held.generation(), first, "a request under way ends on what it began with");

    let third = build(some_night(), &store).unwrap().generation;
    store.set_current(&third).unwrap();
    flip(&store.generation_path(&third).unwrap().join("providers.bin"), |len| len / 2);
    assert!(matches!(shared.reload(), Err(CatalogError::Damaged { generation, .. }) if generation == third));
    assert_eq!(shared.current().unwrap().generation(), second);

    let afresh = SharedCatalog::new(store.folder());
    let ReloadOutcome::FellBack { serving, because } = afresh.reload().unwrap() else { panic!("{third} is damaged") };
    assert_eq!(serving, second);
    assert!(because.contains(&third) && because.contains("providers.bin"), "{because}");
    assert_eq!(afresh.current().unwrap().generation(), second);

    store.set_current(&first).unwrap();
    assert_eq!(afresh.reload().unwrap(), ReloadOutcome::Swapped(first));
}

#[test]
fn nothing_published_and_nothing_whole_are_told_apart() {
    let index = tempfile::tempdir().unwrap();
    let nothing = SharedCatalog::new(index.path().join("never made"));
    assert!(matches!(nothing.reload(), Err(CatalogError::NothingPublished(_))));
    let (_index, store, id) = published();
    fs::remove_file(store.generation_path(&id).unwrap().join("meta.json")).unwrap();
    let shared = SharedCatalog::new(store.folder());
    assert!(matches!(shared.reload(), Err(CatalogError::Damaged { .. })));
    assert!(shared.current().is_none());
}

#[test]
fn what_was_opened_outlives_its_files() {
    let (index, store, id) = published();
    let catalog = Catalog::open(&store.generation_path(&id).unwrap()).unwrap();
    drop(index);
    for provider in providers(60, &mut SeededRandom::seeded(1)) {
        assert_eq!(catalog.provider_of(&provider.id).as_deref(), Some(&provider));
    }
}
