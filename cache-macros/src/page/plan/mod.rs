//! Meaning: what a handler and its options say together, and the checks that need both.

mod check;
mod cover;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Expr, Path};

pub(crate) use cover::Cover;

use super::framework::Framework;
use super::option::Options;
use crate::diagnostics::Diagnostics;
use crate::option::Companions;
use crate::parse::argument::{self, Argument};
use crate::parse::expression::{bare_name, resolve};
use crate::parse::function::Function;
use crate::plan::key::{self, Rendering, Segment};
use crate::plan::names::Names;
use crate::plan::roles::{check_ignored_names, has};
use crate::settings::{Embedded, Project, Wish};

/// Everything that expansion needs to know.
pub(crate) struct Plan {
    pub(crate) framework: Framework,
    pub(crate) function: Function,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) covers: Vec<Cover>,
    pub(crate) options: Options,
    pub(crate) krate: Path,
    pub(crate) home: Home,
    /// What the page depends on besides its URL; empty if that is nothing.
    pub(crate) key: Rendering,
    /// The tags that look at arguments.
    pub(crate) tags: Vec<Rendering>,
    /// The tags that every page of the handler has.
    pub(crate) fixed_tags: Vec<String>,
    pub(crate) settings: Option<Embedded>,
}

/// The type that stands for the handler's pages.
pub(crate) enum Home {
    /// One of ours, with the companions as its associated functions.
    Type(Ident),
    /// One that an attribute below makes; the companions are added to it.
    Alongside(Ident),
    /// One of ours without companions, which nobody names.
    Hidden(Ident),
}

impl Home {
    /// The name of the type.
    pub(crate) fn name(&self) -> &Ident {
        match self {
            Self::Type(name) | Self::Alongside(name) | Self::Hidden(name) => name,
        }
    }
}

/// Makes the plan of a handler; complains about all that it must not be made of.
pub(crate) fn make(
    function: Function,
    options: Options,
    framework: Framework,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Plan {
    let arguments = argument::read(&function.signature);
    check::check_handler(&function, &arguments, &options, framework, diagnostics);
    check::check_options(&options, diagnostics);
    let names = Names::of(&function, &arguments);
    let template = plan_key(&names, &options, diagnostics);
    let keyed = template.as_ref().map_or_else(Vec::new, key::used_names);
    let flag = options.force_refresh.as_ref().and_then(|given| bare_name(&given.value)).cloned();
    check_ignored_names(&names, options.ignored(), flag.as_ref(), &keyed, diagnostics);
    let covered = [&keyed[..], options.ignored(), flag.as_slice()].concat();
    let covers = arguments.iter().map(|argument| cover::of(argument, &covered)).collect();
    let (fixed_tags, tags) = plan_tags(&names, &options, diagnostics);
    check::check_tags(&names, &keyed, options.ignored(), flag.as_ref(), &tags, &options, diagnostics);
    let key = with_parameters(template.unwrap_or_default(), &names, options.ignored());
    let settings = check_settings(&options, &function, project, diagnostics);
    let krate = options.krate.as_ref();
    let krate = krate.map_or_else(|| syn::parse_quote!(::cache_runtime), |given| given.value.clone());
    let home = plan_home(&function, &options, framework);
    Plan { framework, function, arguments, covers, options, krate, home, key, tags, fixed_tags, settings }
}

impl Plan {
    /// Gives the names of arguments in an expression the hygiene that the wrapper knows them by.
    pub(crate) fn in_wrapper(&self, expression: &Expr) -> TokenStream {
        let names = Names::of(&self.function, &self.arguments);
        resolve(quote!(#expression), &|name| names.hygiene(name))
    }

    /// Whether pages may be for some visitors only: by the key, or since an argument decides who is let in.
    pub(crate) fn is_for_some(&self) -> bool {
        let ignored = self.options.ignored();
        let is_named = |argument: &Argument| ignored.iter().any(|name| argument.binds(name));
        let mut arguments = self.arguments.iter().zip(&self.covers);
        self.options.key.is_some()
            || arguments.any(|(argument, cover)| *cover == Cover::Unseen || is_named(argument))
    }

    /// Whether an argument has this name.
    pub(crate) fn has_argument(&self, name: &Ident) -> bool {
        self.arguments.iter().any(|argument| argument.binds(name))
    }
}

fn plan_key(names: &Names<'_>, options: &Options, diagnostics: &mut Diagnostics) -> Option<Rendering> {
    key::read(&options.key.as_ref()?.value, names, diagnostics)
}

/// Handlers that differ in a parameter make different pages: what the key does not name is added to it.
fn with_parameters(mut key: Rendering, names: &Names<'_>, ignored: &[Ident]) -> Rendering {
    let used = key::used_names(&key);
    let is_open = |name: &&&Ident| !has(&used, name) && !has(ignored, name);
    let types = names.types.iter().filter(is_open).map(|name| Segment::TypeName((*name).clone()));
    let value = |name: &&Ident| Segment::Value { expression: quote!(#name), names: vec![(*name).clone()] };
    let consts = names.consts.iter().filter(is_open).map(value);
    for segment in types.chain(consts) {
        key.push(Segment::Text("|".to_owned()));
        key.push(segment);
    }
    key
}

/// The tags of every page, and those that look at arguments.
fn plan_tags(
    names: &Names<'_>,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> (Vec<String>, Vec<Rendering>) {
    let (mut fixed, mut rendered) = (Vec::new(), Vec::new());
    for tag in options.tags.iter().flat_map(|given| &given.value) {
        let Some(rendering) = key::read(tag, names, diagnostics) else { continue };
        match &rendering[..] {
            [Segment::Text(text)] => fixed.push(text.clone()),
            _ => rendered.push(rendering),
        }
    }
    (fixed, rendered)
}

/// Checks the alias against `cache.toml`, if there is one.
fn check_settings(
    options: &Options,
    function: &Function,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Option<Embedded> {
    let alias = options.cache.as_ref().map_or_else(|| "default".to_owned(), |given| given.value.value());
    match project.check(&Wish { alias: &alias, local: false }) {
        Ok(embedded) => embedded,
        Err(fault) => {
            match &options.cache {
                Some(given) => diagnostics.at(&given.value, fault),
                None => diagnostics.at(&function.signature.ident, fault),
            }
            None
        }
    }
}

fn plan_home(function: &Function, options: &Options, framework: Framework) -> Home {
    let own = &function.signature.ident;
    let located = |name: &Ident| Ident::new(&name.to_string(), Span::call_site().located_at(name.span()));
    match options.companions.as_ref().map(|given| &given.value) {
        Some(Companions::Named(name)) => Home::Type(located(name)),
        Some(Companions::None) => {
            Home::Hidden(format_ident!("__CachePage_{}", own.unraw(), span = located(own).span()))
        }
        None if framework.makes_type(&function.attributes) => Home::Alongside(own.clone()),
        None => Home::Type(located(own)),
    }
}
