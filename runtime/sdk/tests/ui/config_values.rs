// What is only found once everything else is right.

#[ferrule::config]
#[derive(Default)]
struct Unasked {
    value: u8,
}

impl ferrule::Validate for Unasked {}

#[ferrule::config]
struct Durations {
    #[ferrule(default = "2x")]
    patience: ferrule::Duration,
}

fn main() {
    let _ = Durations::default();
}
