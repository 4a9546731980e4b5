//! Reproducible random numbers. The generator is our own because the bytes of the sample are
//! compared, and a crate may change its stream between versions. No logarithm or sine is used,
//! because they differ between platforms.

/// A stream of pseudo-random numbers: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014, with the constants of Vigna's public-domain
/// version).
#[derive(Debug, Clone)]
pub(crate) struct SampleRng(u64);

impl SampleRng {
    /// The stream for one thing. Every provider, file and network has its own, so that adding one
    /// does not change the others.
    pub(crate) fn of(seed: u64, what: &str, index: u64) -> Self {
        // FNV-1a, 64 bits (Fowler, Noll and Vo).
        let name = what
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut stream = Self(seed ^ name);
        stream.0 = stream.draw() ^ index.wrapping_mul(0xd134_2543_de82_ef95);
        stream
    }

    /// The next 64 bits.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`, or 0 when there is none.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.draw()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, inclusive.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.below(span)).unwrap_or(0)
    }

    /// True with a probability of `times` in a thousand.
    pub(crate) fn permille(&mut self, times: u32) -> bool {
        self.below(1000) < u64::from(times)
    }

    /// One of `choices`, all equally likely; the default if there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(at).copied().unwrap_or_default()
    }

    /// One of `choices`, with probability proportional to its weight; the default if there are
    /// none.
    pub(crate) fn weigh<T: Copy + Default>(&mut self, choices: &[(u32, T)]) -> T {
        let total: u64 = choices.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (weight, choice) in choices {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return *choice,
            }
        }
        T::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // The first outputs of SplitMix64 from state 1234567, as Vigna's program prints them.
        let mut stream = SampleRng(1_234_567);
        assert_eq!([stream.draw(), stream.draw()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn weights_are_kept() {
        let mut stream = SampleRng::of(1, "weights", 0);
        let heads = (0..10_000).filter(|_| stream.weigh(&[(3, true), (1, false)])).count();
        assert!((7_300..7_700).contains(&heads), "{heads}");
    }
}
