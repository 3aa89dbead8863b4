//! stand-in
use capnweb::Stub;
use capos_client::Schemas;
use capos_schema::dynamic::Object;
use std::any::Any;
use std::rc::Rc;
#[derive(Clone)]
pub struct World {
    schemas: Rc<Schemas>,
    keep: Option<Rc<dyn Any>>,
}
impl World {
    pub fn new(schemas: Rc<Schemas>) -> Self {
        Self { schemas, keep: None }
    }
    pub fn keeping(&self, keep: Rc<dyn Any>) -> Self {
        Self { keep: Some(keep), ..self.clone() }
    }
    pub fn schemas(&self) -> &Rc<Schemas> {
        &self.schemas
    }
}
pub struct Capability;
impl Capability {
    pub fn stub(object: Object, world: &World) -> Stub {
        let _ = (object, world, &world.keep);
        todo!()
    }
}
