//! The extractors of axum that are the same for all visitors of a URL.

use axum::extract::rejection::{
    MatchedPathRejection, NestedPathRejection, PathRejection, QueryRejection, RawPathParamsRejection,
};
use axum::extract::{MatchedPath, NestedPath, OriginalUri, Path, Query, RawPathParams, RawQuery, State};

use crate::page::SharedInput;

impl<S> SharedInput for State<S> {}
impl<T> SharedInput for Path<T> {}
impl<T> SharedInput for Query<T> {}
impl SharedInput for MatchedPath {}
impl SharedInput for NestedPath {}
impl SharedInput for OriginalUri {}
impl SharedInput for RawPathParams {}
impl SharedInput for RawQuery {}

// They tell of the URL, and of how the program is routed.
impl SharedInput for MatchedPathRejection {}
impl SharedInput for NestedPathRejection {}
impl SharedInput for PathRejection {}
impl SharedInput for QueryRejection {}
impl SharedInput for RawPathParamsRejection {}
