//! `#[derive(KeyPart)]`: key text for the user's own types, injective by construction.
//!
//! A struct of one field is rendered as that field. Otherwise the fields stand in parentheses, each
//! followed by a comma, after the name of the variant if there is one.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Fields, Generics, Item, ItemEnum, ItemStruct, Path};

use crate::diagnostics::Diagnostics;

/// What the derive adds to the type.
pub(crate) fn key_part(item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let expanded = diagnostics.or_complain(syn::parse2::<Item>(item)).and_then(|item| match item {
        Item::Struct(item) => Some(of_struct(&item, &mut diagnostics)),
        Item::Enum(item) => Some(of_enum(&item, &mut diagnostics)),
        other => {
            let text = "a union does not know which of its fields holds, so it has no stable key text; \
                        implement `KeyPart` by hand, or derive it for an enum";
            diagnostics.at(&other, text);
            None
        }
    });
    diagnostics.finish().map_or_else(|complaints| complaints, |()| expanded.unwrap_or_default())
}

fn of_struct(item: &ItemStruct, diagnostics: &mut Diagnostics) -> TokenStream {
    let krate = runtime(&item.attrs, diagnostics);
    let name = &item.ident;
    let body = match item.fields.len() {
        0 => quote!(__cache_key.text("()");),
        1 => {
            let (pattern, _) = bindings(&item.fields);
            let rendered = render_field(&krate, 0, &item.fields);
            quote!(let Self #pattern = self; #rendered)
        }
        _ => {
            let (pattern, rendered) = bindings_and_parentheses(&krate, &item.fields);
            quote!(let Self #pattern = self; #rendered)
        }
    };
    implement(&krate, name, &item.generics, &body)
}

fn of_enum(item: &ItemEnum, diagnostics: &mut Diagnostics) -> TokenStream {
    let krate = runtime(&item.attrs, diagnostics);
    let arms = item.variants.iter().map(|variant| {
        let (name, text) = (&variant.ident, variant.ident.unraw().to_string());
        if variant.fields.is_empty() {
            return quote!(Self::#name { .. } => __cache_key.text(#text),);
        }
        let (pattern, rendered) = bindings_and_parentheses(&krate, &variant.fields);
        quote!(Self::#name #pattern => { __cache_key.text(#text); #rendered })
    });
    let body =
        if item.variants.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#arms)* }) };
    implement(&krate, &item.ident, &item.generics, &body)
}

/// The pattern that binds every field, and the statements that render them in parentheses.
fn bindings_and_parentheses(krate: &Path, fields: &Fields) -> (TokenStream, TokenStream) {
    let (pattern, count) = bindings(fields);
    let rendered = (0..count).map(|index| {
        let rendered = render_field(krate, index, fields);
        quote!(#rendered __cache_key.text(",");)
    });
    (pattern, quote!(__cache_key.text("("); #(#rendered)* __cache_key.text(")");))
}

fn bindings(fields: &Fields) -> (TokenStream, usize) {
    let bound = fields.members().enumerate().map(|(index, member)| {
        let name = binding(index);
        quote!(#member: #name)
    });
    (quote!({ #(#bound),* }), fields.len())
}

fn render_field(krate: &Path, index: usize, fields: &Fields) -> TokenStream {
    let name = binding(index);
    let span = fields.iter().nth(index).map_or_else(Span::call_site, |field| field.ty.span());
    quote_spanned!(span=> #krate::__private::KeyPart::render(#name, __cache_key);)
}

fn binding(index: usize) -> Ident {
    format_ident!("__cache_field_{index}")
}

fn implement(krate: &Path, name: &Ident, generics: &Generics, body: &TokenStream) -> TokenStream {
    let mut bounded = generics.clone();
    let parameters: Vec<_> = generics.type_params().map(|parameter| parameter.ident.clone()).collect();
    let clause = bounded.make_where_clause();
    for parameter in parameters {
        clause.predicates.push(syn::parse_quote!(#parameter: #krate::__private::KeyPart));
    }
    let (introduced, arguments, clause) = bounded.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #introduced #krate::__private::KeyPart for #name #arguments #clause {
            fn render(&self, __cache_key: &mut #krate::__private::KeyBuf) {
                #body
            }
        }
    }
}

/// Where the runtime crate is: `#[key_part(crate = path)]` may say so.
fn runtime(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Path {
    let mut krate: Path = syn::parse_quote!(::cache_runtime);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("key_part")) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                krate = meta.value()?.call(Path::parse_mod_style)?;
                return Ok(());
            }
            Err(meta.error("`#[key_part(..)]` knows `crate = path` only"))
        });
        diagnostics.or_complain(read);
    }
    krate
}
