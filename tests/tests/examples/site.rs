//! The example site as its visitors meet it, on the caches of its process and on a real Redis.

use axum::body::Bytes;
use axum::http::Method;
use cache_tests::{Answer, Server, Site, Visitor};

/// The number of Paris in the data.
const PARIS: u32 = 2_988_507;

/// A running site, and its Redis if it has one.
struct Stage {
    site: Site,
    redis: Option<Server>,
}

impl Stage {
    fn in_memory() -> Self {
        Self { site: Site::start("site", &[]), redis: None }
    }

    fn in_redis() -> Self {
        let server = Server::redis().start();
        Self { site: Site::start("site", &[("CACHE_URL", &server.url())]), redis: Some(server) }
    }

    fn visitor(&self) -> Visitor {
        Visitor::of(self.site.url())
    }

    async fn signed_in(&self, visitor: u32) -> Visitor {
        let signed_in = self.visitor();
        assert_eq!(signed_in.post("/sign-in", &format!("visitor={visitor}")).await.header("location"), "/me");
        signed_in
    }
}

/// What the foot of a page is told of it.
fn outcome(answer: &Answer) -> String {
    let timing = answer.header("server-timing");
    let told = timing.split(", ").find_map(|part| part.strip_prefix("outcome;desc="));
    told.unwrap_or_else(|| panic!("nothing is told of the outcome: {:?}", answer.headers)).to_owned()
}

#[track_caller]
fn assert_shows(answer: &Answer, words: &str) {
    let text = answer.text();
    assert!(text.contains(words), "`{words}` is missing in:\n{text}");
}

#[track_caller]
fn assert_hides(answer: &Answer, words: &str) {
    assert!(!answer.text().contains(words), "`{words}` is shown");
}

async fn country_is_made_once_and_then_comes_from_the_cache(stage: &Stage) {
    let visitor = stage.visitor();

    let (cold, warm) = (visitor.get("/country/FR").await, visitor.get("/country/FR?utm_source=mail").await);

    assert_eq!((outcome(&cold), outcome(&warm)), ("stored".to_owned(), "hit".to_owned()));
    assert_shows(&cold, "Marseille");
    assert_eq!(cold.body, warm.body);
    assert!(warm.header("cache-status").starts_with("cache-runtime; hit; ttl="), "{:?}", warm.headers);
}

async fn home_is_kept_by_the_site_for_those_who_have_not_signed_in(stage: &Stage) {
    let (visitor, ada) = (stage.visitor(), stage.signed_in(1).await);

    let outcomes =
        [outcome(&visitor.get("/").await), outcome(&visitor.get("/").await), outcome(&ada.get("/").await)];

    assert_eq!(outcomes, ["stored", "hit", "passed"]);
}

async fn search_has_a_page_for_each_language(stage: &Stage) {
    let visitor = stage.visitor();
    let mut visits = Vec::new();

    for language in ["en", "de", "fr-CH, de;q=0.5", "de"] {
        let page = visitor.get_with("/search?q=lisb", &[("accept-language", language)]).await;
        assert_eq!(page.header("vary"), "accept-language, Cookie");
        assert_shows(&page, "Lisbon");
        let title = page.text().split("<h1>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        visits.push((title, outcome(&page)));
    }

    let expected = [("Search", "stored"), ("Suche", "stored"), ("Recherche", "stored"), ("Suche", "hit")];
    assert_eq!(visits, expected.map(|(title, outcome)| (title.to_owned(), outcome.to_owned())));
}

async fn own_page_is_shown_to_nobody_else(stage: &Stage) {
    let (ada, humboldt) = (stage.signed_in(1).await, stage.signed_in(2).await);

    let (hers, again, his) = (ada.get("/me").await, ada.get("/me").await, humboldt.get("/me").await);

    assert_eq!([&hers, &again, &his].map(outcome), ["stored", "hit", "stored"]);
    assert_shows(&again, "<h1>Ada</h1>");
    assert_shows(&his, "<h1>Humboldt</h1>");
    assert_eq!(again.header("cache-control"), "private, max-age=0");
    assert_eq!(stage.visitor().get("/me").await.header("location"), "/sign-in");
}

async fn session_that_has_ended_opens_no_page_that_is_kept(stage: &Stage) {
    let (cookie, visitor) = (session_of(stage, 1).await, stage.visitor());
    let session = [("cookie", cookie.as_str())];
    visitor.get_with("/me", &session).await;
    assert_eq!(outcome(&visitor.get_with("/me", &session).await), "hit");

    visitor.send(Method::POST, "/sign-out", &session, Bytes::new()).await;

    let after = visitor.get_with("/me", &session).await;
    assert_eq!((after.status.as_u16(), after.header("location").as_str()), (303, "/sign-in"));
}

/// The cookie of a session of its own.
async fn session_of(stage: &Stage, visitor: u32) -> String {
    let answer = stage.visitor().post("/sign-in", &format!("visitor={visitor}")).await;
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn edit_is_seen_at_once_and_leaves_what_does_not_show_the_city(stage: &Stage) {
    const SHOWING: [&str; 4] = ["/country/FR", "/search?q=pari", "/search?q=lute", "/me"];
    let (ada, stranger) = (stage.signed_in(1).await, stage.visitor());
    for path in SHOWING {
        ada.get(path).await;
        assert_eq!(outcome(&ada.get(path).await), "hit", "{path}");
    }
    for path in ["/", "/country/DE"] {
        stranger.get(path).await;
    }

    let edited = ada.post(&format!("/city/{PARIS}"), "name=Lutetia&population=30000000").await;

    assert_eq!(edited.header("location"), format!("/country/FR#city-{PARIS}"));
    for path in ["/country/FR", "/search?q=lute", "/me"] {
        let page = ada.get(path).await;
        assert_eq!(outcome(&page), "stored", "{path}");
        assert_shows(&page, "Lutetia");
    }
    // There is another Paris, in Texas.
    assert_hides(&ada.get("/search?q=pari").await, &format!("/city/{PARIS}\""));
    assert_shows(&ada.get("/me").await, "1 edit of 1 city");
    assert_shows(&stranger.get("/").await, "<strong>Lutetia</strong>");
    assert_eq!(outcome(&stranger.get("/country/DE").await), "hit");
}

async fn statistics_are_computed_once_and_again_when_they_are_asked_to_be(stage: &Stage) {
    let visitor = stage.visitor();

    let (cold, warm) = (visitor.get("/stats").await, visitor.get("/stats").await);
    assert_shows(&cold, "was computed just now");
    assert_shows(&warm, "came from the cache");
    assert_shows(&warm, "Run 1 since the start");

    assert_eq!(visitor.post("/stats", "").await.header("location"), "/stats");
    assert_shows(&visitor.get("/stats").await, "Run 2 since the start");
}

async fn browser_that_asks_again_is_told_that_its_copy_still_holds(stage: &Stage) {
    let visitor = stage.visitor();
    let page = visitor.get("/country/FR").await;

    let again = visitor.get_with("/country/FR", &[("if-none-match", &page.header("etag"))]).await;

    assert_eq!((again.status.as_u16(), again.body.len(), outcome(&again).as_str()), (304, 0, "hit"));
    assert_eq!(page.header("cache-control"), "max-age=0");
}

async fn stranger_cannot_edit(stage: &Stage) {
    let visitor = stage.visitor();

    let refused = visitor.post(&format!("/city/{PARIS}"), "name=Mine&population=1").await;

    assert_eq!(refused.header("location"), "/sign-in");
    assert_hides(&visitor.get("/country/FR").await, "Mine");
}

async fn text_of_visitors_is_text_and_no_markup(stage: &Stage) {
    let ada = stage.signed_in(1).await;

    ada.post(&format!("/city/{PARIS}"), "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E&population=30000000").await;

    for path in ["/country/FR", "/me", "/", "/search?q=%3Cscript%3E"] {
        let page = ada.get(path).await;
        assert_hides(&page, "<script>alert");
        assert_shows(&page, "&lt;script&gt;");
    }
}

async fn page_that_is_not_there_says_so(stage: &Stage) {
    let visitor = stage.visitor();

    for path in ["/country/XX", "/city/1", "/nowhere"] {
        let page = visitor.get(path).await;
        assert_eq!(page.status.as_u16(), 404, "{path}");
        assert_shows(&page, "Not on this map");
    }
}

macro_rules! on_both {
    ($($scene:ident)*) => {
        mod in_memory {
            $(#[tokio::test] async fn $scene() { super::$scene(&super::Stage::in_memory()).await; })*
        }

        mod in_redis {
            $(#[tokio::test] async fn $scene() { super::$scene(&super::Stage::in_redis()).await; })*
        }
    };
}

on_both! {
    country_is_made_once_and_then_comes_from_the_cache
    home_is_kept_by_the_site_for_those_who_have_not_signed_in
    search_has_a_page_for_each_language
    own_page_is_shown_to_nobody_else
    session_that_has_ended_opens_no_page_that_is_kept
    edit_is_seen_at_once_and_leaves_what_does_not_show_the_city
    statistics_are_computed_once_and_again_when_they_are_asked_to_be
    browser_that_asks_again_is_told_that_its_copy_still_holds
    stranger_cannot_edit
    text_of_visitors_is_text_and_no_markup
    page_that_is_not_there_says_so
}

#[tokio::test]
async fn another_process_on_the_same_redis_shares_the_pages() {
    let stage = Stage::in_redis();
    let url = stage.redis.as_ref().unwrap().url();
    stage.visitor().get("/country/FR").await;

    let other = Site::start("site", &[("CACHE_URL", &url)]);

    assert_eq!(
        outcome(&Visitor::of(other.url()).get("/country/FR").await),
        "stored",
        "each host has its own"
    );
    let host = stage.site.url().trim_start_matches("http://");
    let same = Visitor::of(other.url()).get_with("/country/FR", &[("host", host)]).await;
    assert_eq!(outcome(&same), "hit");
}

#[tokio::test]
async fn site_goes_on_without_its_redis() {
    let mut stage = Stage::in_redis();
    let visitor = stage.visitor();
    visitor.get("/country/FR").await;

    stage.redis.as_mut().unwrap().kill();

    let page = visitor.get("/country/FR").await;
    assert_eq!((page.status.as_u16(), outcome(&page).as_str()), (200, "made"));
    assert_shows(&page, "Marseille");
}
