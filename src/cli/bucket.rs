//! The object storage of directories, for commands.

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::config::Config;

#[cfg(feature = "object-storage")]
use crate::catalog::generation::GenerationStore;
#[cfg(feature = "object-storage")]
use crate::cli::text_output::print_stderr;
#[cfg(feature = "object-storage")]
use crate::directory_bucket::DirectoryBucket;
#[cfg(feature = "object-storage")]
use crate::directory_bucket::error::BucketError;

/// Opens the storage, if directories are published there.
#[cfg(feature = "object-storage")]
pub(crate) fn open(config: &Config) -> Result<Option<DirectoryBucket>, CommandFailure> {
    Ok(config.bucket.as_ref().map(DirectoryBucket::open).transpose()?)
}

/// Copies the directory that is current in the storage to the local folder. Without the storage a command uses the copy it has.
///
/// # Errors
/// The settings are wrong, or the storage cannot be reached and there is no copy.
#[cfg(feature = "object-storage")]
pub(crate) fn bring_current(config: &Config) -> Result<(), CommandFailure> {
    let Some(bucket) = open(config)? else { return Ok(()) };
    let store = GenerationStore::new(&config.index);
    let pulled = wait(async {
        match bucket.current().await? {
            Some(pointer) if !pointer.is_local(&store)? => bucket.pull(&pointer.generation, &store).await,
            _ => Ok(()),
        }
    });
    match pulled {
        Err(failure) if store.current().is_ok() => {
            print_stderr(&format!("using the local copy: {}", failure.message));
            Ok(())
        }
        pulled => pulled,
    }
}

/// The same without object storage.
#[cfg(not(feature = "object-storage"))]
pub(crate) fn bring_current(config: &Config) -> Result<(), CommandFailure> {
    open(config)
}

/// Fails if directories are published in object storage, which this program cannot use.
#[cfg(not(feature = "object-storage"))]
pub(crate) fn open(config: &Config) -> Result<(), CommandFailure> {
    match &config.bucket {
        None => Ok(()),
        Some(address) => {
            let words = format!("{address}: this program was built without the feature object-storage");
            Err(CommandFailure::new(ExitStatus::Config, words))
        }
    }
}

/// Runs requests to the storage to their end.
#[cfg(feature = "object-storage")]
pub(crate) fn wait<T>(requests: impl Future<Output = Result<T, BucketError>>) -> Result<T, CommandFailure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CommandFailure::from_io("the storage's thread", &error))?;
    Ok(runtime.block_on(requests)?)
}

#[cfg(feature = "object-storage")]
impl From<BucketError> for CommandFailure {
    fn from(error: BucketError) -> Self {
        let exit = match error {
            BucketError::Settings { .. } => ExitStatus::Config,
            BucketError::Overtaken { .. } => ExitStatus::Busy,
            BucketError::Local(error) => return error.into(),
            _ => ExitStatus::Unavailable,
        };
        Self::new(exit, error.to_string())
    }
}
