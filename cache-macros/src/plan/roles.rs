//! What each argument is for: the key, nothing, or the refresh flag; completeness is checked here.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Expr, Type};

use super::key::{Rendering, used_names};
use super::names::{Meaning, Names};
use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::option::Options;
use crate::parse::argument::Argument;
use crate::parse::expression::bare_name;

/// What an argument is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is in the key.
    Keyed,
    /// It does not change the result.
    Ignored,
    /// It asks for a refresh.
    Flag,
}

/// Gives every argument its role; `keyed` are the names that the key uses.
pub(crate) fn assign(
    names: &Names<'_>,
    options: &Options,
    flag: Option<&Expr>,
    keyed: &[Ident],
    diagnostics: &mut Diagnostics,
) -> Vec<Role> {
    let flag = flag.and_then(bare_name);
    let spelled = if options.key.is_some() { keyed } else { &[] };
    check_ignored_names(names, options.ignored(), flag, spelled, diagnostics);
    check_flag_outside_key(flag, options, keyed, diagnostics);
    let covered = Covered { ignored: options.ignored(), keyed, flag };
    let role = |argument: &Argument| role_of(argument, &covered, names, options, &mut *diagnostics);
    names.arguments.iter().map(role).collect()
}

struct Covered<'a> {
    ignored: &'a [Ident],
    keyed: &'a [Ident],
    flag: Option<&'a Ident>,
}

fn role_of(
    argument: &Argument,
    covered: &Covered<'_>,
    names: &Names<'_>,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Role {
    if covered.flag.is_some_and(|flag| argument.binds(flag)) {
        return Role::Flag;
    }
    for name in &argument.names {
        if !has(covered.keyed, name) && !has(covered.ignored, name) {
            complain_about_missing(name, names, options, argument, diagnostics);
        }
    }
    let keyed = argument.names.iter().any(|name| has(covered.keyed, name));
    if keyed {
        refuse_output(argument, diagnostics);
    }
    if keyed { Role::Keyed } else { Role::Ignored }
}

/// A hit runs no body: nothing would be written.
fn refuse_output(argument: &Argument, diagnostics: &mut Diagnostics) {
    if let Some(Type::Reference(written)) = argument.written_type()
        && written.mutability.is_some()
    {
        let name = &argument.passed;
        let text = format!(
            "what the body writes to `{name}` is not written on a hit, which runs no body; take it by value or by `&`, \
             and return what changes"
        );
        diagnostics.at(written, text);
    }
}

/// Two calls that differ in this argument only would share an entry.
fn complain_about_missing(
    name: &Ident,
    names: &Names<'_>,
    options: &Options,
    argument: &Argument,
    diagnostics: &mut Diagnostics,
) {
    let template = options.key.as_ref().map_or_else(String::new, |key| key.value.value());
    let placeholder = if *name == "self" { "{self.…}".to_owned() } else { format!("{{{}}}", name.unraw()) };
    let text = format!(
        "`{name}` of `{}` is not in the key: two calls that differ only there would share an entry; \
         add `{placeholder}` to \"{template}\", or `ignore({name})` if it does not change the result",
        names.function
    );
    diagnostics.at(&argument.tokens(), text);
}

/// Complains about what is ignored and should not be; `keyed` are the names in the key as it is spelled out.
pub(crate) fn check_ignored_names(
    names: &Names<'_>,
    ignored: &[Ident],
    flag: Option<&Ident>,
    keyed: &[Ident],
    diagnostics: &mut Diagnostics,
) {
    for (at, name) in ignored.iter().enumerate() {
        let twice = has(&ignored[..at], name);
        let complaint = match names.meaning(name) {
            _ if twice => format!("`{name}` is ignored twice"),
            None | Some(Meaning::SelfType) => {
                let known = names.all();
                let meant = did_you_mean(&name.to_string(), known.iter().map(String::as_str));
                format!("`{name}` is not an argument of `{}`{meant}; {}", names.function, names.it_has())
            }
            _ if flag.is_some_and(|flag| flag == name) => {
                format!(
                    "`{name}` is the refresh flag, which is never part of the key; leave it out of `ignore`"
                )
            }
            _ if has(keyed, name) => {
                format!("`{name}` is both in the key and ignored; decide for one")
            }
            _ => continue,
        };
        diagnostics.at(name, complaint);
    }
}

fn check_flag_outside_key(
    flag: Option<&Ident>,
    options: &Options,
    keyed: &[Ident],
    diagnostics: &mut Diagnostics,
) {
    if let (Some(flag), Some(key)) = (flag, &options.key)
        && has(keyed, flag)
    {
        let text = format!(
            "the refresh flag `{flag}` is in the key: a refresh would then fill another entry than the one that is \
             read; remove `{{{flag}}}` from it"
        );
        diagnostics.at(&key.value, text);
    }
}

/// A tag that names an argument outside of the key would be that of whichever call came first.
pub(crate) fn check_tags(
    names: &Names<'_>,
    roles: &[Role],
    tags: &[Rendering],
    options: &Options,
    diagnostics: &mut Diagnostics,
) {
    let Some(given) = &options.tags else { return };
    let used: Vec<_> = tags.iter().flat_map(used_names).collect();
    for (argument, role) in names.arguments.iter().zip(roles) {
        if *role == Role::Keyed {
            continue;
        }
        for name in argument.names.iter().filter(|name| has(&used, name)) {
            let text = format!(
                "a tag names `{name}`, which is not in the key: calls that differ there share one entry, and it \
                 carries the tags of the call that filled it; add `{{{name}}}` to the key, or leave it out of the tag"
            );
            diagnostics.at(&given.word, text);
        }
    }
}

/// Whether `names` has `name`.
pub(crate) fn has(names: &[Ident], name: &Ident) -> bool {
    names.iter().any(|known| known.unraw() == name.unraw())
}
