use linkme::distributed_slice;

use crate::ExtensionFactory;

/// Every factory that is linked into the library. A linker drops the entries of a crate that nothing names, so the
/// final library names each crate and states how many there are; their number is checked when it is opened.
#[distributed_slice]
pub static RUST_EXTENSIONS: [&'static dyn ExtensionFactory] = [..];

/// Registers a factory: `ferrule::register!(CACHE: CacheFactory = CacheFactory);`
#[macro_export]
macro_rules! register {
    ($name:ident: $factory:ty = $value:expr) => {
        #[$crate::linkme::distributed_slice($crate::RUST_EXTENSIONS)]
        #[linkme(crate = $crate::linkme)]
        static $name: &'static dyn $crate::ExtensionFactory = {
            static FACTORY: $factory = $value;
            &FACTORY
        };
    };
}
