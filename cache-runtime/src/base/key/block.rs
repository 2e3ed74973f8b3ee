//! Several bytes of a key at once: digits, and text that stands for itself.

/// The first number with more than eight digits.
pub(super) const EIGHT_DIGITS: u64 = 100_000_000;

/// The eight digits of a smaller number, one in each byte, the first in the lowest.
///
/// Two groups of four are taken apart side by side, then four of two: a division by a hundred, or by ten,
/// is a multiplication and a shift that are exact for numbers as small as these.
#[inline]
pub(super) const fn digits_of(integer: u64) -> u64 {
    let fours = (integer / 10_000) | ((integer % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & 0x000F_000F_000F_000F;
    tens | ((twos - 10 * tens) << 8)
}

/// As many bytes as one machine instruction compares.
pub(super) const BLOCK: usize = 16;

/// A text of at most a block, and as many zeros as make one of it.
///
/// It is put together of its two ends, which may overlap: a copy of any length would be a call.
#[inline]
pub(super) fn block_of(text: &[u8]) -> [u8; BLOCK] {
    let mut block = [b'0'; BLOCK];
    if let Some((first, last)) = ends::<8>(text) {
        block[..8].copy_from_slice(first);
        block[text.len() - 8..text.len()].copy_from_slice(last);
    } else if let Some((first, last)) = ends::<4>(text) {
        block[..4].copy_from_slice(first);
        block[text.len() - 4..text.len()].copy_from_slice(last);
    } else {
        for (place, byte) in block.iter_mut().zip(text) {
            *place = *byte;
        }
    }
    block
}

/// [`are_plain`] of a block that is put together at once: a call, or it would be examined byte by byte.
#[inline(never)]
pub(super) fn is_plain_block(block: &[u8; BLOCK]) -> bool {
    are_plain(block)
}

/// The first and the last `N` bytes, if together they are all: they may overlap.
#[inline]
pub(super) fn ends<const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    if !(N..=2 * N).contains(&bytes.len()) {
        return None;
    }
    bytes.first_chunk().zip(bytes.last_chunk())
}

/// [`are_plain`] of at least a block; the last ones may be examined twice.
#[inline]
pub(super) fn is_long_and_plain(bytes: &[u8]) -> bool {
    let (blocks, _) = bytes.as_chunks();
    bytes.last_chunk().is_some_and(are_plain) && blocks.iter().all(are_plain)
}

/// Whether all bytes are ASCII letters, digits, or one of `-._`, and so stand for themselves.
///
/// Written without a branch and as one sum, so that it becomes a few instructions for the whole block.
#[inline]
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
pub(super) fn are_plain(block: &[u8; BLOCK]) -> bool {
    let others = block.iter().fold(false, |others, byte| {
        let is_letter = is_among(byte | 0x20, b'a', 26);
        // From `-` to `9`, in the order of ASCII: `-./0123456789`.
        let is_digit_or_mark = is_among(*byte, b'-', 13) & (*byte != b'/');
        others | !(is_letter | is_digit_or_mark | (*byte == b'_'))
    });
    !others
}

/// Whether a byte is one of so many that begin with `first`; asked of signed numbers, since such can be
/// compared in one instruction.
#[inline]
const fn is_among(byte: u8, first: u8, count: i8) -> bool {
    byte.wrapping_sub(first).wrapping_add(0x80).cast_signed() < i8::MIN + count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_four_digits_is_taken_apart() {
        for number in 0..10_000 {
            let digits = digits_of(number * 10_001).to_le_bytes();

            let expected = format!("{number:04}{number:04}").into_bytes();
            assert_eq!(digits.map(|digit| digit + b'0').to_vec(), expected);
        }
    }
}
