//! MD5, because SQS answers with the digest of each body (RFC 1321). It protects nothing.

const SHIFTS: [u32; 16] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/// The digest in lower-case hex.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - bytes.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let length_at = padded.len() - 8;
    let bits = (bytes.len() as u64).wrapping_mul(8);
    padded[length_at..].copy_from_slice(&bits.to_le_bytes());

    let sines = sines();
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks_exact(64) {
        let words: Vec<u32> =
            block.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let (mixed, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(sines[step]).wrapping_add(words[word]);
            let rotated = sum.rotate_left(SHIFTS[step / 16 * 4 + step % 4]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(rotated));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d]) {
            *total = total.wrapping_add(part);
        }
    }
    hex::encode(state.map(u32::to_le_bytes).concat())
}

/// The table of RFC 1321, section 3.4: the whole part of 2^32 times |sin(i)|, i from 1 to 64.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the values lie between 0 and 2^32")]
fn sines() -> [u32; 64] {
    std::array::from_fn(|index| {
        let radians = f64::from(u8::try_from(index + 1).expect("64 fits a byte"));
        (radians.sin().abs() * 4_294_967_296.0) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::md5_hex;

    #[test]
    fn it_gives_the_digests_of_the_rfc() {
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5_hex(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(md5_hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
        let digits = b"12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        assert_eq!(md5_hex(digits), "57edf4a22be3c955ac49da2e2107b67a");
        assert_eq!(md5_hex(&digits[..56]), "49f193adce178490e34d1b3a4ec0064c");
    }
}
