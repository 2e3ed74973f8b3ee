//! The example site in a real browser: what a person sees of it, and that the browser has nothing to complain of.

use cache_tests::{Browser, Screen, Site};
use tokio::sync::Mutex;

/// The number of Paris in the data.
const PARIS: u32 = 2_988_507;

/// One browser at a time: several would be as slow, and take the memory of all.
static TURN: Mutex<()> = Mutex::const_new(());

/// A site, and a browser that visits it.
struct Visit {
    site: Site,
    browser: Browser,
}

impl Visit {
    async fn begin() -> Self {
        let (site, browser) = (Site::start("site", &[]), Browser::open().await);
        Self { site, browser }
    }

    async fn go(&self, path: &str) {
        self.browser.go(&format!("{}{path}", self.site.url())).await;
    }

    /// The words at the foot of the page, once they are those of this outcome.
    async fn foot(&self, outcome: &str) -> String {
        self.browser.see(&format!(".panel[data-outcome={outcome}]")).await
    }

    async fn sign_in(&self) {
        self.go("/").await;
        self.browser.click("nav a[href='/me']").await;
        self.browser.click(".accounts button[value='1']").await;
        assert_eq!(self.browser.see("h1").await, "Ada");
    }
}

#[tokio::test]
async fn foot_of_a_page_says_whether_it_was_made_now_or_came_from_the_cache() {
    let _turn = TURN.lock().await;
    let visit = Visit::begin().await;

    visit.go("/country/FR").await;
    let cold = visit.foot("stored").await;
    visit.browser.reload().await;
    let warm = visit.foot("hit").await;

    assert!(cold.contains("Made just now, and kept"), "{cold}");
    assert!(warm.contains("From the cache"), "{warm}");
    let gain = visit.browser.see("[data-panel=gain]").await;
    assert!(gain.trim_end_matches('×').parse::<u32>().is_ok_and(|times| times >= 1), "{gain}");
    let cold_cost =
        |foot: &str| foot.split("Cold").nth(1).and_then(|rest| rest.split("Now").next().map(str::to_owned));
    assert_eq!(cold_cost(&cold), cold_cost(&warm), "what the page cost to make is a part of the page");
}

#[tokio::test]
async fn page_that_a_browser_has_itself_is_confirmed_and_counts_as_a_hit() {
    let _turn = TURN.lock().await;
    let visit = Visit::begin().await;
    visit.go("/country/FR").await;
    visit.go("/country/DE").await;

    visit.browser.click(".chips a[href='/country/FR']").await;

    assert!(visit.foot("hit").await.contains("From the cache"));
    assert_eq!(visit.browser.see("h1").await, "France");
}

#[tokio::test]
async fn reader_of_another_language_sees_a_page_of_their_own() {
    let _turn = TURN.lock().await;
    let visit = Visit::begin().await;
    visit.browser.read("en").await;
    visit.go("/search?q=lisb").await;
    assert_eq!(visit.browser.see("html[lang=en] h1").await, "Search");

    visit.browser.read("de-CH,de;q=0.9").await;
    visit.go("/search?q=lisb").await;
    assert_eq!(visit.browser.see("html[lang=de] h1").await, "Suche");
    visit.foot("stored").await;

    visit.browser.read("en").await;
    visit.go("/search?q=lisb").await;
    assert_eq!(visit.browser.see("html[lang=en] h1").await, "Search");
    visit.foot("hit").await;
}

#[tokio::test]
async fn visitor_signs_in_sees_a_page_of_their_own_and_signs_out() {
    let _turn = TURN.lock().await;
    let visit = Visit::begin().await;

    visit.sign_in().await;
    assert!(visit.browser.see(".profile").await.contains("0 edits of 0 cities"));
    visit.browser.reload().await;
    visit.foot("hit").await;
    visit.browser.click("form[action='/sign-out'] button").await;
    assert_eq!(visit.browser.see("h1").await, "Where we live");

    visit.browser.click("nav a[href='/me']").await;
    assert_eq!(visit.browser.see("h1").await, "Who are you today?");
}

#[tokio::test]
async fn edit_is_seen_by_its_editor_at_once() {
    let _turn = TURN.lock().await;
    let visit = Visit::begin().await;
    visit.sign_in().await;
    for _ in 0..2 {
        visit.go("/country/FR").await;
    }
    visit.foot("hit").await;

    visit.browser.click(&format!("#city-{PARIS} a")).await;
    visit.browser.fill("#name", "Lutetia").await;
    visit.browser.click(".sheet button").await;

    let row = visit.browser.see(&format!("tr:target#city-{PARIS}")).await;
    assert!(row.starts_with("Lutetia"), "{row}");
    visit.foot("stored").await;
    visit.browser.click("nav a[href='/me']").await;
    assert!(visit.browser.see(".change ins").await.starts_with("Lutetia, "));
}

#[tokio::test]
async fn every_page_fits_every_screen_in_light_and_dark_and_nothing_is_complained_of() {
    let _turn = TURN.lock().await;
    let visit = Visit::begin().await;
    visit.sign_in().await;

    for path in ["/", "/country/US", "/search?q=san", "/stats", &format!("/city/{PARIS}"), "/me", "/sign-in"]
    {
        for (screen, dark) in [(Screen::PHONE, false), (Screen::DESKTOP, true)] {
            visit.browser.show_on(screen).await;
            visit.browser.prefer_dark(dark).await;
            visit.go(path).await;
            visit.browser.see(".panel:not([data-outcome=unknown])").await;
            let fits = "return document.documentElement.scrollWidth <= innerWidth";
            assert_eq!(visit.browser.run(fits).await, true, "{path} on {screen:?}");
            let paper = "return getComputedStyle(document.body).backgroundColor";
            let expected = if dark { "rgb(16, 21, 19)" } else { "rgb(250, 248, 243)" };
            assert_eq!(visit.browser.run(paper).await, expected, "{path}, dark: {dark}");
        }
    }

    assert_eq!(visit.browser.complaints().await, Vec::<String>::new());
}
