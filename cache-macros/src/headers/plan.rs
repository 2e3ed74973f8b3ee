//! What the function and the attribute say together, and what they must not.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Path, ReturnType, Safety, Type, TypeImplTrait, TypeParamBound};

use super::condition::Condition;
use super::option::{Added, Said};
use super::{Attribute, contradiction, nested, page};
use crate::diagnostics::Diagnostics;
use crate::parse::argument::{self, Argument};
use crate::parse::function::{self, Function};
use crate::plan::neighbours::{NO_CONDITION, is_called};

/// Everything that expansion needs to know.
pub(super) struct Plan {
    pub(super) function: Function,
    pub(super) arguments: Vec<Argument>,
    pub(super) krate: Path,
    pub(super) work: Work,
    pub(super) body: Body,
}

/// What the attribute does.
pub(super) enum Work {
    /// Changes the headers of what the body returns.
    Dress(Dressing),
    /// Decides whether the body runs.
    Weigh(Box<Condition>),
}

/// What is done to the headers.
pub(super) enum Dressing {
    NeverCache,
    CacheControl(Vec<Added>),
    VaryOnHeaders(Vec<syn::LitStr>),
    VaryOnCookie,
}

/// Where the function's own body is.
pub(super) enum Body {
    /// In a function inside of the wrapper.
    Inside(Ident),
    /// In a sibling of the wrapper: it knows `self` or `Self`.
    Sibling(Ident),
}

/// Makes the plan; complains about all that it must not be made of.
pub(super) fn make(
    attribute: Attribute,
    said: Said,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Option<Plan> {
    let function = diagnostics.or_complain(read_function(attribute, item));
    let krate = said.krate.clone().unwrap_or_else(|| syn::parse_quote!(::cache_runtime));
    let work = plan_work(attribute, said, diagnostics);
    let function = function?;
    let arguments = argument::read(&function.signature);
    check_signature(attribute, &function, diagnostics);
    check_arguments(&arguments, diagnostics);
    check_order(attribute, &function, diagnostics);
    let body = plan_body(attribute, &function, &arguments);
    Some(Plan { function, arguments, krate, work, body })
}

fn read_function(attribute: Attribute, item: TokenStream) -> syn::Result<Function> {
    function::read(item, attribute.name()).map_err(|fault| {
        let text = fault.to_string().replace("computes nothing to cache", "answers nothing");
        syn::Error::new(fault.span(), text)
    })
}

fn plan_work(attribute: Attribute, said: Said, diagnostics: &mut Diagnostics) -> Work {
    let anything = said.anything;
    let needs = |is_missing: bool, what: &str, diagnostics: &mut Diagnostics| {
        if is_missing && !anything {
            diagnostics.push(syn::Error::new(Span::call_site(), format!("expected {what}")));
        }
    };
    Work::Dress(match attribute {
        Attribute::NeverCache => Dressing::NeverCache,
        Attribute::CacheControl => {
            let what = "directives, such as `#[cache_control(public, max_age = 60)]`; `#[never_cache]` has those that \
                        keep it out of every cache";
            needs(said.directives.is_empty(), what, diagnostics);
            contradiction::check(&said.directives, diagnostics);
            Dressing::CacheControl(said.directives)
        }
        Attribute::VaryOnCookie => Dressing::VaryOnCookie,
        Attribute::VaryOnHeaders => {
            let what = "the names of headers, such as `#[vary_on_headers(\"Accept-Language\")]`";
            needs(said.names.is_empty(), what, diagnostics);
            Dressing::VaryOnHeaders(said.names)
        }
        Attribute::Condition => {
            let Condition { etag, last_modified } = &said.condition;
            let what = "validators of the page, such as `#[condition(etag = revision(*id))]`";
            needs(etag.is_none() && last_modified.is_none(), what, diagnostics);
            return Work::Weigh(Box::new(said.condition));
        }
    })
}

fn check_signature(attribute: Attribute, function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    if let Some(word) = &signature.constness {
        diagnostics
            .at(word, "a `const fn` may run at compile time, where nobody asks for a page; remove `const`");
    }
    if let Safety::Unsafe(word) = &signature.safety {
        diagnostics.at(word, "no visitor can keep the promises that an `unsafe fn` asks for");
    }
    if let Some(abi) = &signature.abi {
        diagnostics.at(abi, "an `extern` function is called from other languages, not by a web framework");
    }
    let is_async = signature.asyncness.is_some();
    if let (ReturnType::Type(_, returned), false) = (&signature.output, is_async)
        && let Type::ImplTrait(hidden) = &**returned
        && is_future(hidden)
    {
        let text = format!(
            "a future is no response yet, and has no headers for `#[{}]` to change; make this an `async fn`",
            attribute.name()
        );
        diagnostics.at(returned, text);
    }
}

fn is_future(hidden: &TypeImplTrait) -> bool {
    hidden.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|segment| segment.ident == "Future")
        }
        _ => false,
    })
}

fn check_arguments(arguments: &[Argument], diagnostics: &mut Diagnostics) {
    for attribute in arguments.iter().flat_map(|argument| &argument.attributes) {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            let text = "an argument that is there only under some `cfg` cannot be passed on; \
                        put the `cfg` on two versions of the function";
            diagnostics.at(attribute, text);
        }
    }
}

/// What stands above what.
fn check_order(attribute: Attribute, function: &Function, diagnostics: &mut Diagnostics) {
    let name = attribute.name();
    if attribute == Attribute::Condition {
        return check_condition(function, diagnostics);
    }
    for below in function.attributes.iter().filter(|below| is_called(below, "cache_page")) {
        let reason = "since it keeps the page as the attributes below it make it";
        diagnostics.at(below, format!("`#[cache_page]` stands above `#[{name}]`, {reason}"));
    }
}

/// A condition stands above those that change headers, and with `#[cache_page]` not at all.
fn check_condition(function: &Function, diagnostics: &mut Diagnostics) {
    for below in function.attributes.iter().filter(|below| is_called(below, "cache_page")) {
        diagnostics.at(below, NO_CONDITION);
    }
    // It stood above under another name, and has changed the handler already.
    if page::input(&function.signature).is_some() {
        diagnostics.push(syn::Error::new(Span::call_site(), NO_CONDITION));
    }
    let (_, depth) = nested::innermost(&mut nested::written(&function.signature));
    if depth > 0 {
        let text =
            "`#[condition]` stands above the attributes that change headers, so that a 304 carries them too";
        diagnostics.push(syn::Error::new(Span::call_site(), text));
    }
}

fn plan_body(attribute: Attribute, function: &Function, arguments: &[Argument]) -> Body {
    let mut finder = SelfFinder(false);
    finder.visit_signature(&function.signature);
    let name = function.signature.ident.unraw();
    if finder.0 || arguments.iter().any(Argument::is_receiver) {
        // Each attribute on the same function has a body of its own.
        let (_, depth) = nested::innermost(&mut nested::written(&function.signature));
        let sibling = format!("__cache_{}_{depth}_of_{name}", attribute.name());
        Body::Sibling(Ident::new(&sibling, function.signature.ident.span()))
    } else {
        Body::Inside(Ident::new("__cache_body", Span::call_site()))
    }
}

/// Finds out whether a signature names `Self`.
struct SelfFinder(bool);

impl<'ast> Visit<'ast> for SelfFinder {
    fn visit_path(&mut self, path: &'ast Path) {
        self.0 |= path.segments.first().is_some_and(|segment| segment.ident == "Self");
        visit::visit_path(self, path);
    }
}
