//! Work on a stream: taken in and given out in order by one thread, done by all of them in between.

use std::sync::Mutex;

/// How many pieces of work each thread is given at a time. Others are taken in meanwhile, and those before given out.
const EACH: usize = 4;

/// Does every piece of work that `next` gives, several at once, and hands the results to `take` in their order. At most
/// a few pieces a thread are held at a time.
///
/// No thread waits for another but in ways that the pool knows of, so that it may be called on a thread of the pool.
///
/// # Errors
/// The first error in the order of the work, or one of `next` or `take`; what comes after it is given up.
pub(crate) fn in_order<T: Send, R: Send, E: Send>(
    mut next: impl FnMut() -> Result<Option<T>, E>,
    work: impl Fn(T) -> Result<R, E> + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let most = rayon::current_num_threads() * EACH;
    let mut some = |limit: usize| {
        let mut batch = Vec::new();
        while batch.len() < limit {
            match next()? {
                Some(piece) => batch.push(piece),
                None => break,
            }
        }
        Ok(batch)
    };
    let mut done: Vec<Result<R, E>> = Vec::new();
    // Small data is one piece, for which no thread need be woken.
    let mut batch = some(2)?;
    if batch.len() == 1 {
        return batch
            .into_iter()
            .try_for_each(|piece| work(piece).and_then(&mut take));
    }
    while !batch.is_empty() || !done.is_empty() {
        let slots: Vec<Mutex<Option<Result<R, E>>>> =
            batch.iter().map(|_| Mutex::new(None)).collect();
        let mut following = Ok(Vec::new());
        let mut taken = Ok(());
        rayon::in_place_scope(|scope| {
            let work = &work;
            for (piece, slot) in batch.drain(..).zip(&slots) {
                scope.spawn(move |_| {
                    let result = work(piece);
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(result);
                    }
                });
            }
            taken = done
                .drain(..)
                .try_for_each(|result| result.and_then(&mut take));
            if taken.is_ok() {
                following = some(most);
            }
        });
        taken?;
        let results = slots.into_iter().filter_map(|slot| slot.into_inner().ok()?);
        done = results.collect();
        match following {
            Ok(following) => batch = following,
            // What was read before the fault goes first: it may be at fault, too.
            Err(error) => {
                return done
                    .into_iter()
                    .try_for_each(|result| result.and_then(&mut take))
                    .and(Err(error));
            }
        }
    }
    Ok(())
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
