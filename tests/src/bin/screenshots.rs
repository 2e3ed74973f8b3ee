//! Takes pictures of the example site, light and dark, on a desk and on a phone.
//!
//! `cargo run -p cache-tests --bin screenshots [FOLDER]`; the folder is `target/screenshots` unless stated. It needs
//! Chromium and its driver, which `./tests/run install` installs.

use std::error::Error;
use std::path::{Path, PathBuf};

use cache_tests::{Browser, Screen, Site};

/// Each page: its file, its path, and whether it is one of a visitor who has signed in.
const PAGES: [(&str, &str); 7] = [
    ("home", "/"),
    ("country", "/country/JP"),
    ("search", "/search?q=san"),
    ("stats", "/stats"),
    ("sign-in", "/sign-in"),
    ("city", "/city/1850147"),
    ("me", "/me"),
];
const SCREENS: [(&str, Screen); 2] = [("desktop", Screen::DESKTOP), ("phone", Screen::PHONE)];
const COLOURS: [(&str, bool); 2] = [("light", false), ("dark", true)];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder =
        std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/screenshots"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let site = Site::start("site", &[]);
    let browser = Browser::open().await;
    sign_in_and_edit(&browser, &site).await;
    for (page, path) in PAGES {
        let url = format!("{}{path}", site.url());
        for (screen, size) in SCREENS {
            browser.show_on(size).await;
            for (colour, dark) in COLOURS {
                browser.prefer_dark(dark).await;
                browser.go(&url).await;
                browser.see(".panel:not([data-outcome=unknown])").await;
                keep(&folder, &format!("{page}-{screen}-{colour}.png"), &browser.picture().await)?;
            }
        }
    }
    Ok(())
}

/// So that there is something to see on the pages of a city and of a visitor.
async fn sign_in_and_edit(browser: &Browser, site: &Site) {
    browser.go(&format!("{}/sign-in", site.url())).await;
    browser.click("button[value='2']").await;
    browser.see(".profile").await;
    browser.go(&format!("{}/city/1850147", site.url())).await;
    browser.fill("#name", "Edo").await;
    browser.click(".sheet button").await;
    browser.see("tr:target").await;
}

fn keep(folder: &Path, name: &str, picture: &[u8]) -> std::io::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, picture)?;
    println!("{}", path.display());
    Ok(())
}
