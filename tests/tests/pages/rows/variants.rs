//! Pages that vary on headers of the request.

use cache_runtime::page::{PageRequest, Policy};

use crate::ways::{Script, Way, rows};

rows! {
    /// HT060, HT061, HT062, HT065, MW029, MW031, MW033: also what is absent in one and empty in the other.
    async fn variants_are_kept_side_by_side(way) {
        let script = Script::telling(&[("vary", "X-Region"), ("vary", "X-Tenant")]);
        let site = way.site(|| Policy::seconds(60), script).await;
        let asked: [&[(&str, &str)]; 6] = [
            &[],
            &[("x-region", "")],
            &[("x-region", "EU")],
            &[("x-region", "EU"), ("x-tenant", "")],
            &[("x-region", ""), ("x-tenant", "EU")],
            &[("x-region", "EU:x-tenant"), ("x-tenant", "EU|")],
        ];

        for headers in asked {
            assert!(!site.get_with("/page", headers).await.is_hit(), "{headers:?}");
        }
        for headers in asked {
            assert!(site.get_with("/page", headers).await.is_hit(), "{headers:?}");
        }
        assert_eq!(site.runs(), asked.len());
    }

    /// HT015, MW033: what stands at the border of two values belongs to one of them.
    async fn no_text_of_a_client_moves_the_border_of_two_values(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[("vary", "X-A, X-B")])).await;
        let asked = [["a|b", "c"], ["a", "b|c"], ["a:", "c"], ["a", ":c"], ["1a", "c"], ["a", "1c"]];

        for [a, b] in asked {
            assert!(!site.get_with("/page", &[("x-a", a), ("x-b", b)]).await.is_hit(), "{a} {b}");
        }
    }

    /// HT064.
    async fn every_line_of_vary_counts_in_any_case(way) {
        let script = Script::telling(&[("vary", "ACCEPT-language"), ("vary", "X-Theme ,x-region")]);
        let site = way.site(|| Policy::seconds(60), script).await;
        let headers = [("accept-language", "de"), ("x-theme", "dark"), ("x-region", "eu")];

        site.get_with("/page", &headers).await;
        assert!(site.get_with("/page", &headers).await.is_hit());
        for at in 0..headers.len() {
            let mut other = headers;
            other[at].1 = "other";
            assert!(!site.get_with("/page", &other).await.is_hit(), "{other:?}");
        }
    }

    /// HT066: one line and two are told apart.
    async fn every_line_of_a_header_counts(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[("vary", "X-Part")])).await;
        site.get_with("/page", &[("x-part", "a"), ("x-part", "b")]).await;

        for headers in [&[("x-part", "a")][..], &[("x-part", "a"), ("x-part", "c")], &[("x-part", "b"), ("x-part", "a")]] {
            assert!(!site.get_with("/page", headers).await.is_hit(), "{headers:?}");
        }
        assert!(site.get_with("/page", &[("x-part", "a"), ("x-part", "b")]).await.is_hit());
    }

    /// HT067.
    async fn a_page_that_begins_to_vary_on_more_answers_nobody_wrongly(way) {
        let script = Script::of(|asked| {
            let vary = if asked.run < 2 { "Accept-Language" } else { "Accept-Language, X-Theme" };
            let text = format!("{} {}", asked.header("accept-language"), asked.header("x-theme"));
            crate::ways::Said::page(text).with(&[("vary", vary)])
        });
        let site = way.site(|| Policy::seconds(60), script).await;
        let ask = async |language, theme| {
            let headers = [("accept-language", language), ("x-theme", theme)];
            site.get_with("/page", &headers).await
        };
        assert_eq!(ask("de", "none").await.text(), "de none");
        site.pass_secs(30);

        // The page of the older list is another language's, or the old one of its own language.
        for _ in 0..2 {
            for (language, theme) in [("fr", "dark"), ("fr", "light"), ("fr", "none")] {
                assert_eq!(ask(language, theme).await.text(), format!("{language} {theme}"));
            }
        }
        assert!(ask("fr", "dark").await.is_hit());
        site.pass_secs(30);
        assert_eq!(ask("de", "dark").await.text(), "de dark");
    }

    /// HT068: and each visitor has the page of the own headers all the same.
    async fn the_variants_of_a_url_are_bounded(way) {
        let policy = || Policy::seconds(60).max_variants(4);
        let site = way.site(policy, Script::telling(&[("vary", "X-Any")])).await;

        for number in 0..100 {
            let any = number.to_string();
            let page = site.get_with("/page", &[("x-any", &any)]).await;
            assert_eq!(page.text(), format!("/page run {}", number + 1));
        }

        let entries = site.stage.stats().entries.unwrap();
        assert!(entries <= 6, "four variants and what leads to them, not {entries}");
    }

    /// HT069: compressed inside of the cache, a page varies as it says; nobody gets what it refused.
    async fn compression_inside_makes_variants(way) {
        let script = Script::of(|asked| {
            let is_packed = asked.header("accept-encoding").contains("gzip");
            let said = asked.told().with(&[("vary", "Accept-Encoding")]);
            if is_packed { said.with(&[("content-encoding", "gzip")]) } else { said }
        });
        let site = way.site(|| Policy::seconds(60), script).await;
        let encoding = async |accepted| {
            let answer = site.get_with("/page", &[("accept-encoding", accepted)]).await;
            answer.header("content-encoding").to_owned()
        };

        for _ in 0..2 {
            assert_eq!(encoding("gzip").await, "gzip");
            assert_eq!(encoding("identity").await, "");
        }
        assert_eq!(site.runs(), 2);
    }

    /// HT069: with compression outside, one page serves all.
    async fn compression_outside_finds_one_page_for_all(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        site.get_with("/page", &[("accept-encoding", "gzip")]).await;

        for accepted in ["br", "identity", "gzip, br"] {
            assert!(site.get_with("/page", &[("accept-encoding", accepted)]).await.is_hit(), "{accepted}");
        }
    }

    /// MW011, MW012, MW015: what Django takes from its own settings, the policy says by `vary` and `key`.
    async fn languages_and_time_zones_have_pages_of_their_own(way) {
        let policy = || {
            let zone = |request: &PageRequest| request.header("x-time-zone").unwrap_or("UTC").to_owned();
            Policy::seconds(60).vary(["accept-language"]).key(zone)
        };
        let site = way.site(policy, Script::telling(&[])).await;
        let visit = async |language, zone| {
            let headers = [("accept-language", language), ("x-time-zone", zone)];
            site.get_with("/page", &headers).await.text().to_owned()
        };

        for _ in 0..2 {
            assert_eq!(visit("de", "Europe/Berlin").await, "/page run 1");
            assert_eq!(visit("fr", "Europe/Berlin").await, "/page run 2");
            assert_eq!(visit("fr", "Europe/Paris").await, "/page run 3");
        }
    }

    /// HT060, HT061: what the policy names need not be said by the page, and costs one look.
    async fn a_policy_names_what_pages_vary_on(way) {
        let site = way.site(|| Policy::seconds(60).vary(["accept-language"]), Script::telling(&[])).await;
        let ask = async |language| site.get_with("/page", &[("accept-language", language)]).await;

        let first = ask("de").await;

        let said = if way.is_attribute() { "accept-language" } else { "accept-language, cookie" };
        assert_eq!(first.header("vary").to_ascii_lowercase(), said);
        assert!(!ask("fr").await.is_hit());
        assert!(ask("de").await.is_hit());
    }
}
