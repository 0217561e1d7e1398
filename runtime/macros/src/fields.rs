//! The fields of a configuration, with what `#[ferrule(...)]` says of each.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, FieldsNamed, Ident, Lit, Result, Type};

use crate::shapes::{argument_of, is_path};

pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) default: Option<Expr>,
    pub(crate) is_required: bool,
    /// What serde reads of it: its name in files, for one.
    pub(crate) serde: Vec<Attribute>,
}

/// Reads the fields; takes ferrule's own attributes off them.
pub(crate) fn read_fields(fields: &mut FieldsNamed) -> Result<Vec<Field>> {
    let read = fields.named.iter_mut().map(read_field).collect::<Result<Vec<_>>>()?;
    if read.iter().any(|field| field.is_required) {
        for attribute in read.iter().flat_map(|field| &field.serde) {
            if says_default(attribute) {
                let text = "in a configuration with required fields it is #[ferrule(default = ...)]";
                return Err(Error::new_spanned(attribute, text));
            }
        }
    }
    Ok(read)
}

/// Whether serde is told a default. What else it is told is read past.
fn says_default(attribute: &Attribute) -> bool {
    let mut says = false;
    let read = attribute.parse_nested_meta(|meta| {
        says |= meta.path.is_ident("default");
        if meta.input.peek(syn::Token![=]) {
            meta.value()?.parse::<Expr>()?;
        } else if meta.input.peek(syn::token::Paren) {
            let inner;
            syn::parenthesized!(inner in meta.input);
            inner.parse::<TokenStream>()?;
        }
        Ok(())
    });
    // What cannot be read is serde's to refuse.
    read.is_ok() && says
}

fn read_field(field: &mut syn::Field) -> Result<Field> {
    let (mut default, mut is_required) = (None, false);
    let attributes = std::mem::take(&mut field.attrs);
    let (own, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|each| each.path().is_ident("ferrule"));
    field.attrs = others;
    for attribute in own {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("required") {
                is_required = true;
            } else if meta.path.is_ident("default") {
                default = Some(meta.value()?.parse()?);
            } else {
                return Err(meta.error("a field's options are `default = ...` and `required`"));
            }
            if is_required && default.is_some() {
                return Err(meta.error("a required field has no default: nobody would get it"));
            }
            Ok(())
        })?;
    }
    if is_required && argument_of(&field.ty, "Option").is_some() {
        return Err(Error::new_spanned(&field.ty, "an `Option` is what may be absent: it is not required"));
    }
    Ok(Field {
        name: field.ident.clone().expect("the fields are named"),
        ty: field.ty.clone(),
        default,
        is_required,
        serde: field.attrs.iter().filter(|each| each.path().is_ident("serde")).cloned().collect(),
    })
}

impl Field {
    /// Its value where nobody gives one.
    pub(crate) fn value(&self) -> TokenStream {
        let ty = &self.ty;
        // Whichever of the two durations is stated, and whichever the field is.
        let is_duration = is_path(ty, "Duration");
        match &self.default {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) if is_duration => {
                quote_spanned! {text.span()=>
                    {
                        // An item, so that a mistake is found by `cargo check` too.
                        const LITERAL: ::ferrule::Duration = ::ferrule::Duration::literal(#text);
                        ::std::convert::Into::into(LITERAL)
                    }
                }
            }
            // A text is a `&str`, and hardly any field is.
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
                quote_spanned!(text.span()=> ::std::convert::Into::into(#text))
            }
            Some(value) if is_duration => quote_spanned!(value.span()=> ::std::convert::Into::into(#value)),
            Some(value) => quote_spanned!(value.span()=> #value),
            None => quote_spanned!(ty.span()=> ::ferrule::typed::field_default::<#ty>()),
        }
    }
}
