//! Files by `std::fs`: one for each key, written beside its place and renamed into it.
//!
//! They have no expiry, no lease and no bound. A program with an executor leaves the disk to threads that may
//! wait for it; one that lets the disk stop its executor asks it at once.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Bare;

#[derive(Clone)]
pub(crate) struct Files {
    root: Arc<PathBuf>,
    /// Whether the disk is asked on the caller's own thread.
    blocks: bool,
}

impl Files {
    /// Files in 256 folders under `root`, which are made now.
    pub(crate) fn under(root: PathBuf, blocks: bool) -> Self {
        for folder in 0..256 {
            fs::create_dir_all(root.join(format!("{folder:02x}"))).expect("the folder can be written");
        }
        Self { root: Arc::new(root), blocks }
    }

    /// Where a key is; keys here are plain.
    fn path(&self, key: &str) -> PathBuf {
        let folder = key.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        self.root.join(format!("{folder:02x}/{key}"))
    }

    async fn on_a_thread<R: Send + 'static>(&self, work: impl FnOnce(&Self) -> R + Send + 'static) -> R {
        if self.blocks {
            return work(self);
        }
        let files = self.clone();
        tokio::task::spawn_blocking(move || work(&files)).await.expect("the disk is read and written")
    }

    fn read(&self, key: &str) -> Option<Vec<u8>> {
        match fs::read(self.path(key)) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => panic!("the folder can be read: {error}"),
        }
    }
}

impl Bare for Files {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        self.on_a_thread(move |files| files.read(&key)).await
    }

    async fn get_many(&self, keys: Vec<String>) -> Vec<Vec<u8>> {
        self.on_a_thread(move |files| keys.iter().filter_map(|key| files.read(key)).collect()).await
    }

    async fn set(&self, key: String, value: Vec<u8>) {
        self.on_a_thread(move |files| replace(&files.path(&key), &value)).await;
    }
}

fn replace(path: &Path, value: &[u8]) {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let new = path.with_extension(TURN.fetch_add(1, Ordering::Relaxed).to_string());
    fs::write(&new, value).and_then(|()| fs::rename(&new, path)).expect("the folder can be written");
}
