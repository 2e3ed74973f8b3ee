//! Methods and associated functions: their companions are their siblings.

use std::sync::Arc;

use cache_runtime::{KeyPart, cached};

use crate::stage::{Runs, alone, alone_async};

#[derive(KeyPart)]
struct Shop {
    id: u32,
}

static LOOKED_AT: Runs = Runs::none();
static CHANGED: Runs = Runs::none();
static CONSUMED: Runs = Runs::none();
static ASSOCIATED: Runs = Runs::none();

impl Shop {
    #[cached(key = "shop:{self.id}:price:{item}")]
    fn price(&self, item: &str) -> u32 {
        LOOKED_AT.count();
        self.id + u32::try_from(item.len()).unwrap_or(0)
    }

    #[cached(key = "shop:{self.id}:sales:{day}")]
    async fn sales(&mut self, day: u32) -> u32 {
        CHANGED.count();
        self.id += day;
        self.id
    }

    #[cached(key = "shop:{self.id}:closed")]
    fn close(self) -> String {
        CONSUMED.count();
        format!("closed {}", self.id)
    }

    #[cached(key = "shop:{self.id}:shared")]
    async fn shared(self: Arc<Self>) -> u32 {
        self.id
    }

    #[cached(key = "shop:rate:{currency}", ignore(self), timeout = "1h")]
    fn rate(&self, currency: &str) -> Result<u32, std::num::ParseIntError> {
        format!("{}{}", self.id, currency.len()).parse()
    }

    #[cached(key = "shop:{shop}:open:{id}")]
    fn is_open(shop: Self, id: u32) -> bool
    where
        Self: Sized,
    {
        ASSOCIATED.count();
        shop.id == id
    }

    #[cached(in_impl)]
    fn tax(amount: u32) -> u32 {
        amount / 5
    }

    #[cached]
    fn derived(&self, amount: u32) -> u32 {
        self.id + amount
    }
}

#[test]
fn a_method_runs_once_for_each_self_in_the_key() {
    let results =
        alone(|| [Shop { id: 1 }.price("ab"), Shop { id: 1 }.price("ab"), Shop { id: 2 }.price("ab")]);

    assert_eq!((results, LOOKED_AT.so_far()), ([3, 3, 4], 2));
}

#[tokio::test]
async fn a_method_may_change_self() {
    let results = alone_async(async {
        let mut shop = Shop { id: 1 };
        let first = shop.sales(2).await;
        (first, Shop { id: 1 }.sales(2).await, Shop { id: 1 }.sales_peek(2).await.unwrap(), shop.id)
    })
    .await;

    assert_eq!((results, CHANGED.so_far()), ((3, 3, Some(3), 3), 1));
}

#[tokio::test]
async fn a_method_may_consume_self() {
    let results = alone(|| [Shop { id: 1 }.close(), Shop { id: 1 }.close()]);
    let shared = alone_async(async { Arc::new(Shop { id: 5 }).shared().await }).await;

    assert_eq!((results[1].as_str(), CONSUMED.so_far(), shared), ("closed 1", 1, 5));
}

#[test]
fn an_ignored_self_makes_the_siblings_associated_functions() {
    let results = alone(|| {
        let computed = Shop { id: 1 }.rate("EUR");
        (
            computed,
            Shop::rate_peek("EUR").unwrap(),
            Shop::rate_key("EUR"),
            Shop::rate_invalidate("EUR").unwrap(),
        )
    });

    assert_eq!((results.0, results.1, results.3), (Ok(13), Some(13), true));
    assert_eq!(results.2.as_str(), "shop:rate:EUR");
}

#[test]
fn siblings_refresh_and_reach_the_body() {
    let results = alone(|| {
        let shop = Shop { id: 10 };
        (
            shop.derived(1),
            shop.derived_refresh(1),
            shop.derived_uncached(1),
            shop.derived_set(1, &99),
            shop.derived(1),
        )
    });

    assert_eq!((results.0, results.1, results.2, results.4), (11, 11, 11, 99));
}

#[test]
fn the_derived_key_of_a_method_names_its_type() {
    assert_eq!(Shop { id: 7 }.derived_key(2).as_str(), "macros::methods::Shop::derived(7,2)");
    assert_eq!(Shop::tax_key(5).as_str(), "macros::methods::Shop::tax(5)");
}

#[test]
fn associated_functions_are_cached() {
    let results = alone(|| [Shop::tax(10), Shop::tax(10), u32::from(Shop::is_open(Shop { id: 1 }, 1))]);

    assert_eq!((results, ASSOCIATED.so_far()), ([2, 2, 1], 1));
}

struct Repository<T>(T);

impl<T: KeyPart + Clone> Repository<T> {
    #[cached]
    fn name(&self, n: u8) -> String
    where
        Self: KeyPart,
    {
        format!("{}{n}", size_of::<T>())
    }
}

impl<T: KeyPart> KeyPart for Repository<T> {
    fn render(&self, key: &mut cache_runtime::key::KeyBuf) {
        self.0.render(key);
    }
}

#[test]
fn two_instances_of_a_generic_type_share_nothing() {
    let results = alone(|| [Repository(1_u8).name(1), Repository(1_u16).name(1)]);

    assert_eq!(results, ["11", "21"]);
}

trait Rates {
    fn rate(&self, currency: &str) -> Result<u32, std::num::ParseIntError>;

    async fn fetched(&self, currency: String, n: u32) -> Option<String>;

    #[cached(companions = false, ignore(self))]
    fn doubled(&self, n: u32) -> u32 {
        n * 2
    }
}

static TRAIT: Runs = Runs::none();
static TRAIT_ASYNC: Runs = Runs::none();

impl Rates for Shop {
    #[cached(companions = false)]
    fn rate(&self, currency: &str) -> Result<u32, std::num::ParseIntError> {
        TRAIT.count();
        if currency.is_empty() {
            return Ok(0);
        }
        let number: u32 = currency.parse()?;
        Ok(number + self.id)
    }

    #[cached(companions = false, key = "fetched:{currency}:{n}", ignore(self), unless = |text| text.is_empty())]
    async fn fetched(&self, mut currency: String, n: u32) -> Option<String> {
        TRAIT_ASYNC.count();
        tokio::task::yield_now().await;
        let first = currency.pop()?;
        Some(format!("{first}{n}"))
    }
}

#[test]
fn a_method_of_a_trait_is_cached() {
    let shop = Shop { id: 1 };

    let results = alone(|| [Rates::rate(&shop, "5"), Rates::rate(&shop, "5"), Rates::rate(&shop, "")]);

    assert_eq!((results, TRAIT.so_far()), ([Ok(6), Ok(6), Ok(0)], 2));
}

trait Buys {
    fn price(&self, n: u32) -> u32;
}

trait Sells {
    fn price(&self, n: u32) -> u32;
}

impl Buys for () {
    #[cached(companions = false)]
    fn price(&self, n: u32) -> u32 {
        n
    }
}

impl Sells for () {
    #[cached(companions = false)]
    fn price(&self, n: u32) -> u32 {
        n + 1
    }
}

#[test]
fn methods_of_one_name_in_two_traits_share_nothing() {
    let results = alone(|| [Buys::price(&(), 5), Sells::price(&(), 5)]);

    assert_eq!(results, [5, 6]);
}

#[test]
fn a_provided_method_of_a_trait_is_cached() {
    let results = alone(|| [Shop { id: 1 }.doubled(4), Shop { id: 2 }.doubled(4)]);

    assert_eq!(results, [8, 8]);
}

#[tokio::test]
async fn an_async_method_of_a_trait_is_cached() {
    let shop = Shop { id: 1 };
    let call = |text: &str| shop.fetched(text.to_owned(), 1);

    let results =
        alone_async(async { [call("ab").await, call("ab").await, call("").await, call("").await] }).await;

    assert_eq!(results, [Some("b1".to_owned()), Some("b1".to_owned()), None, None]);
    assert_eq!(TRAIT_ASYNC.so_far(), 3);
}
