//! Fetches the files of a directory that an index or a manifest lists: all of them or none. A file that has not changed is not
//! sent again, and if none has, the folder stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::civil::Date;
use reqwest::Url;

use crate::refresh::fetch::endpoint::{FileList, ListedFile};
use crate::refresh::fetch::error::{FetchError, FetchFault, at};
use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::fetch::plan_net_options::PlanNetOptions;
use crate::refresh::fetch::plan_net_progress::ProgressSink;
use crate::refresh::fetch::source_state;
use crate::refresh::fetch::source_state::{SetMember, SourceState};
use crate::refresh::fetch::staging::StagingFolder;
use crate::refresh::fetch::transport::download::{DownloadResult, PartialDownload};
use crate::refresh::fetch::transport::{ANY, HttpTransport, RequestSpec, TransportOptions};
use crate::refresh::fetch::validators::CacheValidators;
use crate::refresh::folder::DownloadedContent;
use crate::refresh::input::input_file::InputFile;
use crate::refresh::{folder, input};
use crate::regular_file;
use crate::text::count_text::counted;

/// The most servers that the files of one list may be on.
const MOST_HOSTS: usize = 8;

/// The beginning of the names of fetched files.
const PREFIX: &str = "file-";

/// The files of a set, in the staging folder.
#[derive(Debug)]
pub(crate) struct FetchedSet {
    /// The files by name.
    pub members: BTreeMap<String, SetMember>,
    pub datasets: BTreeSet<String>,
    /// Whether every file is as it was.
    pub unchanged: bool,
    pub as_of: Date,
    pub bytes: u64,
    pub remarks: Vec<String>,
}

/// Whether a file name is one that a set gives.
pub(crate) fn is_ours(name: &str) -> bool {
    let digits = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(".json"));
    digits.is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What the address itself answered.
#[derive(Debug)]
pub(crate) struct SavedAnswer {
    pub path: PathBuf,
    pub marks: CacheValidators,
}

/// Fetches every file of `list` into the staging folder.
///
/// # Errors
/// One of the files cannot be fetched, is of no known kind, or has fewer resources than its manifest states.
pub(crate) async fn bring(
    options: &PlanNetOptions,
    base: &Url,
    (list, answer): (&FileList, &SavedAnswer),
    aside: &StagingFolder,
    told: &mut ProgressSink<'_>,
) -> Result<FetchedSet, FetchError> {
    let kept = SourceState::of(&options.into);
    let (hosts, began, modified) = (Vec::new(), Instant::now(), BTreeSet::new());
    let mut fetch = SetFetch { options, base, list, answer, aside, kept, hosts, began, modified, undated: false };
    let mut set = FetchedSet {
        members: BTreeMap::new(),
        datasets: BTreeSet::new(),
        unchanged: true,
        as_of: options.today,
        bytes: 0,
        remarks: Vec::new(),
    };
    for (at, file) in list.files.iter().enumerate() {
        let name = format!("{PREFIX}{:05}.json", at + 1);
        let (member, unchanged) = fetch.member(&name, file).await?;
        let state = if unchanged { "unchanged" } else { "new" };
        told.tell(&format!("file {} of {}: {state}", at + 1, list.files.len()));
        set.unchanged &= unchanged;
        set.members.insert(name.clone(), member);
        fetch.examine(&name, file, &mut set)?;
    }
    let before = fetch.kept.as_ref().map_or(0, |kept| kept.members.len());
    set.unchanged &= before == set.members.len();
    if set.datasets.is_empty() {
        return Err(FetchFault::lasting(base, "none of the listed files has an entry").into());
    }
    set.as_of = fetch.day();
    set.bytes = fetch.spent();
    Ok(set)
}

/// A set being fetched.
struct SetFetch<'a> {
    options: &'a PlanNetOptions,
    base: &'a Url,
    list: &'a FileList,
    answer: &'a SavedAnswer,
    aside: &'a StagingFolder,
    /// The state of the last set.
    kept: Option<SourceState>,
    /// A connection to each server, one at a time.
    hosts: Vec<HttpTransport>,
    began: Instant,
    /// The days of `Last-Modified`.
    modified: BTreeSet<Date>,
    /// A file came without one.
    undated: bool,
}

impl SetFetch<'_> {
    /// Fetches one file; also returns whether it is the same as before.
    async fn member(&mut self, name: &str, file: &ListedFile) -> Result<(SetMember, bool), FetchError> {
        let from = source_state::digest(&file.url);
        let into = &self.options.into;
        let earlier = self.kept.as_ref().and_then(|kept| {
            let (name, member) = kept.members.iter().find(|(_, member)| member.from == from)?;
            let state = kept.files.get(name).filter(|state| state.is_of(&into.join(name)))?;
            Some((name.clone(), member.marks.clone(), state.sha256.clone()))
        });
        let path = self.aside.next().join(name);
        let known = earlier.as_ref().map(|(_, marks, _)| marks);
        let marks = match (self.download(file, known, &path).await?, &earlier) {
            (DownloadResult::Whole(marks), _) => marks,
            (DownloadResult::Unchanged, Some((last, marks, _))) => {
                copy(&into.join(last), &path).map_err(at(&path))?;
                marks.clone()
            }
            (DownloadResult::Unchanged, None) => {
                let cause = "the server answered 304 Not Modified to an unconditional request";
                return Err(FetchFault::lasting(&file.url, cause).into());
            }
        };
        let sha256 = input::fingerprint(&path).map_err(at(&path))?.sha256;
        let unchanged = earlier.is_some_and(|(last, _, before)| last == name && before == sha256);
        let day = marks.day();
        self.undated |= day.is_none();
        self.modified.extend(day);
        Ok((SetMember { from, marks }, unchanged))
    }

    /// Downloads one file to `path`, unless it is unchanged.
    async fn download(
        &mut self,
        file: &ListedFile,
        known: Option<&CacheValidators>,
        path: &Path,
    ) -> Result<DownloadResult, FetchError> {
        // The address is itself the file.
        if file.url == *self.base {
            copy(&self.answer.path, path).map_err(at(path))?;
            return Ok(DownloadResult::Whole(self.answer.marks.clone()));
        }
        let part = PartialDownload::at(self.aside.part());
        let signed = self.list.signed && file.url.origin() == self.base.origin();
        let ask = RequestSpec { signed, ..RequestSpec::for_a(file.url.clone(), ANY) };
        let got = self.transport(&file.url)?.download(&ask, &part, known).await?;
        if matches!(got, DownloadResult::Whole(_)) {
            fs::rename(part.path(), path).map_err(at(path))?;
            part.discard();
        }
        Ok(got)
    }

    /// The transport to the server of a file. Limits are for all servers together.
    fn transport(&mut self, url: &Url) -> Result<&HttpTransport, FetchError> {
        let limits = &self.options.terms.limits;
        let (left, spent) = (limits.whole_time.saturating_sub(self.began.elapsed()), self.spent());
        if left.is_zero() {
            return Err(FetchFault::lasting(url, format!("the fetch took longer than {:?}", limits.whole_time)).into());
        }
        if spent > limits.total_bytes {
            return Err(FetchFault::lasting(url, format!("the fetch exceeds {} bytes", limits.total_bytes)).into());
        }
        if let Some(at) = self.hosts.iter().position(|host| host.base().origin() == url.origin()) {
            return Ok(&self.hosts[at]);
        }
        if self.hosts.len() == MOST_HOSTS {
            return Err(FetchFault::lasting(self.base, format!("its files are on more than {MOST_HOSTS} servers")).into());
        }
        let token = self.options.terms.token.clone().filter(|_| url.origin() == self.base.origin());
        let limits = FetchLimits { whole_time: left, total_bytes: limits.total_bytes - spent, ..limits.clone() };
        let host = HttpTransport::to(url, TransportOptions { token, limits, ..self.options.terms.clone() })?;
        self.hosts.push(host);
        let at = self.hosts.len() - 1;
        Ok(&self.hosts[at])
    }

    /// Reads a file to its end, as a refresh does.
    fn examine(&self, name: &str, file: &ListedFile, set: &mut FetchedSet) -> Result<(), FetchError> {
        let path = self.aside.next().join(name);
        let input = InputFile { name: name.to_owned(), path, regular: true, member: None };
        let wrong = |cause: String| FetchFault::lasting(&file.url, cause);
        let DownloadedContent { datasets, rows, .. } = folder::examine_downloaded(&[input], &[]).map_err(wrong)?;
        if let Some(count) = file.count.filter(|count| *count > rows) {
            return Err(wrong(format!("the file should have {count} resources but has {rows}")).into());
        }
        if rows == 0 {
            set.remarks.push(format!("file {name} has no entries"));
        } else {
            set.datasets.extend(datasets);
        }
        Ok(())
    }

    fn spent(&self) -> u64 {
        self.hosts.iter().map(HttpTransport::spent).sum()
    }

    /// The date of the set: that of the manifest, else of the newest file, else today.
    fn day(&self) -> Date {
        let today = self.options.today;
        let newest = self.modified.last().copied().filter(|_| !self.undated);
        self.list.as_of.or(newest).filter(|day| *day <= today).unwrap_or(today)
    }
}

/// Copies a file.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut regular_file::open(from)?, &mut regular_file::create(to)?).map(drop)
}

/// "12 files, from an index of provider files".
pub(crate) fn told(files: usize, what: &str) -> String {
    format!("{}, from {what}", counted(files as u64, "file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_set_are_known() {
        for (name, ours) in [("file-00001.json", true), ("file-1.json", false), ("file-0000x.json", false), ("a.json", false)]
        {
            assert_eq!(is_ours(name), ours, "{name}");
        }
        assert_eq!(told(1, "a bundle"), "1 file, from a bundle");
    }
}
