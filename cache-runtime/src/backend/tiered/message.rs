//! What one node tells the others: which keys have changed, as bytes with the node's number before them.

use bytes::Bytes;

/// The most that one message names; a change of more is told as a change of everything.
const MOST_BYTES: usize = 64 * 1024;

/// What has changed in the store that all nodes share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// The entries, or records of tags, under these final keys.
    Keys(Vec<String>),
    /// Every entry whose final key begins with this.
    Prefix(String),
    /// Perhaps anything.
    Everything,
}

/// News, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) node: u64,
    pub(super) news: News,
}

impl News {
    /// That the entry under one key has changed.
    pub(super) fn of(key: &str) -> Self {
        Self::Keys(vec![key.to_owned()])
    }

    /// That these have changed, if they fit into one message.
    pub(super) fn of_all<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
        let bytes: usize = keys.iter().map(|key| key.len() + 4).sum();
        if bytes > MOST_BYTES { Self::Everything } else { Self::Keys(keys) }
    }
}

impl Message {
    /// The number of the node, a letter, and texts with their lengths before them.
    pub(super) fn encode(&self) -> Bytes {
        let (letter, texts): (u8, &[String]) = match &self.news {
            News::Keys(keys) => (b'k', keys),
            News::Prefix(prefix) => (b'p', std::slice::from_ref(prefix)),
            News::Everything => (b'e', &[]),
        };
        let mut bytes = self.node.to_le_bytes().to_vec();
        bytes.push(letter);
        for text in texts {
            bytes.extend(u32::try_from(text.len()).expect("keys are short").to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.into()
    }

    /// The message in these bytes; `None` if they hold anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (node, rest) = bytes.split_first_chunk()?;
        let (letter, rest) = rest.split_first()?;
        let mut texts = texts_in(rest)?;
        let news = match (letter, texts.len()) {
            (b'k', _) => News::Keys(texts),
            (b'p', 1) => News::Prefix(texts.pop()?),
            (b'e', 0) => News::Everything,
            _ => return None,
        };
        Some(Self { node: u64::from_le_bytes(*node), news })
    }
}

fn texts_in(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (text, rest) = rest.split_at_checked(length)?;
        texts.push(String::from_utf8(text.to_vec()).ok()?);
        bytes = rest;
    }
    Some(texts)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn every_kind() -> [News; 4] {
        let keys = News::of_all([":1:a", "", ":1:größer"]);
        [News::of(":1:key"), keys, News::Prefix("shop:2:".to_owned()), News::Everything]
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for news in every_kind() {
            let message = Message { node: 7, news };

            assert_eq!(Message::decode(&message.encode()), Some(message));
        }
    }

    #[test]
    fn no_part_of_a_message_is_taken_for_a_whole_one_with_other_keys() {
        for news in every_kind() {
            let message = Message { node: u64::MAX, news };
            let bytes = message.encode();

            for end in 0..bytes.len() {
                let read = Message::decode(&bytes[..end]);
                // Cut between two keys it is a message of fewer keys; no store cuts there.
                let is_shorter = matches!((&read, &message.news), (Some(Message { news: News::Keys(some), .. }), News::Keys(all)) if all.starts_with(some));
                assert!(read.is_none() || is_shorter, "{read:?}");
            }
        }
    }

    #[test]
    fn more_than_fits_into_a_message_is_everything() {
        let keys: Vec<_> = (0..10_000).map(|number| format!(":1:key {number}")).collect();

        assert_eq!(News::of_all(keys.iter().map(String::as_str)), News::Everything);
    }
}
