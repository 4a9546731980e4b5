//! Connects to object storage.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{ClientOptions, ObjectStore, RetryConfig};

use crate::config::bucket_address::{BucketAddress, StorageService};
use crate::directory_bucket::error::BucketError;

/// How long a connection and a whole request may take. A file of a national directory has some hundred megabytes.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_mins(2);

/// How often a failed request is repeated, and for how long: a poll comes again two seconds later, and a refresh reports the error.
const RETRIES: usize = 2;
const RETRY_FOR: Duration = Duration::from_secs(5);

/// A client for `address`. Credentials come from the environment, a web identity, or the machine's own identity; profiles of the
/// AWS command line are not read.
pub(crate) fn connect(address: &BucketAddress) -> Result<Arc<dyn ObjectStore>, BucketError> {
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
    let client = ClientOptions::new().with_connect_timeout(CONNECT_WITHIN).with_timeout(ANSWER_WITHIN);
    let bucket = address.bucket();
    let built: Result<Arc<dyn ObjectStore>, object_store::Error> = match address.service() {
        // Without encryption only where the environment says so.
        StorageService::S3 => {
            let client = client.with_allow_http(is_set("AWS_ALLOW_HTTP"));
            let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
            builder.with_client_options(client).build().map(|store| Arc::new(store) as _)
        }
        StorageService::Google => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry);
            builder.with_client_options(client).build().map(|store| Arc::new(store) as _)
        }
        StorageService::Azure => {
            let builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket).with_retry(retry);
            builder.with_client_options(client).build().map(|store| Arc::new(store) as _)
        }
    };
    built.map_err(|error| BucketError::Settings { address: address.clone(), what: error.to_string() })
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value.eq_ignore_ascii_case("true"))
}
