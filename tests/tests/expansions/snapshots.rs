//! Kept expansions: one for every option, and one for every place a function has.

use crate::stage::{derived, expansion, fragment_of};

macro_rules! snapshots {
    ($($expand:ident $name:ident: $source:literal)*) => {$(
        #[test]
        fn $name() {
            let source = $source;
            let text = format!("{}\n\n// becomes\n\n{}", unindent(source), $expand(source));

            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(stringify!($name), text);
            });
        }
    )*};
}

/// The source without the indentation that it has here.
fn unindent(source: &str) -> String {
    let lines = source.trim().lines().map(|line| line.strip_prefix("        ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

snapshots! {
    fragment_of fragment: r#"
        fragment!(60 * 15, "profile_card", vary = [user.id, lang], { card(user).render() })
    "#
    fragment_of fragment_that_fails: r#"
        fragment!("15m", "profile_card", cache = "marketing", version = 2, {
            let user = load(id)?;
            user.name
        })
    "#
    fragment_of fragment_that_waits: r#"
        fragment!(Timeout::NEVER, "profile_card", force_refresh = fresh, crate = runtime, async move { card.await })
    "#
    fragment_of fragment_that_waits_and_fails: r#"
        fragment!(500, "profile_card", async { card.await? })
    "#
    expansion async_function: r#"
        #[cached(key = "report:{region}:{year}", timeout = 60 * 15, cache = "reports", ignore(db))]
        /// The report of a year.
        pub async fn report(db: &Db, region: &str, year: u16) -> Result<Report, DbError> {
            db.query(region, year).await
        }
    "#
    expansion function: r#"
        #[cached(key = "square:{n}")]
        fn square(n: u64) -> u64 {
            n * n
        }
    "#
    expansion derived_key: r"
        #[cached]
        fn parts<'a, T: KeyPart, const N: usize>(list: &'a [T; N], (a, mut b): (u8, u8)) -> Vec<u8>
        where
            T: Clone,
        {
            todo!()
        }
    "
    expansion method: r#"
        #[cached(key = "shop:{self.id}:{item}")]
        pub(crate) fn price(&mut self, item: &str) -> Option<Price> {
            self.prices.get(item)
        }
    "#
    expansion method_of_a_trait: r"
        #[cached(companions = false)]
        async fn fetch(&self, mut id: u64) -> io::Result<String> {
            id += 1;
            self.get(id).await
        }
    "
    expansion without_companions: r#"
        #[cached(key = "square:{n}", companions = false)]
        fn square(n: u64) -> u64 {
            n * n
        }
    "#
    expansion attributes: r#"
        #[cached(key = "old")]
        #[must_use]
        #[deprecated]
        #[allow(clippy::pedantic)]
        #[expect(unused)]
        #[cfg(unix)]
        #[cfg_attr(test, allow(dead_code))]
        #[instrument]
        fn old() -> u8 {
            1
        }
    "#
    expansion generics_are_pruned: r#"
        #[cached(key = "a:{T}:{item}", ignore(context, C, E))]
        fn pruned<'a, 'b, T: From<C>, C: 'a, E>(item: &'a T, context: &'b C) -> Vec<u8>
        where
            T: Clone + KeyPart,
            C: Into<E>,
        {
            todo!()
        }
    "#
    expansion option_ignore: r"
        #[cached(ignore(self, connection))]
        fn rate(&self, connection: &mut Connection, day: u32) -> u32 {
            1
        }
    "
    expansion option_force_refresh: r#"
        #[cached(key = "expensive", force_refresh)]
        fn expensive(force_refresh: bool) -> u32 {
            1
        }
    "#
    expansion option_timeout: r#"
        #[cached(key = "token", timeout = |token| token.expires_in)]
        fn token() -> Result<Token, Error> {
            ask()
        }
    "#
    expansion option_version: r#"
        #[cached(key = "a", version = 2, timeout = "1h 30m")]
        fn versioned() -> u32 {
            1
        }
    "#
    expansion option_cache_none: r#"
        #[cached(key = "a", cache_none = "30s", timeout = TTL)]
        fn found() -> Option<u32> {
            None
        }
    "#
    expansion option_cache_err: r#"
        #[cached(key = "a", cache_err)]
        fn fallible() -> Result<u32, Fault> {
            Ok(1)
        }
    "#
    expansion option_when: r#"
        #[cached(key = "year:{year}", when = year < 2026)]
        fn archived((year, _): (u32, u8)) -> u32 {
            1
        }
    "#
    expansion option_unless: r#"
        #[cached(key = "list:{limit}", unless = |list| list.len() > limit)]
        fn list(limit: usize) -> Vec<u32> {
            Vec::new()
        }
    "#
    expansion option_tags: r#"
        #[cached(key = "page:{user.id}:{page}", tags = ["pages", "user:{user.id}"])]
        async fn page(user: &User, page: u32) -> String {
            render()
        }
    "#
    expansion option_wait: r#"
        #[cached(key = "slow", wait = "20s")]
        fn slow() -> u32 {
            1
        }
    "#
    expansion option_local: r#"
        #[cached(key = "pool", local)]
        fn pool() -> Arc<Pool> {
            Pool::new()
        }
    "#
    expansion option_companions: r#"
        #[cached(key = "u8", companions = bytes)]
        fn u8() -> u32 {
            1
        }
    "#
    expansion option_in_impl: r"
        #[cached(in_impl)]
        fn tax(amount: u32) -> u32 {
            amount / 5
        }
    "
    expansion option_outcome: r#"
        #[cached(key = "parsed:{T}:{text}", outcome = plain)]
        fn parsed<T: FromStr>(text: &str) -> T {
            text.parse()
        }
    "#
    expansion option_crate: r#"
        #[cached(key = "a", crate = ::toolbox::cache)]
        fn renamed() -> u32 {
            1
        }
    "#
    derived key_part: r"
        pub enum Plan<T> {
            Free,
            Paid(u32, T),
            Team { seats: u16 },
        }
    "
    derived key_part_of_one_field: r"
        struct Id(u64);
    "
}
