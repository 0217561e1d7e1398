//! The extensions that come with ferrule, one file each. This crate has exactly the shape of a user's own: it depends
//! on the sdk alone.

mod health_check;
mod rust_sample;

pub use health_check::HealthCheckFactory;
pub use rust_sample::RustSampleFactory;
