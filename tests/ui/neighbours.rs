//! Attributes that keep or answer one function together, where one of them is enough.

use cache_runtime::{cache_page, cached, condition};

#[cached(key = "a")]
#[cached(timeout = 60)]
fn twice() -> u64 {
    1
}

#[cache_page(60)]
#[cache_runtime::cache_page(30)]
async fn page_twice() -> String {
    String::new()
}

#[cached(key = "a")]
#[cache_page(60)]
async fn value_of_a_page() -> String {
    String::new()
}

#[cache_page(60)]
#[cached(key = "a")]
async fn page_of_a_value() -> String {
    String::new()
}

#[condition(etag = "a")]
#[cache_page(60)]
async fn weighed_before_the_page() -> String {
    String::new()
}

#[cache_page(60)]
#[condition(etag = "a")]
async fn weighed_in_the_page() -> String {
    String::new()
}

mod renamed {
    use cache_runtime::{cache_page, condition as weighed};

    #[cache_page(60)]
    #[weighed(etag = "a")]
    async fn weighed_under_another_name() -> String {
        String::new()
    }
}

mod by_other_paths {
    pub(crate) use cache_runtime::{actix, cached};

    #[actix::cache_page(60)]
    #[actix::cache_page(30)]
    async fn page_twice() -> String {
        String::new()
    }

    macro_rules! doubled {
        () => {
            #[$crate::by_other_paths::cached(key = "b")]
            #[$crate::by_other_paths::cached(timeout = 60)]
            fn twice() -> u64 {
                1
            }
        };
    }

    doubled!();
}

mod on_actix {
    use cache_runtime::actix::cache_page;
    use cache_runtime::condition;

    #[cache_page(60)]
    #[condition(etag = "a")]
    async fn weighed() -> String {
        String::new()
    }
}

mod routes {
    use actix_web::get;
    use cache_runtime::cache_page;

    #[cache_page(60)]
    #[get("/")]
    async fn home() -> String {
        String::new()
    }

    #[cache_page(60)]
    #[actix_web::get("/whole")]
    async fn by_its_path() -> String {
        String::new()
    }

    #[cache_page(60)]
    #[actix_web::routes]
    #[get("/a")]
    #[get("/b")]
    async fn several() -> String {
        String::new()
    }
}

fn main() {}
