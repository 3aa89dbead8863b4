//! Interfaces beyond the contract, as services bring them: from a file, or from the node's manual.

use std::cell::RefCell;
use std::sync::Arc;

use capos_schema::Registry;
use capos_schema::manual_capnp::manual;

use crate::error::Error;
use crate::limits::Limits;
use crate::text::plain;

/// What a connection knows of interfaces.
///
/// * What was known from the start stays as it is: a schema that declares it otherwise is refused whole.
/// * Each schema stands for itself, so that two services whose types contradict each other can both be used.
/// * Neither their number nor their size grows past its bound.
pub struct Schemas {
    base: Arc<Registry>,
    limits: capos_schema::Limits,
    most: usize,
    bytes: usize,
    loaded: RefCell<Loaded>,
}

#[derive(Default)]
struct Loaded {
    registries: Vec<Arc<Registry>>,
    bytes: usize,
}

impl Schemas {
    /// Those of `base`, and what is loaded later within these bounds.
    #[must_use]
    pub fn new(base: Arc<Registry>, limits: capos_schema::Limits, bounds: &Limits) -> Self {
        Self { base, limits, most: bounds.schemas, bytes: bounds.schemas_bytes, loaded: RefCell::default() }
    }

    /// Whether the interface is known.
    #[must_use]
    pub fn knows(&self, interface_id: u64) -> bool {
        self.find(interface_id).is_some()
    }

    /// The registry that knows the interface; the one from the start where none does.
    #[must_use]
    pub fn registry_of(&self, interface_id: u64) -> Arc<Registry> {
        self.find(interface_id).unwrap_or_else(|| Arc::clone(&self.base))
    }

    /// The interface of that name, of those known from the start, else of those loaded, oldest first.
    #[must_use]
    pub fn interface_id(&self, name: &str) -> Option<u64> {
        let loaded = self.loaded.borrow();
        std::iter::once(&self.base).chain(&loaded.registries).find_map(|registry| registry.interface_id(name))
    }

    /// The bounds that values of these interfaces are held to.
    #[must_use]
    pub fn limits(&self) -> &capos_schema::Limits {
        &self.limits
    }

    fn find(&self, interface_id: u64) -> Option<Arc<Registry>> {
        let loaded = self.loaded.borrow();
        let mut all = std::iter::once(&self.base).chain(&loaded.registries);
        all.find(|registry| registry.interface(interface_id).is_ok()).map(Arc::clone)
    }

    /// Makes the interfaces of a compiled schema known.
    ///
    /// # Errors
    /// When the schema is damaged, contradicts the contract, or is one too many.
    pub fn load(&self, request: &[u8]) -> Result<Arc<Registry>, Error> {
        self.has_room_for(request.len())?;
        let registry = self.parse(request)?;
        self.add(request.len(), &registry);
        Ok(registry)
    }

    /// The same for what a node gave in answer to a question for one interface.
    ///
    /// # Errors
    /// As [`Schemas::load`], and when the interface is not in it.
    pub fn load_for(&self, interface_id: u64, request: &[u8]) -> Result<Arc<Registry>, Error> {
        self.has_room_for(request.len())?;
        let registry = self.parse(request)?;
        if registry.interface(interface_id).is_err() {
            let problem = "the schema that it gave does not have the interface".to_owned();
            return Err(Error::Protocol { operation: "schema".to_owned(), problem });
        }
        self.add(request.len(), &registry);
        Ok(registry)
    }

    fn has_room_for(&self, bytes: usize) -> Result<(), Error> {
        let loaded = self.loaded.borrow();
        if loaded.registries.len() >= self.most {
            return Err(Error::Limit { code: "tooManySchemas", what: "too many schemas are loaded" });
        }
        if loaded.bytes.saturating_add(bytes) > self.bytes {
            return Err(Error::Limit { code: "tooManySchemas", what: "the loaded schemas take too much room" });
        }
        Ok(())
    }

    fn parse(&self, request: &[u8]) -> Result<Arc<Registry>, Error> {
        let loaded = Registry::load(request, &self.limits).and_then(Registry::with_builtin);
        let unusable = |error| Error::Input(format!("the schema cannot be used: {}", plain(&format!("{error}"))));
        loaded.map(Arc::new).map_err(unusable)
    }

    fn add(&self, bytes: usize, registry: &Arc<Registry>) {
        let mut loaded = self.loaded.borrow_mut();
        loaded.bytes = loaded.bytes.saturating_add(bytes);
        loaded.registries.push(Arc::clone(registry));
    }
}

/// Asks a node's manual for the compiled schema that an interface comes from.
///
/// # Errors
/// What the manual refuses with: `badRequest` for an interface that the node does not know either.
pub async fn fetch_schema(manual: &manual::Client, interface_id: u64) -> capnp::Result<Vec<u8>> {
    let mut request = manual.schema_request();
    request.get().set_interface_id(interface_id);
    let answer = request.send().promise.await?;
    Ok(answer.get()?.get_request()?.to_vec())
}
