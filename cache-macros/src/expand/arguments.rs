//! The arguments of the wrapper and of the companions, as they are declared and as they are passed on.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{GenericParam, ReceiverKind};

use crate::parse::argument::{Argument, Kind};
use crate::parse::expression::bare_name;
use crate::parse::pattern;
use crate::plan::Plan;
use crate::plan::roles::{Role, has};

/// The declarations of the wrapper.
pub(crate) fn of_wrapper(plan: &Plan) -> Vec<TokenStream> {
    plan.arguments.iter().map(declare).collect()
}

/// The declarations of `refresh`: all but the flag.
pub(crate) fn of_refresh(plan: &Plan) -> Vec<TokenStream> {
    let kept = plan.arguments.iter().zip(&plan.roles).filter(|(_, role)| **role != Role::Flag);
    kept.map(|(argument, _)| declare_as(argument, &apart(&argument.passed))).collect()
}

/// The declarations of `key` and the like: what the key is made of.
pub(crate) fn of_key(plan: &Plan) -> Vec<TokenStream> {
    let kept = plan.arguments.iter().zip(&plan.roles).filter(|(_, role)| **role == Role::Keyed);
    kept.map(|(argument, _)| declare_shared(argument)).collect()
}

/// What the wrapper passes to the body.
pub(crate) fn passed_to_body(plan: &Plan) -> Vec<TokenStream> {
    plan.arguments.iter().map(|argument| argument.passed.to_token_stream()).collect()
}

/// What `refresh` passes to the wrapper: `true` for the flag.
pub(crate) fn passed_by_refresh(plan: &Plan) -> Vec<TokenStream> {
    let pass = |(argument, role): (&Argument, &Role)| match role {
        Role::Flag => quote!(true),
        Role::Keyed | Role::Ignored => apart(&argument.passed).to_token_stream(),
    };
    plan.arguments.iter().zip(&plan.roles).map(pass).collect()
}

/// `::<T, N>`, or nothing.
pub(crate) fn turbofish<'a>(parameters: impl IntoIterator<Item = &'a GenericParam>) -> Option<TokenStream> {
    let names: Vec<&Ident> = parameters
        .into_iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    (!names.is_empty()).then(|| quote!(::<#(#names),*>))
}

/// The statements that bind, by reference, those of `names` that the patterns of arguments bind.
pub(crate) fn bind(arguments: &[Argument], names: &[Ident]) -> TokenStream {
    let bind_one = |argument: &Argument| {
        let Kind::Pattern(pattern, _) = &argument.kind else { return None };
        if !argument.names.iter().any(|name| has(names, name)) {
            return None;
        }
        let pattern = pattern::by_reference(pattern, &|name| has(names, name));
        let passed = &argument.passed;
        Some(quote!(let #pattern = &#passed;))
    };
    arguments.iter().filter_map(bind_one).collect()
}

/// The function's body; the refresh flag counts as used there, for it is the wrapper that uses it.
pub(crate) fn body(plan: &Plan) -> TokenStream {
    let body = &plan.function.body;
    let Some(flag) = plan.flag.as_ref().and_then(bare_name) else { return body.to_token_stream() };
    let named =
        plan.arguments.iter().find(|argument| argument.binds(flag)).map(|argument| &argument.names[0]);
    let used = named.filter(|name| !name.to_string().starts_with('_'));
    let has_attributes = body.stream().to_string().starts_with('#');
    let (Some(used), false) = (used, has_attributes) else { return body.to_token_stream() };
    // The user's statements stay a block of their own, which may begin with items. Its braces are ours: no lint may
    // find them unnecessary.
    let mut inner = Group::new(Delimiter::Brace, body.stream());
    inner.set_span(Span::mixed_site().located_at(body.span()));
    let mut block = Group::new(Delimiter::Brace, quote!(let _: bool = #used; #inner));
    block.set_span(body.span());
    block.to_token_stream()
}

/// The statements that take the arguments apart as the function itself does.
pub(crate) fn unpack(plan: &Plan) -> TokenStream {
    let unpack_one = |(argument, input): (&Argument, &syn::FnArg)| match input {
        syn::FnArg::Typed(typed) if argument.passed != typed.pat.to_token_stream().to_string() => {
            let (pattern, passed) = (&typed.pat, &argument.passed);
            Some(quote!(let #pattern = #passed;))
        }
        _ => None,
    };
    plan.arguments.iter().zip(&plan.function.signature.inputs).filter_map(unpack_one).collect()
}

/// The name under our hygiene: an argument of the function's own name would hide the function.
fn apart(name: &Ident) -> Ident {
    let mut name = name.clone();
    if name != "self" {
        name.set_span(Span::mixed_site().located_at(name.span()));
    }
    name
}

/// The declaration of one argument.
pub(crate) fn declare(argument: &Argument) -> TokenStream {
    declare_as(argument, &argument.passed)
}

fn declare_as(argument: &Argument, passed: &Ident) -> TokenStream {
    let attributes = &argument.attributes;
    match &argument.kind {
        Kind::Receiver(receiver) => {
            let mut receiver = receiver.clone();
            if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                receiver.mutability = None;
            }
            receiver.to_token_stream()
        }
        Kind::Named(written) | Kind::Pattern(_, written) => quote!(#(#attributes)* #passed: #written),
    }
}

/// As [`declare`], but `self` is only looked at.
fn declare_shared(argument: &Argument) -> TokenStream {
    match &argument.kind {
        Kind::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Typed(..)) => quote!(&self),
        _ => declare(argument),
    }
}
