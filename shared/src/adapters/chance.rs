//! Chance from the operating system, through the same cryptographic library as the TLS stack.

use aws_lc_rs::rand;

use crate::ports::Chance;

/// Bytes that nobody can foresee.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn bytes(&self, into: &mut [u8]) {
        rand::fill(into).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_draws_are_alike() {
        let draw = || {
            let mut bytes = [0; 32];
            SystemChance.bytes(&mut bytes);
            bytes
        };
        assert_ne!(draw(), draw());
        assert_ne!(draw(), [0; 32]);
    }
}
