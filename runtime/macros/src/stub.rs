//! What stands in for the code of an attribute that refuses: it never runs, and keeps rustc from saying that something
//! is missing which the author wrote.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Data, DeriveInput, Error, Fields, ImplItem, ItemImpl, Type, parse2};

/// Takes off attributes that only ferrule's own derives would know.
fn strip(attributes: &mut Vec<Attribute>) {
    attributes.retain(|each| !["ferrule", "serde", "schemars"].iter().any(|name| each.path().is_ident(name)));
}

/// A configuration, as far as others can tell.
pub(crate) fn config(error: &Error, mut input: DeriveInput) -> TokenStream {
    let error = error.to_compile_error();
    let states_default = input.to_token_stream().to_string().contains("(default =");
    strip(&mut input.attrs);
    let strip_fields = |fields: &mut Fields| fields.iter_mut().for_each(|field| strip(&mut field.attrs));
    match &mut input.data {
        Data::Struct(data) => strip_fields(&mut data.fields),
        Data::Enum(data) => data.variants.iter_mut().for_each(|variant| {
            strip(&mut variant.attrs);
            strip_fields(&mut variant.fields);
        }),
        Data::Union(data) => data.fields.named.iter_mut().for_each(|field| strip(&mut field.attrs)),
    }
    if !input.generics.params.is_empty() {
        return quote!(#error #input);
    }
    let name = &input.ident;
    let default = states_default
        .then(|| quote!(impl ::std::default::Default for #name { fn default() -> Self { ::std::unreachable!() } }));
    quote! {
        #error
        #[allow(dead_code)]
        #input
        #default
        impl<'de> ::ferrule::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::ferrule::serde::Deserializer<'de>>(_: D) -> ::std::result::Result<Self, D::Error> {
                ::std::unreachable!()
            }
        }
        impl ::ferrule::serde::Serialize for #name {
            fn serialize<S: ::ferrule::serde::Serializer>(&self, _: S) -> ::std::result::Result<S::Ok, S::Error> {
                ::std::unreachable!()
            }
        }
        impl ::ferrule::schemars::JsonSchema for #name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                ::std::unreachable!()
            }
            fn json_schema(_: &mut ::ferrule::schemars::SchemaGenerator) -> ::ferrule::schemars::Schema {
                ::std::unreachable!()
            }
        }
        impl ::ferrule::typed::Config for #name {
            fn default_json() -> ::std::string::String {
                ::std::unreachable!()
            }
            fn check(&self) -> ::std::result::Result<(), ::ferrule::Error> {
                ::std::unreachable!()
            }
        }
    }
}

/// An error type, as far as others can tell.
pub(crate) fn failure(error: &Error, item: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    let Ok(DeriveInput { ident, generics, .. }) = parse2(item) else { return error };
    if !generics.params.is_empty() {
        return error;
    }
    quote! {
        #error
        impl ::std::convert::From<#ident> for ::ferrule::Error {
            fn from(_: #ident) -> Self {
                ::std::unreachable!()
            }
        }
        impl ::ferrule::typed::Failure for #ident {
            const CODES: &'static [::ferrule::typed::ErrorCode] = &[];
            const IS_OPEN: bool = false;
        }
    }
}

/// The block of an extension's methods, and that there are some.
pub(crate) fn methods(error: &Error, item: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    let Ok(mut item) = parse2::<ItemImpl>(item) else { return error };
    for each in &mut item.items {
        if let ImplItem::Fn(function) = each {
            function.attrs.retain(|attribute| !attribute.path().is_ident("method"));
        }
    }
    if item.trait_.is_some() || !item.generics.params.is_empty() {
        return quote!(#error #item);
    }
    let extension: &Type = &item.self_ty;
    quote! {
        #error
        #[allow(dead_code, unused_variables)]
        #item
        impl ::ferrule::typed::Methods for #extension {
            fn methods() -> &'static [::ferrule::Method] {
                &[]
            }
            fn describe(_: &mut ::ferrule::typed::Interface) {}
            fn call_now(
                &self,
                _: &mut ::ferrule::Call,
            ) -> ::std::option::Option<::std::result::Result<::ferrule::Payload, ::ferrule::Error>> {
                ::std::option::Option::None
            }
            fn call(
                _: ::ferrule::typed::Shared<Self>,
                call: ::ferrule::Call,
                _: &::std::sync::Arc<::ferrule::typed::Streams>,
            ) -> ::ferrule::CallFuture {
                ::ferrule::typed::unknown(call)
            }
        }
    }
}

/// The start and the end of an extension that is registered nowhere.
pub(crate) fn extension(error: &Error, item: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    let Ok(mut item) = parse2::<ItemImpl>(item) else { return error };
    match &mut item.trait_ {
        Some((path, _)) if path.segments.last().is_some_and(|last| last.ident == "Extension") => {
            *path = syn::parse_quote!(::ferrule::typed::Extension);
        }
        _ => return quote!(#error #item),
    }
    // An empty block is a beginning: what it lacks would be said as well.
    if item.items.is_empty() { error } else { quote!(#error #item) }
}
