//! Randomness, passed in.

use std::cell::RefCell;

/// Fills buffers from a cryptographic random number generator.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The generator of the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

/// Bytes that were fetched and that nobody had yet.
struct Fetched {
    bytes: [u8; 256],
    used: usize,
}

thread_local! {
    static FETCHED: RefCell<Fetched> = const { RefCell::new(Fetched { bytes: [0; 256], used: 256 }) };
}

/// What an id takes. A call of the system for each costs more than the rest of the id.
const LITTLE: usize = 10;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() > LITTLE {
            return fetch(buffer);
        }
        FETCHED.with_borrow_mut(|fetched| {
            if fetched.used + buffer.len() > fetched.bytes.len() {
                fetch(&mut fetched.bytes);
                fetched.used = 0;
            }
            let given = &mut fetched.bytes[fetched.used..fetched.used + buffer.len()];
            buffer.copy_from_slice(given);
            // Nobody finds out later what somebody had.
            given.fill(0);
            fetched.used += buffer.len();
        });
    }
}

#[expect(clippy::expect_used, reason = "without randomness no secret can be made, and guessing one would be worse")]
fn fetch(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_gets_the_same_bytes_twice() {
        let mut seen = HashSet::new();
        for length in [10, 9, 8, 16, 10].repeat(200) {
            let mut bytes = vec![0; length];
            SystemRandom.fill(&mut bytes);
            assert!(seen.insert(bytes));
        }
    }
}
