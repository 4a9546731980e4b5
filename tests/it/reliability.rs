//! Guarantees of a refresh, tried with the real program: killed and failed at every file call,
//! damaged on disk, two at once, swapped under load. Every run tries a part; `tests/full` tries
//! everything.

mod canary;
mod damage;
mod faults;
mod link_guesses;
mod serving;
pub(crate) mod swap;
mod two;
pub(crate) mod writes;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp, Zoned};
use placement::catalog::generation::GenerationStore;
use placement::sample;
use placement::sample::options::SampleOptions;
use serde_json::Value;
use tempfile::TempDir;

use crate::api::publish;
use crate::cli::{Ended, Server, run_in};

/// A question for which the small directory has several matches.
const QUESTION: &str = r#"{"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}}"#;

/// A folder with `files` of sixty providers and an `index` of some generations, each an hour
/// younger than the previous one.
struct Ground {
    folder: TempDir,
}

static GROUND: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    let plan = SampleOptions { providers: 60, day: Zoned::now().date(), ..SampleOptions::built_in() };
    sample::generate(&plan, &files).unwrap();
    for hours in [5, 4, 3, 2, 1] {
        let built_at = Timestamp::now() - SignedDuration::from_hours(hours);
        publish(&files, &index, &built_at.to_string());
    }
    folder
});

impl Ground {
    /// With the newest `generations` of at most five.
    fn new(generations: usize) -> Self {
        let ground = Self { folder: TempDir::new().unwrap() };
        copy(&GROUND.path().join("files"), &ground.path().join("files"));
        fs::create_dir(ground.index()).unwrap();
        fs::copy(GROUND.path().join("index/current"), ground.index().join("current")).unwrap();
        let all = GenerationStore::new(GROUND.path().join("index")).list().unwrap();
        for listed in all.into_iter().take(generations) {
            copy(&GROUND.path().join("index").join(&listed.generation), &ground.index().join(&listed.generation));
        }
        ground
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn index(&self) -> PathBuf {
        self.path().join("index")
    }

    fn store(&self) -> GenerationStore {
        GenerationStore::new(self.index())
    }

    /// The folder of one generation.
    fn of(&self, id: &str) -> PathBuf {
        self.index().join(id)
    }

    /// The ids of all generations, newest first.
    fn ids(&self) -> Vec<String> {
        self.store().list().unwrap().into_iter().map(|listed| listed.generation).collect()
    }

    fn current(&self) -> String {
        self.store().current().unwrap()
    }

    fn run(&self, line: &str) -> Ended {
        run_in(self.path(), line)
    }

    fn refresh(&self) -> Ended {
        self.run("refresh --from files")
    }

    /// Files left by unfinished work.
    fn unfinished(&self) -> Vec<String> {
        let entries = [self.index(), self.index().join("reports")].into_iter().filter_map(|folder| fs::read_dir(folder).ok());
        let names = entries.flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".partial")).collect()
    }

    /// Whether a question is answered now.
    fn answers(&self) -> bool {
        let ended = self.run("match --service skilled_nursing --zip 64108 --medicare");
        ended.code == 0 && ended.out.contains("Meets requirements (")
    }
}

/// Copies a folder with its content.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let at = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &at);
        } else {
            fs::copy(entry.path(), at).unwrap();
        }
    }
}

/// The readiness report of a server.
fn ready(server: &Server) -> Value {
    body(&server.ask("GET", "/readyz?verbose", ""))
}

/// The body of an answer.
fn body(answer: &str) -> Value {
    let text = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}")).1;
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {answer}"))
}
