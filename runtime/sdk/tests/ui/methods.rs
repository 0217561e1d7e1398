use ferrule::prelude::*;

struct Cache;

#[ferrule::methods]
impl Cache {
    pub async fn set(&mut self, key: String) {}
}

struct Owned;

#[ferrule::methods]
impl Owned {
    pub fn into(self) {}
}

struct Generic;

#[ferrule::methods]
impl Generic {
    pub fn get<T>(&self, key: T) {}
}

struct Implied;

#[ferrule::methods]
impl Implied {
    pub fn get(&self, key: impl ToString) {}
}

struct NoSelf;

#[ferrule::methods]
impl NoSelf {
    pub fn new() -> Self {
        NoSelf
    }
}

struct Borrows;

#[ferrule::methods]
impl Borrows {
    pub fn get(&self, key: &String) {}
}

struct Answers;

#[ferrule::methods]
impl Answers {
    pub fn get(&self) -> &str {
        ""
    }
}

struct Pattern;

#[ferrule::methods]
impl Pattern {
    pub fn get(&self, (one, two): (u8, u8)) {}
}

struct Taken;

#[ferrule::methods]
impl Taken {
    pub fn shutdown(&self) {}
}

struct Twice;

#[ferrule::methods]
impl Twice {
    pub fn get_all(&self) {}
    pub fn getAll(&self) {}
}

struct Options;

#[ferrule::methods]
impl Options {
    #[method(quick)]
    pub fn get(&self) {}
}

struct Blocks;

#[ferrule::methods]
impl Blocks {
    #[method(blocking)]
    pub fn watch(&self) -> impl Stream<Item = u8> + Send {
        ferrule::stream::empty()
    }
}

struct Maybe;

#[ferrule::methods]
impl Maybe {
    pub async fn feed(&self, items: Option<Incoming<u8>>) {}
}

struct Other;

#[ferrule::methods]
impl Other {
    pub fn each(&self) -> impl Iterator<Item = u8> {
        std::iter::empty()
    }
}

#[ferrule::methods]
impl Clone for Cache {
    fn clone(&self) -> Self {
        Cache
    }
}

struct Registered;

#[ferrule::extension(type = "registered")]
impl Extension for Registered {
    type Config = NoConfig;
    type Error = Refused;

    async fn start(_: NoConfig, _: Context) -> Result<Self, Refused> {
        Ok(Self)
    }
}

#[ferrule::methods]
impl Registered {
    #[method(slow)]
    pub fn get(&self) {}
}

#[derive(Debug, thiserror::Error, ferrule::Error)]
enum Refused {
    #[error("it is full")]
    #[ferrule(retriable)]
    Full,
}

fn main() {}
