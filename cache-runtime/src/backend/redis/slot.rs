//! Which of a cluster's slots a key is in.

use std::sync::LazyLock;

/// How many slots a cluster has.
pub(super) const SLOTS: u16 = 16_384;

/// The slot of a key: that of its hash tag, where it has one.
pub(super) fn slot_of(key: &str) -> u16 {
    crc16(hash_tag(key).unwrap_or(key).as_bytes()) % SLOTS
}

/// The part of a key that decides its slot, where it is not the whole key.
pub(super) fn hash_tag(key: &str) -> Option<&str> {
    let (_, rest) = key.split_once('{')?;
    let (tag, _) = rest.split_once('}')?;
    (!tag.is_empty()).then_some(tag)
}

/// The length of the tag that [`tag_of`] gives.
pub(super) const TAG: usize = 3;

/// A hash tag of a slot: three of 64 characters, which reach all slots (five hexadecimal digits do not).
///
/// The table is made when first a key asks for it that cannot be a tag itself.
pub(super) fn tag_of(slot: u16) -> String {
    static TAGS: LazyLock<Vec<u32>> = LazyLock::new(|| {
        let mut tags = vec![0; usize::from(SLOTS)];
        for tag in 0..1 << 18 {
            tags[usize::from(crc16(&characters(tag)) % SLOTS)] = tag;
        }
        tags
    });
    characters(TAGS[usize::from(slot)]).map(char::from).iter().collect()
}

fn characters(tag: u32) -> [u8; TAG] {
    const ALPHABET: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    [12, 6, 0].map(|shift| ALPHABET[(tag >> shift & 63) as usize])
}

/// CRC-16 as the specification of clusters has it (XMODEM).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| (crc << 8) ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte: u16 = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte << 8, 0);
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // 0x31c3 is the check value that the specification states; the others are a server's own words.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot_of("foo"), 12_182);
        assert_eq!(slot_of("somekey"), 11_058);
        assert_eq!(slot_of("foo{hash_tag}"), slot_of("hash_tag"));
        assert_eq!(slot_of("foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(slot_of("foo{{bar}}zap"), slot_of("{bar"));
    }

    #[test]
    fn every_slot_has_a_tag() {
        for slot in 0..SLOTS {
            assert_eq!(slot_of(&tag_of(slot)), slot);
        }
    }
}
