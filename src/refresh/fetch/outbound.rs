//! Which addresses may be connected to: public internet addresses and listed ranges.
//!
//! An address is checked when it is about to be connected to, after DNS resolution, so that a name
//! cannot be checked with one address and connected with another. The ranges come from the IANA
//! special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its successors), plus
//! multicast.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{ClientBuilder, NoProxy, Proxy, Url};

use crate::refresh::fetch::blocked_host::{BlockedHost, innermost};
use crate::refresh::fetch::error::FetchError;

/// Which addresses may be connected to, and through which proxy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutboundPolicy {
    /// Non-public ranges that are allowed.
    pub allow: Vec<IpNet>,
    /// The proxy for everything except this machine. Proxy environment variables are ignored.
    pub proxy: Option<Url>,
    /// How host names are resolved.
    pub names: NameResolution,
}

/// How host names are resolved.
#[derive(Clone, Default)]
pub enum NameResolution {
    /// By the operating system.
    #[default]
    System,
    /// By the given function.
    Given(Arc<Resolver>),
}

/// Returns the addresses of a host name.
pub type Resolver = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

impl fmt::Debug for NameResolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Given(_) => "Given(..)",
        })
    }
}

impl PartialEq for NameResolution {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::System, Self::System) => true,
            (Self::Given(one), Self::Given(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for NameResolution {}

impl OutboundPolicy {
    /// Why an address is blocked; `None` if it is allowed.
    pub fn blocked_reason(&self, address: IpAddr) -> Option<&'static str> {
        let what = special(address)?;
        let meant = embedded(address).unwrap_or(address);
        let listed = self.allow.iter().any(|range| range.contains(&address) || range.contains(&meant));
        (!listed).then_some(what)
    }

    /// Checks a host written as an address. A name is checked when it is resolved.
    ///
    /// # Errors
    /// The address is blocked.
    pub fn admit(&self, url: &Url) -> Result<(), BlockedHost> {
        let Some(address) = literal(url) else { return Ok(()) };
        let barred = |what| BlockedHost { host: url.host_str().unwrap_or_default().to_owned(), address, what };
        self.blocked_reason(address).map(barred).map_or(Ok(()), Err)
    }

    /// A client that connects to no blocked address and uses no proxy but the declared one.
    ///
    /// # Errors
    /// The proxy address is invalid.
    pub fn guard(&self, client: ClientBuilder) -> Result<ClientBuilder, FetchError> {
        let client = client.no_proxy().dns_resolver(FilteringResolver(self.clone()));
        let Some(proxy) = &self.proxy else { return Ok(client) };
        let proxy = Proxy::all(proxy.clone()).map_err(|error| FetchError::Asked(innermost(&error)))?;
        Ok(client.proxy(proxy.no_proxy(NoProxy::from_string("localhost, 127.0.0.0/8, ::1"))))
    }

    /// A remark that a proxy environment variable is ignored, if one is set and no proxy is
    /// declared.
    pub fn remark(&self) -> Option<String> {
        let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        let set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let name = names.iter().find(set).filter(|_| self.proxy.is_none())?;
        Some(format!("{name} is set but ignored; to use a proxy, set proxy in [outbound]"))
    }

    /// Resolves a name to its allowed addresses.
    async fn look_up(&self, name: &str) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
        let all: Vec<IpAddr> = match &self.names {
            NameResolution::System => tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect(),
            NameResolution::Given(given) => given(name),
        };
        // The declared proxy is allowed at any address.
        let is_proxy = self.proxy.as_ref().and_then(Url::host_str) == Some(name);
        let good: Vec<SocketAddr> = all
            .iter()
            .filter(|address| is_proxy || self.blocked_reason(**address).is_none())
            .map(|address| SocketAddr::new(*address, 0))
            .collect();
        match all.iter().find_map(|address| Some((*address, self.blocked_reason(*address)?))) {
            Some((address, what)) if good.is_empty() => Err(Box::new(BlockedHost { host: name.to_owned(), address, what })),
            _ => Ok(good),
        }
    }
}

/// Resolves names and drops blocked addresses.
struct FilteringResolver(OutboundPolicy);

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let outbound = self.0.clone();
        Box::pin(async move {
            let addresses = outbound.look_up(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The URL's host if it is an IP address in any notation; `None` if it is a name.
fn literal(url: &Url) -> Option<IpAddr> {
    // The URL parser has already turned 0x7f.1 and 2130706433 into 127.0.0.1.
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Whether the URL's host is this machine: `localhost` or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || literal(url).is_some_and(|address| address.to_canonical().is_loopback())
}

/// The purpose of a non-public address.
fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

/// The IPv4 address inside an IPv6 address: mapped (RFC 4291), translated (RFC 6052) or 6to4 (RFC
/// 3056).
fn embedded(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else { return None };
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => of(high, low),
        _ => None,
    }
}

/// IANA IPv4 Special-Purpose Address Registry, and multicast (RFC 5771).
fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [0, ..] => "unspecified (0.0.0.0/8)",
        [127, ..] => "this machine (loopback)",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "a private network",
        [100, 64..=127, ..] => "a carrier's shared network",
        [169, 254, ..] => "link-local, which includes cloud metadata services",
        [192, 0, 0, _] | [192, 88, 99, _] | [192, 31, 196, _] | [192, 52, 193, _] | [192, 175, 48, _] => {
            "reserved for protocols"
        }
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "for documentation",
        [198, 18..=19, ..] => "for benchmarks",
        [224..=239, ..] => "multicast",
        [240..=255, ..] => "reserved",
        _ => return None,
    })
}

/// IANA IPv6 Special-Purpose Address Registry. Only 2000::/3 is public, apart from embedded IPv4
/// addresses.
fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(IpAddr::V4(within)) = embedded(IpAddr::V6(address)) {
        return special_v4(within);
    }
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "unspecified (::)",
        [0, 0, 0, 0, 0, 0, 0, 1] => "this machine (loopback)",
        [0x2001, 0..=0x1ff, ..] => "reserved for protocols, including Teredo",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "for documentation",
        [0x2620, 0x4f, 0x8000, ..] => "reserved for protocols",
        [0x2000..=0x3fff, ..] => return None,
        [0xfc00..=0xfdff, ..] => "a private network (unique local)",
        [0xfe80..=0xfebf, ..] => "link-local",
        [0xff00..=0xffff, ..] => "multicast",
        _ => "reserved",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(allow: &[&str]) -> OutboundPolicy {
        OutboundPolicy { allow: allow.iter().map(|range| range.parse().unwrap()).collect(), ..OutboundPolicy::default() }
    }

    #[test]
    fn what_is_not_of_the_internet_is_barred_however_it_is_spelled() {
        for (host, barred) in [
            ("93.184.216.34", false),
            ("100.63.255.255", false),
            ("172.32.0.1", false),
            ("[2606:2800:220:1::1]", false),
            ("[64:ff9b::5db8:d822]", false),
            ("payer.example", false),
            ("127.0.0.1", true),
            ("127.255.255.254", true),
            ("0x7f.1", true),
            ("0177.0.0.1", true),
            ("2130706433", true),
            ("127.1", true),
            ("127.0.0.1.", true),
            ("0", true),
            ("0.0.0.0", true),
            ("10.0.0.1", true),
            ("172.16.0.1", true),
            ("172.31.255.255", true),
            ("192.168.1.1", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("192.0.0.192", true),
            ("192.0.2.1", true),
            ("198.51.100.7", true),
            ("203.0.113.9", true),
            ("198.18.0.1", true),
            ("224.0.0.1", true),
            ("255.255.255.255", true),
            ("[::]", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("[::ffff:10.0.0.1]", true),
            ("[::127.0.0.1]", true),
            ("[64:ff9b::7f00:1]", true),
            ("[64:ff9b:1::1]", true),
            ("[2002:7f00:1::]", true),
            ("[2002:a9fe:a9fe::1]", true),
            ("[2001:0:1234::1]", true),
            ("[2001:db8::1]", true),
            ("[3fff::1]", true),
            ("[fd00:ec2::254]", true),
            ("[fe80::1]", true),
            ("[fec0::1]", true),
            ("[ff02::1]", true),
            ("[100::1]", true),
        ] {
            let url: Url = format!("https://{host}/").parse().unwrap();
            assert_eq!(open(&[]).admit(&url).is_err(), barred, "{host}");
        }
    }

    #[test]
    fn a_listed_range_is_open_in_each_of_its_spellings_and_no_other() {
        let open = open(&["10.1.2.0/24", "fd00::/8"]);
        for (host, barred) in [
            ("10.1.2.3", false),
            ("[::ffff:10.1.2.3]", false),
            ("[64:ff9b::a01:203]", false),
            ("[fd00::1]", false),
            ("10.1.3.1", true),
            ("127.0.0.1", true),
            ("[fc00::1]", true),
        ] {
            let url: Url = format!("https://{host}/").parse().unwrap();
            assert_eq!(open.admit(&url).is_err(), barred, "{host}");
        }
    }

    #[test]
    fn what_is_barred_is_told_with_a_way_out() {
        let told = open(&[]).admit(&"https://169.254.169.254/".parse().unwrap()).unwrap_err().to_string();
        assert_eq!(
            told,
            "connecting to 169.254.169.254 is not allowed: 169.254.169.254 is link-local, which includes cloud \
             metadata services; to allow its range, list it (allow in [outbound], or --allow-net)"
        );
    }
}
