//! One question for all who ask while another is under way.
//!
//! An answer counts for whoever asked before its question began, and for nobody else: what has happened since it may
//! not know.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Who has asked, and who has been answered.
#[derive(Default)]
pub struct Asked {
    asked: AtomicU64,
    /// So many of those who asked have their answer.
    answered: Mutex<u64>,
}

impl Asked {
    /// Asks, unless somebody does so who begins later than this was called. Cancelling it leaves the question to the
    /// next one.
    pub async fn once_for_all(&self, question: impl Future<Output = ()>) {
        let mine = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let mut answered = self.answered.lock().await;
        if *answered < mine {
            let so_far = self.asked.load(Ordering::Acquire);
            question.await;
            *answered = so_far;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;
    use tokio::task::{JoinSet, yield_now};

    use super::*;

    #[tokio::test]
    async fn of_those_who_come_while_one_asks_one_asks_for_all() {
        let (asked, may, times) = (Arc::new(Asked::default()), Semaphore::new(0), AtomicU64::new(0));
        let shared = Arc::new((may, times));
        let ask = || {
            let (asked, shared) = (Arc::clone(&asked), Arc::clone(&shared));
            async move {
                asked
                    .once_for_all(async {
                        shared.1.fetch_add(1, Ordering::Relaxed);
                        shared.0.acquire().await.unwrap().forget();
                    })
                    .await;
            }
        };
        let mut all = JoinSet::new();
        all.spawn(ask());
        yield_now().await;
        for _ in 0..10 {
            all.spawn(ask());
        }
        yield_now().await;
        assert_eq!(shared.1.load(Ordering::Relaxed), 1, "the others wait");
        shared.0.add_permits(2);
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
        assert_eq!(shared.1.load(Ordering::Relaxed), 2, "the first one's answer was too early for them");
        shared.0.add_permits(1);
        ask().await;
        assert_eq!(shared.1.load(Ordering::Relaxed), 3, "and theirs for whoever comes now");
    }
}
