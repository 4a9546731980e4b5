//! Thread priorities: a worker that accepts requests must not wait for a thread with long work.

use std::cell::Cell;

/// How much lower the priority of long work is than that of a worker, as an increment of `nice(1)`:
/// it gets a third of a core that both want. Our choice.
pub(crate) const LONG_WORK: i32 = 5;

/// How much lower the priority of loading a directory is: it gets a tenth. Our choice.
pub(crate) const LOADING: i32 = 10;

thread_local! {
    /// How much this thread has been lowered. It is never raised, which needs a right that servers
    /// lack.
    static LOWERED: Cell<i32> = const { Cell::new(0) };
}

/// Lowers the priority of this thread for good; on Linux each thread has its own. If it cannot be
/// lowered, all threads are equal.
pub(crate) fn give_way(by: i32) {
    let more = by - LOWERED.get();
    if more > 0 && rustix::process::nice(more).is_ok() {
        LOWERED.set(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_lowered_once_however_often_it_gives_way() {
        let levels = std::thread::spawn(|| {
            let before = rustix::process::nice(0).unwrap();
            let after = |by| {
                give_way(by);
                rustix::process::nice(0).unwrap() - before
            };
            [LONG_WORK, LONG_WORK, LOADING, LONG_WORK].map(after)
        });
        assert_eq!(levels.join().unwrap(), [5, 5, 10, 10]);
    }
}
