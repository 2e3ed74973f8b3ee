//! The extractors of actix that are the same for all visitors of a URL.

use actix_web::http::{Method, Uri};
use actix_web::{Either, web};

use crate::page::SharedInput;

impl<T: ?Sized> SharedInput for web::Data<T> {}
impl<T> SharedInput for web::ThinData<T> {}
impl<T> SharedInput for web::Path<T> {}
impl<T> SharedInput for web::Query<T> {}
impl SharedInput for Method {}
impl SharedInput for Uri {}
impl<L: SharedInput, R: SharedInput> SharedInput for Either<L, R> {}
