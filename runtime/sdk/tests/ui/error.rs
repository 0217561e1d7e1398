#[derive(Debug, thiserror::Error, ferrule::Error)]
enum Twice {
    #[error("one")]
    #[ferrule(code = "SAME")]
    One,
    #[error("two")]
    #[ferrule(code = "SAME")]
    Two,
}

#[derive(Debug, thiserror::Error, ferrule::Error)]
enum Lower {
    #[error("one")]
    #[ferrule(code = "notFound")]
    One,
}

#[derive(Debug, thiserror::Error, ferrule::Error)]
enum Options {
    #[error("one")]
    #[ferrule(retry)]
    One,
}

#[derive(Debug, thiserror::Error, ferrule::Error)]
enum Empty {}

#[derive(Debug, ferrule::Error)]
enum NoError {
    One,
}

fn main() {}
