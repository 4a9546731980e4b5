//! Two refreshes at once: one runs, the other reports that and ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Ground;
use crate::cli::placement;
use crate::full_size::{in_full, times};

/// A refresh in a separate process, with its output lines.
struct Refresh {
    child: Child,
    lines: JoinHandle<Vec<String>>,
}

impl Refresh {
    fn start(ground: &Ground, number: usize, works: Sender<usize>) -> Self {
        let mut command = placement(ground.path());
        command.args(["refresh", "--from", "files"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let lines = thread::spawn(move || {
            let told = |line: &String| {
                if line.starts_with("read: ") {
                    let _ = works.send(number);
                }
            };
            lines.map(Result::unwrap).inspect(told).collect()
        });
        Self { child, lines }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap().success());
    }

    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, self.lines.join().unwrap().join("\n"))
    }
}

/// Starts two at the same moment and stops the running one in the middle of its work, so that the
/// other one meets it. Returns how long the other took to report it; `None` if the first ended
/// before it could be stopped.
fn meet(ground: &Ground) -> Option<Duration> {
    let (works, told) = channel();
    let began = Instant::now();
    let mut both = [0, 1].map(|number| Refresh::start(ground, number, works.clone()));
    drop(works);
    let worker = told.recv().expect("neither of the two works");
    both[worker].signal("STOP");
    let [one, other] = &mut both;
    let (working, waiting) = if worker == 0 { (one, other) } else { (other, one) };
    // A stopped process has not ended; one that has ended was too fast for this test.
    let missed = working.child.try_wait().unwrap().is_some();
    let ended = (!missed).then(|| {
        let code = waiting.child.wait().unwrap().code();
        assert_eq!(code, Some(75), "while the other is held in the middle of its work");
        began.elapsed()
    });
    working.signal("CONT");
    let mut ends = both.map(Refresh::end);
    if worker == 1 {
        ends.reverse();
    }
    let [(worked, said), (_, refused)] = ends;
    assert_eq!(worked, Some(0), "{said}");
    if !missed {
        assert_eq!(refused, "error: another refresh is running; wait for it to end");
    }
    ended
}

#[test]
fn of_two_refreshes_at_once_exactly_one_works_and_the_other_ends_at_once() {
    let (ground, rounds) = (Ground::new(1), times(10, 100));
    let (mut met, mut slowest) = (0, Duration::ZERO);
    for _ in 0..3 * rounds {
        if met == rounds {
            break;
        }
        let before = ground.current();
        if let Some(took) = meet(&ground) {
            (met, slowest) = (met + 1, slowest.max(took));
        }
        assert_ne!(ground.current(), before, "the one that works publishes");
        assert!(ground.store().verify(&ground.current()).is_ok());
        assert_eq!(ground.unfinished(), Vec::<String>::new());
    }
    assert_eq!(met, rounds, "the two met");
    println!("{met} of {rounds}: one worked, the other ended with 75, at the latest after {} ms", slowest.as_millis());
    let promised = Duration::from_secs(if in_full() { 1 } else { 10 });
    assert!(slowest < promised, "{slowest:?}; promised is 1 s, and 10 s are given where all tests run at once");
}

#[test]
fn a_refresh_and_a_pruning_do_not_meet() {
    let rounds = times(5, 50);
    for _ in 0..rounds {
        let ground = Ground::new(5);
        let (works, told) = channel();
        let refresh = Refresh::start(&ground, 0, works);
        told.recv().expect("it works");
        refresh.signal("STOP");
        let pruned = ground.run("directory prune --keep 2");
        refresh.signal("CONT");
        let (code, said) = refresh.end();
        assert_eq!(code, Some(0), "{said}");
        // A process that was too fast has ended, and pruning came after it.
        assert!(pruned.code == 75 || pruned.out.contains("removed "), "{pruned:?}");
        assert_eq!(ground.ids()[0], ground.current());
        assert_eq!(ground.ids().len(), if pruned.code == 75 { 5 } else { 2 });
        for id in ground.ids() {
            ground.store().verify(&id).unwrap();
        }
        assert_eq!(ground.unfinished(), Vec::<String>::new());
    }
}
