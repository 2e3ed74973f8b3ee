//! Folders on a small disk of their own: it can be filled, and made one that takes no writes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::fault::Fault;
use super::victim::Victim;
use crate::Folder;

/// A disk of a few megabytes, in memory; gone when it is dropped.
pub(super) struct Disk(Folder);

impl Disk {
    /// A new one; `None` for whom the system does not let mount, that is, who is not root.
    pub(super) fn small() -> Option<Self> {
        let disk = Self(Folder::new());
        disk.run("mount", &["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).then_some(disk)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = Command::new(program);
        command.args(arguments).arg(self.0.path()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn filler(&self) -> PathBuf {
        self.0.file("filler")
    }

    fn fill(&self) {
        let larger_than_the_disk = vec![7; 8 << 20];
        let filled = fs::write(self.filler(), larger_than_the_disk);
        assert!(filled.is_err(), "eight megabytes fit into four");
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).expect("the filler was written");
    }

    /// A second view of the disk, without writes, hides the first, which may be in use.
    fn forbid_writes(&self) {
        let folder = self.0.path().display().to_string();
        assert!(self.run("mount", &["--bind", &folder]), "who mounts once may do so again");
        // Refused while somebody writes by the new view.
        super::wait_until("nobody writes by the new view", || self.run("mount", &["-o", "remount,bind,ro"]));
    }

    fn allow_writes(&self) {
        assert!(self.run("umount", &["--lazy"]), "the second view is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Who still has a file open keeps it.
        while self.run("umount", &["--lazy"]) {}
    }
}

/// A store of files, or a file of SQLite, on such a disk.
pub(super) struct OnADisk {
    disk: Disk,
    url: String,
}

impl OnADisk {
    pub(super) fn files() -> Option<Self> {
        let disk = Disk::small()?;
        let url = format!("file://{}", disk.0.file("entries").display());
        Some(Self { disk, url })
    }

    pub(super) fn sqlite() -> Option<Self> {
        let disk = Disk::small()?;
        let url = format!("sqlite://{}?create_table=true", disk.0.file("cache.db").display());
        Some(Self { disk, url })
    }
}

impl Victim for OnADisk {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::DiskFull => self.disk.fill(),
            Fault::ReadOnly => self.disk.forbid_writes(),
            other => unreachable!("{other:?} is none of a disk"),
        }
    }

    fn heal(&mut self, fault: Fault) {
        match fault {
            Fault::DiskFull => self.disk.make_room(),
            _ => self.disk.allow_writes(),
        }
    }
}
