use ferrule::prelude::*;

struct Cache;

#[ferrule::extension(type = "cache")]
impl Extension for Cache {
    type Config = NoConfig;
    type Error = Error;

    async fn start(_: NoConfig, _: Context) -> Result<Self, Error> {
        Ok(Cache)
    }
}

fn main() {}
