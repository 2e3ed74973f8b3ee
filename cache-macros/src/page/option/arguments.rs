//! Options that speak of the handler and its arguments.

use syn::Expr;
use syn::parse::Parse;

use super::{Options, Row};
use crate::option::{arguments, condition, read_companions, text, texts, value};

pub(super) const KEY: Row = Row {
    name: "key",
    form: "key = \"{user.id}\"",
    documentation: "What the page depends on besides its URL: literal text, and expressions over the arguments in braces. Two \
                    placeholders stand apart by a character that no rendered value contains (`:`, `/`, `|`, `@`, …). An argument in \
                    the key need not be shared by all visitors.",
    read: |row, word, input, options| {
        options.key = Some(text::<Options>(row, word, input)?);
        Ok(())
    },
};

pub(super) const IGNORE: Row = Row {
    name: "ignore",
    form: "ignore(log, body)",
    documentation: "Arguments that do not change the page although they differ between visitors: a logger, a guard that lets members \
                    in, the body of a request. A type parameter that does not change it is named here too.",
    read: |row, word, input, options| {
        options.ignore = Some(arguments::<Options>(row, word, input)?);
        Ok(())
    },
};

pub(super) const TAGS: Row = Row {
    name: "tags",
    form: "tags = [\"prices\", \"plan:{plan.name}\"]",
    documentation: "Names that the page carries, templates over the arguments like the key. `page::invalidate_tag(\"prices\")` drops \
                    every page that carries the tag.",
    read: |row, word, input, options| {
        options.tags = Some(texts::<Options>(row, word, input)?);
        Ok(())
    },
};

pub(super) const FORCE_REFRESH: Row = Row {
    name: "force_refresh",
    form: "force_refresh = request.header(\"x-refresh\").is_some()",
    documentation: "Runs the handler, and keeps the page that it makes, if a `bool` expression over the arguments holds. In it, \
                    `request` is the `&PageRequest`, unless an argument has that name. An argument that is this expression alone need not be shared.",
    read: |row, word, input, options| {
        options.force_refresh = Some(value::<_, Options>(row, word, input, Expr::parse)?);
        Ok(())
    },
};

pub(super) const WHEN: Row = Row {
    name: "when",
    form: "when = request.cookie(\"preview\").is_none()",
    documentation: "Uses the cache for this request only if a `bool` expression over the arguments, or over `request`, holds; \
                    otherwise the handler runs, and nothing is looked up or kept.",
    read: |row, word, input, options| {
        options.when = Some(value::<_, Options>(row, word, input, |input| {
            condition(
                input,
                "the arguments or `request`: write `when = request.cookie(\"preview\").is_none()`",
            )
        })?);
        Ok(())
    },
};

pub(super) const COMPANIONS: Row = Row {
    name: "companions",
    form: "companions = name",
    documentation: "Another name for the companions `invalidate`, `invalidate_all` and `uncached`, where the handler's own name is \
                    taken in the namespace of types (a module of that name, a crate, a primitive type). `companions = false` makes \
                    none.",
    read: |row, word, input, options| {
        options.companions = Some(value::<_, Options>(row, word, input, read_companions)?);
        Ok(())
    },
};
