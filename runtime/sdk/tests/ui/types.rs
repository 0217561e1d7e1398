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

struct Refusing;

#[ferrule::methods]
impl Refusing {
    pub async fn give(&self) -> Result<Vec<NoSerde>, Error> {
        Ok(Vec::new())
    }
}

struct Feeding;

#[ferrule::methods]
impl Feeding {
    pub async fn take(&self, values: Incoming<NoSerde>) {
        drop(values);
    }
}

struct Streaming;

#[ferrule::methods]
impl Streaming {
    pub fn give(&self) -> impl Stream<Item = NoSerde> + Send {
        ferrule::stream::empty()
    }
}

fn main() {}
