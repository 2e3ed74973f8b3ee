//! A small map that is one ordered list: for settings and the like, of which a program has few.
//!
//! Where a map of the standard library would do as well, this one takes a tenth of the code to compile:
//! an ordered map is the largest thing that a crate can instantiate for one type more.

use std::borrow::Borrow;
use std::ops::Index;

/// Values by key, in the order of the keys.
///
/// Finding one takes as many comparisons as in any ordered map; adding one moves those behind it.
///
/// # Example
///
/// ```
/// use cache_runtime::base::table::Table;
///
/// let table: Table<_, _> = [("late", 2), ("absent", 1)].into_iter().collect();
///
/// assert_eq!(table["late"], 2);
/// assert_eq!(table.get("expired"), None);
/// assert!(table.keys().eq(&["absent", "late"]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> Table<K, V> {
    /// A table of nothing.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// The value under the key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &self.entries[at].1)
    }

    /// The value under the key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &mut self.entries[at].1)
    }

    /// Whether there is a value under the key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Puts a value under the key, in the place of the one before.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(at) => self.entries[at].1 = value,
            Err(at) => self.entries.insert(at, (key, value)),
        }
    }

    /// The value under the key, which becomes `value` if there is none.
    pub fn or_insert(&mut self, key: K, value: V) -> &mut V {
        let at = self.place(&key).unwrap_or_else(|at| {
            self.entries.insert(at, (key, value));
            at
        });
        &mut self.entries[at].1
    }

    /// Takes the value from under the key.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| self.entries.remove(at).1)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// Keys and values, in order; the values may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the key is, or where it belongs.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(it, _)| it.borrow().cmp(key))
    }
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Index<&Q> for Table<K, V> {
    type Output = V;

    /// # Panics
    ///
    /// If there is no value under the key.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the table")
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut table = Self::new();
        table.extend(entries);
        table
    }
}

impl<K: Ord, V> Extend<(K, V)> for Table<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K, V> IntoIterator for Table<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Puts an item into an ordered list, unless it is there.
pub(crate) fn note<T: Ord>(list: &mut Vec<T>, item: T) {
    if let Err(place) = list.binary_search(&item) {
        list.insert(place, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_the_order_of_their_keys() {
        let table: Table<_, _> = [3, 1, 2].map(|key| (key, key * 10)).into_iter().collect();

        assert!(table.iter().eq([(&1, &10), (&2, &20), (&3, &30)]));
    }

    #[test]
    fn a_value_replaces_the_one_under_its_key() {
        let mut table = Table::new();
        table.insert("key", 1);
        table.insert("key", 2);

        assert_eq!((table.len(), table["key"]), (1, 2));
    }

    #[test]
    fn what_stands_already_is_not_replaced_by_or_insert() {
        let mut table = Table::new();
        table.insert("key", 1);

        assert_eq!((*table.or_insert("key", 2), *table.or_insert("other", 3)), (1, 3));
    }

    #[test]
    fn a_noted_item_is_there_once_and_in_order() {
        let mut list = Vec::new();
        for item in [2, 3, 1, 2] {
            note(&mut list, item);
        }

        assert_eq!(list, [1, 2, 3]);
    }

    #[test]
    fn what_was_removed_is_gone() {
        let mut table: Table<_, _> = [("a", 1), ("b", 2)].into_iter().collect();

        assert_eq!((table.remove("a"), table.remove("a"), table.len()), (Some(1), None, 1));
    }
}
