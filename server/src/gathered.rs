//! One question about all whom somebody asks about while another question is under way.
//!
//! Whoever asks alone asks at once. Where many ask in the same moment, the store is asked about all of them together:
//! a question has a price however many it is about.

use std::mem::take;
use std::sync::{Mutex as Brief, PoisonError};

use tokio::sync::{Mutex, oneshot};

/// Those who want an answer about `T`, and the one of them who asks.
pub struct Gathered<T, A> {
    waiting: Brief<Vec<(T, oneshot::Sender<A>)>>,
    turn: Mutex<()>,
}

impl<T, A> Default for Gathered<T, A> {
    /// Nobody asks.
    fn default() -> Self {
        Self { waiting: Brief::default(), turn: Mutex::default() }
    }
}

impl<T: Copy, A> Gathered<T, A> {
    /// The answer about `one`, of a question that begins after this was called. `question` answers each of those it is
    /// given, in their order. Cancelling it cancels nobody else's: those who were asked about with it ask again.
    pub async fn ask<Q: Future<Output = Vec<A>>>(&self, one: T, question: impl Fn(Vec<T>) -> Q) -> A {
        loop {
            let (tell, mut told) = oneshot::channel();
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((one, tell));
            tokio::select! {
                biased;
                answer = &mut told => if let Ok(answer) = answer { return answer },
                _turn = self.turn.lock() => {
                    let waiting = take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
                    // Who has gone meanwhile needs no answer.
                    let (all, tells): (Vec<T>, Vec<_>) =
                        waiting.into_iter().filter(|(_, tell)| !tell.is_closed()).unzip();
                    if !all.is_empty() {
                        let answers = question(all).await;
                        tells.into_iter().zip(answers).for_each(|(tell, answer)| drop(tell.send(answer)));
                    }
                    if let Ok(answer) = told.try_recv() {
                        return answer;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;
    use tokio::task::{JoinSet, yield_now};

    use super::*;

    /// Asks about numbers; each question waits until it may, and is noted.
    #[derive(Default)]
    struct House {
        gathered: Gathered<u32, u32>,
        questions: Brief<Vec<Vec<u32>>>,
    }

    impl House {
        async fn ask(&self, number: u32, may: &Semaphore) -> u32 {
            let question = |all: Vec<u32>| async move {
                self.questions.lock().unwrap().push(all.clone());
                may.acquire().await.unwrap().forget();
                all.iter().map(|one| one * 10).collect()
            };
            self.gathered.ask(number, question).await
        }
    }

    async fn settle() {
        for _ in 0..10 {
            yield_now().await;
        }
    }

    fn asks(all: &mut JoinSet<(u32, u32)>, house: &Arc<House>, may: &Arc<Semaphore>, number: u32) {
        let (house, may) = (Arc::clone(house), Arc::clone(may));
        all.spawn(async move { (number, house.ask(number, &may).await) });
    }

    #[tokio::test]
    async fn those_who_come_while_one_asks_are_asked_about_together_and_each_has_their_own_answer() {
        let (house, may, mut all) = (Arc::new(House::default()), Arc::new(Semaphore::new(0)), JoinSet::new());
        asks(&mut all, &house, &may, 1);
        settle().await;
        for number in 2..=5 {
            asks(&mut all, &house, &may, number);
        }
        settle().await;
        assert_eq!(*house.questions.lock().unwrap(), [vec![1]], "the others wait");
        may.add_permits(2);
        while let Some(done) = all.join_next().await {
            let (number, answer) = done.unwrap();
            assert_eq!(answer, number * 10);
        }
        assert_eq!(*house.questions.lock().unwrap(), [vec![1], vec![2, 3, 4, 5]]);
    }

    #[tokio::test]
    async fn whoever_asks_for_others_and_goes_leaves_the_question_to_them() {
        let (house, may, mut all) = (Arc::new(House::default()), Arc::new(Semaphore::new(0)), JoinSet::new());
        asks(&mut all, &house, &may, 1);
        settle().await;
        let second = {
            let (house, may) = (Arc::clone(&house), Arc::clone(&may));
            tokio::spawn(async move { house.ask(2, &may).await })
        };
        settle().await;
        asks(&mut all, &house, &may, 3);
        may.add_permits(1);
        settle().await;
        // The second asks for the third as well, and goes.
        assert_eq!(*house.questions.lock().unwrap(), [vec![1], vec![2, 3]]);
        second.abort();
        settle().await;
        may.add_permits(1);
        while let Some(done) = all.join_next().await {
            let (number, answer) = done.unwrap();
            assert_eq!(answer, number * 10);
        }
        assert_eq!(*house.questions.lock().unwrap(), [vec![1], vec![2, 3], vec![3]]);
    }
}
