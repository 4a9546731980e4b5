//! A refresh whose directory is published in object storage: it begins with what is current there and ends there.

use crate::catalog::generation::GenerationStore;
use crate::config::bucket_address::BucketAddress;
use crate::refresh::error::RefreshError;
use crate::refresh::options::RefreshOptions;

#[cfg(feature = "object-storage")]
use crate::directory_bucket::error::BucketError;
#[cfg(feature = "object-storage")]
use crate::directory_bucket::{BucketPointer, DirectoryBucket};

/// The place that other machines pull directories from; nothing, if they are published in a folder only.
#[derive(Debug, Default)]
pub(crate) struct SharedDirectory {
    #[cfg(feature = "object-storage")]
    joined: Option<JoinedBucket>,
}

#[cfg(feature = "object-storage")]
#[derive(Debug)]
struct JoinedBucket {
    bucket: DirectoryBucket,
    before: Option<BucketPointer>,
    runtime: tokio::runtime::Runtime,
}

#[cfg(feature = "object-storage")]
impl SharedDirectory {
    /// Brings what is current in the storage to the local folder, so that the new directory is compared with it.
    ///
    /// # Errors
    /// The storage cannot be read, or what is current there is damaged.
    pub(crate) fn join(address: Option<&BucketAddress>, store: &GenerationStore) -> Result<Self, RefreshError> {
        let Some(mut joined) = address.map(JoinedBucket::open).transpose()? else { return Ok(Self::default()) };
        let JoinedBucket { bucket, before, runtime } = &mut joined;
        runtime.block_on(async {
            *before = bucket.current().await?;
            if let Some(pointer) = before {
                match bucket.pull(&pointer.generation, store).await {
                    // Another version wrote it, or it is damaged: the gate says that there is nothing to compare with.
                    Err(BucketError::Local(error)) if error.is_of_generation() => {}
                    pulled => pulled?,
                }
            }
            bucket.pull_companions(store).await
        })?;
        Ok(Self { joined: Some(joined) })
    }

    /// Publishes a generation of the local folder, unless another was published since [`SharedDirectory::join`].
    ///
    /// # Errors
    /// The storage cannot be written, or another refresh was faster.
    pub(crate) fn publish(&self, store: &GenerationStore, generation: &str) -> Result<(), RefreshError> {
        let Some(JoinedBucket { bucket, before, runtime }) = &self.joined else { return Ok(()) };
        Ok(runtime.block_on(bucket.publish(store, generation, before.as_ref()))?)
    }

    /// Removes generations older than the newest `keep` from the storage.
    ///
    /// # Errors
    /// The storage cannot be listed or written.
    pub(crate) fn prune(&self, keep: usize) -> Result<(), RefreshError> {
        let Some(JoinedBucket { bucket, runtime, .. }) = &self.joined else { return Ok(()) };
        runtime.block_on(bucket.prune(keep))?;
        Ok(())
    }

    /// Stores the report and the counts of the last directories where the next refresh finds them.
    ///
    /// # Errors
    /// The storage cannot be written.
    pub(crate) fn share_report(options: &RefreshOptions) -> Result<(), RefreshError> {
        let Some(JoinedBucket { bucket, runtime, .. }) = options.bucket.as_ref().map(JoinedBucket::open).transpose()? else {
            return Ok(());
        };
        Ok(runtime.block_on(bucket.publish_companions(&GenerationStore::new(&options.index)))?)
    }
}

#[cfg(feature = "object-storage")]
impl JoinedBucket {
    fn open(address: &BucketAddress) -> Result<Self, RefreshError> {
        let bucket = DirectoryBucket::open(address)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| RefreshError::Bucket(format!("{address}: {error}")))?;
        Ok(Self { bucket, before: None, runtime })
    }
}

#[cfg(feature = "object-storage")]
impl From<BucketError> for RefreshError {
    fn from(error: BucketError) -> Self {
        match error {
            BucketError::Overtaken { before, now } => Self::Overtaken { before, now },
            BucketError::Local(error) => Self::Catalog(error),
            error => Self::Bucket(error.to_string()),
        }
    }
}

#[cfg(not(feature = "object-storage"))]
impl SharedDirectory {
    pub(crate) fn join(address: Option<&BucketAddress>, _store: &GenerationStore) -> Result<Self, RefreshError> {
        match address {
            None => Ok(Self {}),
            Some(address) => {
                Err(RefreshError::Bucket(format!("{address}: this program was built without the feature object-storage")))
            }
        }
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same as with the feature")]
    pub(crate) fn publish(&self, _store: &GenerationStore, _generation: &str) -> Result<(), RefreshError> {
        Ok(())
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same as with the feature")]
    pub(crate) fn prune(&self, _keep: usize) -> Result<(), RefreshError> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same as with the feature")]
    pub(crate) fn share_report(_options: &RefreshOptions) -> Result<(), RefreshError> {
        Ok(())
    }
}
