//! The parts of one call: its shape, what it asks for, how the value is judged, and the body.

use proc_macro2::{Span, TokenStream, TokenTree};
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
    let written = &plan.returned.written;
    let krate = located(&plan.krate, written.span());
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
        let krate = located(&plan.krate, given.word.span());
        quote_spanned!(given.word.span()=> #krate::__private::errors(#shape).#kept())
    } else if let Some(given) = &plan.options.cache_none {
        let krate = located(&plan.krate, given.word.span());
        quote_spanned!(given.word.span()=> #krate::__private::nothing(#shape).kept())
    } else {
        shape
    }
}

/// The path of the runtime, as if it stood at `span`: there the compiler points when it misses a bound.
pub(crate) fn located(krate: &syn::Path, span: Span) -> TokenStream {
    let locate = |mut tree: TokenTree| {
        tree.set_span(span.resolved_at(tree.span()));
        tree
    };
    quote!(#krate).into_iter().map(locate).collect()
}

/// What the call asks for.
pub(crate) fn intent(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let when = plan.options.when.as_ref().map(|given| {
        let condition = condition(plan, &given.value);
        quote!(.when(#condition))
    });
    let flag = plan.flag.as_ref().map(|flag| {
        let flag = condition(plan, flag);
        quote!(.force_refresh(#flag))
    });
    quote!(#krate::__private::Intent::USUAL #when #flag)
}

fn condition(plan: &Plan, expression: &Expr) -> TokenStream {
    let (bindings, expression) = over_arguments(plan, expression);
    if bindings.is_empty() { expression } else { quote!({ #bindings #expression }) }
}

/// An expression over the arguments, behind the statements that bind what patterns name.
fn over_arguments(plan: &Plan, expression: &Expr) -> (TokenStream, TokenStream) {
    let bindings = arguments::bind(&plan.arguments, &free_names(expression));
    (bindings, plan.in_wrapper(quote!(#expression)))
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

/// A closure over the value. The person had to write one, so no lint may say that the name of a method
/// would do: its first token is ours.
pub(crate) fn value_closure(plan: &Plan, closure: &ExprClosure) -> (TokenStream, TokenStream) {
    let (bindings, closure) = over_arguments(plan, &Expr::Closure(closure.clone()));
    let mut is_first = true;
    let ours = |mut tree: TokenTree| {
        if std::mem::take(&mut is_first) {
            tree.set_span(Span::call_site().located_at(tree.span()));
        }
        tree
    };
    (bindings, closure.into_iter().map(ours).collect())
}

/// What a closure says of `__cache_value`.
fn over_value(plan: &Plan, closure: &ExprClosure) -> TokenStream {
    let krate = &plan.krate;
    let (bindings, closure) = value_closure(plan, closure);
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
