//! `#[ferrule::config]` and `#[ferrule::data]`: derives, with the sdk's own copies of serde and schemars.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, Result, parse2};

pub(crate) fn expand_config(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let validates = if arguments.is_empty() {
        false
    } else {
        let word: Ident = parse2(arguments)?;
        if word != "validate" {
            return Err(Error::new(word.span(), "a configuration has one option, `validate`"));
        }
        true
    };
    let mut input: DeriveInput = parse2(item)?;
    let named = matches!(&input.data, Data::Struct(data) if matches!(data.fields, Fields::Named(_)));
    if !named {
        let text = "a configuration is a struct with named fields; for its parts there is #[ferrule::data]";
        return Err(Error::new(input.ident.span(), text));
    }
    let default = defaults(&mut input)?;
    let derives = derives();
    let name = &input.ident;
    let (generics, types, bounds) = input.generics.split_for_impl();
    let validate = (!validates).then(|| quote!(impl #generics ::ferrule::Validate for #name #types #bounds {}));
    Ok(quote! {
        #derives
        #[serde(default, deny_unknown_fields)]
        #input
        #default
        #validate
    })
}

/// The `Default` of a configuration whose fields say their defaults; nothing where no field does.
fn defaults(input: &mut DeriveInput) -> Result<Option<TokenStream>> {
    let Data::Struct(data) = &mut input.data else { return Ok(None) };
    let mut is_stated = false;
    let mut values = Vec::new();
    for field in &mut data.fields {
        let default = take_default(field)?;
        is_stated |= default.is_some();
        let name = field.ident.as_ref();
        values.push(match default {
            // A text is a `&str`, and hardly any field is.
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
                quote_spanned!(text.span()=> #name: ::std::convert::Into::into(#text))
            }
            Some(value) => quote_spanned!(value.span()=> #name: #value),
            None => quote!(#name: ::std::default::Default::default()),
        });
    }
    let name = &input.ident;
    let (generics, types, bounds) = input.generics.split_for_impl();
    Ok(is_stated.then(|| {
        quote! {
            impl #generics ::std::default::Default for #name #types #bounds {
                fn default() -> Self {
                    Self { #(#values),* }
                }
            }
        }
    }))
}

/// Takes `#[ferrule(default = ...)]` off a field.
fn take_default(field: &mut Field) -> Result<Option<Expr>> {
    let mut default = None;
    let attributes = std::mem::take(&mut field.attrs);
    let (own, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|each| each.path().is_ident("ferrule"));
    field.attrs = others;
    for attribute in own {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("default") {
                return Err(meta.error("a field's option is `default = ...`"));
            }
            default = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(default)
}

pub(crate) fn expand_data(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if let Some(token) = arguments.into_iter().next() {
        return Err(Error::new(token.span(), "#[ferrule::data] has no options"));
    }
    let input: DeriveInput = parse2(item)?;
    if matches!(&input.data, Data::Struct(data) if matches!(data.fields, Fields::Unit)) {
        return Ok(unit(&input));
    }
    let derives = derives();
    Ok(quote!(#derives #input))
}

/// A struct without fields is null in TypeScript. MessagePack's serializer would write an empty array for it.
fn unit(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    quote! {
        #[derive(::ferrule::serde::Deserialize, ::ferrule::schemars::JsonSchema)]
        #[serde(crate = "::ferrule::serde")]
        #[schemars(crate = "::ferrule::schemars")]
        #input
        impl ::ferrule::serde::Serialize for #name {
            fn serialize<S: ::ferrule::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                ::ferrule::serde::Serializer::serialize_unit(serializer)
            }
        }
    }
}

fn derives() -> TokenStream {
    quote! {
        #[derive(::ferrule::serde::Serialize, ::ferrule::serde::Deserialize, ::ferrule::schemars::JsonSchema)]
        #[serde(crate = "::ferrule::serde")]
        #[schemars(crate = "::ferrule::schemars")]
    }
}
