use ferrule::prelude::*;

struct NoSerde;

struct Cache;

#[ferrule::methods]
impl Cache {
    pub fn take(&self, value: NoSerde) {}
}

struct Answering;

#[ferrule::methods]
impl Answering {
    pub fn give(&self) -> NoSerde {
        NoSerde
    }
}

fn main() {}
