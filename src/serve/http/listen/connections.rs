//! The open connections: the state of each, and when one has taken too long.
//!
//! No connection has its own timer. Each records its state, and a sweep every second closes those
//! that take too long, so that a request costs no timer. If all slots are taken, a new connection
//! gets the slot of the one that has kept the program waiting longest: clients that only hold
//! connections open lose them to clients that send requests.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{interval, timeout};

use crate::config::server::ServerConfig;

/// How long a client may take for the TLS handshake and the head of its first request, and for a
/// later head from its first byte on.
const SLOWEST_HEAD: Duration = Duration::from_secs(10);
/// How long a connection may be idle between requests: longer than the minute of proxies, so that
/// they close first and never send a request into a connection that is being closed.
const LONGEST_IDLE: Duration = Duration::from_secs(75);
/// How long a client may read nothing of an answer that is ready.
const SLOWEST_READ: Duration = Duration::from_secs(30);
/// How long a client may take to read an answer that is in memory, at whatever pace. An answer that
/// is made while it is sent, a batch, is limited by its producer.
const SLOWEST_ANSWER: Duration = Duration::from_mins(10);
/// How often connections are checked.
const EVERY: Duration = Duration::from_secs(1);
/// How long a new connection waits for a slot before another connection is closed for it.
const BREATH: Duration = Duration::from_millis(50);
/// How long a connection may keep the program waiting before it can be closed for one of another
/// address: a client that has just connected can send its request, however many others wait.
const GRACE: Duration = Duration::from_secs(1);
/// How many of the lowest bits hold the state of a connection.
const AT_BITS: u32 = 3;

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectionState {
    /// It was accepted, and no complete head has arrived yet.
    FirstHead = 0,
    /// Bytes of a later head have arrived.
    Head = 1,
    /// A request is being worked on.
    Work = 2,
    /// A request has been answered; bytes that the client reads count as activity.
    Answered = 3,
    /// A head has arrived, its body has not; the reader of the body limits its time.
    Body = 4,
}

/// Why the program closed a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// No head arrived in time.
    SlowHead,
    /// It was idle.
    Idle,
    /// Its answer was not read.
    Unread,
    /// Another connection needed its slot.
    Displaced,
    /// Its address had its share of slots, all of them busy.
    OverShare,
}

impl CloseReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::SlowHead, Self::Idle, Self::Unread, Self::Displaced, Self::OverShare];

    /// Its label in the metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::SlowHead => "slow_head",
            Self::Idle => "idle",
            Self::Unread => "unread",
            Self::Displaced => "displaced",
            Self::OverShare => "over_share",
        }
    }
}

/// The open connections.
#[derive(Debug)]
pub struct ConnectionTable {
    places: Arc<Semaphore>,
    /// How many one address may hold; `None` behind a proxy, where all have the same address.
    share: Option<usize>,
    began: Instant,
    open: Mutex<HashMap<u64, Arc<OpenConnection>>>,
    next: AtomicU64,
    cut: [AtomicU64; CloseReason::ALL.len()],
}

impl ConnectionTable {
    /// An empty table with as many slots as `edge` allows.
    pub fn new(edge: &ServerConfig) -> Self {
        let most = edge.limits.connections.get();
        Self {
            places: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            share: (!edge.behind_proxy).then_some(most.div_ceil(2)),
            began: Instant::now(),
            open: Mutex::default(),
            next: AtomicU64::new(0),
            cut: Default::default(),
        }
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.all().len()
    }

    /// How many the program has closed for that reason.
    pub fn closed_count(&self, why: CloseReason) -> u64 {
        self.cut[why as usize].load(Ordering::Relaxed)
    }

    /// Waits for a connection slot. Returns `None` if `address` already holds its share of slots
    /// and all of them are busy.
    pub(crate) async fn admit(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionSlot> {
        let from = client_prefix(address);
        if self.has_its_share(from) && !self.evict_longest_waiting(Some(from), Duration::ZERO) {
            self.count(CloseReason::OverShare);
            return None;
        }
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
                break permit;
            }
            self.evict_longest_waiting(None, GRACE);
            if let Ok(Ok(permit)) = timeout(BREATH, Arc::clone(&self.places).acquire_owned()).await {
                break permit;
            }
        };
        let connection = Arc::new(OpenConnection::new(from, self.began));
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.all().insert(id, Arc::clone(&connection));
        Some(ConnectionSlot { of: Arc::clone(self), id, connection, _permit: permit })
    }

    /// Closes the connection that has kept the program waiting longest, if there is one.
    pub(crate) fn evict_one(&self) {
        self.evict_longest_waiting(None, Duration::ZERO);
    }

    /// Closes those that take too long, for as long as it is polled.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut looks = interval(EVERY);
        loop {
            looks.tick().await;
            self.sweep();
        }
    }

    fn sweep(&self) {
        for connection in self.all().values() {
            if let Some(why) = connection.timeout_reason() {
                self.end(connection, why);
            }
        }
    }

    /// Whether `from` holds as many as one address may. Loopback has no share.
    fn has_its_share(&self, from: IpAddr) -> bool {
        let Some(share) = self.share.filter(|_| !from.is_loopback()) else { return false };
        self.all().values().filter(|open| open.from == from && !open.is_ending()).count() >= share
    }

    /// Closes the connection that has kept the program waiting longest, of those `from` one address
    /// or of all; `false` if none has done so for `grace`.
    fn evict_longest_waiting(&self, from: Option<IpAddr>, grace: Duration) -> bool {
        let all = self.all();
        let waiting = all.values().filter(|open| from.is_none_or(|from| open.from == from) && !open.is_ending());
        let longest = waiting.filter_map(|open| Some((open.waiting_since()?, open))).min_by_key(|(since, _)| *since);
        let longest = longest.filter(|(since, open)| Duration::from_millis(open.now().saturating_sub(*since)) >= grace);
        longest.is_some_and(|(_, connection)| {
            self.end(connection, CloseReason::Displaced);
            true
        })
    }

    fn end(&self, connection: &OpenConnection, why: CloseReason) {
        if !connection.ending.swap(true, Ordering::Relaxed) {
            self.count(why);
            connection.ended.notify_one();
        }
    }

    fn count(&self, why: CloseReason) {
        self.cut[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<OpenConnection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client of an address: with IPv6 a network of 64 bits is one client.
fn client_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        other => other,
    }
}

/// The slot of one connection, freed on drop.
#[derive(Debug)]
pub(crate) struct ConnectionSlot {
    of: Arc<ConnectionTable>,
    id: u64,
    /// The connection.
    pub(crate) connection: Arc<OpenConnection>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.of.all().remove(&self.id);
    }
}

/// One connection with its times.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    from: IpAddr,
    began: Instant,
    /// Its state, in the lowest [`AT_BITS`], and since when, in milliseconds.
    at: AtomicU64,
    /// Since when an answer waits to be read, in milliseconds; 0 if none does.
    unread: AtomicU64,
    /// Since when an answer is being sent, in milliseconds; 0 if none is.
    taken: AtomicU64,
    ending: AtomicBool,
    ended: Notify,
}

impl OpenConnection {
    fn new(from: IpAddr, began: Instant) -> Self {
        let [at, unread, taken] = [(); 3].map(|()| AtomicU64::new(0));
        let connection = Self { from, began, at, unread, taken, ending: AtomicBool::new(false), ended: Notify::new() };
        connection.set_state(ConnectionState::FirstHead);
        connection
    }

    /// Completes when the program closes the connection.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// A head has arrived, and its body is awaited.
    pub(crate) fn waits_for_body(&self) {
        self.set_state(ConnectionState::Body);
    }

    /// A request is being worked on from now.
    pub(crate) fn works(&self) {
        self.set_state(ConnectionState::Work);
    }

    /// The answer is ready to be sent.
    pub(crate) fn has_answered(&self) {
        self.taken.store(0, Ordering::Relaxed);
        self.set_state(ConnectionState::Answered);
    }

    /// Bytes have arrived.
    pub(crate) fn has_read(&self) {
        if self.at() == ConnectionState::Answered {
            self.set_state(ConnectionState::Head);
        }
    }

    /// Nothing waits to be read: the answer has been sent.
    pub(crate) fn has_nothing_to_write(&self) {
        self.unread.store(0, Ordering::Relaxed);
        self.taken.store(0, Ordering::Relaxed);
    }

    /// The client has read bytes. What has arrived meanwhile may be the next head; its time begins
    /// when the answer has been sent.
    pub(crate) fn has_written(&self) {
        self.unread.store(0, Ordering::Relaxed);
        if [ConnectionState::Head, ConnectionState::Answered].contains(&self.at()) {
            self.set_state(ConnectionState::Answered);
        }
    }

    /// Bytes wait to be read.
    pub(crate) fn waits_to_write(&self) {
        for since in [&self.unread, &self.taken] {
            if since.load(Ordering::Relaxed) == 0 {
                since.store(self.now(), Ordering::Relaxed);
            }
        }
    }

    fn set_state(&self, at: ConnectionState) {
        self.at.store(self.now() << AT_BITS | at as u64, Ordering::Relaxed);
    }

    fn at(&self) -> ConnectionState {
        match self.at.load(Ordering::Relaxed) & ((1 << AT_BITS) - 1) {
            0 => ConnectionState::FirstHead,
            1 => ConnectionState::Head,
            2 => ConnectionState::Work,
            3 => ConnectionState::Answered,
            _ => ConnectionState::Body,
        }
    }

    fn since(&self) -> u64 {
        self.at.load(Ordering::Relaxed) >> AT_BITS
    }

    /// Milliseconds since the table was made, never 0.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX >> AT_BITS) + 1
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Since when the program waits for the client; `None` while the client waits for the program.
    fn waiting_since(&self) -> Option<u64> {
        (self.at() != ConnectionState::Work).then(|| self.since())
    }

    /// Why it has taken too long, if it has.
    fn timeout_reason(&self) -> Option<CloseReason> {
        let now = self.now();
        let longer = |since: u64, limit: Duration| Duration::from_millis(now.saturating_sub(since)) > limit;
        let unread = self.unread.load(Ordering::Relaxed);
        if unread != 0 && longer(unread, SLOWEST_READ) {
            return Some(CloseReason::Unread);
        }
        let taken = self.taken.load(Ordering::Relaxed);
        if taken != 0 && self.at() != ConnectionState::Work && longer(taken, SLOWEST_ANSWER) {
            return Some(CloseReason::Unread);
        }
        match self.at() {
            ConnectionState::FirstHead | ConnectionState::Head => {
                longer(self.since(), SLOWEST_HEAD).then_some(CloseReason::SlowHead)
            }
            ConnectionState::Answered => longer(self.since(), LONGEST_IDLE).then_some(CloseReason::Idle),
            // The reader of a body limits its time.
            ConnectionState::Work | ConnectionState::Body => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::config::server::RateLimitConfig;

    const WARD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn of(connections: usize, behind_proxy: bool) -> Arc<ConnectionTable> {
        let limits = RateLimitConfig { connections: NonZeroUsize::new(connections).unwrap(), ..RateLimitConfig::default() };
        Arc::new(ConnectionTable::new(&ServerConfig { behind_proxy, limits, ..ServerConfig::default() }))
    }

    /// Sets a state that began `seconds` ago.
    fn aged(connection: &OpenConnection, at: ConnectionState, seconds: u64) {
        // The clock begins with the table; times before that are made by moving its beginning.
        assert!(connection.now() > seconds * 1000, "the table is old enough");
        connection.at.store((connection.now() - seconds * 1000) << AT_BITS | at as u64, Ordering::Relaxed);
    }

    fn old(edge: &ServerConfig) -> Arc<ConnectionTable> {
        let mut connections = ConnectionTable::new(edge);
        connections.began = Instant::now().checked_sub(Duration::from_secs(1000)).unwrap();
        Arc::new(connections)
    }

    #[tokio::test]
    async fn each_state_has_its_time() {
        let connections = old(&ServerConfig::default());
        let place = connections.admit(WARD).await.unwrap();
        let connection = &place.connection;
        for (at, seconds, why) in [
            (ConnectionState::FirstHead, 9, None),
            (ConnectionState::FirstHead, 11, Some(CloseReason::SlowHead)),
            (ConnectionState::Head, 11, Some(CloseReason::SlowHead)),
            (ConnectionState::Work, 900, None),
            (ConnectionState::Body, 11, None),
            (ConnectionState::Answered, 74, None),
            (ConnectionState::Answered, 76, Some(CloseReason::Idle)),
        ] {
            aged(connection, at, seconds);
            assert_eq!(connection.timeout_reason(), why, "{at:?} for {seconds} s");
        }
        connection.has_answered();
        connection.unread.store(connection.now() - 31_000, Ordering::Relaxed);
        assert_eq!(connection.timeout_reason(), Some(CloseReason::Unread));
        connection.has_written();
        assert_eq!(connection.timeout_reason(), None);
        // Byte by byte counts as activity, but not forever.
        for (seconds, why) in [(599, None), (601, Some(CloseReason::Unread))] {
            connection.taken.store(connection.now() - seconds * 1000, Ordering::Relaxed);
            connection.has_written();
            assert_eq!(connection.timeout_reason(), why, "{seconds} s");
        }
        connection.works();
        assert_eq!(connection.timeout_reason(), None, "a batch bounds itself");
        connection.has_answered();
        assert_eq!(connection.timeout_reason(), None);
    }

    #[tokio::test]
    async fn a_later_head_has_its_time_from_its_first_byte_once_the_answer_is_through() {
        type Step = fn(&OpenConnection);
        let place = Arc::new(ConnectionTable::new(&ServerConfig::default())).admit(WARD).await.unwrap();
        let connection = &place.connection;
        let steps = [
            (OpenConnection::has_read as Step, ConnectionState::FirstHead),
            (OpenConnection::has_written, ConnectionState::FirstHead),
            (OpenConnection::waits_for_body, ConnectionState::Body),
            (OpenConnection::has_read, ConnectionState::Body),
            (OpenConnection::has_written, ConnectionState::Body),
            (OpenConnection::works, ConnectionState::Work),
            (OpenConnection::has_read, ConnectionState::Work),
            (OpenConnection::has_written, ConnectionState::Work),
            (OpenConnection::has_answered, ConnectionState::Answered),
            (OpenConnection::has_read, ConnectionState::Head),
            (OpenConnection::has_written, ConnectionState::Answered),
            (OpenConnection::has_read, ConnectionState::Head),
        ];
        for (number, (step, at)) in steps.into_iter().enumerate() {
            step(connection);
            assert_eq!(connection.at(), at, "step {number}");
        }
    }

    #[tokio::test]
    async fn a_look_ends_what_takes_too_long_and_counts_it_once() {
        let connections = old(&ServerConfig::default());
        let (slow, quick) = (connections.admit(WARD).await.unwrap(), connections.admit(WARD).await.unwrap());
        aged(&slow.connection, ConnectionState::FirstHead, 11);
        connections.sweep();
        connections.sweep();
        slow.connection.ended().await;
        assert!(slow.connection.is_ending() && !quick.connection.is_ending());
        assert_eq!((connections.closed_count(CloseReason::SlowHead), connections.open()), (1, 2));
        drop(slow);
        assert_eq!(connections.open(), 1);
    }

    #[tokio::test]
    async fn one_address_holds_half_and_displaces_only_its_own() {
        let connections = of(4, false);
        let held = [connections.admit(WARD).await.unwrap(), connections.admit(WARD).await.unwrap()];
        held[0].connection.works();
        let third = connections.admit(WARD).await.unwrap();
        assert!(held[1].connection.is_ending() && !held[0].connection.is_ending());
        third.connection.works();
        assert!(connections.admit(WARD).await.is_none(), "both at work");
        assert_eq!(
            (connections.closed_count(CloseReason::Displaced), connections.closed_count(CloseReason::OverShare)),
            (1, 1)
        );
        assert!(connections.admit(OTHER).await.is_some());
    }

    #[tokio::test]
    async fn loopback_and_a_proxy_have_no_share() {
        for (connections, address) in [(of(2, false), HERE), (of(2, true), WARD)] {
            let held = [connections.admit(address).await.unwrap(), connections.admit(address).await.unwrap()];
            assert!(held.iter().all(|place| !place.connection.is_ending()));
        }
    }

    #[tokio::test]
    async fn where_all_places_are_taken_the_longest_waiting_gives_way() {
        let two = RateLimitConfig { connections: NonZeroUsize::new(2).unwrap(), ..RateLimitConfig::default() };
        let connections = old(&ServerConfig { behind_proxy: true, limits: two, ..ServerConfig::default() });
        let (first, second) = (connections.admit(WARD).await.unwrap(), connections.admit(OTHER).await.unwrap());
        first.connection.works();
        aged(&second.connection, ConnectionState::Body, 5);
        let ending = Arc::clone(&second.connection);
        tokio::spawn(async move {
            second.connection.ended().await;
            drop(second);
        });
        let third = connections.admit(WARD).await.unwrap();
        assert!(ending.is_ending() && !first.connection.is_ending() && !third.connection.is_ending());
        assert_eq!(connections.open(), 2);
    }

    #[tokio::test]
    async fn one_that_has_just_come_does_not_give_way_but_one_whose_body_does_not_come_does() {
        let connections = old(&ServerConfig::default());
        let (new, slow) = (connections.admit(WARD).await.unwrap(), connections.admit(OTHER).await.unwrap());
        slow.connection.waits_for_body();
        assert!(!connections.evict_longest_waiting(None, GRACE), "both have just come");
        aged(&slow.connection, ConnectionState::Body, 2);
        assert!(connections.evict_longest_waiting(None, GRACE));
        assert!(slow.connection.is_ending() && !new.connection.is_ending());
        assert!(!connections.evict_longest_waiting(None, GRACE), "the one that has just come stays");
        new.connection.works();
        assert!(!connections.evict_longest_waiting(None, Duration::ZERO), "one at work stays");
    }

    #[test]
    fn a_network_of_64_bits_is_one_neighbour() {
        for (one, other, same) in [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("10.0.0.1", "10.0.0.2", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("::1", "::2", false),
        ] {
            let of = |text: &str| client_prefix(text.parse().unwrap());
            assert_eq!(of(one) == of(other), same, "{one} {other}");
        }
    }
}
