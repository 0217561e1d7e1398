//! `#[ferrule::config]` and `#[ferrule::data]`: derives, with the sdk's own copies of serde and schemars.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result, parse2};

use crate::fields::{Field, read_fields};
use crate::stub;

pub(crate) fn expand_config(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = parse2(item)?;
    Ok(configured(&arguments, input.clone()).unwrap_or_else(|error| stub::config(&error, input)))
}

fn configured(arguments: &TokenStream, mut input: DeriveInput) -> Result<TokenStream> {
    let validates = if arguments.is_empty() {
        false
    } else {
        let word: Ident = parse2(arguments.clone())?;
        if word != "validate" {
            return Err(Error::new(word.span(), "a configuration has one option, `validate`"));
        }
        true
    };
    let Data::Struct(syn::DataStruct { fields: Fields::Named(fields), .. }) = &mut input.data else {
        let text = "a configuration is a struct with named fields; for its parts there is #[ferrule::data]";
        return Err(Error::new(input.ident.span(), text));
    };
    let read = read_fields(fields)?;
    let checks = checks(&input, validates);
    if read.iter().any(|field| field.is_required) {
        return with_required(input, &read, &checks);
    }
    let default = default_impl(&input, &read);
    let (whole, written) = whole_default(&input);
    let (derives, name) = (derives(), &input.ident);
    let (generics, types, bounds) = input.generics.split_for_impl();
    let (check, asserted) = checks;
    Ok(quote! {
        #derives
        #[serde(#whole, deny_unknown_fields)]
        #input
        #default
        impl #generics ::ferrule::typed::Config for #name #types #bounds {
            fn default_json() -> ::std::string::String {
                #written
            }
            #check
        }
        #asserted
    })
}

/// Absent fields are taken from a default of the whole, the author's own or one that is made here: what serde is told
/// of it, and how it is written.
fn whole_default(input: &DeriveInput) -> (TokenStream, TokenStream) {
    let name = &input.ident;
    if !input.generics.params.is_empty() {
        return (quote!(default), quote!(::ferrule::config::default_json::<Self>()));
    }
    let path = LitStr::new(&format!("::ferrule::typed::default_of::<{name}>"), name.span());
    let value = quote_spanned!(name.span()=> ::ferrule::typed::default_of::<#name>());
    (quote!(default = #path), quote!(::ferrule::config::to_json(&#value)))
}

/// How a configuration is checked, and a look at whether somebody wrote checks that would never run.
fn checks(input: &DeriveInput, validates: bool) -> (TokenStream, TokenStream) {
    let name = &input.ident;
    let check = if validates {
        quote_spanned!(name.span()=> ::ferrule::Validate::validate(self))
    } else {
        quote!(::std::result::Result::Ok(()))
    };
    let check = quote! {
        fn check(&self) -> ::std::result::Result<(), ::ferrule::Error> {
            #check
        }
    };
    if validates || !input.generics.params.is_empty() {
        return (check, TokenStream::new());
    }
    let text = format!("`{name}` implements `Validate`: write #[ferrule::config(validate)], or nobody asks it");
    let asserted = quote_spanned! {name.span()=>
        const _: () = {
            #[allow(unused_imports)]
            use ::ferrule::typed::NeverAsked as _;
            ::std::assert!(!::ferrule::typed::Asked::<#name>::VALIDATES, #text);
        };
    };
    (check, asserted)
}

/// The `Default` of a configuration whose fields say their defaults; nothing where no field does.
fn default_impl(input: &DeriveInput, fields: &[Field]) -> Option<TokenStream> {
    let name = &input.ident;
    let (generics, types, bounds) = input.generics.split_for_impl();
    let values = fields.iter().map(|field| {
        let (name, value) = (&field.name, field.value());
        quote!(#name: #value)
    });
    fields.iter().any(|field| field.default.is_some()).then(|| {
        quote! {
            impl #generics ::std::default::Default for #name #types #bounds {
                fn default() -> Self {
                    Self { #(#values),* }
                }
            }
        }
    })
}

/// A configuration that there is no default of: each field that need not be there has its own.
fn with_required(
    mut input: DeriveInput,
    fields: &[Field],
    (check, asserted): &(TokenStream, TokenStream),
) -> Result<TokenStream> {
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(parameter, "a configuration with required fields cannot be generic"));
    }
    let name = input.ident.clone();
    let getter = |field: &Field| format_ident!("__default_{}", field.name);
    let Data::Struct(data) = &mut input.data else { unreachable!("its fields were read") };
    for (field, read) in data.fields.iter_mut().zip(fields) {
        if !read.is_required {
            let path = LitStr::new(&format!("{name}::{}", getter(read)), field.ty.span());
            field.attrs.push(syn::parse_quote!(#[serde(default = #path)]));
        }
    }
    let optional: Vec<&Field> = fields.iter().filter(|field| !field.is_required).collect();
    let getters: Vec<Ident> = optional.iter().map(|field| getter(field)).collect();
    let values = optional.iter().map(|field| field.value());
    let names: Vec<&Ident> = optional.iter().map(|field| &field.name).collect();
    let types: Vec<&syn::Type> = optional.iter().map(|field| &field.ty).collect();
    let written = optional.iter().map(|field| field.serde.iter());
    let written = written.map(|attributes| quote!(#(#attributes)*));
    // Of the whole, only what says how its fields are named: it is written, and never read.
    let container = input.attrs.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let container: Vec<_> = container.cloned().collect();
    let derives = derives();
    Ok(quote! {
        #derives
        #[serde(deny_unknown_fields)]
        #input
        impl #name {
            #(
                fn #getters() -> #types {
                    #values
                }
            )*
        }
        impl ::ferrule::typed::Config for #name {
            fn default_json() -> ::std::string::String {
                #[derive(::ferrule::serde::Serialize)]
                #[serde(crate = "::ferrule::serde")]
                #(#container)*
                struct Defaults {
                    #(#written #names: #types,)*
                }
                ::ferrule::config::to_json(&Defaults { #(#names: #name::#getters()),* })
            }
            #check
        }
        #asserted
    })
}

pub(crate) fn expand_data(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = parse2(item)?;
    let refusal = arguments.into_iter().next().map(|token| {
        // The type is what it would be without them: nothing else has to be said of it.
        Error::new(token.span(), "#[ferrule::data] has no options").into_compile_error()
    });
    if matches!(&input.data, Data::Struct(data) if matches!(data.fields, Fields::Unit)) {
        let unit = unit(&input);
        return Ok(quote!(#refusal #unit));
    }
    let derives = derives();
    Ok(quote!(#refusal #derives #input))
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
