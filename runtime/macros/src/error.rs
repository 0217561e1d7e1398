//! `#[derive(ferrule::Error)]`: a code for each variant, and the way to `ferrule::Error`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Error, LitStr, Result, parse2};

use crate::words::{docs, screaming};

/// What `#[ferrule(...)]` says of a variant.
struct Options {
    code: String,
    kind: TokenStream,
}

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = parse2(item)?;
    let name = &input.ident;
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "an error cannot be generic: its codes are written down for TypeScript",
        ));
    }
    let mut listed = Vec::new();
    let mut arms = Vec::new();
    let mut codes: Vec<String> = Vec::new();
    let mut add = |label: &str, span: Span, attributes: &[Attribute], pattern: TokenStream| {
        let Options { code, kind } = options(attributes, label)?;
        if codes.contains(&code) {
            return Err(Error::new(
                span,
                format!("two variants have the code {code}: give one #[ferrule(code = \"...\")]"),
            ));
        }
        let docs = docs(attributes);
        listed.push(quote!(::ferrule::typed::ErrorCode { name: #label, code: #code, docs: #docs, kind: #kind }));
        arms.push(quote!(#pattern => (#code, #kind)));
        codes.push(code);
        Ok(())
    };
    match &input.data {
        Data::Enum(data) => {
            for variant in &data.variants {
                let ident = &variant.ident;
                add(&ident.to_string(), ident.span(), &variant.attrs, quote!(#name::#ident { .. }))?;
            }
        }
        Data::Struct(_) => add(&name.to_string(), name.span(), &input.attrs, quote!(#name { .. }))?,
        Data::Union(_) => return Err(Error::new(name.span(), "an error is an enum or a struct")),
    }
    if listed.is_empty() {
        return Err(Error::new(name.span(), "an error without variants cannot happen: `ferrule::Error` needs no enum"));
    }
    // Should the type be no error, rustc says so at its name.
    let convert = quote_spanned! {name.span()=>
        ::ferrule::Error::new(::std::string::ToString::to_string(&error)).with_code(code).with_source(error)
    };
    Ok(quote! {
        impl ::std::convert::From<#name> for ::ferrule::Error {
            fn from(error: #name) -> Self {
                let (code, kind) = match &error { #(#arms,)* };
                let error = #convert;
                match kind {
                    ::ferrule::Kind::Permanent => error.permanent(),
                    ::ferrule::Kind::Retryable => error.retryable(),
                    ::ferrule::Kind::Unspecified => error,
                }
            }
        }
        impl ::ferrule::typed::Failure for #name {
            const CODES: &'static [::ferrule::typed::ErrorCode] = &[#(#listed),*];
            const IS_OPEN: bool = false;
        }
    })
}

fn options(attributes: &[Attribute], label: &str) -> Result<Options> {
    let mut options = Options { code: screaming(label), kind: quote!(::ferrule::Kind::Unspecified) };
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("ferrule")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("code") {
                let text: LitStr = meta.value()?.parse()?;
                let code = text.value();
                let legal = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
                if !code.starts_with(|first: char| first.is_ascii_uppercase()) || !code.chars().all(legal) {
                    return Err(Error::new(text.span(), "a code is written in SCREAMING_SNAKE_CASE"));
                }
                options.code = code;
            } else if meta.path.is_ident("permanent") {
                options.kind = quote!(::ferrule::Kind::Permanent);
            } else if meta.path.is_ident("retryable") {
                options.kind = quote!(::ferrule::Kind::Retryable);
            } else {
                return Err(meta.error("an error's options are `code = \"...\"`, `permanent` and `retryable`"));
            }
            Ok(())
        })?;
    }
    Ok(options)
}
