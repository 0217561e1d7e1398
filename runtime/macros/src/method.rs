//! One method of `#[ferrule::methods]`: what it takes and answers, read from its signature.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{
    Error, FnArg, GenericArgument, ImplItemFn, Pat, PathArguments, Result, ReturnType, Type, TypeImplTrait,
    TypeParamBound,
};

use crate::shapes::{argument_of, is_byte_vec, is_path, ok_of};
use crate::words::{camel, docs};

/// What the client in TypeScript has of its own.
const TAKEN: [&str; 7] = ["constructor", "fed", "handle", "id", "shutdown", "stream", "then"];

/// A parameter, after `self`.
pub(crate) enum Parameter {
    /// `Context`, or a reference to it.
    Context { borrowed: bool },
    /// A value that serde reads. `&str` is read as a `String`.
    Value { name: String, taken: Type, borrowed: bool },
    /// `Bytes`, `&[u8]` or `Vec<u8>`.
    Bytes { name: String, span: Span, shape: BytesShape },
    /// `Incoming<T>`: a stream that TypeScript feeds.
    Incoming { name: String, item: Type },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BytesShape {
    Own,
    Slice,
    Vec,
}

/// What a method answers, once a `Result` around it is taken off.
pub(crate) enum Answer {
    Nothing,
    Bytes,
    Value,
    /// A stream; whether its items are results of their own.
    Stream {
        item: Box<Type>,
        fallible_items: bool,
    },
}

pub(crate) struct Method {
    pub(crate) ident: syn::Ident,
    pub(crate) docs: String,
    pub(crate) is_async: bool,
    pub(crate) blocking: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The whole return type.
    pub(crate) output: Type,
    /// Where what it holds stands, which is the output itself unless that is a `Result`.
    pub(crate) value_span: Span,
    /// It is a `Result`.
    pub(crate) fallible: bool,
    pub(crate) answer: Answer,
}

impl Method {
    /// Reads a public function; takes ferrule's own attributes off it.
    pub(crate) fn read(function: &mut ImplItemFn) -> Result<Self> {
        let blocking = take_blocking(function)?;
        let signature = &function.sig;
        let ident = signature.ident.clone();
        let client_name = camel(&ident.to_string());
        if TAKEN.contains(&&*client_name) {
            let text = format!("the client in TypeScript has `{client_name}` of its own: choose another name");
            return Err(Error::new(ident.span(), text));
        }
        if let Some(parameter) = signature.generics.params.first() {
            let text = "a method cannot be generic: its types are written down for TypeScript";
            return Err(Error::new_spanned(parameter, text));
        }
        let mut inputs = signature.inputs.iter();
        match inputs.next() {
            Some(FnArg::Receiver(receiver)) => check_receiver(receiver)?,
            _ => {
                let text =
                    "a public function of #[ferrule::methods] takes `&self`: move others to an impl block of their own";
                return Err(Error::new(ident.span(), text));
            }
        }
        let parameters = inputs.map(parameter).collect::<Result<Vec<_>>>()?;
        let output: Type = match &signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, output) => (**output).clone(),
        };
        let (fallible, inner) = match ok_of(&output) {
            Some(inner) => (true, inner),
            None => (false, Some(&output)),
        };
        let value_span = inner.unwrap_or(&output).span();
        let answer = match inner {
            Some(inner) => answer(inner)?,
            None => Answer::Value, // an alias that names no type of its own; its trait knows
        };
        let is_async = signature.asyncness.is_some();
        if blocking && matches!(answer, Answer::Stream { .. }) {
            let text = "a stream cannot be blocking: its items are made where calls are polled";
            return Err(Error::new_spanned(&signature.output, text));
        }
        let docs = docs(&function.attrs);
        Ok(Self { ident, docs, is_async, blocking, parameters, output, value_span, fallible, answer })
    }

    /// Whether bytes travel as they are: nothing but bytes goes in and comes out.
    pub(crate) fn is_raw(&self) -> bool {
        let mut taken = self.parameters.iter().filter(|parameter| !matches!(parameter, Parameter::Context { .. }));
        let (first, second) = (taken.next(), taken.next());
        match (first, second) {
            (None, _) => matches!(self.answer, Answer::Bytes),
            (Some(Parameter::Bytes { .. }), None) => matches!(self.answer, Answer::Bytes | Answer::Nothing),
            _ => false,
        }
    }
}

fn take_blocking(function: &mut ImplItemFn) -> Result<bool> {
    let mut blocking = false;
    let attributes = std::mem::take(&mut function.attrs);
    let (own, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|each| each.path().is_ident("method"));
    function.attrs = others;
    for attribute in own {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("blocking") {
                return Err(meta.error("a method has one option, `blocking`"));
            }
            blocking = true;
            Ok(())
        })?;
    }
    Ok(blocking)
}

fn check_receiver(receiver: &syn::Receiver) -> Result<()> {
    let text = receiver.to_token_stream().to_string().replace(' ', "");
    match text.as_str() {
        "&self" => Ok(()),
        "&mutself" => {
            let text = "a method takes `&self`, not `&mut self`: calls run at the same time; \
                        keep what changes in a lock or an atomic";
            Err(Error::new_spanned(receiver, text))
        }
        _ => Err(Error::new_spanned(receiver, "a method takes `&self`: the instance outlives each of its calls")),
    }
}

fn parameter(input: &FnArg) -> Result<Parameter> {
    let FnArg::Typed(typed) = input else { unreachable!("`self` comes first, or rustc refuses it") };
    let Pat::Ident(pattern) = &*typed.pat else {
        return Err(Error::new_spanned(&typed.pat, "a parameter has a name: callers in TypeScript see it"));
    };
    let name = pattern.ident.to_string().trim_start_matches("r#").to_owned();
    let span = typed.ty.span();
    Ok(match &*typed.ty {
        Type::Reference(reference) => {
            let borrowed = &*reference.elem;
            match borrowed {
                _ if reference.mutability.is_some() => return Err(refuse_reference(reference)),
                Type::Slice(slice) if is_path(&slice.elem, "u8") => {
                    Parameter::Bytes { name, span, shape: BytesShape::Slice }
                }
                _ if is_path(borrowed, "str") => {
                    Parameter::Value { name, taken: syn::parse_quote!(::std::string::String), borrowed: true }
                }
                _ if is_path(borrowed, "Context") => Parameter::Context { borrowed: true },
                _ => return Err(refuse_reference(reference)),
            }
        }
        Type::ImplTrait(given) => {
            return Err(Error::new_spanned(
                given,
                "a method cannot be generic: its types are written down for TypeScript",
            ));
        }
        ty if is_path(ty, "Context") => Parameter::Context { borrowed: false },
        ty if is_path(ty, "Bytes") => Parameter::Bytes { name, span, shape: BytesShape::Own },
        ty if is_byte_vec(ty) => Parameter::Bytes { name, span, shape: BytesShape::Vec },
        ty => match argument_of(ty, "Incoming") {
            Some(item) => Parameter::Incoming { name, item: item.clone() },
            None if mentions_incoming(ty) => {
                let text = "a stream is a parameter of its own: take `Incoming<T>`, which may bring nothing";
                return Err(Error::new_spanned(ty, text));
            }
            None => Parameter::Value { name, taken: ty.clone(), borrowed: false },
        },
    })
}

/// Whether a stream is somewhere inside of the type's arguments.
fn mentions_incoming(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.iter().any(mentions_incoming),
        Type::Path(path) => path.path.segments.iter().any(|segment| {
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
            segment.ident == "Incoming"
                || arguments.args.iter().any(|each| matches!(each, GenericArgument::Type(ty) if mentions_incoming(ty)))
        }),
        _ => false,
    }
}

fn refuse_reference(reference: &syn::TypeReference) -> Error {
    let text = "take it by value: of what a call brings only `&str`, `&[u8]` and `&Context` can be borrowed";
    Error::new_spanned(reference, text)
}

fn answer(ty: &Type) -> Result<Answer> {
    Ok(match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => Answer::Nothing,
        Type::ImplTrait(given) => {
            let item = stream_item(given)?;
            match ok_of(&item) {
                Some(Some(ok)) => Answer::Stream { item: Box::new(ok.clone()), fallible_items: true },
                _ => Answer::Stream { item: Box::new(item), fallible_items: false },
            }
        }
        Type::Reference(reference) => {
            let text = "a method answers a value of its own, which outlives the call: not a reference";
            return Err(Error::new_spanned(reference, text));
        }
        ty if is_path(ty, "Bytes") || is_byte_vec(ty) => Answer::Bytes,
        _ => Answer::Value,
    })
}

fn stream_item(given: &TypeImplTrait) -> Result<Type> {
    for bound in &given.bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let Some(last) = bound.path.segments.last().filter(|last| last.ident == "Stream") else { continue };
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { continue };
        for argument in &arguments.args {
            if let GenericArgument::AssocType(pair) = argument
                && pair.ident == "Item"
            {
                return Ok(pair.ty.clone());
            }
        }
    }
    let text = "of types without a name a method answers only `impl Stream<Item = ...> + Send`";
    Err(Error::new_spanned(given, text))
}

/// Reads a parameter from a call's arguments, as a local of this name.
pub(crate) fn bind(parameter: &Parameter, local: &syn::Ident, arguments: &syn::Ident) -> Option<TokenStream> {
    match parameter {
        Parameter::Context { .. } => None,
        Parameter::Value { name, taken, .. } => {
            Some(quote::quote_spanned!(taken.span()=> let #local: #taken = #arguments.take(#name)?;))
        }
        Parameter::Bytes { name, span, .. } => {
            Some(quote::quote_spanned!(*span=> let #local: ::ferrule::Bytes = #arguments.take(#name)?;))
        }
        Parameter::Incoming { name, item } => Some(
            quote::quote_spanned!(item.span()=> let #local: ::ferrule::Incoming<#item> = #arguments.incoming(#name)?;),
        ),
    }
}

/// Passes a local on to the method.
pub(crate) fn pass(parameter: &Parameter, local: &syn::Ident, context: &TokenStream) -> TokenStream {
    match parameter {
        Parameter::Context { borrowed: true } => quote!(&#context),
        Parameter::Context { borrowed: false } => quote!(::std::clone::Clone::clone(&#context)),
        Parameter::Value { borrowed: true, .. } => quote!(&#local),
        Parameter::Bytes { shape: BytesShape::Slice, .. } => quote!(&#local),
        Parameter::Bytes { shape: BytesShape::Vec, .. } => quote!(::std::vec::Vec::from(#local)),
        Parameter::Value { .. } | Parameter::Bytes { .. } | Parameter::Incoming { .. } => quote!(#local),
    }
}

/// The error types of each `Result` in a type that has an `impl Stream` in it.
pub(crate) fn errors_in(ty: &Type, found: &mut Vec<TokenStream>) {
    match ty {
        Type::ImplTrait(given) => {
            if let Ok(item) = stream_item(given) {
                errors_in(&item, found);
            }
        }
        Type::Path(path) => {
            let Some(last) = path.path.segments.last().filter(|last| last.ident == "Result") else { return };
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return };
            let mut types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            if let Some(ok) = types.next() {
                errors_in(ok, found);
            }
            match types.next() {
                Some(error) => found.push(error.to_token_stream()),
                None => found.push(quote!(::ferrule::Error)),
            }
        }
        _ => {}
    }
}
