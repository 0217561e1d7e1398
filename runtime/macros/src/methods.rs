//! `#[ferrule::methods]`: an implementation of `ferrule::typed::Methods` beside the impl block, one function for each
//! method: reads the arguments, calls, writes the answer.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident, ImplItem, ItemImpl, Result, Type, Visibility, parse2};

use crate::method::{Answer, Method, Parameter, bind, pass};
use crate::words::camel;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if let Some(token) = arguments.into_iter().next() {
        return Err(Error::new(token.span(), "#[ferrule::methods] has no options"));
    }
    let begin = item.clone();
    let not_here =
        |span| Error::new(span, "write #[ferrule::methods] on the type's own block: `impl YourType { ... }`");
    let mut item: ItemImpl = parse2(item).map_err(|_| not_here(begin.span()))?;
    if let Some((path, _)) = &item.trait_ {
        return Err(not_here(path.span()));
    }
    if let Some(parameter) = item.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "an extension cannot be generic: it is registered once, as one type",
        ));
    }
    let mut methods: Vec<Method> = Vec::new();
    for each in &mut item.items {
        let ImplItem::Fn(function) = each else { continue };
        if !matches!(function.vis, Visibility::Public(_)) {
            continue;
        }
        let method = Method::read(function)?;
        let name = camel(&method.ident.to_string());
        if let Some(other) = methods.iter().find(|other| camel(&other.ident.to_string()) == name) {
            let text = format!("`{}` and `{}` are both `{name}` in TypeScript", other.ident, method.ident);
            return Err(Error::new(method.ident.span(), text));
        }
        methods.push(method);
    }
    let extension = &item.self_ty;
    let functions = methods.iter().map(|method| function(extension, method));
    let declared = methods.iter().map(declaration);
    let described = methods.iter().map(description);
    let arms = methods.iter().map(arm);
    let quick_arms = methods.iter().filter(|method| is_quick(method)).map(quick_arm);
    let streams = methods.iter().any(|method| matches!(method.answer, Answer::Stream { .. }));
    let stream_methods = streams.then(|| quote!(::ferrule::typed::NEXT, ::ferrule::typed::CANCEL,));
    Ok(quote! {
        #item
        const _: () = {
            #(#functions)*
            impl ::ferrule::typed::Methods for #extension {
                fn methods() -> &'static [::ferrule::Method] {
                    const METHODS: &[::ferrule::Method] = &[#(#declared,)* #stream_methods];
                    METHODS
                }

                fn describe(interface: &mut ::ferrule::typed::Interface) {
                    #(#described)*
                }

                fn call_now(
                    &self,
                    call: &mut ::ferrule::Call,
                ) -> ::std::option::Option<::std::result::Result<::ferrule::Payload, ::ferrule::Error>> {
                    match call.method {
                        #(#quick_arms)*
                        _ => ::std::option::Option::None,
                    }
                }

                fn call(
                    this: ::ferrule::typed::Shared<Self>,
                    call: ::ferrule::Call,
                    streams: &::std::sync::Arc<::ferrule::typed::Streams>,
                ) -> ::ferrule::CallFuture {
                    match call.method {
                        #(#arms)*
                        _ => ::ferrule::typed::unknown(call),
                    }
                }
            }
        };
    })
}

/// It has nothing to wait for, and so needs no future.
fn is_quick(method: &Method) -> bool {
    let incoming = |parameter: &Parameter| matches!(parameter, Parameter::Incoming { .. });
    let waits = method.is_async || method.blocking || method.parameters.iter().any(incoming);
    !waits && !matches!(method.answer, Answer::Stream { .. })
}

fn function_name(method: &Method) -> Ident {
    format_ident!("call_{}", method.ident, span = Span::mixed_site())
}

/// Names that the author's own cannot meet.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// What stands before the method's call: its arguments as locals. And how they are passed on.
fn arguments_of(method: &Method, call: &Ident, context: &TokenStream) -> (TokenStream, Vec<TokenStream>) {
    let arguments = local("arguments");
    let locals: Vec<Ident> = (0..method.parameters.len()).map(|index| local(&format!("argument_{index}"))).collect();
    let pairs = || method.parameters.iter().zip(&locals);
    let passed = pairs().map(|(parameter, name)| pass(parameter, name, context)).collect();
    let taken: Vec<&Ident> = pairs()
        .filter(|(parameter, _)| !matches!(parameter, Parameter::Context { .. }))
        .map(|(_, name)| name)
        .collect();
    if method.is_raw() {
        let bound = taken.iter().map(|name| quote!(let #name = #call.payload.bytes().clone();));
        return (quote!(#(#bound)*), passed);
    }
    let streams = local("streams");
    let incoming = method.parameters.iter().any(|parameter| matches!(parameter, Parameter::Incoming { .. }));
    let count = taken.len();
    let read = if incoming {
        quote!(::ferrule::typed::Arguments::with_streams(&#call.payload, #count, &#streams)?)
    } else {
        quote!(::ferrule::typed::Arguments::read(&#call.payload, #count)?)
    };
    if taken.is_empty() {
        return (quote!(#read;), passed);
    }
    let bound = pairs().filter_map(|(parameter, name)| bind(parameter, name, &arguments));
    // Reads them in a block of its own: nothing of the reader is alive while the method runs.
    let bound = quote! {
        #[allow(unused_mut, unused_variables)]
        let (#(#taken,)*) = {
            let mut #arguments = #read;
            #(#bound)*
            (#(#taken,)*)
        };
    };
    (bound, passed)
}

/// A function that answers a call of the method; for a stream, one that opens it.
fn function(extension: &Type, method: &Method) -> TokenStream {
    let name = function_name(method);
    let (this, call) = (local("this"), local("call"));
    // Should the answer be no value, rustc says so at its type.
    let answer = Ident::new("answer", Span::mixed_site().located_at(method.output.span()));
    let ident = &method.ident;
    let wait = method.is_async.then(|| quote!(.await));
    if let Answer::Stream { fallible_items, .. } = &method.answer {
        return stream_function(extension, method, *fallible_items);
    }
    let context = quote!(#call.context);
    let (bound, passed) = arguments_of(method, &call, &context);
    let called = quote_spanned!(ident.span()=> #this.#ident(#(#passed),*)#wait);
    let output = &method.output;
    let unwrapped = method.fallible.then(|| {
        quote_spanned! {output.span()=>
            let #answer = ::ferrule::typed::Fallible::into_result(#answer)
                .map_err(::ferrule::typed::refusal)?;
        }
    });
    let written = match method.answer {
        Answer::Nothing => quote!(let () = #answer; ::std::result::Result::Ok(::ferrule::Payload::empty())),
        Answer::Bytes if method.is_raw() => quote!(::std::result::Result::Ok(::ferrule::Payload::from(#answer))),
        Answer::Bytes => quote!(::ferrule::Payload::to_msgpack(&::ferrule::Bytes::from(#answer))),
        _ => {
            let (value, answer) = (value_of(method), Ident::new("answer", Span::mixed_site()));
            quote_spanned!(method.value_span=> ::ferrule::typed::written::<#value>(&#answer))
        }
    };
    let result = quote!(::std::result::Result<::ferrule::Payload, ::ferrule::Error>);
    let body = quote! {
        #bound
        #[allow(clippy::let_unit_value)]
        let #answer = #called;
        #unwrapped
        #written
    };
    if is_quick(method) {
        return quote!(fn #name(#this: &#extension, #call: &::ferrule::Call) -> #result { #body });
    }
    let streams = local("streams");
    quote! {
        async fn #name(
            #this: ::ferrule::typed::Shared<#extension>,
            #call: ::ferrule::Call,
            #streams: ::std::sync::Arc<::ferrule::typed::Streams>,
        ) -> #result {
            let _ = &#streams;
            #body
        }
    }
}

fn stream_function(extension: &Type, method: &Method, fallible_items: bool) -> TokenStream {
    let name = function_name(method);
    let (this, call, streams, sink) = (local("this"), local("call"), local("streams"), local("sink"));
    let context_name = local("context");
    let context = quote!(#context_name);
    let (bound, passed) = arguments_of(method, &call, &context);
    let ident = &method.ident;
    let wait = method.is_async.then(|| quote!(.await));
    let stream = local("stream");
    let opened = quote_spanned!(ident.span()=> let #stream = #this.#ident(#(#passed),*)#wait;);
    let output = &method.output;
    let unwrapped = method.fallible.then(|| {
        quote_spanned! {output.span()=>
            let #stream = ::ferrule::typed::Fallible::into_result(#stream)
                .map_err(::ferrule::typed::refusal)?;
        }
    });
    let send = Ident::new(if fallible_items { "send_results" } else { "send_values" }, output.span());
    let sent = quote_spanned!(output.span()=> #sink.#send(#stream).await);
    quote! {
        fn #name(
            #this: ::ferrule::typed::Shared<#extension>,
            #call: ::ferrule::Call,
            #streams: &::std::sync::Arc<::ferrule::typed::Streams>,
        ) -> ::std::result::Result<::ferrule::Payload, ::ferrule::Error> {
            #bound
            #streams.open(&#call.context, move |#sink| async move {
                let #context_name = #sink.context();
                let _ = &#context_name;
                #opened
                #unwrapped
                #sent
            })
        }
    }
}

fn arm(method: &Method) -> TokenStream {
    let (label, function) = (method.ident.to_string(), function_name(method));
    if matches!(method.answer, Answer::Stream { .. }) {
        return quote!(#label => ::std::boxed::Box::pin(::std::future::ready(#function(this, call, streams))),);
    }
    if is_quick(method) {
        return quote!(#label => ::std::boxed::Box::pin(async move { #function(&this, &call) }),);
    }
    quote!(#label => ::std::boxed::Box::pin(#function(this, call, ::std::clone::Clone::clone(streams))),)
}

fn quick_arm(method: &Method) -> TokenStream {
    let (label, function) = (method.ident.to_string(), function_name(method));
    quote!(#label => ::std::option::Option::Some(#function(self, call)),)
}

fn declaration(method: &Method) -> TokenStream {
    let (name, docs) = (method.ident.to_string(), &method.docs);
    let form = if method.is_raw() { quote!(bytes) } else { quote!(msgpack) };
    let blocking = method.blocking.then(|| quote!(.blocking()));
    quote!(::ferrule::Method::#form(#name, #docs)#blocking)
}

/// What the method says of itself, for the clients in TypeScript.
fn description(method: &Method) -> TokenStream {
    let (name, client_name, docs) = (method.ident.to_string(), camel(&method.ident.to_string()), &method.docs);
    let raw = method.is_raw();
    let parameters = method.parameters.iter().map(|parameter| match parameter {
        Parameter::Context { .. } => TokenStream::new(),
        Parameter::Value { name, taken, .. } => quote_spanned!(taken.span()=> method.value::<#taken>(#name);),
        Parameter::Bytes { name, .. } => quote!(method.bytes(#name);),
        Parameter::Incoming { name, item } => quote_spanned!(item.span()=> method.incoming::<#item>(#name);),
    });
    let output = &method.output;
    let value = value_of(method);
    let answered = match &method.answer {
        Answer::Nothing => quote!(method.answers_nothing();),
        Answer::Bytes => quote!(method.answers_bytes();),
        Answer::Value => quote_spanned!(method.value_span=> method.answers::<#value>();),
        Answer::Stream { item, .. } => quote_spanned!(item.span()=> method.answers_stream::<#item>();),
    };
    let is_stream = matches!(method.answer, Answer::Stream { .. });
    let failing = match (method.fallible, &method.answer) {
        _ if is_stream => failing_types(output),
        (true, _) => vec![quote_spanned!(output.span()=> <#output as ::ferrule::typed::Fallible>::Failure)],
        (false, _) => Vec::new(),
    };
    quote! {
        {
            let method = &mut interface.method(#name, #client_name, #docs, #raw);
            #(#parameters)*
            #answered
            #(method.fails::<#failing>();)*
        }
    }
}

/// The type of what it answers, without a `Result` around it.
fn value_of(method: &Method) -> TokenStream {
    let output = &method.output;
    if method.fallible {
        quote_spanned!(method.value_span=> <#output as ::ferrule::typed::Fallible>::Value)
    } else {
        quote!(#output)
    }
}

/// Error types of a stream: of the result around it, and of its items. Neither has a type that could be named as a
/// whole, so they are taken from the text.
fn failing_types(output: &Type) -> Vec<TokenStream> {
    let mut found = Vec::new();
    crate::method::errors_in(output, &mut found);
    found
}
