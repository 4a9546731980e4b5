//! A refresh that is killed, or whose disk is full or broken, at every file call: the old or the
//! new directory is served completely, and the next refresh cleans up.
//!
//! `strace` changes the results of system calls of the unmodified program. It counts the calls of
//! each thread separately, so every call of the thread with the most calls is tried.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use assert_cmd::cargo::cargo_bin;

use super::Ground;
use crate::cli::placement;
use crate::full_size::in_full;

/// Calls without faults: `execve` would keep the program from starting, `mmap` is about memory as
/// often as files, and the others concern a terminal, a descriptor or whether a peer is there.
const SPARED: [&str; 6] = ["execve", "mmap", "ioctl", "fcntl", "poll", "dup"];

/// The fault of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Killed,
    DiskFull,
    DiskBroken,
}

impl Fault {
    fn injected(self) -> &'static str {
        match self {
            Self::Killed => "signal=SIGKILL",
            Self::DiskFull => "error=ENOSPC",
            Self::DiskBroken => "error=EIO",
        }
    }

    /// The system's error text, and the exit code of a command that failed because of it.
    fn told(self) -> Option<(&'static str, i32)> {
        match self {
            Self::Killed => None,
            Self::DiskFull => Some(("No space left on device", 73)),
            Self::DiskBroken => Some(("Input/output error", 1)),
        }
    }
}

/// A call: the `at`th of its name, from 1.
#[derive(Debug, Clone)]
struct Call {
    name: String,
    at: usize,
}

/// The program under `strace` with these options.
fn traced(ground: &Ground, options: &[&str]) -> Output {
    let program = placement(ground.path());
    let mut command = Command::new("strace");
    command.current_dir(ground.path()).env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(["-f", "-o", "strace.log"]).args(options).arg(cargo_bin("placement"));
    command.args(["refresh", "--from", "files"]).output().unwrap()
}

/// Whether `strace` is installed and may trace.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let cause = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            format!("strace may not trace (in a container, give it the capability SYS_PTRACE): {said}")
        }
        Err(error) => format!("strace cannot be run ({error}): install the package strace"),
    };
    assert!(std::env::var_os("CI").is_none(), "{cause}");
    println!("skipped: {cause}");
    false
}

/// Five generations, so that the refresh also prunes, and the remains of a killed one, so that it
/// also cleans up.
fn ground() -> Ground {
    let ground = Ground::new(5);
    let left = ground.of("20200101T000000Z-00000000.partial");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("meta.json"), "{").unwrap();
    fs::write(ground.of("current.partial"), "2020").unwrap();
    ground
}

/// All file calls of a refresh.
fn calls() -> Vec<Call> {
    let ground = ground();
    let done = traced(&ground, &["-e", "trace=%file,%desc"]);
    assert!(done.status.success(), "{done:?}");
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in fs::read_to_string(ground.path().join("strace.log")).unwrap().lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let Some((name, _)) = call.trim_start().split_once('(') else { continue };
        if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !SPARED.contains(&name) {
            *counts.entry((name.to_owned(), thread.to_owned())).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((name, _), count) in counts {
        let most = most.entry(name).or_default();
        *most = count.max(*most);
    }
    assert!(["fsync", "openat", "rename", "write"].iter().all(|name| most.contains_key(*name)), "{most:?}");
    let each = |(name, most): (String, usize)| (1..=most).map(move |at| Call { name: name.clone(), at });
    most.into_iter().flat_map(each).collect()
}

/// Some of the calls: the first, the last and a middle one of each name that changes the disk.
fn slice(calls: Vec<Call>) -> Vec<Call> {
    let changes = ["fsync", "mkdir", "openat", "rename", "unlinkat", "write"];
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    last.extend(calls.iter().map(|call| (call.name.clone(), call.at)));
    let wanted = |call: &Call| {
        let last = last[&call.name];
        changes.contains(&call.name.as_str()) && [1, last * 3 / 4, last - 1, last].contains(&call.at)
    };
    calls.into_iter().filter(wanted).collect()
}

/// Kills that came too late: threads interleave, so a call may belong to another thread in the next
/// run.
static MISSED: AtomicUsize = AtomicUsize::new(0);

/// Makes one fault in one refresh; returns what is wrong with the result.
fn survives(call: &Call, fault: Fault) -> Result<(), String> {
    let ground = ground();
    let old = ground.current();
    let injection = format!("inject={}:{}:when={}", call.name, fault.injected(), call.at);
    let ended = traced(&ground, &["-e", &format!("trace={}", call.name), "-e", &injection]);
    let is_new = ground.current() != old;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    match fault.told() {
        None if ended.status.success() => {
            MISSED.fetch_add(1, Ordering::Relaxed);
        }
        None => told(ended.status.signal() == Some(9), "not killed", &said)?,
        Some(wanted) => said_well(call, wanted, &ended, is_new)?,
    }

    for id in ground.ids() {
        ground.store().verify(&id).map_err(|error| format!("half of a generation is left: {error}"))?;
    }
    let verified = ground.run("directory verify");
    told(verified.code == 0, "what is served does not verify", &verified.err)?;
    told(ground.answers(), "no answer", "")?;
    let next = ground.refresh();
    told(next.code == 0, "the next refresh fails", &next.err)?;
    told(ground.current() != old, "the next refresh publishes nothing", &next.err)?;
    told(ground.unfinished().is_empty(), "something unfinished is left", &ground.unfinished().join(", "))
}

/// Checks that a refresh with the fault `wanted` ended well, or gave the reason in one line with
/// its code; and that it said so if the failed step came after publication.
fn said_well(call: &Call, wanted: (&str, i32), ended: &Output, is_new: bool) -> Result<(), String> {
    let said = String::from_utf8_lossy(&ended.stderr);
    let code = ended.status.code().unwrap_or(-1);
    if code == 0 {
        return told(is_new, "success, and nothing is published", &said);
    }
    // The dynamic loader runs before the program. No file system reports that closing a folder
    // failed; the standard library treats it as a bug of the program.
    if said.contains("error while loading shared libraries") || (call.name == "close" && code == 101) {
        return Ok(());
    }
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    let &[line] = errors.as_slice() else { return Err(format!("not one line on the cause: {said}")) };
    // Creating an existing folder examines it; if that fails, the error is that something is in the
    // way. The same for a folder that cannot be examined.
    let asked = call.name == "statx" && (line.contains("File exists") || line.contains("there is no folder"));
    told(asked || line.contains(wanted.0), "the line does not say the cause", &said)?;
    let writes = ["fsync", "mkdir", "rename", "unlink", "unlinkat", "write"].contains(&call.name.as_str());
    told(code == wanted.1 || (!writes && [1, 66].contains(&code)), &format!("it ends with {code}"), &said)?;
    let after = line.contains("is now the current directory") || line.contains("standard output");
    told(is_new == after, "what is said is not what is served", &said)
}

fn told(good: bool, wrong: &str, said: &str) -> Result<(), String> {
    if good { Ok(()) } else { Err(format!("{wrong}: {said}")) }
}

#[test]
fn a_refresh_killed_or_failed_at_any_file_call_leaves_the_old_or_the_new_directory() {
    if !can_trace() {
        return;
    }
    let all = calls();
    let (count, tried) = (all.len(), if in_full() { all } else { slice(all) });
    let cases: Vec<(Call, Fault)> = [Fault::Killed, Fault::DiskFull, Fault::DiskBroken]
        .into_iter()
        .flat_map(|fault| tried.iter().map(move |call| (call.clone(), fault)))
        .collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((call, fault)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(wrong) = survives(call, *fault) {
                        failed.lock().unwrap().insert(format!("{fault:?} at {} {}: {wrong}", call.name, call.at));
                    }
                }
            });
        }
    });
    let failed: Vec<String> = failed.into_inner().unwrap().into_iter().collect();
    println!("{} faults, at {} of {count} file calls: {} survived", cases.len(), tried.len(), cases.len() - failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let missed = MISSED.load(Ordering::Relaxed);
    println!("{missed} of {} kills came too late", tried.len());
    assert!(missed * 20 <= tried.len(), "{missed} of {} kills came too late, so little was tried", tried.len());
}
