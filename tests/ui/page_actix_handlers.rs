//! What is no handler of actix whose pages could be cached.

use actix_web::web::Data;
use cache_runtime::actix::cache_page;

#[cache_page(60)]
fn synchronous() -> String {
    String::new()
}

#[cache_page(60, stale = "1h", kye = "a")]
async fn too_many(
    _a: Data<u8>,
    _b: Data<u8>,
    _c: Data<u8>,
    _d: Data<u8>,
    _e: Data<u8>,
    _f: Data<u8>,
    _g: Data<u8>,
    _h: Data<u8>,
    _i: Data<u8>,
    _j: Data<u8>,
    _k: Data<u8>,
    _l: Data<u8>,
    _m: Data<u8>,
    _n: Data<u8>,
    _o: Data<u8>,
    _p: Data<u8>,
    _q: Data<u8>,
) {
}

fn main() {}
