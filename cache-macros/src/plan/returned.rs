//! What a function returns: the type, the value in it, and what cannot be kept.

use quote::quote;
use syn::visit::{self, Visit};
use syn::{GenericArgument, PathArguments, ReturnType, Signature, Type, TypeReference};

use crate::diagnostics::Diagnostics;
use crate::option::{Options, Outcome};
use crate::parse::expression::mentions;
use crate::parse::spelling::spell;

/// What a function returns.
pub(crate) struct Returned {
    /// The type as it is written.
    pub(crate) written: Type,
    /// The type inside `Result<…>` or `Option<…>`, where the path ends so.
    pub(crate) inside: Option<Type>,
    /// What the type is, where it does not say so itself.
    pub(crate) stated: Option<Outcome>,
}

/// Understands the return type.
pub(crate) fn plan(
    signature: &Signature,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Option<Returned> {
    let stated = options.outcome.as_ref().map(|given| given.value);
    let ReturnType::Type(_, written) = &signature.output else {
        complain_about_nothing(&signature.ident, signature, diagnostics);
        return None;
    };
    let written = ungrouped(written).clone();
    if matches!(&written, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        complain_about_nothing(&written, signature, diagnostics);
    }
    check_nameable(&written, signature, diagnostics);
    check_owned(&written, options, diagnostics);
    check_outcome_known(&written, signature, options, diagnostics);
    check_kept_outcomes(options, diagnostics);
    let inside = if stated == Some(Outcome::Plain) { None } else { inside(&written) };
    Some(Returned { written, inside, stated })
}

/// A type without the invisible brackets that a macro put around it.
fn ungrouped(written: &Type) -> &Type {
    match written {
        Type::Group(group) => ungrouped(&group.elem),
        other => other,
    }
}

fn complain_about_nothing(at: &impl quote::ToTokens, signature: &Signature, diagnostics: &mut Diagnostics) {
    let text = format!(
        "`{}` returns nothing, so there is nothing to cache; return the value, or call it uncached",
        signature.ident
    );
    diagnostics.at(at, text);
}

/// `impl Trait` has no name that an entry could be checked against; under `#[async_trait]` the function
/// has been rewritten before we see it.
fn check_nameable(written: &Type, signature: &Signature, diagnostics: &mut Diagnostics) {
    let text = quote!(#written).to_string();
    if quote!(#signature).to_string().contains("'async_trait") {
        diagnostics.at(
            &signature.ident,
            "`#[async_trait]` has turned this method into one that returns a boxed future, which cannot be cached; \
             use native `async fn` in traits, or put `#[cached]` on an inherent method that this one calls",
        );
    } else if let Type::ImplTrait(_) = written {
        let advice = if text.contains("Future") {
            "a future is run once and cannot be stored; make this an `async fn` that returns the value"
        } else if text.contains("IntoResponse") || text.contains("Responder") {
            "`#[cached]` keeps values, and this is the response of a handler: write `#[cache_page(60)]` in its place, or \
             put `#[cached]` on a function of your own that the handler calls"
        } else {
            "`impl Trait` hides the type of the value, which an entry is checked against; name the type, such as a `Vec`"
        };
        diagnostics.at(written, advice);
    }
}

fn check_owned(written: &Type, options: &Options, diagnostics: &mut Diagnostics) {
    for reference in references(written, options.local.is_some()) {
        let owned = match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => "`String` or `Arc<str>`".to_owned(),
            Type::Slice(slice) => format!("`Vec<{}>` or an `Arc` of it", spell(&slice.elem)),
            other => format!("`{0}` or `Arc<{0}>`", spell(other)),
        };
        let hint = if reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static") {
            "; or add `local` to keep `'static` references in this process"
        } else {
            ""
        };
        let text = format!(
            "a reference cannot be stored: what it points to may be gone before the next call; return {owned}{hint}"
        );
        diagnostics.at(reference, text);
    }
}

/// The references in a type, without the `'static` ones if those are allowed.
pub(crate) fn references(written: &Type, allow_static: bool) -> Vec<&TypeReference> {
    let mut references = References { allow_static, found: Vec::new() };
    references.visit_type(written);
    references.found
}

struct References<'a> {
    allow_static: bool,
    found: Vec<&'a TypeReference>,
}

impl<'a> Visit<'a> for References<'a> {
    fn visit_type_reference(&mut self, reference: &'a TypeReference) {
        let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
        if !(self.allow_static && is_static) {
            self.found.push(reference);
        }
    }

    fn visit_type_impl_trait(&mut self, _: &'a syn::TypeImplTrait) {}

    fn visit_type_fn_ptr(&mut self, _: &'a syn::TypeFnPtr) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        visit::visit_path(self, path);
    }
}

/// A type parameter, or a projection from one, may turn out to be anything.
fn check_outcome_known(
    written: &Type,
    signature: &Signature,
    options: &Options,
    diagnostics: &mut Diagnostics,
) {
    let Type::Path(path) = written else { return };
    if options.outcome.is_some() {
        return;
    }
    let generic = |ident: &proc_macro2::Ident| {
        signature.generics.type_params().any(|parameter| parameter.ident == *ident)
    };
    let head = path.path.segments.first().map(|segment| &segment.ident);
    let from_head = path.qself.is_none()
        && head.is_some_and(|head| generic(head) || (head == "Self" && path.path.segments.len() > 1));
    let from_qualified = path.qself.as_ref().is_some_and(|qualified| {
        let subject = &qualified.ty;
        signature.generics.type_params().any(|parameter| mentions(&quote!(#subject), &parameter.ident))
            || mentions(&quote!(#subject), &proc_macro2::Ident::new("Self", proc_macro2::Span::call_site()))
    });
    if from_head || from_qualified {
        let text = format!(
            "`{}` may turn out to be a `Result` or an `Option`, whose `Err` and `None` are not stored; \
             say what it is: `outcome = plain`, `outcome = option` or `outcome = result`",
            spell(written)
        );
        diagnostics.at(written, text);
    }
}

fn check_kept_outcomes(options: &Options, diagnostics: &mut Diagnostics) {
    if let (Some(none), Some(_)) = (&options.cache_none, &options.cache_err) {
        let text = "`cache_none` and `cache_err` contradict each other: a function returns an `Option` or a `Result`; \
                    `Ok(None)` is a value like any other, and is stored";
        diagnostics.at(&none.word, text);
    }
    let Some(outcome) = options.outcome.as_ref().map(|given| given.value) else { return };
    if let Some(given) = &options.cache_none
        && outcome != Outcome::Option
    {
        diagnostics.at(&given.word, "`cache_none` stores `None`, and `outcome` says that there is none");
    }
    if let Some(given) = &options.cache_err
        && outcome != Outcome::Result
    {
        diagnostics.at(&given.word, "`cache_err` stores `Err`, and `outcome` says that there is none");
    }
}

/// The first argument of a path that ends in `Result` or `Option`.
fn inside(written: &Type) -> Option<Type> {
    let Type::Path(path) = written else { return None };
    let last = path.path.segments.last()?;
    if last.ident != "Result" && last.ident != "Option" {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inside) => Some(inside.clone()),
        _ => None,
    })
}
