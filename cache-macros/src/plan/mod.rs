//! ③ Meaning: what a function and its options say together, and the checks that need both.

pub(crate) mod generics;
pub(crate) mod key;
pub(crate) mod names;
pub(crate) mod neighbours;
pub(crate) mod returned;
pub(crate) mod roles;
pub(crate) mod signature;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Expr, ExprClosure, Path};

use crate::diagnostics::Diagnostics;
use crate::option::{Companions, Options};
use crate::parse::argument::{self, Argument};
use crate::parse::expression::{bare_name, free_names, mentions, resolve};
use crate::parse::function::Function;
use crate::parse::spelling::spell;
use crate::settings::{Embedded, Project, Wish};
use key::Rendering;
use names::Names;
use returned::Returned;
use roles::{Role, has};

/// Everything that expansion needs to know.
pub(crate) struct Plan {
    pub(crate) function: Function,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) roles: Vec<Role>,
    pub(crate) options: Options,
    pub(crate) krate: Path,
    pub(crate) home: Home,
    pub(crate) key: Rendering,
    pub(crate) tags: Vec<Rendering>,
    pub(crate) flag: Option<Expr>,
    pub(crate) returned: Returned,
    pub(crate) settings: Option<Embedded>,
}

/// Where the companions are, and with them the body and the static.
pub(crate) enum Home {
    /// Associated functions of an uninhabited type of this name.
    Type(Ident),
    /// Siblings in the same `impl`, with this before their names.
    Siblings(Ident),
    /// Inside of a free function: there are no companions.
    InsideFunction,
    /// Inside of a method or associated function: there are no companions.
    InsideMethod,
}

/// Makes the plan of a function; complains about all that it must not be made of.
pub(crate) fn make(
    function: Function,
    options: Options,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Option<Plan> {
    let arguments = argument::read(&function.signature);
    signature::check_signature(&function, diagnostics);
    signature::check_arguments(&arguments, diagnostics);
    neighbours::check_keepers("cached", &function, diagnostics);
    let returned = returned::plan(&function.signature, &options, diagnostics);
    let flag = plan_flag(&options, &arguments, diagnostics);
    let names = Names::of(&function, &arguments);
    let (key, keyed) = key::plan_key(&names, &options, flag.as_ref(), diagnostics);
    let tags = key::plan_tags(&names, &options, diagnostics);
    let roles = roles::assign(&names, &options, flag.as_ref(), &keyed, diagnostics);
    roles::check_tags(&names, &roles, &tags, &options, diagnostics);
    let whole = key.as_ref().map_or_else(Vec::new, key::bare_names);
    generics::check_decided(&names, &options, &keyed, &whole, diagnostics);
    let home = plan_home(&function, &arguments, &options, diagnostics);
    let settings = check_settings(&options, &function, project, diagnostics);
    let krate = options
        .krate
        .as_ref()
        .map_or_else(|| syn::parse_quote!(::cache_runtime), |given| given.value.clone());
    Some(Plan {
        returned: returned?,
        key: key?,
        function,
        arguments,
        roles,
        options,
        krate,
        home,
        tags,
        flag,
        settings,
    })
}

impl Plan {
    /// Gives the names of arguments in an expression the hygiene that the wrapper knows them by.
    pub(crate) fn in_wrapper(&self, expression: TokenStream) -> TokenStream {
        let names = Names::of(&self.function, &self.arguments);
        resolve(expression, &|name| names.hygiene(name))
    }

    /// Whether an expression looks at no argument but those of the key.
    pub(crate) fn looks_at_key_only(&self, expression: &ExprClosure) -> bool {
        let free = free_names(&Expr::Closure(expression.clone()));
        let dropped = self.arguments.iter().zip(&self.roles).filter(|(_, role)| **role != Role::Keyed);
        !dropped.flat_map(|(argument, _)| &argument.names).any(|name| has(&free, name))
    }
}

/// The expression that asks for a refresh.
fn plan_flag(options: &Options, arguments: &[Argument], diagnostics: &mut Diagnostics) -> Option<Expr> {
    let given = options.force_refresh.as_ref()?;
    if let Some(expression) = &given.value {
        check_flag_type(bare_name(expression), arguments, diagnostics);
        return Some(expression.clone());
    }
    let word = Ident::new("force_refresh", given.word.span());
    let Some(argument) = arguments.iter().find(|argument| argument.binds(&word)) else {
        let silent = Ident::new("_force_refresh", given.word.span());
        let text = if arguments.iter().any(|argument| argument.binds(&silent)) {
            "there is no argument `force_refresh`; write `force_refresh = _force_refresh`, or take the underscore off the \
             argument: a refresh flag counts as used"
        } else {
            "there is no argument `force_refresh`; add `force_refresh: bool`, or write `force_refresh = …` with a \
             `bool` expression over the arguments"
        };
        diagnostics.at(&given.word, text);
        return Some(syn::parse_quote!(#silent));
    };
    let name = argument.names.iter().find(|name| name.unraw() == word)?.clone();
    check_flag_type(Some(&name), arguments, diagnostics);
    Some(syn::parse_quote!(#name))
}

fn check_flag_type(name: Option<&Ident>, arguments: &[Argument], diagnostics: &mut Diagnostics) {
    let Some(name) = name else { return };
    let Some(argument) = arguments.iter().find(|argument| argument.binds(name)) else { return };
    if let argument::Kind::Named(written) = &argument.kind
        && quote!(#written).to_string() != "bool"
    {
        let text = format!("the refresh flag `{name}` must be a `bool`, and is `{}`", spell(written));
        diagnostics.at(written, text);
    }
}

/// Checks the alias against `cache.toml`, if there is one.
fn check_settings(
    options: &Options,
    function: &Function,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Option<Embedded> {
    let alias = options.cache.as_ref().map_or_else(|| "default".to_owned(), |given| given.value.value());
    match project.check(&Wish { alias: &alias, local: options.local.is_some() }) {
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

fn plan_home(
    function: &Function,
    arguments: &[Argument],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Home {
    let signature = &function.signature;
    let shown = arguments.iter().any(Argument::is_receiver)
        || mentions(&quote!(#signature), &Ident::new("Self", proc_macro2::Span::call_site()));
    if shown && let Some(given) = &options.in_impl {
        diagnostics.at(&given.word, "`in_impl` adds nothing here: `self` or `Self` shows it; leave it out");
    }
    let method = shown || options.in_impl.is_some();
    let name = match options.companions.as_ref().map(|given| &given.value) {
        Some(Companions::None) if method => return Home::InsideMethod,
        Some(Companions::None) => return Home::InsideFunction,
        Some(Companions::Named(name)) => name,
        None => &signature.ident,
    };
    let name = Ident::new(&name.to_string(), proc_macro2::Span::call_site().located_at(name.span()));
    if method { Home::Siblings(name) } else { Home::Type(name) }
}
