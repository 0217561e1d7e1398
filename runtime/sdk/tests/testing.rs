//! What tests of extensions have in place of a runtime.

#![expect(unreachable_pub, reason = "methods are public functions")]

use std::time::Duration;

use ferrule::prelude::*;
use ferrule::testing::{self, ContextBuilder};

/// Settings.
#[ferrule::config(validate)]
struct Settings {
    /// Whom it asks.
    #[ferrule(required)]
    peer: String,
}

impl Validate for Settings {
    fn validate(&self) -> Result<(), Error> {
        if self.peer.is_empty() { Err(config::invalid("peer: it is empty")) } else { Ok(()) }
    }
}

#[derive(Debug, thiserror::Error, ferrule::Error)]
enum Refused {
    #[error("nobody wants it")]
    Closed,
}

struct Shop {
    host: Host,
    peer: String,
}

#[ferrule::extension(type = "shop")]
impl Extension for Shop {
    type Config = Settings;
    type Error = Refused;

    async fn start(config: Settings, context: Context) -> Result<Self, Refused> {
        if config.peer == "nobody" {
            return Err(Refused::Closed);
        }
        let host = context.host().expect("a start has a host").clone();
        host.report_status(Status::RecoverableError, Some(context.component_id().to_owned()));
        Ok(Self { host, peer: config.peer })
    }

    async fn shutdown(self, _: Context) -> Result<(), Refused> {
        Err(Refused::Closed)
    }
}

#[ferrule::methods]
impl Shop {
    pub async fn price(&self, item: String, context: &Context) -> Result<f64, Error> {
        self.host.call("price", Payload::to_json(&item)?, context).await?.from_json()
    }

    pub async fn ask(&self, context: &Context) -> Result<Bytes, Error> {
        let peer = self.host.extension(&self.peer)?;
        Ok(peer.call("get", b"key".to_vec().into(), context).await?.into_bytes())
    }

    pub async fn sum(&self, mut items: Incoming<u32>) -> Result<u32, Error> {
        let mut sum = 0;
        while let Some(item) = items.next().await {
            sum += item?;
        }
        Ok(sum)
    }
}

async fn shop(host: testing::HostBuilder) -> Shop {
    let config = testing::config(r#"{"peer": "cache"}"#).expect("it is right");
    testing::start::<Shop>(config, host).await.expect("it starts")
}

#[test]
fn functions_of_the_program_are_closures() {
    testing::block_on(async {
        let host = testing::host().function("price", |item, context| {
            let item: String = item.from_json()?;
            let tenant = context.metadata("tenant").concat();
            if item == "gold" { Err(Error::new("sold").with_code("SOLD")) } else { Payload::to_json(&tenant.len()) }
        });
        let shop = shop(host).await;
        let context = ContextBuilder::new("shop/one").metadata("Tenant", "abc").build();
        assert_eq!(shop.price("tea".into(), &context).await.unwrap(), 3.0);
        assert_eq!(shop.price("gold".into(), &context).await.unwrap_err().code(), "SOLD");
        let values = testing::host().function_of_values("double", |(value,): (u32,), _| Ok(value * 2)).build();
        let asked = Payload::to_msgpack(&(4,)).unwrap();
        assert_eq!(values.call("double", asked, &context).await.unwrap().from_msgpack::<u32>().unwrap(), 8);
        let asked = values.call("double", Payload::to_msgpack(&("x",)).unwrap(), &context).await;
        assert_eq!(asked.unwrap_err().code(), "INVALID_ARGUMENT");
        let alone = self::shop(testing::host()).await;
        assert_eq!(alone.price("tea".into(), &context).await.unwrap_err().code(), "UNKNOWN_FUNCTION");
    });
}

#[test]
fn other_extensions_are_closures() {
    testing::block_on(async {
        let host = testing::host().extension("cache", |method, payload, _| match method {
            "get" => Ok(payload),
            _ => Err(Error::new("no such method")),
        });
        assert_eq!(&shop(host).await.ask(&testing::context()).await.unwrap()[..], b"key");
        let failing = testing::host().extension("cache", |_, _, _| Err(Error::new("full").with_code("FULL")));
        let error = shop(failing).await.ask(&testing::context()).await.unwrap_err();
        assert_eq!((error.code(), error.component_id(), error.method()), ("FULL", Some("cache"), Some("get")));
        let error = shop(testing::host()).await.ask(&testing::context()).await.unwrap_err();
        assert_eq!(error.code(), "UNKNOWN_EXTENSION");
    });
}

#[test]
fn streams_bring_values_up_to_the_first_error() {
    testing::block_on(async {
        let shop = shop(testing::host()).await;
        assert_eq!(shop.sum(testing::incoming([1, 2, 3])).await.unwrap(), 6);
        let thrown = || Error::new("burned").with_code("SOURCE_FAILED");
        let mut items = testing::incoming_results([Ok(1), Err(thrown()), Ok(2)]);
        assert_eq!(items.next().await.unwrap().unwrap(), 1);
        assert_eq!(items.next().await.unwrap().unwrap_err().to_string(), "burned");
        assert!(items.next().await.is_none());
        assert_eq!(shop.sum(testing::incoming_results([Err(thrown())])).await.unwrap_err().code(), "SOURCE_FAILED");
    });
}

#[test]
fn starts_and_ends_are_as_callers_see_them() {
    testing::block_on(async {
        let start = |peer: &str| testing::start::<Shop>(Settings { peer: peer.to_owned() }, testing::host());
        assert_eq!(start("").await.err().unwrap().to_string(), "peer: it is empty");
        assert_eq!(start("nobody").await.err().unwrap().code(), "CLOSED");
        let host = testing::host().id("shop/two");
        let reports = host.reports();
        let shop = shop(host).await;
        assert_eq!(reports.take(), [(Status::RecoverableError, Some("shop/two".to_owned()))]);
        assert_eq!(reports.take(), []);
        assert_eq!(testing::shutdown(shop).await.unwrap_err().code(), "CLOSED");
    });
    let missing = testing::config::<Settings>("{}").err().unwrap();
    assert!(missing.to_string().starts_with("config parse error: peer: missing field"), "{missing}");
}

#[test]
fn a_context_has_what_it_was_given() {
    let token = ferrule::testing::context().cancellation();
    let context = ContextBuilder::new("shop/one").deadline(Duration::from_secs(60)).cancellation(token.clone()).build();
    assert_eq!((context.component_type(), context.component_name()), ("shop", "one"));
    assert!(context.remaining().is_some_and(|remaining| remaining > Duration::from_secs(1)));
    assert!(context.host().is_none() && !context.is_cancelled());
    token.cancel();
    assert!(context.is_cancelled());
    assert_eq!(testing::context().deadline(), None);
}
