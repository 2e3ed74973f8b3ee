//! The wrapper: the handler as the framework sees it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::argument;
use crate::expand::arguments::turbofish;
use crate::expand::attributes;
use crate::page::plan::{Home, Plan};

/// The handler under its own name, with the page's own argument before the others.
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let attributes =
        attributes::of_wrapper(&plan.function).filter(|attribute| !attributes::is_dressing(attribute));
    let visibility = &plan.function.visibility;
    let (krate, module) = (&plan.krate, plan.framework.module());
    let mut signature = plan.function.signature.clone();
    let declared = declared(plan);
    signature.inputs = syn::parse_quote!(#(#declared),*);
    signature.output = syn::parse_quote!(-> #krate::__private::#module::Response);
    let (inside, body) = (inside(plan), body(plan));
    quote! {
        #(#attributes)*
        #visibility #signature {
            #inside
            #body
        }
    }
}

/// The arguments; where there is no room for one more, the first rides along with the page's own.
fn declared(plan: &Plan) -> Vec<TokenStream> {
    let (krate, module, page) = (&plan.krate, plan.framework.module(), plan.home.name());
    let input = argument::of_page();
    let written = quote!(#krate::__private::#module::PageInput<#page>);
    let mut others = argument::filled_in(plan);
    let is_full = plan.arguments.len() == plan.framework.most_arguments();
    let first = if is_full { others.next() } else { None };
    let front = if let Some((first, type_of_first)) = first {
        let passed = &first.passed;
        quote!((#input, #passed): (#written, #type_of_first))
    } else {
        quote!(#input: #written)
    };
    let others = others.map(|(argument, written)| {
        let (attributes, passed) = (&argument.attributes, &argument.passed);
        quote!(#(#attributes)* #passed: #written)
    });
    std::iter::once(front).chain(others).collect()
}

fn body(plan: &Plan) -> TokenStream {
    let (krate, module) = (&plan.krate, plan.framework.module());
    let input = argument::of_page();
    let (unwrap, last, check) =
        (argument::unwrap_counted(plan), argument::unwrap_last(plan), argument::check(plan));
    let (visit, call) = (visit(plan), call(plan));
    quote! {
        #unwrap
        #last
        #check
        let __cache_visit = #visit;
        #krate::__private::#module::serve(#input, __cache_visit, #call).await
    }
}

/// The visit, with all that the attribute says of this one.
fn visit(plan: &Plan) -> TokenStream {
    let options = &plan.options;
    let key = (!plan.key.is_empty()).then(|| {
        let key = argument::rendered(plan, &plan.key);
        quote!(.key(#key))
    });
    let tags = plan.tags.iter().map(|tag| {
        let tag = argument::rendered(plan, tag);
        quote!(.tag(#tag))
    });
    let flag = options.force_refresh.as_ref().map(|given| {
        let flag = argument::over(plan, &given.value);
        quote!(.force_refresh(#flag))
    });
    let when = options.when.as_ref().map(|given| {
        let condition = argument::over(plan, &given.value);
        quote!(.when(#condition))
    });
    let covered = argument::covered(plan);
    let input = argument::of_page();
    let with_body = argument::with_body(plan);
    quote!(#input.visit() #key #(#tags)* #flag #when #with_body #(#covered)*)
}

/// The call of the handler's body: its future, not yet begun.
fn call(plan: &Plan) -> TokenStream {
    let passed = plan.arguments.iter().map(|argument| &argument.passed);
    let turbofish = turbofish(&plan.function.signature.generics.params);
    match &plan.home {
        Home::Type(name) | Home::Alongside(name) => quote!(#name::uncached #turbofish(#(#passed),*)),
        Home::Hidden(_) => quote!(__cache_body #turbofish(#(#passed),*)),
    }
}

/// The body of a handler without companions.
fn inside(plan: &Plan) -> Option<TokenStream> {
    let Home::Hidden(_) = &plan.home else { return None };
    let attributes = attributes::of_body(&plan.function).chain(attributes::dressing(&plan.function));
    let mut signature = plan.function.signature.clone();
    signature.ident = Ident::new("__cache_body", Span::call_site());
    let body = &plan.function.body;
    Some(quote!(#(#attributes)* #signature #body))
}
