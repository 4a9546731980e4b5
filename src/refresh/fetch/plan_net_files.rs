//! A directory that consists of files: what is behind its address, and putting the files in place.

use std::fs;

use jiff::Timestamp;
use reqwest::Url;

use crate::refresh::fetch::endpoint::{self, FileList, FoundAddress};
use crate::refresh::fetch::error::{FetchError, FetchFault, at};
use crate::refresh::fetch::file_set;
use crate::refresh::fetch::file_set::SavedAnswer;
use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::fetch::plan_net_options::{PlanNetFetch, PlanNetOptions};
use crate::refresh::fetch::plan_net_progress::ProgressSink;
use crate::refresh::fetch::source_state;
use crate::refresh::fetch::source_state::SourceState;
use crate::refresh::fetch::staging::StagingFolder;
use crate::refresh::fetch::transport::download::{DownloadResult, PartialDownload};
use crate::refresh::fetch::transport::{HttpTransport, RequestSpec, TransportOptions};
use crate::refresh::fetch::validators::CacheValidators;
use crate::refresh::sources;

/// The accepted media types: an index is JSON, a FHIR server sends its own kind of it.
const JSON: &str = "application/json, application/fhir+json;q=0.9, */*;q=0.1";

/// The largest answer that is examined, in bytes. CMS allows files of 300 MB.
const LARGEST: u64 = 1 << 30;

/// Finds what is behind an address; gives the answer as saved if it is files. A server that does not answer is not an error
/// here: the search that follows reports it.
pub(crate) async fn probe(
    options: &PlanNetOptions,
    url: &Url,
    aside: &StagingFolder,
) -> Result<(FoundAddress, SavedAnswer), FetchError> {
    let usual = &options.terms.limits;
    let limits = FetchLimits { tries: 1, total_bytes: usual.total_bytes.min(LARGEST), ..usual.clone() };
    let transport = HttpTransport::to(url, TransportOptions { limits, ..options.terms.clone() })?;
    let part = PartialDownload::at(aside.discard());
    let kept = SourceState::of(&options.into).filter(|kept| kept.from == source_state::digest(url));
    let known = kept.map(|kept| kept.marks).filter(|_| aside.answer().is_file());
    let mut answer = SavedAnswer { path: aside.discard(), marks: CacheValidators::default() };
    match transport.download(&RequestSpec::for_a(url.clone(), JSON), &part, known.as_ref()).await {
        Ok(DownloadResult::Whole(marks)) => answer.marks = marks,
        Ok(DownloadResult::Unchanged) => {
            answer = SavedAnswer { path: aside.answer(), marks: known.unwrap_or_default() };
        }
        Err(FetchError::Server(_)) => {
            part.discard();
            return Ok((FoundAddress::Other, answer));
        }
        Err(error) => return Err(error),
    }
    let found = endpoint::examine(url, &answer.path, usual.answer_bytes);
    if !matches!(found, Ok(FoundAddress::Files(_))) {
        part.discard();
    }
    Ok((found?, answer))
}

/// Fetches the files and puts them in place, unless none has changed.
pub(crate) async fn bring(
    options: &PlanNetOptions,
    base: &Url,
    (list, answer): (&FileList, &SavedAnswer),
    aside: &StagingFolder,
    told: &mut ProgressSink<'_>,
) -> Result<PlanNetFetch, FetchError> {
    told.tell(&file_set::told(list.files.len(), list.what));
    let set = file_set::bring(options, base, (list, answer), aside, told).await?;
    let mut fetched = PlanNetFetch::of(list.what, set.as_of);
    (fetched.files, fetched.bytes, fetched.remarks) = (set.members.len(), set.bytes, set.remarks);
    // Kept beside the folder, so that it need not be sent again while it is unchanged.
    if answer.path != aside.answer() {
        fs::rename(&answer.path, aside.answer()).map_err(at(&answer.path))?;
        PartialDownload::at(aside.discard()).discard();
    }
    if let Some(kept) = SourceState::of(&options.into).filter(|kept| set.unchanged && kept.is_there(&options.into)) {
        fetched.unchanged = true;
        fetched.as_of = kept.as_of.unwrap_or(set.as_of);
        let marks = answer.marks.clone();
        SourceState { marks, members: set.members, asked: Timestamp::now(), ..kept }.remember(&options.into)?;
        return Ok(fetched);
    }
    let next = aside.next();
    let mut kept = SourceState { as_of: Some(set.as_of), ..SourceState::new(base, Timestamp::now()) };
    kept.marks = answer.marks.clone();
    kept.datasets = set.datasets;
    kept.trace(&next)?;
    sources::write(&next, set.members.keys(), Some(set.as_of)).map_err(at(&next.join(sources::FILE)))?;
    kept.members = set.members;
    let there = fs::read_dir(&next).map_err(at(&next))?.count();
    if there != kept.members.len() + 1 {
        return Err(FetchFault::lasting(base, "a fetched file is missing").into());
    }
    kept.commit(&options.into, || aside.put_in_place())?;
    Ok(fetched)
}
