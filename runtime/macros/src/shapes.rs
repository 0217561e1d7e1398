//! What a type in a signature is, by its look.

use syn::{GenericArgument, PathArguments, Type};

/// `Some` for a `Result`, with what it holds when that stands there.
pub(crate) fn ok_of(ty: &Type) -> Option<Option<&Type>> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    (last.ident == "Result").then(|| first_argument(&last.arguments))
}

pub(crate) fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if last.ident == name { first_argument(&last.arguments) } else { None }
}

fn first_argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// A path whose last word is this, without arguments.
pub(crate) fn is_path(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == name && matches!(last.arguments, PathArguments::None))
}

pub(crate) fn is_byte_vec(ty: &Type) -> bool {
    argument_of(ty, "Vec").is_some_and(|item| is_path(item, "u8"))
}
