//! Syntax → tokens: a static that describes the fragment, and one call.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use super::block::Block;
use super::read::Invocation;
use crate::expand::{constant_timeout, located};
use crate::parse::spelling::spell;
use crate::settings::Embedded;

/// Writes out a fragment.
pub(crate) fn expand(invocation: &Invocation, settings: Option<&Embedded>) -> TokenStream {
    let usual: Path = syn::parse_quote!(::cache_runtime);
    let krate = invocation.options.krate.as_ref().unwrap_or(&usual);
    let (description, piece) = (description(invocation, settings, krate), piece(invocation));
    let rendering = rendering(&invocation.block, krate);
    quote!({
        #description
        let __cache_piece = #piece;
        #rendering
    })
}

/// The static, registered at link time.
fn description(invocation: &Invocation, settings: Option<&Embedded>, krate: &Path) -> TokenStream {
    let (name, options) = (&invocation.name, &invocation.options);
    let cache = options.cache.as_ref().map(|alias| quote!(.cache(#alias)));
    let version = options.version.as_ref().map(|version| quote!(.version(#version)));
    let timeout = constant_timeout(krate, &invocation.timeout);
    let vary: Vec<_> = options.vary.iter().map(|value| format!("{{{}}}", spell(value))).collect();
    let key = format!("fragment:{}:{}", name.value(), vary.join(","));
    let settings = settings.map(|embedded| {
        let path = &embedded.path;
        quote!(.settings(#path, ::core::include_str!(#path)))
    });
    quote! {
        static __CACHE_FRAGMENT: #krate::__private::Named<'static> =
            #krate::__private::Named::new(#name)
                .at(::core::file!(), ::core::line!())
                .key(#key)
                #cache
                #version
                .timeout(#timeout)
                #settings;
        #krate::__private::inventory::submit! {
            #krate::__private::Registration(&__CACHE_FRAGMENT)
        }
        #krate::__private::inventory::submit! {
            #krate::__private::Registered(&__CACHE_FRAGMENT)
        }
    }
}

/// The fragment for its vary values, which are looked at before the block can change them.
fn piece(invocation: &Invocation) -> TokenStream {
    let options = &invocation.options;
    let vary = options.vary.iter().map(|value| quote_spanned!(value.span()=> &(#value)));
    let refresh = options.force_refresh.as_ref().map(|flag| quote!(.force_refresh(#flag)));
    quote!(__CACHE_FRAGMENT.of(&[#(#vary),*]) #refresh)
}

/// The call: a block with `?` leaves the function, one without it may return a `Result`.
fn rendering(block: &Block, krate: &Path) -> TokenStream {
    // One context for all of it: else the compiler points at the whole macro.
    let place = Span::call_site().located_at(block.span);
    let here = located(krate, place);
    let text = quote_spanned!(place=> #here::__private::text(__cache_text).fragment());
    match block.fails_at {
        None => sorted(block, krate, &text),
        Some(place) => leaving(block, krate, &text, place),
    }
}

/// A block without `?`: its type says whether it can fail.
fn sorted(block: &Block, krate: &Path, text: &TokenStream) -> TokenStream {
    let body = closure(block, &quote!(), &block.body);
    let (sorted, render, wait) = if block.waits.is_some() {
        (quote!(rendered_async), quote!(render_async), quote!(.await))
    } else {
        (quote!(rendered), quote!(render), quote!())
    };
    quote! {
        let __cache_body = #body;
        #krate::__private::#sorted(&__cache_body)
            .#render(__cache_piece, __cache_body, |__cache_text| #text)
            #wait
    }
}

/// A block with `?` at this place, which leaves the function.
fn leaving(block: &Block, krate: &Path, text: &TokenStream, place: Span) -> TokenStream {
    let (body, returned) = (&block.body, quote!(-> ::core::result::Result<#krate::__private::Fragment, _>));
    let text = quote!({ let __cache_text = #body; ::core::result::Result::Ok(#text) });
    let body = closure(block, &returned, &text);
    let rendered = if block.waits.is_some() {
        quote!(__cache_piece.try_render_async(#body).await)
    } else {
        quote!(__cache_piece.try_render(#body))
    };
    let leave = quote_spanned!(place=> return ::core::result::Result::Err(__cache_error));
    quote! {
        match #rendered {
            ::core::result::Result::Ok(__cache_fragment) => __cache_fragment,
            ::core::result::Result::Err(__cache_error) => #leave,
        }
    }
}

/// The block as something that runs on a miss only.
fn closure(block: &Block, returned: &TokenStream, body: &TokenStream) -> TokenStream {
    let Some(waits) = &block.waits else { return quote!(|| #returned { #body }) };
    let captures = &waits.captures;
    quote_spanned!(waits.span=> async #captures || #returned { #body })
}
