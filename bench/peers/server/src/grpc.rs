//! The service `peer.Echo` of `echo.proto`, as tonic's generator would write it; this one needs no `protoc`.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct Number {
    #[prost(uint32, tag = "1")]
    value: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Bytes {
    #[prost(bytes = "vec", tag = "1")]
    value: Vec<u8>,
}

pub(crate) async fn serve(listener: UnixListener) {
    tonic::transport::Server::builder()
        .add_service(Echo)
        .serve_with_incoming(UnixListenerStream::new(listener))
        .await
        .expect("the server runs until the process ends");
}

#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "peer.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match request.uri().path() {
            "/peer.Echo/Call" => Box::pin(unary(Same, ProstCodec::<Number, Number>::default(), request)),
            "/peer.Echo/Echo" => Box::pin(unary(Same, ProstCodec::<Bytes, Bytes>::default(), request)),
            _ => Box::pin(unary(Wait, ProstCodec::<Number, Number>::default(), request)),
        }
    }
}

async fn unary<M, T>(
    method: M,
    codec: ProstCodec<T, T>,
    request: http::Request<Body>,
) -> Result<http::Response<Body>, Infallible>
where
    M: UnaryService<T, Response = T>,
    T: prost::Message + Default + 'static,
{
    Ok(Grpc::new(codec).unary(method, request).await)
}

/// Answers what it was given.
struct Same;

impl<T: Send + 'static> UnaryService<T> for Same {
    type Response = T;
    type Future = BoxFuture<Response<T>, Status>;

    fn call(&mut self, request: Request<T>) -> Self::Future {
        Box::pin(async { Ok(Response::new(request.into_inner())) })
    }
}

/// Answers after so many milliseconds.
struct Wait;

impl UnaryService<Number> for Wait {
    type Response = Number;
    type Future = BoxFuture<Response<Number>, Status>;

    fn call(&mut self, request: Request<Number>) -> Self::Future {
        Box::pin(async {
            let number = request.into_inner();
            tokio::time::sleep(Duration::from_millis(number.value.into())).await;
            Ok(Response::new(number))
        })
    }
}
