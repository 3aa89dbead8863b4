//! Where threads of `rpc` and membranes, which know nothing of each other, first meet.

use capos_rpc::Vat;

/// A vat thread, as a membrane asks for it.
#[derive(Clone)]
pub struct OnVat(pub Vat);

impl capos_membrane::Vat for OnVat {
    fn is_current(&self) -> bool {
        self.0.is_current()
    }

    fn post(&self, job: Box<dyn FnOnce() + Send>) -> bool {
        self.0.post(job)
    }
}
