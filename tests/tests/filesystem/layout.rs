//! What the store makes in its folder, and whose it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bytes::Bytes;
use cache_runtime::backend::{Claim, Token};
use cache_runtime::base::entry::Life;
use cache_tests::Folder;

use crate::process::in_its_own_process;
use crate::stage::{LEASE, foreign_block_on, store_in, value};

/// The modes of everything below a folder, and of the folder; and which of them are folders.
fn modes(path: &Path) -> Vec<(String, u32, bool)> {
    let mode = fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let mut found = vec![(path.to_string_lossy().into_owned(), mode, path.is_dir())];
    if path.is_dir() {
        for file in fs::read_dir(path).unwrap() {
            found.extend(modes(&file.unwrap().path()));
        }
    }
    found
}

/// The modes of everything that is made in a folder that is not there yet.
fn modes_of_everything() -> Vec<(String, u32, bool)> {
    let outer = Folder::new();
    let folder = outer.file("made/here");
    let store = store_in(&folder);

    foreign_block_on(async {
        store.set("key", value(), Life::Forever).await.unwrap();
        store.set("key", value(), Life::Forever).await.unwrap();
        store.acquire("leased", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    });

    modes(&outer.file("made"))
}

#[track_caller]
fn assert_private(modes: &[(String, u32, bool)]) {
    assert!(modes.len() >= 4, "{modes:?}");
    for (path, mode, is_folder) in modes {
        assert_eq!(*mode, if *is_folder { 0o700 } else { 0o600 }, "{path}");
    }
}

#[test]
fn files_are_their_owners_alone_under_a_umask_that_takes_nothing() {
    in_its_own_process(&["sh", "-c", "umask 000; exec \"$@\"", "sh"], || {
        assert_private(&modes_of_everything());
    });
}

#[test]
fn files_are_their_owners_alone_under_a_umask_that_takes_all_of_others() {
    in_its_own_process(&["sh", "-c", "umask 077; exec \"$@\"", "sh"], || {
        assert_private(&modes_of_everything());
    });
}

#[test]
fn files_are_their_owners_alone_under_a_umask_that_takes_all() {
    in_its_own_process(&["sh", "-c", "umask 777; exec \"$@\"", "sh"], || {
        // The test's own folder is made under the same umask.
        let outer = std::env::temp_dir().join(format!("cache-tests-umask-{}", std::process::id()));
        let store = store_in(&outer);

        foreign_block_on(store.set("key", value(), Life::Forever)).unwrap();

        let modes = modes(&outer);
        fs::remove_dir_all(&outer).unwrap();
        assert_private(&modes);
    });
}

#[test]
fn a_folder_that_is_there_keeps_its_mode() {
    let folder = Folder::new();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = store_in(folder.path());

    foreign_block_on(store.set("key", value(), Life::Forever)).unwrap();

    let mode = fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o755);
}

#[tokio::test]
async fn nothing_is_made_before_the_first_write() {
    let outer = Folder::new();
    let folder = outer.file("made");
    let store = store_in(&folder);

    assert_eq!(store.get("key").await.unwrap(), None);
    assert!(!store.delete("key").await.unwrap());
    assert!(!store.touch("key", Life::Forever).await.unwrap());
    assert_eq!(store.keys("").await.unwrap(), [""; 0]);
    store.clear("").await.unwrap();

    assert!(!folder.exists());
}

#[tokio::test]
async fn be067_a_folder_that_was_removed_is_made_again() {
    let folder = Folder::new();
    let store = store_in(folder.path());
    store.set("key", value(), Life::Forever).await.unwrap();
    fs::remove_dir_all(folder.path()).unwrap();

    assert_eq!(store.get("key").await.unwrap(), None);
    store.set("key", value(), Life::Forever).await.unwrap();

    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, value());
}

/// A lock of a file that has lost its name would exclude nobody.
#[tokio::test]
async fn leases_hold_in_a_folder_that_was_removed_meanwhile() {
    let folder = Folder::new();
    let (one, two) = (store_in(folder.path()), store_in(folder.path()));
    one.acquire("key", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    fs::remove_dir_all(folder.path()).unwrap();

    one.acquire("key", Token(2), LEASE, Claim::IfAbsent, None).await.unwrap();
    two.acquire("key", Token(3), LEASE, Claim::IfAbsent, None).await.unwrap();

    assert!(!two.fill("key", Token(3), value(), Life::Forever).await.unwrap());
    assert!(one.fill("key", Token(2), value(), Life::Forever).await.unwrap());
}

#[tokio::test]
async fn entries_are_there_for_the_next_store() {
    let folder = Folder::new();
    store_in(folder.path()).set("key", Bytes::from_static(b"kept"), Life::Forever).await.unwrap();

    let found = store_in(folder.path()).get("key").await.unwrap();

    assert_eq!(found.unwrap().bytes, "kept");
}
