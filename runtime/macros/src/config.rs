//! `#[ferrule::config]` and `#[ferrule::data]`: derives, with the sdk's own copies of serde and schemars.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Ident, Result, parse2};

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
    let input: DeriveInput = parse2(item)?;
    let named = matches!(&input.data, Data::Struct(data) if matches!(data.fields, Fields::Named(_)));
    if !named {
        let text = "a configuration is a struct with named fields; for its parts there is #[ferrule::data]";
        return Err(Error::new(input.ident.span(), text));
    }
    let derives = derives();
    let name = &input.ident;
    let (generics, types, bounds) = input.generics.split_for_impl();
    let validate = (!validates).then(|| quote!(impl #generics ::ferrule::Validate for #name #types #bounds {}));
    Ok(quote! {
        #derives
        #[serde(default, deny_unknown_fields)]
        #input
        #validate
    })
}

pub(crate) fn expand_data(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if let Some(token) = arguments.into_iter().next() {
        return Err(Error::new(token.span(), "#[ferrule::data] has no options"));
    }
    let derives = derives();
    let input: DeriveInput = parse2(item)?;
    Ok(quote!(#derives #input))
}

fn derives() -> TokenStream {
    quote! {
        #[derive(::ferrule::serde::Serialize, ::ferrule::serde::Deserialize, ::ferrule::schemars::JsonSchema)]
        #[serde(crate = "::ferrule::serde")]
        #[schemars(crate = "::ferrule::schemars")]
    }
}
