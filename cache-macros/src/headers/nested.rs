//! Return types that another attribute of this family has written already.

use syn::{GenericArgument, PathArguments, ReturnType, Signature, Type};

/// The return type as it is written.
pub(super) fn written(signature: &Signature) -> Type {
    match &signature.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, written) => (**written).clone(),
    }
}

/// What the function itself returns, and how often it is dressed.
pub(super) fn innermost(written: &mut Type) -> (&mut Type, usize) {
    if dressed(written).is_none() {
        return (written, 0);
    }
    let (innermost, depth) = innermost(dressed(written).expect("it was there a line before"));
    (innermost, depth + 1)
}

/// What is dressed, if this type says that something is.
fn dressed(written: &mut Type) -> Option<&mut Type> {
    let Type::Path(path) = written else { return None };
    let mut segments = path.path.segments.iter_mut().rev();
    let (last, module) = (segments.next()?, segments.next()?);
    if last.ident != "Dressed" || module.ident != "__private" {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &mut last.arguments else { return None };
    match arguments.args.first_mut()? {
        GenericArgument::Type(dressed) => Some(dressed),
        _ => None,
    }
}
