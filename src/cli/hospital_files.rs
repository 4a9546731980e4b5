//! Reads what the setting `hospital` names: one `hospital.toml`, or a folder with a file for each hospital.

use std::io;
use std::path::{Path, PathBuf};

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::hospital::Hospital;
use crate::hospital::logo::{HospitalLogo, LARGEST};
use crate::hospital::recognition::conflicts;
use crate::regular_file;
use crate::toml_reader::faults_of_file;

/// The hospitals of `path`, in the order of the file names.
///
/// # Errors
/// Every error of every file, and what several files cannot have alike.
pub(crate) fn read_hospitals(path: &Path) -> Result<Vec<Hospital>, CommandFailure> {
    let failed =
        |name: &Path, error: io::Error| CommandFailure::new(ExitStatus::Config, format!("{}: {error}", name.display()));
    let files = if path.is_dir() { files_in(path).map_err(|error| failed(path, error))? } else { vec![path.to_owned()] };
    if files.is_empty() {
        let advice = "has no file that ends in .toml; placement template hospital prints one";
        return Err(CommandFailure::new(ExitStatus::NoInput, format!("{} {advice}", path.display())));
    }
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for file in &files {
        let name = file.display().to_string();
        let text = match regular_file::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                faults.push(format!("{name}: {error}"));
                continue;
            }
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        match Hospital::parse(&text).and_then(|hospital| with_logo(hospital, folder)) {
            Ok(hospital) => read.push((name, hospital)),
            Err(wrong) => faults.push(faults_of_file(&name, &wrong)),
        }
    }
    faults.extend(conflicts(&read).into_iter().map(|(name, fault)| faults_of_file(&name, &fault)));
    if faults.is_empty() {
        return Ok(read.into_iter().map(|(_, hospital)| hospital).collect());
    }
    Err(CommandFailure::new(ExitStatus::Config, faults.join("\n")))
}

/// The files of a folder that describe hospitals. A folder inside, and a file of another kind, is none.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|kind| kind == "toml") && !is_hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// `hospital` with its logo, if it named a file in `folder`.
fn with_logo(hospital: Hospital, folder: &Path) -> Result<Hospital, String> {
    let read = |file: &String| {
        let path = folder.join(file);
        let read = regular_file::read_at_most(&path, LARGEST as u64).map_err(|error| error.to_string());
        let bytes = read.and_then(|bytes| bytes.ok_or_else(HospitalLogo::too_large));
        bytes.and_then(HospitalLogo::of).map_err(|fault| format!("logo: {}: {fault}", path.display()))
    };
    let logo = hospital.logo_file.as_ref().map(read).transpose()?;
    Ok(Hospital { logo, ..hospital })
}
