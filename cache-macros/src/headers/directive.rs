//! The directives that `#[cache_control]` knows, each with the form in which it is written.

/// One directive.
pub(crate) struct Directive {
    /// The word in the attribute, and the method of `Directives`.
    pub(crate) name: &'static str,
    /// What may follow the word.
    pub(crate) kind: Kind,
    /// What it says to caches: one sentence for the documentation of the attribute.
    pub(crate) documentation: &'static str,
}

/// What follows the word of a directive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Word,
    /// Nothing, or the name of a header: `no_cache = "Set-Cookie"`.
    Field,
    /// A length of time: `max_age = 60`.
    Time,
}

impl Directive {
    const fn word(name: &'static str, documentation: &'static str) -> Self {
        Self { name, kind: Kind::Word, documentation }
    }

    const fn field(name: &'static str, documentation: &'static str) -> Self {
        Self { name, kind: Kind::Field, documentation }
    }

    const fn time(name: &'static str, documentation: &'static str) -> Self {
        Self { name, kind: Kind::Time, documentation }
    }

    /// How it is written.
    pub(crate) fn form(&self) -> String {
        match self.kind {
            Kind::Word => self.name.to_owned(),
            Kind::Field => format!("{0}`, `{0} = \"Set-Cookie\"", self.name),
            Kind::Time => format!("{} = 60", self.name),
        }
    }
}

/// Every directive, in the order of the documentation.
pub(crate) const DIRECTIVES: &[Directive] = &[
    Directive::word("public", "Every cache may keep it, although the request was authorised."),
    Directive::field("private", "Only the visitor's own cache may keep it, or this field of it."),
    Directive::field("no_cache", "A cache asks again before every use of it, or of this field of it."),
    Directive::word("no_store", "No cache keeps it."),
    Directive::word("no_transform", "No cache changes its body."),
    Directive::word("must_revalidate", "No cache uses it when it is stale."),
    Directive::word("proxy_revalidate", "No cache that many share uses it when it is stale."),
    Directive::word("must_understand", "Only caches that know what its status means keep it."),
    Directive::word("immutable", "It does not change while it is fresh."),
    Directive::time("max_age", "How long it is fresh."),
    Directive::time("s_maxage", "How long it is fresh in caches that many share."),
    Directive::time("stale_while_revalidate", "How long it may be used stale while it is made anew."),
    Directive::time("stale_if_error", "How long it may be used stale instead of an error."),
];
