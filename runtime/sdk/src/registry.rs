use linkme::distributed_slice;

use crate::ExtensionFactory;

/// Every factory that is linked into the library. A linker drops the entries of a crate that nothing names, so the
/// final library names each crate and states how many there are; their number is checked when it is opened.
#[distributed_slice]
pub static RUST_EXTENSIONS: [&'static dyn ExtensionFactory] = [..];

/// Which crate registers a factory. People see it, and nothing depends on it: a factory that was put into
/// [`RUST_EXTENSIONS`] by hand has none.
#[distributed_slice]
pub static ORIGINS: [Origin] = [..];

/// Where a factory is from.
#[derive(Clone, Copy)]
pub struct Origin {
    /// The factory.
    pub factory: &'static dyn ExtensionFactory,
    /// Name of its crate.
    pub package: &'static str,
    /// Version of its crate.
    pub version: &'static str,
}

/// Registers a factory: `ferrule::register!(CACHE: CacheFactory = CacheFactory);`
#[macro_export]
macro_rules! register {
    ($name:ident: $factory:ty = $value:expr) => {
        #[$crate::linkme::distributed_slice($crate::RUST_EXTENSIONS)]
        #[linkme(crate = $crate::linkme)]
        static $name: &'static dyn $crate::ExtensionFactory = {
            static FACTORY: $factory = $value;
            #[$crate::linkme::distributed_slice($crate::ORIGINS)]
            #[linkme(crate = $crate::linkme)]
            static ORIGIN: $crate::Origin = $crate::Origin {
                factory: $name,
                package: ::core::env!("CARGO_PKG_NAME"),
                version: ::core::env!("CARGO_PKG_VERSION"),
            };
            &FACTORY
        };
    };
}
