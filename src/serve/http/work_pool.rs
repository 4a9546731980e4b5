//! The pool for long work: threads beside those that accept requests, no more at once than the
//! machine has cores, so that short requests never wait for long ones.
//!
//! Work that waits for a slot waits in one line for each principal, and the lines take turns: a
//! principal with much work only delays itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

use crate::api_keys::Principal;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::rate_key;
use crate::serve::priority::{LONG_WORK, give_way};

/// How many wait for a slot; a further one is rejected as busy. Our choice.
pub(crate) const QUEUE: usize = 64;
/// How many of them may be of one principal. Our choice: half, so that no principal fills the
/// queue.
const QUEUE_SHARE: usize = QUEUE / 2;
/// How long one waits for a slot before it is rejected as busy. Our choice.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

tokio::task_local! {
    /// Closed when the caller has hung up.
    static ASKER: watch::Receiver<()>;
}

/// Runs `answering` to its end in its own task, whether or not the caller still waits for it. While
/// it waits for a slot of the pool, it gives up if the caller hangs up.
///
/// # Errors
/// It panicked.
pub(crate) async fn to_its_end<T: Send + 'static>(
    answering: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    let (here, asker) = watch::channel(());
    let answer = tokio::spawn(ASKER.scope(asker, answering)).await;
    drop(here);
    answer
}

/// Completes when the caller has hung up, as far as that is known.
async fn hung_up() {
    match ASKER.try_with(Clone::clone) {
        // Nothing is ever sent, so a change means that the sender was dropped.
        Ok(mut asker) => drop(asker.changed().await),
        Err(_) => std::future::pending().await,
    }
}

/// The slots for long work, and the queue for them.
#[derive(Debug, Clone)]
pub struct HeavyPool(Arc<Mutex<WorkQueue>>);

/// Free slots and waiting work.
#[derive(Debug)]
struct WorkQueue {
    /// Free slots.
    free: usize,
    /// Who waits, by principal; the first principal is next.
    lines: VecDeque<(String, VecDeque<oneshot::Sender<PoolPlace>>)>,
}

/// How long work waits for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QueueLimit {
    /// It waits in the queue if there is room, for a limited time.
    Bounded,
    /// It waits for its turn without limit: a line of a batch, of which few are answered at once.
    Endless,
}

/// A slot, passed to the next in the queue on drop.
#[derive(Debug)]
struct PoolPlace(Option<HeavyPool>);

impl Default for HeavyPool {
    fn default() -> Self {
        Self::with_places(available_parallelism().map_or(1, std::num::NonZero::get))
    }
}

impl HeavyPool {
    /// A pool with that many slots.
    pub fn with_places(places: usize) -> Self {
        Self(Arc::new(Mutex::new(WorkQueue { free: places, lines: VecDeque::new() })))
    }

    /// Runs `work` for `principal` as soon as there is a slot. A caller that stops waiting leaves
    /// the queue; work that has begun runs to its end.
    ///
    /// # Errors
    /// Too much work waits, no slot became free in time, or the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        principal: &Principal,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        done(self.place(&principal.name, QueueLimit::Bounded).await?, work).await
    }

    /// Runs `work` in the turn of `principal`, without a limit on the wait.
    ///
    /// # Errors
    /// The work panicked.
    pub async fn run_in_turn<T: Send + 'static>(
        &self,
        principal: &Principal,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        done(self.place(&principal.name, QueueLimit::Endless).await?, work).await
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.queue().waiting()
    }

    async fn place(&self, principal: &str, patience: QueueLimit) -> Result<PoolPlace, Problem> {
        let Some(turn) = self.enter(rate_key(principal), patience)? else { return Ok(PoolPlace(Some(self.clone()))) };
        match patience {
            QueueLimit::Endless => turn.await.map_err(|_| Problem::Busy),
            QueueLimit::Bounded => tokio::select! {
                turn = timeout(LONGEST_WAIT, turn) => turn.ok().and_then(Result::ok).ok_or(Problem::Busy),
                () = hung_up() => Err(Problem::Busy),
            },
        }
    }

    /// Takes a free slot, or a place in the queue.
    fn enter(&self, principal: &str, patience: QueueLimit) -> Result<Option<oneshot::Receiver<PoolPlace>>, Problem> {
        let mut queue = self.queue();
        if queue.free > 0 {
            queue.free -= 1;
            return Ok(None);
        }
        queue.forget_those_who_left();
        let is_full = queue.waiting() >= QUEUE || queue.waiting_of(principal) >= QUEUE_SHARE;
        if is_full && patience == QueueLimit::Bounded {
            return Err(Problem::Busy);
        }
        let (turn, waiting) = oneshot::channel();
        queue.add(principal, turn);
        Ok(Some(waiting))
    }

    fn queue(&self) -> MutexGuard<'_, WorkQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn done<T: Send + 'static>(place: PoolPlace, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let doing = spawn_blocking(move || {
        let _place = place;
        give_way(LONG_WORK);
        work()
    });
    doing.await.map_err(|_| Problem::Internal)
}

impl WorkQueue {
    fn waiting(&self) -> usize {
        self.lines.iter().map(|(_, line)| line.len()).sum()
    }

    fn waiting_of(&self, principal: &str) -> usize {
        self.lines.iter().find(|(name, _)| name == principal).map_or(0, |(_, line)| line.len())
    }

    fn add(&mut self, principal: &str, turn: oneshot::Sender<PoolPlace>) {
        match self.lines.iter_mut().find(|(name, _)| name == principal) {
            Some((_, line)) => line.push_back(turn),
            None => self.lines.push_back((principal.to_owned(), [turn].into())),
        }
    }

    /// The next in turn; its principal moves to the end.
    fn next(&mut self) -> Option<oneshot::Sender<PoolPlace>> {
        let (principal, mut line) = self.lines.pop_front()?;
        let turn = line.pop_front();
        if !line.is_empty() {
            self.lines.push_back((principal, line));
        }
        turn
    }

    fn forget_those_who_left(&mut self) {
        for (_, line) in &mut self.lines {
            line.retain(|turn| !turn.is_closed());
        }
        self.lines.retain(|(_, line)| !line.is_empty());
    }
}

impl Drop for PoolPlace {
    fn drop(&mut self) {
        let Some(pool) = self.0.take() else { return };
        let mut queue = pool.queue();
        while let Some(turn) = queue.next() {
            match turn.send(Self(Some(pool.clone()))) {
                Ok(()) => return,
                // The receiver has left. Its slot must not be returned here, while the queue is
                // locked.
                Err(mut place) => drop(place.0.take()),
            }
        }
        queue.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn named(name: &str) -> Principal {
        Principal { name: name.to_owned(), ..Principal::anyone() }
    }

    /// Lets spawned tasks get as far as they can.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    /// Takes the only slot until the returned one is dropped.
    async fn hold(pool: &HeavyPool) -> PoolPlace {
        pool.place("holder", QueueLimit::Bounded).await.unwrap()
    }

    #[tokio::test]
    async fn principals_take_turns_however_much_one_asks() {
        let pool = HeavyPool::with_places(1);
        let held = hold(&pool).await;
        let (done, order) = mpsc::channel();
        let mut asked = Vec::new();
        for name in ["key:one", "key:one", "key:one/a", "key:two", "key:three"] {
            let (pool, done) = (pool.clone(), done.clone());
            let work = async move { pool.run(&named(name), move || done.send(name).unwrap()).await };
            asked.push(tokio::spawn(work));
            settle().await;
        }
        drop((held, done));
        for one in asked {
            one.await.unwrap().unwrap();
        }
        // The sessions of a key count as the key.
        assert_eq!(order.iter().collect::<Vec<_>>(), ["key:one", "key:two", "key:three", "key:one", "key:one/a"]);
        assert_eq!(pool.queue().free, 1);
    }

    #[tokio::test]
    async fn what_is_beyond_the_queue_or_a_share_of_it_is_told_to_come_again() {
        let pool = HeavyPool::with_places(1);
        let held = hold(&pool).await;
        let wait = |name: String| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.run(&named(&name), || ()).await })
        };
        let mut waiting: Vec<_> = (0..QUEUE_SHARE).map(|_| wait("key:much".to_owned())).collect();
        settle().await;
        assert_eq!(pool.run(&named("key:much"), || ()).await, Err(Problem::Busy), "one principal has its share");
        waiting.extend((QUEUE_SHARE..QUEUE).map(|number| wait(format!("key:{number}"))));
        settle().await;
        assert_eq!(pool.waiting(), QUEUE);
        assert_eq!(pool.run(&named("key:late"), || ()).await, Err(Problem::Busy), "the queue is full");
        drop(held);
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        assert_eq!(pool.run(&named("key:much"), || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn who_hangs_up_gives_its_place_in_the_queue_back() {
        let pool = HeavyPool::with_places(1);
        let held = hold(&pool).await;
        let wait = |number: usize| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.run(&named(&format!("key:{number}")), || ()).await })
        };
        let waiting: Vec<_> = (0..QUEUE).map(wait).collect();
        settle().await;
        for one in &waiting {
            one.abort();
        }
        settle().await;
        let late = wait(QUEUE);
        settle().await;
        assert_eq!(pool.waiting(), 1);
        drop(held);
        assert_eq!(late.await.unwrap(), Ok(()));
        assert_eq!(pool.queue().free, 1);
    }

    #[tokio::test]
    async fn what_runs_to_its_end_gives_its_place_in_the_queue_back_too() {
        let pool = HeavyPool::with_places(1);
        let held = hold(&pool).await;
        let waiting = pool.clone();
        let asked = tokio::spawn(to_its_end(async move { waiting.run(&named("key:one"), || ()).await }));
        settle().await;
        assert_eq!(pool.waiting(), 1);
        asked.abort();
        settle().await;
        let late = pool.clone();
        let late = tokio::spawn(async move { late.run(&named("key:two"), || ()).await });
        settle().await;
        assert_eq!(pool.waiting(), 1, "a caller that hung up no longer waits");
        drop(held);
        assert_eq!(late.await.unwrap(), Ok(()));
        assert_eq!(pool.queue().free, 1);
    }

    #[tokio::test]
    async fn work_that_fails_gives_its_place_back() {
        let pool = HeavyPool::with_places(1);
        let failed = pool.run(&named("key:one"), || panic!("as asked")).await;
        assert_eq!(failed, Err::<(), _>(Problem::Internal));
        assert_eq!(pool.queue().free, 1);
    }
}
