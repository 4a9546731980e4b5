//! TLS: certificates, supported versions, errors of certificates, and renewal.

use std::fs;
use std::path::Path;

use placement::config::server::TlsConfig;
use placement::serve::http::listen::certificate::Certificate;
use rcgen::{CertificateParams, KeyPair};
use reqwest::tls::Version;
use tempfile::TempDir;

use crate::cli::{Server, run_in};

/// A self-signed certificate for this machine, and its key.
pub(crate) fn pair(last_year: i32) -> (String, String) {
    let mut parameters = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(last_year, 12, 31);
    let key = KeyPair::generate().unwrap();
    (parameters.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn write(folder: &Path, (certificate, key): &(String, String)) -> TlsConfig {
    let tls = TlsConfig { certificate: folder.join("placement.crt"), key: folder.join("placement.key") };
    fs::write(&tls.certificate, certificate).unwrap();
    fs::write(&tls.key, key).unwrap();
    tls
}

/// The answer of `/livez` to a client that trusts only `certificate`.
fn asked(server: &Server, certificate: &str, version: Option<Version>) -> Result<reqwest::StatusCode, reqwest::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let root = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
        let mut client = reqwest::Client::builder().tls_certs_only([root]);
        if let Some(version) = version {
            client = client.tls_version_min(version).tls_version_max(version);
        }
        let answer = client.build().unwrap().get(format!("https://{}/livez", server.address)).send().await?;
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
        Ok(answer.status())
    })
}

#[test]
fn tls_is_spoken_with_the_certificate_of_the_settings_and_with_a_renewed_one() {
    let folder = TempDir::new().unwrap();
    let (first, second) = (pair(2099), pair(2099));
    write(folder.path(), &first);
    let settings = "[tls]\ncertificate = \"placement.crt\"\nkey = \"placement.key\"\n";
    fs::write(folder.path().join("placement.toml"), settings).unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    for version in [None, Some(Version::TLS_1_2), Some(Version::TLS_1_3)] {
        assert_eq!(asked(&server, &first.0, version).unwrap(), 200, "{version:?}");
    }
    assert!(asked(&server, &second.0, None).is_err(), "whom the client does not trust it does not ask");

    // A key that does not match is logged, and the previous pair stays in use.
    fs::write(folder.path().join("placement.key"), &second.1).unwrap();
    server.signal("HUP");
    server.wait_for_log("this key does not belong to the certificate in placement.crt");
    assert_eq!(asked(&server, &first.0, None).unwrap(), 200);

    fs::write(folder.path().join("placement.crt"), &second.0).unwrap();
    server.signal("HUP");
    server.wait_for_log("using a new certificate");
    assert_eq!(asked(&server, &second.0, None).unwrap(), 200);
    assert!(asked(&server, &first.0, None).is_err());
}

#[test]
fn half_a_handshake_and_no_tls_at_all_hold_nothing() {
    use std::io::{Read, Write};

    let folder = TempDir::new().unwrap();
    let own = pair(2099);
    write(folder.path(), &own);
    let settings = "[tls]\ncertificate = \"placement.crt\"\nkey = \"placement.key\"\n";
    fs::write(folder.path().join("placement.toml"), settings).unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    let open = |sent: &[u8]| {
        let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(90))).unwrap();
        stream.write_all(sent).unwrap();
        stream
    };
    // The beginning of a 512-byte ClientHello, and plain HTTP.
    let half: Vec<_> = (0..64).map(|_| open(b"\x16\x03\x01\x02\x00\x01")).collect();
    let plain = open(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(asked(&server, &own.0, None).unwrap(), 200);
    for mut stream in half.into_iter().chain([plain]) {
        let mut said = Vec::new();
        let ended = stream.read_to_end(&mut said);
        assert!(ended.is_ok_and(|_| !said.starts_with(b"HTTP")), "ended by the server, and nothing told in plain");
    }
}

#[test]
fn a_wrong_certificate_names_the_file_and_the_fault_before_anything_is_served() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let (own, other) = (pair(2099), pair(2099));
    let key_at = |key: &str| format!("placement.key: {key}");
    let certificate_at = |certificate: &str| format!("placement.crt: {certificate}");
    let truncated = own.0.replace("-----END CERTIFICATE-----\n", "");
    for (certificate, key, says) in [
        (Some(own.0.as_str()), Some(other.1.as_str()), key_at("this key does not belong to the certificate in ")),
        (Some(""), Some(&own.1), certificate_at("no certificate found")),
        (Some(&own.1), Some(&own.1), certificate_at("no certificate found")),
        (Some(&own.0), Some(&own.0), key_at("no private key found")),
        (Some(&own.0), Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), key_at("")),
        (Some(&truncated), Some(&own.1), certificate_at("not a PEM file")),
        (None, Some(&own.1), certificate_at("No such file")),
        (Some(&own.0), None, key_at("No such file")),
    ] {
        let tls = write(here, &own);
        for (path, text) in [(&tls.certificate, certificate), (&tls.key, key)] {
            match text {
                Some(text) => fs::write(path, text).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
        }
        let fault = Certificate::load(&tls).unwrap_err().to_string();
        assert!(fault.contains(&says), "{says}: {fault}");
    }
    fs::write(here.join("placement.toml"), "[tls]\ncertificate = \"placement.crt\"\nkey = \"missing.key\"\n").unwrap();
    write(here, &own);
    let ended = run_in(here, "serve --sample --listen 127.0.0.1:0");
    assert_eq!((ended.code, ended.err.contains("missing.key: No such file")), (78, true), "{ended:?}");
    assert!(!ended.err.contains("listening on"));
}

#[test]
fn a_certificate_that_has_ended_is_shown_with_a_warning() {
    let folder = TempDir::new().unwrap();
    let tls = write(folder.path(), &pair(2020));
    let certificate = Certificate::load(&tls).unwrap();
    assert_eq!(certificate.expires_at().unwrap().to_string(), "2020-12-31T00:00:00Z");
    fs::write(folder.path().join("placement.toml"), "[tls]\ncertificate = \"placement.crt\"\nkey = \"placement.key\"\n")
        .unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    server.wait_for_log("the certificate has expired");
}
