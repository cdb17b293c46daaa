//! Work on a stream: taken in and given out in order by one thread, done by all of them in between.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// How many pieces of work a thread are held at a time: being done, waiting for it, or done before those they follow.
const EACH: usize = 6;

/// Does every piece of work that `next` gives, several at once, and hands the results to `take` in their order. At most
/// a few pieces a thread are held at a time.
///
/// No thread of the pool waits without doing other work, so that it may be called on one.
///
/// # Errors
/// The first error in the order of the work, or one of `next` or `take`; what comes after it is given up.
pub(crate) fn in_order<T: Send, R: Send, E: Send>(
    mut next: impl FnMut() -> Result<Option<T>, E>,
    work: impl Fn(T) -> Result<R, E> + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    // Small data is one piece, for which no thread need be woken.
    let Some(first) = next()? else { return Ok(()) };
    let second = match next() {
        Ok(None) => return work(first).and_then(take),
        Ok(Some(second)) => second,
        // What was read before the fault goes first: it may be at fault, too.
        Err(error) => return work(first).and_then(take).and(Err(error)),
    };
    let most = (rayon::current_num_threads() * EACH) as u64;
    rayon::in_place_scope(|scope| {
        let (sender, receiver) = channel();
        let work = &work;
        let start = |number: u64, piece: T| {
            let sender = sender.clone();
            scope.spawn(move |_| {
                let result = catch_unwind(AssertUnwindSafe(|| work(piece)));
                let (result, broken) = match result {
                    Ok(result) => (Some(result), None),
                    Err(broken) => (None, Some(broken)),
                };
                // Nobody listens any more once something was at fault.
                let _ = sender.send((number, result));
                if let Some(broken) = broken {
                    resume_unwind(broken);
                }
            });
        };
        start(0, first);
        start(1, second);
        let (mut begun, mut ended) = (2, Ok(false));
        let mut early = BTreeMap::new();
        for number in 0.. {
            while matches!(ended, Ok(false)) && begun - number < most {
                ended = next().map(|piece| match piece {
                    Some(piece) => {
                        start(begun, piece);
                        begun += 1;
                        false
                    }
                    None => true,
                });
            }
            if number == begun {
                break;
            }
            let result = loop {
                if let Some(result) = early.remove(&number) {
                    break result;
                }
                match receive(&receiver) {
                    Some((other, Some(result))) => early.insert(other, result),
                    // A piece of work that panics breaks off the whole at the end of the scope.
                    _ => return Ok(()),
                };
            };
            take(result?)?;
        }
        ended.map(drop)
    })
}

/// The next result; on a thread of the pool by doing other work until there is one.
fn receive<T>(receiver: &Receiver<T>) -> Option<T> {
    if rayon::current_thread_index().is_none() {
        return receiver.recv().ok();
    }
    loop {
        match receiver.try_recv() {
            Ok(result) => return Some(result),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {
                if rayon::yield_now() != Some(rayon::Yield::Executed) {
                    std::thread::yield_now();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(
        pieces: u32,
        bad: Option<u32>,
        last: Option<&'static str>,
    ) -> (Vec<u32>, Result<(), String>) {
        let (mut given, mut taken) = (0, Vec::new());
        let next = || {
            if given == pieces {
                return last.map_or(Ok(None), |why| Err(why.to_owned()));
            }
            given += 1;
            Ok(Some(given))
        };
        let work = |piece| match bad {
            Some(bad) if bad == piece => Err(format!("{piece}")),
            _ => Ok(piece * 10),
        };
        let result = in_order(next, work, |done| {
            taken.push(done);
            Ok(())
        });
        (taken, result)
    }

    #[test]
    fn a_panic_of_the_work_is_a_panic_and_no_silence() {
        let broken = catch_unwind(|| {
            let mut given = 0..50;
            in_order(
                || Ok::<_, String>(given.next()),
                |piece| {
                    assert!(piece != 30, "broken");
                    Ok(piece)
                },
                |_| Ok(()),
            )
        });
        assert!(broken.is_err());
    }

    #[test]
    fn results_come_in_order_up_to_the_first_fault() {
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.unwrap_or_else(|error| panic!("{error}"));
            for inside in [false, true] {
                let run = |pieces, bad, last| match inside {
                    true => pool.install(|| run(pieces, bad, last)),
                    false => run(pieces, bad, last),
                };
                for pieces in [0, 1, 2, 7, 100] {
                    let all: Vec<u32> = (1..=pieces).map(|piece| piece * 10).collect();
                    assert_eq!(run(pieces, None, None), (all.clone(), Ok(())));
                    let broken = run(pieces, None, Some("end"));
                    assert_eq!(broken.1, Err("end".to_owned()));
                }
                let (taken, result) = run(100, Some(42), Some("end"));
                assert_eq!(taken.last(), Some(&410));
                assert_eq!((taken.len(), result), (41, Err("42".to_owned())));
            }
        }
    }
}
