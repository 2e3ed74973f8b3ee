//! `#[derive(SharedInput)]`: an extractor is shared by all visitors of a URL if each of its fields is.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Field, Fields, Generics, Ident, Item, Path};

use crate::diagnostics::Diagnostics;
use crate::expand::call::located;

/// What the derive adds to the type.
pub(crate) fn shared_input(item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let expanded = diagnostics.or_complain(syn::parse2::<Item>(item)).and_then(|item| match item {
        Item::Struct(item) => {
            Some(implement(&item.ident, &item.generics, &item.attrs, &[&item.fields], &mut diagnostics))
        }
        Item::Enum(item) => {
            let fields: Vec<_> = item.variants.iter().map(|variant| &variant.fields).collect();
            Some(implement(&item.ident, &item.generics, &item.attrs, &fields, &mut diagnostics))
        }
        other => {
            diagnostics.at(&other, "a union does not know which of its fields holds; derive it for an enum");
            None
        }
    });
    diagnostics.finish().map_or_else(|complaints| complaints, |()| expanded.unwrap_or_default())
}

fn implement(
    name: &Ident,
    generics: &Generics,
    attributes: &[Attribute],
    fields: &[&Fields],
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let krate = read(attributes, false, diagnostics).krate;
    let mut bounded = generics.clone();
    let clause = bounded.make_where_clause();
    for field in fields.iter().flat_map(|fields| fields.iter()) {
        if !read(&field.attrs, true, diagnostics).is_ignored {
            clause.predicates.push(syn::parse2(bound(&krate, field)).expect("it is a bound"));
        }
    }
    let (introduced, arguments, clause) = bounded.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #introduced #krate::__private::page::SharedInput for #name #arguments #clause {}
    }
}

/// Where the compiler finds a field that is not shared, it points at its type.
fn bound(krate: &Path, field: &Field) -> TokenStream {
    let written = &field.ty;
    let krate = located(krate, written.span());
    quote_spanned!(written.span()=> #written: #krate::__private::page::SharedField)
}

/// What `#[shared_input(..)]` says.
struct Said {
    krate: Path,
    is_ignored: bool,
}

fn read(attributes: &[Attribute], of_field: bool, diagnostics: &mut Diagnostics) -> Said {
    let mut said = Said { krate: syn::parse_quote!(::cache_runtime), is_ignored: false };
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("shared_input")) {
        let read = attribute.parse_nested_meta(|meta| {
            if of_field && meta.path.is_ident("ignore") {
                said.is_ignored = true;
                return Ok(());
            }
            if !of_field && meta.path.is_ident("crate") {
                said.krate = meta.value()?.call(Path::parse_mod_style)?;
                return Ok(());
            }
            let known = if of_field { "`ignore`, on a field," } else { "`crate = path`, on a type," };
            Err(meta.error(format!("`#[shared_input(..)]` knows {known} only")))
        });
        diagnostics.or_complain(read);
    }
    said
}
