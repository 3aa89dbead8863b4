//! Messages of ours.

use capnp_rpc::rpc_capnp::{call, cap_descriptor, disembargo, message, payload, release, resolve, return_};

use super::{Export, Ledger, MOST_REFERENCES, Question, Sent, Stage, well_formed};
use crate::error::Misuse;

impl Ledger {
    /// Counts one message of `bytes` that is about to be sent. Where it breaks a bound it must not go out.
    pub(crate) fn outgoing(&mut self, message: message::Reader<'_>, bytes: usize) -> Result<(), Misuse> {
        self.turn += 1;
        match well_formed(message.which())? {
            message::Call(call) => self.ask(well_formed(call)?),
            message::Return(answer) => self.answer(well_formed(answer)?, bytes),
            message::Finish(finish) => {
                self.finish(well_formed(finish)?.get_question_id());
                Ok(())
            }
            message::Release(release) => {
                self.release(well_formed(release)?);
                Ok(())
            }
            message::Bootstrap(bootstrap) => self.open_question(well_formed(bootstrap)?.get_question_id()),
            message::Resolve(resolve) => self.resolve(well_formed(resolve)?),
            message::Disembargo(disembargo) => self.embargo(well_formed(disembargo)?),
            message::Unimplemented(_) | message::Abort(_) => Ok(()),
            message::Provide(_)
            | message::Accept(_)
            | message::Join(_)
            | message::ObsoleteSave(_)
            | message::ObsoleteDelete(_) => Err(Misuse::OwnTailCall),
        }
    }

    fn ask(&mut self, call: call::Reader<'_>) -> Result<(), Misuse> {
        // `capnp-rpc` panics on the return of a tail call.
        let call::send_results_to::Caller(()) = well_formed(call.get_send_results_to().which())? else {
            return Err(Misuse::OwnTailCall);
        };
        self.send_payload(well_formed(call.get_params())?)?;
        self.open_question(call.get_question_id())
    }

    fn open_question(&mut self, id: u32) -> Result<(), Misuse> {
        if self.questions.len() >= self.bounds.open_questions {
            return Err(Misuse::TooManyQuestions);
        }
        self.awaited += 1;
        self.questions.insert(id, Question { asked: self.turn, ..Question::default() });
        Ok(())
    }

    fn finish(&mut self, id: u32) {
        if let Some(question) = self.questions.get_mut(&id) {
            let first = !std::mem::replace(&mut question.finished, true);
            if question.returned {
                self.questions.remove(&id);
            } else if first {
                self.awaited -= 1;
            }
        }
    }

    fn release(&mut self, release: release::Reader<'_>) {
        let id = release.get_id();
        if let Some(import) = self.imports.get_mut(&id) {
            import.references = import.references.saturating_sub(release.get_reference_count());
            if import.references == 0 {
                self.imports.remove(&id);
            }
        }
    }

    fn answer(&mut self, answer: return_::Reader<'_>, bytes: usize) -> Result<(), Misuse> {
        let capabilities = match well_formed(answer.which())? {
            return_::Results(results) => self.send_payload(well_formed(results)?)?,
            return_::Exception(_) | return_::Canceled(()) => Vec::new(),
            return_::ResultsSentElsewhere(())
            | return_::TakeFromOtherQuestion(_)
            | return_::AcceptFromThirdParty(_) => return Err(Misuse::OwnTailCall),
        };
        let id = answer.get_answer_id();
        let Some(open) = self.answers.get_mut(&id) else {
            return Ok(());
        };
        let was_cancelled = matches!(open.stage, Stage::Cancelled);
        if was_cancelled {
            self.cancelled -= 1;
        }
        if was_cancelled || answer.get_no_finish_needed() {
            self.remove_answer(id);
            return Ok(());
        }
        open.stage = Stage::Returned { capabilities, bytes };
        self.retained += bytes;
        if self.retained > self.bounds.retained_bytes {
            return Err(Misuse::RetainedResults);
        }
        Ok(())
    }

    fn send_payload(&mut self, payload: payload::Reader<'_>) -> Result<Vec<Sent>, Misuse> {
        let mut sent = Vec::new();
        for descriptor in well_formed(payload.get_cap_table())? {
            sent.extend(self.send(descriptor)?);
        }
        Ok(sent)
    }

    fn send(&mut self, descriptor: cap_descriptor::Reader<'_>) -> Result<Option<Sent>, Misuse> {
        let (id, promised) = match well_formed(descriptor.which())? {
            cap_descriptor::SenderHosted(id) => (id, None),
            cap_descriptor::SenderPromise(id) => (id, Some(self.turn)),
            cap_descriptor::None(()) => return Ok(None),
            cap_descriptor::ReceiverHosted(_)
            | cap_descriptor::ReceiverAnswer(_)
            | cap_descriptor::ThirdPartyHosted(_) => return Ok(Some(Sent::Home)),
        };
        if self.exports.len() >= self.bounds.exports && !self.exports.contains_key(&id) {
            return Err(Misuse::TooManyExports);
        }
        let export = self.exports.entry(id).or_insert(Export { references: 0, promised, leads_home: false });
        if export.references >= MOST_REFERENCES {
            return Err(Misuse::TooManyExports);
        }
        export.references += 1;
        Ok(Some(Sent::Export(id)))
    }

    fn resolve(&mut self, resolve: resolve::Reader<'_>) -> Result<(), Misuse> {
        if let Some(export) = self.exports.get_mut(&resolve.get_promise_id()) {
            export.promised = None;
        }
        let resolve::Cap(descriptor) = well_formed(resolve.which())? else {
            return Ok(());
        };
        let target = self.send(well_formed(descriptor)?)?;
        if let Some(export) = self.exports.get_mut(&resolve.get_promise_id()) {
            export.leads_home = target == Some(Sent::Home);
        }
        Ok(())
    }

    fn embargo(&mut self, disembargo: disembargo::Reader<'_>) -> Result<(), Misuse> {
        if let disembargo::context::SenderLoopback(id) = well_formed(disembargo.get_context().which())? {
            self.embargoes.insert(id);
        }
        Ok(())
    }
}
