//! What cannot be cached at all, by its signature.

use quote::ToTokens;
use syn::Safety;

use crate::diagnostics::Diagnostics;
use crate::parse::argument::Argument;
use crate::parse::function::Function;

/// Refuses the kinds of functions that have no place for a cache.
pub(crate) fn check_signature(function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    if let Some(word) = &signature.constness {
        diagnostics.at(word, "a `const fn` may run at compile time, where there is no cache; remove `const`");
    }
    if let Safety::Unsafe(word) = &signature.safety {
        let text = "an `unsafe fn` asks its caller to keep promises, which a cache keeps for nobody; \
                    cache a safe function that calls it";
        diagnostics.at(word, text);
    }
    if let Some(abi) = &signature.abi {
        let text = "an `extern` function is called from other languages, by their rules; cache a Rust function that it calls";
        diagnostics.at(abi, text);
    }
    if let Some(variadic) = &signature.variadic {
        diagnostics.at(variadic, "variable arguments cannot be told apart in a key; take a slice");
    }
}

/// Refuses arguments that are there only sometimes.
pub(crate) fn check_arguments(arguments: &[Argument], diagnostics: &mut Diagnostics) {
    for argument in arguments {
        for attribute in &argument.attributes {
            if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
                let text = "an argument that is there only under some `cfg` cannot be passed on or be part of a key; \
                            put the `cfg` on two versions of the function";
                diagnostics.at(&attribute.to_token_stream(), text);
            }
        }
    }
}
