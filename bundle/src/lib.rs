//! The library that ferrule's own distribution loads: the bundled extensions behind the C ABI.

ferrule_runtime::library!(extensions: 2, from: [ferrule_components]);
