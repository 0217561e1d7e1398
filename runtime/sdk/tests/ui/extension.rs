use ferrule::prelude::*;

struct Cache;

#[ferrule::extension(stability = Beta)]
impl Extension for Cache {
    type Config = NoConfig;
    type Error = Error;

    async fn start(_: NoConfig, _: Context) -> Result<Self, Error> {
        Ok(Cache)
    }
}

#[ferrule::extension(type = "my-cache")]
impl Extension for Cache {}

#[ferrule::extension(type = "cache", stability = Good)]
impl Extension for Cache {}

#[ferrule::extension(type = "cache", name = "x")]
impl Extension for Cache {}

#[ferrule::extension(type = "cache")]
impl Cache {}

#[ferrule::extension(type = "cache")]
struct Whole;

fn main() {}
