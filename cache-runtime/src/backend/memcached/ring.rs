//! Which server keeps a key: consistent hashing, so that a server that comes or goes moves its share only.

use super::location::Address;

/// How many points each server has on the ring: as in ketama, enough for shares that differ by a few percent.
const POINTS: usize = 160;

/// The servers, by where their points stand on a ring of hashes.
pub(super) struct Ring(Vec<(u64, usize)>);

impl Ring {
    /// The ring of these servers. Points come from the spelling of an address, not from its place in the list.
    pub(super) fn of(addresses: &[Address]) -> Self {
        let points_of = |(index, address): (usize, &Address)| {
            let name = address.to_string();
            (0..POINTS).map(move |point| (hash(&format!("{name}-{point}")), index))
        };
        let mut points: Vec<_> = addresses.iter().enumerate().flat_map(points_of).collect();
        points.sort_unstable();
        Self(points)
    }

    /// The server of a key: that of the first point at or behind the key's hash.
    pub(super) fn server_of(&self, key: &str) -> usize {
        let hash = hash(key);
        let behind = self.0.partition_point(|(point, _)| *point < hash);
        self.0.get(behind).or(self.0.first()).map_or(0, |(_, server)| *server)
    }
}

fn hash(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: usize = 10_000;

    fn ring(hosts: &[&str]) -> (Ring, Vec<Address>) {
        let addresses: Vec<_> = hosts.iter().map(|host| Address::Tcp((*host).to_owned(), 11_211)).collect();
        (Ring::of(&addresses), addresses)
    }

    fn homes(hosts: &[&str]) -> Vec<Address> {
        let (ring, addresses) = ring(hosts);
        (0..KEYS).map(|key| addresses[ring.server_of(&format!("key {key}"))].clone()).collect()
    }

    #[test]
    fn servers_have_about_the_same_share() {
        let homes = homes(&["a", "b", "c"]);

        for host in ["a", "b", "c"] {
            let home = Address::Tcp(host.to_owned(), 11_211);
            let share = homes.iter().filter(|other| **other == home).count();
            assert!((KEYS / 3 - KEYS / 10..KEYS / 3 + KEYS / 10).contains(&share), "{host}: {share}");
        }
    }

    #[test]
    fn a_server_that_goes_moves_its_own_keys_only() {
        let (before, after) = (homes(&["a", "b", "c"]), homes(&["a", "c"]));

        let gone = Address::Tcp("b".to_owned(), 11_211);
        let stays = |(before, after): &(&Address, &Address)| **before == gone || before == after;
        assert!(before.iter().zip(&after).all(|pair| stays(&pair)));
    }

    #[test]
    fn the_order_of_the_list_does_not_matter() {
        assert_eq!(homes(&["a", "b", "c"]), homes(&["c", "a", "b"]));
    }
}
