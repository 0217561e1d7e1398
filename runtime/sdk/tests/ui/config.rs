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

fn main() {}
