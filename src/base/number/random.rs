//! Fixed draws: the same seed, the same numbers.

/// Puts a list into another order, which the seed decides; the seed is another one then.
pub(crate) fn shuffle<T>(list: &mut [T], seed: &mut u64) {
    for at in (1..list.len()).rev() {
        list.swap(at, (random(seed) % (at as u64 + 1)) as usize);
    }
}

/// A number from 0 to 1, drawn evenly; 1 is never drawn.
pub(crate) fn part(seed: &mut u64) -> f64 {
    (random(seed) >> 11) as f64 / (1u64 << 53) as f64
}

/// SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, 2014).
pub(crate) fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
