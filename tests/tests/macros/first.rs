#![allow(dead_code, missing_docs)]
use cache_runtime::cached;
use std::sync::Arc;
struct Db;
#[cached(key = "report:{region}:{year}", timeout = 60 * 15, ignore(_db))]
async fn report(_db: &Db, region: &str, year: u16) -> Result<String, std::fmt::Error> {
    Ok(format!("{region}{year}"))
}
#[cached(timeout = "15m", unless = |v| v.is_empty(), when = n > 3, tags = ["n:{n}"])]
fn plain(n: u32, (a, mut b): (u8, u8)) -> Arc<String> {
    b += 1;
    Arc::new(format!("{n}{a}{b}"))
}
#[cached(key = "x:{value}:{T}", force_refresh, timeout = |v| v.len() as u64)]
fn generic<T: Default, const N: usize>(force_refresh: bool, value: [u8; N]) -> Option<String> {
    let _ = (force_refresh, T::default());
    Some(format!("{value:?}"))
}
struct S {
    id: u32,
}
impl S {
    #[cached(key = "m:{self.id}:{n}")]
    fn method(&mut self, n: u32) -> u32 {
        self.id += n;
        self.id
    }
    #[cached(key = "m:{n}", ignore(self))]
    async fn amethod(self, n: u32) -> u32 {
        n
    }
}
trait Tr {
    fn t(&self, n: u32) -> Result<u32, std::num::ParseIntError>;
    async fn a(&self, s: &str) -> Result<u32, std::num::ParseIntError>;
}
impl Tr for S {
    #[cached(companions = false, ignore(self))]
    fn t(&self, mut n: u32) -> Result<u32, std::num::ParseIntError> {
        n += "5".parse::<u32>()?;
        if n > 5 {
            return Ok(3);
        }
        Ok(n)
    }
    #[cached(companions = false, key = "a:{s}", ignore(self))]
    async fn a(&self, s: &str) -> Result<u32, std::num::ParseIntError> {
        let n = s.parse()?;
        if n > 5 {
            return Ok(3);
        }
        Ok(n)
    }
}
