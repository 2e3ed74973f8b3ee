//! Files that are torn or foreign: a miss each, and nobody's fault.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::testing::TestClock;
use cache_tests::Folder;

use crate::stage::{LEASE, files, patient, store_in, value};

/// The file of the only entry in a folder.
fn only(folder: &Folder, ending: &str) -> PathBuf {
    let mut found = files(folder.path(), ending);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// A folder with one entry, its store, and its file.
async fn with_an_entry() -> (Folder, SharedBackend, PathBuf) {
    let folder = Folder::new();
    let store = store_in(folder.path());
    store.set("key", Bytes::from_static(b"41"), Life::Forever).await.unwrap();
    let file = only(&folder, ".entry");
    (folder, store, file)
}

/// Nothing is there for any operation, and a write makes it whole again.
async fn is_a_miss(store: &SharedBackend, what: &str) {
    assert_eq!(store.get("key").await.unwrap(), None, "{what}");
    assert!(!store.touch("key", Life::Forever).await.unwrap(), "{what}");
    assert!(store.incr("key", 1).await.is_err(), "{what}");
    let claimed = store.acquire("key", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    assert_eq!(claimed, Acquired::Granted, "{what}");
    assert!(store.add("key", Bytes::from_static(b"41"), Life::Forever).await.unwrap(), "{what}");
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, "41", "{what}");
}

#[tokio::test]
async fn an_entry_that_is_cut_at_any_length_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;
    let whole = fs::read(&file).unwrap();

    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();

        is_a_miss(&store, &format!("cut at {length}")).await;
    }
}

#[tokio::test]
async fn an_entry_with_any_byte_changed_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;
    let whole = fs::read(&file).unwrap();

    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x40;
        fs::write(&file, &changed).unwrap();

        is_a_miss(&store, &format!("changed at {at}")).await;
    }
}

#[tokio::test]
async fn an_entry_that_goes_on_behind_its_end_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;
    let mut longer = fs::read(&file).unwrap();
    longer.push(0);

    fs::write(&file, &longer).unwrap();

    is_a_miss(&store, "longer").await;
}

/// A length that nobody has the memory for must not be believed.
#[tokio::test]
async fn a_file_of_holes_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;
    fs::File::options().write(true).open(&file).unwrap().set_len(1 << 40).unwrap();

    is_a_miss(&store, "a tebibyte of holes").await;
}

#[tokio::test]
async fn a_large_entry_that_is_cut_is_a_miss() {
    let (folder, store, _) = with_an_entry().await;
    let large = Bytes::from(vec![7; 100_000]);
    store.set("key", large.clone(), Life::Forever).await.unwrap();
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, large);
    let file = only(&folder, ".entry");
    let whole = fs::read(&file).unwrap();

    for length in [4095, 4096, 4097, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();

        is_a_miss(&store, &format!("cut at {length}")).await;
    }
}

#[tokio::test]
async fn the_entry_of_another_key_is_a_miss() {
    let (folder, store, file) = with_an_entry().await;
    store.set("other", value(), Life::Forever).await.unwrap();
    let other = files(folder.path(), ".entry").into_iter().find(|found| *found != file).unwrap();

    fs::copy(other, &file).unwrap();

    is_a_miss(&store, "of another key").await;
}

#[tokio::test]
async fn a_folder_in_the_place_of_an_entry_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();

    assert_eq!(store.get("key").await.unwrap(), None);
    assert_eq!(store.keys("").await.unwrap(), [""; 0]);
    assert!(store.set("key", value(), Life::Forever).await.is_err(), "nothing of another is removed");
    assert!(file.is_dir());
}

/// An entry of another release: a miss, and not removed before there is need of the room.
#[tokio::test]
async fn an_entry_of_another_layout_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;
    let mut newer = fs::read(&file).unwrap();
    newer[3] += 1;
    fs::write(&file, &newer).unwrap();

    assert_eq!(store.get("key").await.unwrap(), None);
    store.clear("").await.unwrap();

    assert_eq!(fs::read(&file).unwrap(), newer);
    is_a_miss(&store, "of another layout").await;
}

#[tokio::test]
async fn be068_a_file_that_another_has_removed_is_a_miss() {
    let (_folder, store, file) = with_an_entry().await;

    fs::remove_file(&file).unwrap();

    is_a_miss(&store, "removed").await;
}

#[tokio::test]
async fn be065_a_foreign_file_stays() {
    let (folder, store, file) = with_an_entry().await;
    let names = ["notes.txt", "0a.entry", "00000000000000000000000000000g.entry", "index"];
    let shard = file.parent().unwrap().to_owned();
    let foreign: Vec<_> =
        names.iter().flat_map(|name| [folder.path().join(name), shard.join(name)]).collect();
    for path in &foreign {
        fs::write(path, "not ours").unwrap();
    }

    store.clear("").await.unwrap();

    assert!(!file.exists());
    for path in &foreign {
        assert_eq!(fs::read_to_string(path).unwrap(), "not ours", "{}", path.display());
    }
}

#[tokio::test]
async fn a_torn_lease_is_none() {
    let folder = Folder::new();
    let store = store_in(folder.path());
    store.acquire("key", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    let file = only(&folder, ".lease");
    let whole = fs::read(&file).unwrap();

    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();

        assert!(!store.fill("key", Token(1), value(), Life::Forever).await.unwrap(), "cut at {length}");
        let claimed = store.acquire("key", Token(2), LEASE, Claim::IfAbsent, None).await.unwrap();
        assert_eq!(claimed, Acquired::Granted, "cut at {length}");
    }
}

/// The layout that other releases read: a file that differs is of another version.
#[tokio::test]
async fn the_first_layout_stays_what_it_is() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    store.set("site:1:key", value(), Life::For(Duration::from_hours(1))).await.unwrap();

    let file = only(&folder, ".entry");

    let name = file.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
    assert_eq!(name, "ee/8bddeed4b340892f2145a5d547f7cf.entry");
    let (written, hour) = (1_767_225_600_000_u64, 3_600_000);
    let expected: [&[u8]; 8] = [
        b"DCF\x01",
        &[10, 0, 0, 0],
        &written.to_le_bytes(),
        &(written + hour).to_le_bytes(),
        &5_u64.to_le_bytes(),
        &[0x6c, 0x97, 0x1e, 0x43, 0x8a, 0xcd, 0xcc, 0x71],
        b"site:1:key",
        b"value",
    ];
    assert_eq!(fs::read(&file).unwrap(), expected.concat());
}
