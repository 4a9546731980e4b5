//! A generation damaged on disk is detected before it is served, whatever the damage, and the
//! newest good one is served instead.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use super::{Ground, QUESTION, body, ready};
use crate::cli::Server;
use crate::full_size::times;
use crate::seeded_random::SeededRandom;

/// A kind of damage.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip,
    Truncate,
    Lengthen,
    Zero,
    Delete,
    Swap,
    Extra,
    Link,
    OtherManifest,
    WrongManifest,
    Gone,
    Unnamed,
    NoName,
}

const KINDS: [Damage; 13] = [
    Damage::Flip,
    Damage::Truncate,
    Damage::Lengthen,
    Damage::Zero,
    Damage::Delete,
    Damage::Swap,
    Damage::Extra,
    Damage::Link,
    Damage::OtherManifest,
    Damage::WrongManifest,
    Damage::Gone,
    Damage::Unnamed,
    Damage::NoName,
];

impl Damage {
    /// Damages the generation in `folder`, whose older neighbor is `older`.
    fn happen(self, folder: &Path, older: &Path, random: &mut SeededRandom) {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let file = random.pick(&names).clone();
        let bytes = fs::read(&file).unwrap();
        let manifest = folder.join("manifest.json");
        match self {
            Self::Flip => {
                let (at, bit) = (random.below(bytes.len()), random.below(8));
                let flipped = |(n, byte): (usize, u8)| if n == at { byte ^ (1 << bit) } else { byte };
                fs::write(&file, bytes.into_iter().enumerate().map(flipped).collect::<Vec<u8>>()).unwrap();
            }
            Self::Truncate => fs::write(&file, &bytes[..random.below(bytes.len())]).unwrap(),
            Self::Lengthen => fs::write(&file, [&bytes[..], &[*random.pick(&bytes)]].concat()).unwrap(),
            Self::Zero => {
                // From a byte that is not zero to a later position.
                let filled: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
                let from = *random.pick(&filled);
                let to = (from + 1 + random.below(4096)).min(bytes.len());
                fs::write(&file, [&bytes[..from], &vec![0; to - from], &bytes[to..]].concat()).unwrap();
            }
            Self::Delete => fs::remove_file(&file).unwrap(),
            Self::Swap => {
                let others: Vec<_> = names.into_iter().filter(|other| *other != file).collect();
                let other = random.pick(&others);
                let there = fs::read(other).unwrap();
                assert_ne!(bytes, there, "two files alike, so that nothing happens");
                fs::write(&file, there).unwrap();
                fs::write(other, bytes).unwrap();
            }
            Self::Extra => {
                let name = *random.pick(&["providers.bin~", ".managed.json", "0000.idx", "core"]);
                if random.happens(50) { fs::write(folder.join(name), bytes) } else { fs::create_dir(folder.join(name)) }
                    .unwrap();
            }
            Self::Link => {
                let aside = folder.with_extension("aside");
                fs::rename(&file, &aside).unwrap();
                symlink(&aside, &file).unwrap();
            }
            Self::OtherManifest => fs::copy(older.join("manifest.json"), manifest).map(drop).unwrap(),
            Self::WrongManifest => {
                let mut said: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
                let key = *random.pick(&["providers", "networks", "vocabulary", "format"]);
                said[key] = (said[key].as_u64().unwrap() + 1 + random.number() % 9).into();
                fs::write(manifest, serde_json::to_vec_pretty(&said).unwrap()).unwrap();
            }
            Self::Gone => fs::remove_dir_all(folder).unwrap(),
            Self::Unnamed => {
                let wrong = *random.pick(&["", "latest\n", "../../../etc\n", "20261121T213000Z-0000000\u{0}\n"]);
                fs::write(folder.with_file_name("current"), wrong).unwrap();
                fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
            }
            Self::NoName => {
                fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
                let current = folder.with_file_name("current");
                // It may be done already, for the previous generation.
                let _ = fs::remove_file(&current).or_else(|_| fs::remove_dir(&current));
                match random.below(4) {
                    0 => {}
                    1 => symlink("nowhere", &current).unwrap(),
                    2 => symlink("current", &current).unwrap(),
                    _ => fs::create_dir(&current).unwrap(),
                }
            }
        }
    }
}

#[test]
fn a_damaged_generation_is_found_before_it_is_served_and_the_newest_good_one_serves() {
    let count = times(96, 1_000);
    for at in 0..count {
        let (ground, mut random) = (Ground::new(3), SeededRandom::seeded(at as u64));
        let ids = ground.ids();
        let kind = KINDS[at % KINDS.len()];
        // Sometimes the previous one is damaged too.
        let good = if random.one_in(4) { 2 } else { 1 };
        for bad in 0..good {
            kind.happen(&ground.of(&ids[bad]), &ground.of(&ids[bad + 1]), &mut random);
        }
        let case = format!("{kind:?}, case {at}, {good} damaged");

        let verified = ground.run("directory verify");
        assert!(matches!(verified.code, 65 | 66) && verified.out.is_empty(), "{case}: {verified:?}");
        let server = Server::start(ground.path(), "serve");
        server.wait_for("/readyz", "\"ready\"");
        let told = ready(&server);
        assert_eq!(told["generation"], ids[good], "{case}: {told:#}");
        let failed = told["failed"].as_array().unwrap();
        assert!(!failed.is_empty() && failed.iter().all(|one| one["cause"].as_str().unwrap().len() > 20), "{case}: {told:#}");
        if !matches!(kind, Damage::Unnamed | Damage::NoName) {
            assert_eq!(failed[0]["generation"], ids[0], "{case}: {told:#}");
        }
        let answer = body(&server.ask("POST", "/v1/matches", QUESTION));
        assert_eq!(answer["directory"]["generation"], ids[good], "{case}");
        assert!(!answer["matches"].as_array().unwrap().is_empty(), "{case}");
        if at < KINDS.len() {
            // The next refresh corrects it, and is compared with what was served meanwhile.
            let next = ground.run("refresh --from files --json");
            let report: Value = serde_json::from_str(&next.out).unwrap();
            assert_eq!((next.code, &report["changes"]["from"]), (0, &ids[good].as_str().into()), "{case}: {}", next.err);
            server.wait_for("/readyz", &ground.current());
        }
    }
    println!("{count} of {count} damaged generations were found");
}

#[test]
fn where_nothing_is_whole_nothing_is_served_and_it_is_said_why() {
    let ground = Ground::new(2);
    for id in ground.ids() {
        fs::write(ground.of(&id).join("providers.bin"), "").unwrap();
    }
    let server = Server::start(ground.path(), "serve");
    server.wait_for("/readyz?verbose", "has 0 bytes");
    let answer = server.ask("GET", "/readyz?verbose", "");
    let told = body(&answer);
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert_eq!((&told["status"], told["failed"].as_array().unwrap().len()), (&"no_directory".into(), 2), "{told:#}");
    assert!(server.ask("POST", "/v1/matches", QUESTION).starts_with("HTTP/1.1 503"));
    // The next refresh corrects it.
    assert_eq!(ground.refresh().code, 0);
    server.wait_for("/readyz", &ground.current());
}
