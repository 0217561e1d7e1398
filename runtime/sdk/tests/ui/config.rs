#[ferrule::config]
struct Tuple(u8);

#[ferrule::config(strict)]
struct Options {
    value: u8,
}

#[ferrule::data(default)]
struct Data {
    value: u8,
}

#[ferrule::config]
struct NoDefault {
    value: u8,
}

#[ferrule::config]
struct Unknown {
    #[ferrule(initial = 1)]
    value: u8,
}

#[ferrule::data]
enum Mode {
    Fast,
}

#[ferrule::config]
struct FieldWithoutDefault {
    #[ferrule(default = 5)]
    count: u8,
    mode: Mode,
}

#[ferrule::config]
struct RequiredOption {
    #[ferrule(required)]
    value: Option<u8>,
}

#[ferrule::config]
struct RequiredDefault {
    #[ferrule(required, default = 1)]
    value: u8,
}

#[ferrule::config]
struct SerdeDefault {
    #[ferrule(required)]
    value: u8,
    #[serde(rename = "x", default)]
    other: u8,
}

#[ferrule::config(validate)]
#[derive(Default)]
struct NeverValidated {
    value: u8,
}

struct Plain;

struct Cache;

#[ferrule::extension(type = "cache")]
impl ferrule::Extension for Cache {
    type Config = Plain;
    type Error = ferrule::Error;

    async fn start(_: Plain, _: ferrule::Context) -> ferrule::Result<Self> {
        Ok(Self)
    }
}

#[ferrule::methods]
impl Cache {}

fn main() {}
