//! What several tests need.

use std::sync::{Arc, LazyLock};

use capos_schema::{Limits, Registry};

/// The compiled test schema.
pub(crate) const RICH: &[u8] = include_bytes!("../generated/request.bin");

static REGISTRY: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let loaded = Registry::load(RICH, &Limits::default()).expect("the test schema is sound");
    Arc::new(loaded.with_builtin().expect("it agrees with the contract"))
});

/// The test schema, loaded at run time, over the contract.
pub(crate) fn rich() -> &'static Arc<Registry> {
    &REGISTRY
}

/// The id of a declaration by its name.
pub(crate) fn id(name: &str) -> u64 {
    let mut nodes = rich().nodes();
    nodes.find(|node| node.name == name).unwrap_or_else(|| panic!("{name} is declared")).id
}
