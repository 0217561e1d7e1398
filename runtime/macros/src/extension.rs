//! `#[ferrule::extension]`: an implementation of `ferrule::typed::Extension`, and its place in the registry.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Error, Ident, ItemImpl, LitStr, Result, parse2};

use crate::words::docs;

const STABILITIES: [&str; 7] = ["Undefined", "Unmaintained", "Deprecated", "Development", "Alpha", "Beta", "Stable"];

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let begin = item.clone();
    let not_here = |span| Error::new(span, "write #[ferrule::extension] on `impl Extension for YourType`");
    let mut item: ItemImpl = parse2(item).map_err(|_| not_here(begin.span()))?;
    let Some((path, _)) = &mut item.trait_ else { return Err(not_here(item.self_ty.span())) };
    if path.segments.last().is_none_or(|last| last.ident != "Extension") {
        return Err(not_here(path.span()));
    }
    if let Some(parameter) = item.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "an extension cannot be generic: it is registered once, as one type",
        ));
    }
    // Whichever of the two traits of this name is in scope, the typed one is meant.
    let span = path.span();
    *path = syn::parse_quote_spanned!(span=> ::ferrule::typed::Extension);

    let mut component_type: Option<LitStr> = None;
    let mut stability: Option<Ident> = None;
    let parser = syn::meta::parser(|meta: ParseNestedMeta<'_>| {
        if meta.path.is_ident("type") {
            component_type = Some(checked_type(meta.value()?.parse()?)?);
        } else if meta.path.is_ident("stability") {
            let word: Ident = meta.value()?.parse()?;
            if !STABILITIES.contains(&&*word.to_string()) {
                return Err(Error::new(word.span(), format!("a stability is one of {}", STABILITIES.join(", "))));
            }
            stability = Some(word);
        } else {
            return Err(meta.error("an extension's options are `type = \"...\"` and `stability = ...`"));
        }
        Ok(())
    });
    parser.parse2(arguments)?;
    let component_type = component_type.ok_or_else(|| {
        Error::new(
            proc_macro2::Span::call_site(),
            "say what configurations call it: #[ferrule::extension(type = \"...\")]",
        )
    })?;
    let stability = stability.map_or_else(|| quote!(Development), |word| quote!(#word));
    let description = docs(&item.attrs);
    let extension = &item.self_ty;
    let factory = quote_spanned!(extension.span()=> ::ferrule::typed::Factory<#extension>);
    Ok(quote! {
        #item
        const _: () = {
            ::ferrule::register!(EXTENSION: #factory = ::ferrule::typed::Factory::new(
                #component_type,
                ::ferrule::Stability::#stability,
                #description,
            ));
        };
    })
}

fn checked_type(text: LitStr) -> Result<LitStr> {
    let name = text.value();
    let rest = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.len() > 63 || !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.chars().all(rest) {
        let rule = "a type begins with a letter and holds only letters, digits and _, 63 at most";
        return Err(Error::new(text.span(), rule));
    }
    Ok(text)
}
