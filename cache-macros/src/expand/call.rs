//! The parts of one call: its shape, what it asks for, how the value is judged, and the body.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure};

use super::arguments;
use crate::option::Outcome;
use crate::option::period::Period;
use crate::parse::expression::free_names;
use crate::plan::{Home, Plan};

/// The shape of the return type.
pub(crate) fn shape(plan: &Plan) -> TokenStream {
    let (krate, written) = (&plan.krate, &plan.returned.written);
    let outcome = match plan.returned.stated {
        None => quote!(outcome),
        Some(Outcome::Plain) => quote!(plain),
        Some(Outcome::Option) => quote!(option),
        Some(Outcome::Result) => quote!(result),
    };
    let local = plan.options.local.is_some();
    let kept = if local { quote!(kept_local) } else { quote!(kept) };
    let shape = quote_spanned!(written.span()=> #krate::__private::returned::<#written>().#outcome().#kept());
    if let Some(given) = &plan.options.cache_err {
        quote_spanned!(given.word.span()=> #krate::__private::errors(#shape).#kept())
    } else if let Some(given) = &plan.options.cache_none {
        quote_spanned!(given.word.span()=> #krate::__private::nothing(#shape).kept())
    } else {
        shape
    }
}

/// What the call asks for.
pub(crate) fn intent(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let when = plan.options.when.as_ref().map(|given| {
        let condition = over_arguments(plan, &given.value);
        quote!(.when(#condition))
    });
    let flag = plan.flag.as_ref().map(|flag| {
        let flag = over_arguments(plan, flag);
        quote!(.force_refresh(#flag))
    });
    quote!(#krate::__private::Intent::USUAL #when #flag)
}

/// An expression over the arguments, with the names that patterns bind.
fn over_arguments(plan: &Plan, expression: &Expr) -> TokenStream {
    let names = free_names(expression);
    let bindings = arguments::bind(plan, &names);
    let expression = plan.in_wrapper(quote!(#expression));
    if bindings.is_empty() { expression } else { quote!({ #bindings #expression }) }
}

/// The call that lets the value be judged, if the attribute says anything of it.
pub(crate) fn judge(plan: &Plan) -> Option<TokenStream> {
    let krate = &plan.krate;
    let unless = plan.options.unless.as_ref().map(|given| {
        let verdict = over_value(plan, &given.value);
        quote!(.unless(#verdict))
    });
    let timeout = timeout_closure(plan).map(|closure| {
        let timeout = over_value(plan, closure);
        quote!(.timeout(#timeout))
    });
    (unless.is_some() || timeout.is_some())
        .then(|| quote!(.judge(|__cache_value| #krate::__private::Verdict::USUAL #unless #timeout)))
}

/// The closure that decides about the timeout of a value.
pub(crate) fn timeout_closure(plan: &Plan) -> Option<&ExprClosure> {
    match &plan.options.timeout.as_ref()?.value {
        Period::OfValue(closure) => Some(closure),
        _ => None,
    }
}

/// What a closure says of `__cache_value`.
fn over_value(plan: &Plan, closure: &ExprClosure) -> TokenStream {
    let krate = &plan.krate;
    let names = free_names(&Expr::Closure(closure.clone()));
    let bindings = arguments::bind(plan, &names);
    let closure = plan.in_wrapper(quote!(#closure));
    let said = quote!(#krate::__private::over(__cache_value, #closure));
    if bindings.is_empty() { said } else { quote!({ #bindings #said }) }
}

/// The call of the body.
pub(crate) fn body(plan: &Plan) -> TokenStream {
    let passed = arguments::passed_to_body(plan);
    let turbofish = arguments::turbofish(&plan.function.signature.generics.params);
    match &plan.home {
        Home::Type(companions) => quote!(#companions::uncached #turbofish(#(#passed),*)),
        Home::Siblings(name) => {
            let name = format_ident!("{name}_uncached");
            quote!(Self::#name #turbofish(#(#passed),*))
        }
        Home::InsideFunction => quote!(__cache_body #turbofish(#(#passed),*)),
        Home::InsideMethod => body_in_place(plan),
    }
}

/// The body of a method that has no sibling: a closure or an async block, so that `?` and `return` stay
/// inside.
fn body_in_place(plan: &Plan) -> TokenStream {
    let unpack = arguments::unpack(plan);
    let body = plan.function.body.stream();
    if plan.function.signature.asyncness.is_some() {
        quote!(async { #unpack #body })
    } else {
        quote!(#unpack #body)
    }
}

/// The end of the chain: computes, and waits if the function is `async`.
pub(crate) fn compute(plan: &Plan) -> TokenStream {
    let body = body(plan);
    let written = &plan.returned.written;
    match (plan.function.signature.asyncness.is_some(), &plan.home) {
        (true, _) => quote!(.compute_async(#body).await),
        (false, Home::InsideMethod) => quote!(.compute(|| -> #written { #body })),
        (false, _) => quote!(.compute(|| #body)),
    }
}
