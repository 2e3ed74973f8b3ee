//! A real browser without a window: Chromium, told by its driver what to do (`WebDriver`), and killed when it is dropped.

use std::process::Command;
use std::time::{Duration, Instant};

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{Folder, Process, Visitor};

/// How often a browser that does not come up is started again.
const ATTEMPTS: usize = 3;
/// How long a page, a script, or an element that is awaited may take, in milliseconds.
const PATIENCE: u64 = 30_000;
/// How long a page may move what is to be clicked.
const LONGEST_MOVE: Duration = Duration::from_secs(10);
/// The member under which `WebDriver` names an element (§12.2 of its specification).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one tab.
///
/// Nothing here waits for a while: an element is awaited until it is there, for half a minute at most.
#[derive(Debug)]
pub struct Browser {
    driver: Visitor,
    session: String,
    // In this order: the driver ends before its folder is removed.
    _process: Process,
    _profile: Folder,
}

/// What a page is shown on.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Its width, in CSS pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Whether it is a phone's.
    pub phone: bool,
}

impl Screen {
    /// A phone, held upright.
    pub const PHONE: Self = Self { width: 390, height: 844, phone: true };
    /// A desk.
    pub const DESKTOP: Self = Self { width: 1280, height: 900, phone: false };
}

impl Browser {
    /// Opens a browser.
    ///
    /// # Panics
    ///
    /// If Chromium or its driver is not installed, or does not come up in three attempts.
    pub async fn open() -> Self {
        for _ in 0..ATTEMPTS {
            if let Some(browser) = Self::try_open().await {
                return browser;
            }
        }
        panic!("chromium does not come up: `chromedriver` and `chromium` must be of one version");
    }

    async fn try_open() -> Option<Self> {
        let profile = Folder::new();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", profile.path());
        let (process, line) = Process::run(&mut command, "started successfully on port")?;
        let port = line.rsplit(' ').next()?.trim_end_matches('.');
        let driver = Visitor::of(&format!("http://127.0.0.1:{port}"));
        let folder = format!("--user-data-dir={}", profile.path().display());
        // Root, as whom containers run, has no sandbox; their shared memory is too small for a browser.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            // By a pipe to its driver, a browser notices when that ends, and ends too.
            "--remote-debugging-pipe",
            &folder,
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": PATIENCE, "pageLoad": PATIENCE, "script": PATIENCE },
        } } });
        let opened = send(&driver, Method::POST, "/session", &wanted).await.ok()?;
        let session = format!("/session/{}", opened["sessionId"].as_str()?);
        Some(Self { driver, session, _process: process, _profile: profile })
    }

    /// Goes to a URL, and waits until its page is loaded.
    pub async fn go(&self, url: &str) {
        self.tell("/url", &json!({ "url": url })).await;
    }

    /// Loads the page again, as a visitor does by the browser's button.
    pub async fn reload(&self) {
        self.tell("/refresh", &json!({})).await;
    }

    /// Clicks what a selector of CSS finds first, and waits for the page to which that leads.
    pub async fn click(&self, selector: &str) {
        self.run("document.documentElement.dataset.left = ''").await;
        let since = Instant::now();
        while let Err(error) = self.try_click(selector).await {
            // A page that is still moving puts something else in the way.
            let is_moving = ["element click intercepted", "stale element reference"].contains(&&*error);
            assert!(is_moving && since.elapsed() < LONGEST_MOVE, "{selector}: {error}");
        }
        self.find("html:not([data-left]) body").await;
    }

    /// Scrolls to what a selector finds, and clicks it once; the kind of the error, if it cannot be clicked.
    async fn try_click(&self, selector: &str) -> Result<(), String> {
        let element = self.find(selector).await;
        // As a person scrolls: what is behind the foot of the page cannot be clicked.
        let scroll = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        let with = json!({ "script": scroll, "args": [{ ELEMENT: element }] });
        let click = format!("/element/{element}/click");
        for (what, with) in [("/execute/sync", with), (&*click, json!({}))] {
            let answer = send(&self.driver, Method::POST, &format!("{}{what}", self.session), &with).await;
            answer.map_err(|error| error["error"].as_str().unwrap_or_default().to_owned())?;
        }
        Ok(())
    }

    /// Writes a text into a field, in place of what was there.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.tell(&format!("/element/{element}/clear"), &json!({})).await;
        self.tell(&format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    /// The text that is seen of what a selector finds first; it is awaited until it is there.
    pub async fn see(&self, selector: &str) -> String {
        let element = self.find(selector).await;
        let text = self.ask(&format!("/element/{element}/text")).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a script returns.
    pub async fn run(&self, script: &str) -> Value {
        self.tell("/execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// What the browser complained of since it was asked last: errors of scripts, what a page's policy forbids.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.tell("/se/log", &json!({ "type": "browser" })).await;
        let entries = log.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Shows pages on another screen from now on.
    pub async fn show_on(&self, screen: Screen) {
        let Screen { width, height, phone } = screen;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": phone });
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Prefers dark pages, or light ones, from now on.
    pub async fn prefer_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.command("Emulation.setEmulatedMedia", features).await;
    }

    /// Asks for pages in these languages from now on, as `Accept-Language` has them.
    pub async fn read(&self, languages: &str) {
        let agent = self.run("return navigator.userAgent").await;
        let agent = json!({ "userAgent": agent, "acceptLanguage": languages });
        self.command("Emulation.setUserAgentOverride", agent).await;
    }

    /// What is seen, as a PNG.
    ///
    /// # Panics
    ///
    /// If the browser sends something else.
    pub async fn picture(&self) -> Vec<u8> {
        let picture = self.ask("/screenshot").await;
        STANDARD.decode(picture.as_str().unwrap_or_default()).expect("a picture comes in base64")
    }

    /// The name of the first element that a selector finds.
    async fn find(&self, selector: &str) -> String {
        let found = self.tell("/element", &json!({ "using": "css selector", "value": selector })).await;
        found[ELEMENT].as_str().expect("a found element has a name").to_owned()
    }

    /// A command of the protocol of Chromium's own tools.
    async fn command(&self, name: &str, parameters: Value) {
        self.tell("/goog/cdp/execute", &json!({ "cmd": name, "params": parameters })).await;
    }

    async fn tell(&self, what: &str, with: &Value) -> Value {
        self.answered(what, send(&self.driver, Method::POST, &format!("{}{what}", self.session), with).await)
            .await
    }

    async fn ask(&self, what: &str) -> Value {
        self.answered(
            what,
            send(&self.driver, Method::GET, &format!("{}{what}", self.session), &Value::Null).await,
        )
        .await
    }

    /// What the driver answered.
    ///
    /// # Panics
    ///
    /// If it is an error: with the page that is shown.
    async fn answered(&self, what: &str, answer: Result<Value, Value>) -> Value {
        let error = match answer {
            Ok(value) => return value,
            Err(error) => error["message"].as_str().unwrap_or_default().to_owned(),
        };
        let source = format!("{}/source", self.session);
        let page = send(&self.driver, Method::GET, &source, &Value::Null).await.unwrap_or_default();
        panic!("{what}: {error}\nthe page is:\n{}", page.as_str().unwrap_or_default());
    }
}

/// One command of `WebDriver`: its value, or the error.
async fn send(driver: &Visitor, method: Method, path: &str, with: &Value) -> Result<Value, Value> {
    let body = if with.is_null() { String::new() } else { with.to_string() };
    let answer = driver.send(method, path, &[("content-type", "application/json")], body.into()).await;
    let mut value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let value = value["value"].take();
    if answer.status.is_success() { Ok(value) } else { Err(value) }
}
