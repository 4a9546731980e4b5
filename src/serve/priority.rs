//! Which threads go first. A worker that takes requests in shall not wait for a thread whose work takes long.

use std::cell::Cell;

/// How much lower the priority of long work is than that of a worker, on the scale of `nice(1)`: it gets a third of a core that both want.
/// Our choice.
pub(crate) const LONG_WORK: i32 = 5;

/// How much lower the priority of loading a directory is: it gets a tenth. Our choice.
pub(crate) const LOADING: i32 = 10;

thread_local! {
    /// How much this thread has been lowered. It is never raised again, which needs a right that servers do not have.
    static LOWERED: Cell<i32> = const { Cell::new(0) };
}

/// Lowers the priority of this thread, which on Linux is a thread's own, for good. Where it cannot be lowered, all go alike.
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
