//! A server that hears no notifications, as behind a pooler that does not pass them on: it finds what others recorded by polling.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use placement::ledger::postgres::PostgresLedger;
use placement::serve::ledger_sync::follow_ledger;
use placement::serve::state::AppState;
use tokio::task::JoinSet;

use super::event_conformance::{provider, room};
use super::postgres::{Database, server};
use super::{LedgerStorage, until};
use crate::api::sample_app;

/// The type of a message that tells a client of a NOTIFY.
const NOTIFICATION: u8 = b'A';

/// Listens on the returned port, and passes everything on except notifications, which `dropped` counts.
fn deaf_pooler(to: String, dropped: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(&to) else { continue };
            let (mut asked, mut asking) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            thread::spawn(move || {
                let _ = io::copy(&mut asked, &mut asking);
                let _ = asking.shutdown(Shutdown::Both);
            });
            let dropped = Arc::clone(&dropped);
            thread::spawn(move || {
                let _ = pass_answers(&far, &near, &dropped);
                let _ = near.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

/// Every message of the database has a type and a length.
fn pass_answers(mut from: &TcpStream, mut to: &TcpStream, dropped: &AtomicUsize) -> io::Result<()> {
    loop {
        let mut head = [0; 5];
        from.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut rest = vec![0; usize::try_from(length).unwrap() - 4];
        from.read_exact(&mut rest)?;
        if head[0] == NOTIFICATION {
            dropped.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        to.write_all(&[&head[..], &rest].concat())?;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hears_no_notification_finds_by_polling_what_another_recorded() {
    if server().is_none() {
        return;
    }
    let (database, dropped) = (Database::make().await, Arc::new(AtomicUsize::new(0)));
    let (before, after) = database.address.rsplit_once('@').unwrap();
    let (host, name) = after.split_once('/').unwrap();
    let port = deaf_pooler(host.to_owned(), Arc::clone(&dropped));
    // The messages are read here, so they are not encrypted.
    let ledger = PostgresLedger::open(&format!("{before}@127.0.0.1:{port}/{name}?sslmode=disable")).await.unwrap();
    let deaf = Arc::new(AppState { ledger: Some(Arc::new(ledger)), ..sample_app() });
    let mut all = JoinSet::new();
    all.spawn(follow_ledger(Arc::clone(&deaf)));
    let other = AppState { ledger: Some(database.open().await), ..sample_app() };
    let beds = || deaf.ledger_state().availability.get(&provider(1)).and_then(|said| said.rooms[0].beds);
    for number in 1..=3 {
        other.append_event(&room(1, number)).await.unwrap();
        until("it has polled", async || beds() == Some(number)).await;
    }
    assert!(dropped.load(Ordering::SeqCst) > 0, "it was told, and did not hear it");
    // What it records itself is acknowledged as always.
    deaf.append_event(&room(1, 9)).await.unwrap();
    assert_eq!(beds(), Some(9));
}
