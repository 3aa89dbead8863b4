//! Messages of the peer.

use capnp::struct_list;
use capnp_rpc::rpc_capnp::{
    bootstrap, call, cap_descriptor, disembargo, finish, message, message_target, payload, promised_answer, resolve,
    return_,
};

use super::{Answer, Import, Ledger, MOST_REFERENCES, Sent, Stage, well_formed};
use crate::error::Misuse;

/// What becomes of a message that breaks no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Deliver,
    /// Harmless where it is ignored, and not where it is not.
    PassOver,
}

impl Ledger {
    /// Checks and counts one message that has come.
    pub(crate) fn incoming(&mut self, message: message::Reader<'_>) -> Result<Verdict, Misuse> {
        let Ok(which) = message.which() else {
            // A kind of message from a later version; it gets the answer Unimplemented.
            return Ok(Verdict::Deliver);
        };
        match which {
            message::Call(call) => self.call(well_formed(call)?)?,
            message::Return(answer) => self.answered(well_formed(answer)?)?,
            message::Finish(finish) => self.finished(well_formed(finish)?)?,
            message::Release(release) => {
                let release = well_formed(release)?;
                self.release_export(release.get_id(), release.get_reference_count())?;
            }
            message::Bootstrap(bootstrap) => self.bootstrap(well_formed(bootstrap)?)?,
            message::Resolve(resolve) => return self.resolved(well_formed(resolve)?),
            message::Disembargo(disembargo) => self.disembargo(well_formed(disembargo)?)?,
            message::Unimplemented(inner) => self.unimplemented(well_formed(inner)?)?,
            message::Abort(exception) => drop(well_formed(exception)?),
            message::Provide(_)
            | message::Accept(_)
            | message::Join(_)
            | message::ObsoleteSave(_)
            | message::ObsoleteDelete(_) => return Err(Misuse::Unsupported),
        }
        Ok(Verdict::Deliver)
    }

    fn call(&mut self, call: call::Reader<'_>) -> Result<(), Misuse> {
        match well_formed(call.get_send_results_to().which())? {
            call::send_results_to::Caller(()) => {}
            call::send_results_to::Yourself(()) | call::send_results_to::ThirdParty(_) => {
                return Err(Misuse::Redirected);
            }
        }
        let target = self.target(well_formed(call.get_target())?)?;
        let params = self.receive_payload(well_formed(call.get_params())?)?;
        self.open_answer(call.get_question_id(), target.max(params))
    }

    fn bootstrap(&mut self, bootstrap: bootstrap::Reader<'_>) -> Result<(), Misuse> {
        self.open_answer(bootstrap.get_question_id(), 0)
    }

    fn open_answer(&mut self, id: u32, depth: u32) -> Result<(), Misuse> {
        if self.answers.contains_key(&id) {
            return Err(Misuse::QuestionInUse);
        }
        if self.open_answers() >= self.bounds.open_answers {
            return Err(Misuse::TooManyCalls);
        }
        if depth > self.bounds.chain {
            return Err(Misuse::DeepChain);
        }
        self.answers.insert(id, Answer { stage: Stage::Running, depth });
        Ok(())
    }

    /// The depth that a call on this has.
    fn target(&self, target: message_target::Reader<'_>) -> Result<u32, Misuse> {
        match well_formed(target.which())? {
            message_target::ImportedCap(id) if self.exports.contains_key(&id) => Ok(0),
            message_target::ImportedCap(_) => Err(Misuse::UnknownExport),
            message_target::PromisedAnswer(answer) => self.within(well_formed(answer)?),
        }
    }

    /// The depth of what lies within an answer.
    fn within(&self, answer: promised_answer::Reader<'_>) -> Result<u32, Misuse> {
        let steps = well_formed(answer.get_transform())?;
        if steps.len() > self.bounds.transform_steps {
            return Err(Misuse::LongTransform);
        }
        for step in steps {
            well_formed(step.which())?;
        }
        Ok(self.answers.get(&answer.get_question_id()).map_or(0, |answer| answer.depth.saturating_add(1)))
    }

    /// Counts the capabilities of a payload; gives the depth of the deepest.
    fn receive_payload(&mut self, payload: payload::Reader<'_>) -> Result<u32, Misuse> {
        let table: struct_list::Reader<'_, cap_descriptor::Owned> = well_formed(payload.get_cap_table())?;
        if usize::try_from(table.len()).unwrap_or(usize::MAX) > self.bounds.imports {
            return Err(Misuse::TooManyImports);
        }
        let mut deepest = 0;
        for descriptor in table {
            deepest = deepest.max(self.receive(descriptor)?);
        }
        Ok(deepest)
    }

    fn receive(&mut self, descriptor: cap_descriptor::Reader<'_>) -> Result<u32, Misuse> {
        match well_formed(descriptor.which())? {
            cap_descriptor::None(()) | cap_descriptor::ReceiverHosted(_) => Ok(0),
            cap_descriptor::SenderHosted(id) => self.import(id, false).map(|()| 0),
            cap_descriptor::SenderPromise(id) => self.import(id, true).map(|()| 0),
            cap_descriptor::ReceiverAnswer(answer) => self.within(well_formed(answer)?),
            cap_descriptor::ThirdPartyHosted(_) => Err(Misuse::Unsupported),
        }
    }

    /// A return may not lead to what may be waiting for it, for `capnp-rpc` would follow the circle for ever: to an
    /// answer that is still to come, or to a promise of ours that was passed after the question.
    ///
    /// What comes of a question is passed, if at all, in a later message. So if every return leads only to promises
    /// passed before its question, none leads back to itself, by way of whatever other questions.
    fn refuse_circles(&self, asked: u64, payload: payload::Reader<'_>) -> Result<(), Misuse> {
        let later = |id: &u32| self.exports.get(id).and_then(|export| export.promised).is_some_and(|at| at > asked);
        for descriptor in well_formed(payload.get_cap_table())? {
            let circular = match well_formed(descriptor.which())? {
                cap_descriptor::ReceiverHosted(id) => later(&id),
                cap_descriptor::ReceiverAnswer(answer) => {
                    match self.answers.get(&well_formed(answer)?.get_question_id()).map(|answer| &answer.stage) {
                        None => false,
                        Some(Stage::Running | Stage::Cancelled) => true,
                        Some(Stage::Returned { capabilities, .. }) => {
                            capabilities.iter().any(|sent| matches!(sent, Sent::Export(id) if later(id)))
                        }
                    }
                }
                _ => false,
            };
            if circular {
                return Err(Misuse::Circular);
            }
        }
        Ok(())
    }

    /// A promise may be passed again as if settled (stock peers do), but never the other way round.
    fn import(&mut self, id: u32, promise: bool) -> Result<(), Misuse> {
        if let Some(import) = self.imports.get_mut(&id) {
            if promise && !import.promise {
                return Err(Misuse::NoPromise);
            }
            if import.references >= MOST_REFERENCES {
                return Err(Misuse::TooManyImports);
            }
            import.references += 1;
            return Ok(());
        }
        if self.imports.len() >= self.bounds.imports {
            return Err(Misuse::TooManyImports);
        }
        self.imports.insert(id, Import { references: 1, promise, resolved: false, height: 0 });
        Ok(())
    }

    fn answered(&mut self, answer: return_::Reader<'_>) -> Result<(), Misuse> {
        let id = answer.get_answer_id();
        let question = self.questions.get_mut(&id).filter(|question| !question.returned);
        let question = question.ok_or(Misuse::UnknownQuestion)?;
        question.returned = true;
        let (asked, finished) = (question.asked, question.finished);
        if !finished {
            self.awaited -= 1;
        }
        if finished || answer.get_no_finish_needed() {
            self.questions.remove(&id);
        }
        match well_formed(answer.which())? {
            // Of a question already finished nothing is taken in.
            return_::Results(results) => {
                let results = well_formed(results)?;
                if !finished {
                    self.receive_payload(results)?;
                    self.refuse_circles(asked, results)?;
                }
                Ok(())
            }
            return_::Exception(exception) => well_formed(exception).map(drop),
            return_::Canceled(()) if finished => Ok(()),
            return_::Canceled(())
            | return_::ResultsSentElsewhere(())
            | return_::TakeFromOtherQuestion(_)
            | return_::AcceptFromThirdParty(_) => Err(Misuse::WrongReturn),
        }
    }

    /// A Finish of something unknown is no fault: peers that do not know `noFinishNeeded` send it.
    fn finished(&mut self, finish: finish::Reader<'_>) -> Result<(), Misuse> {
        let id = finish.get_question_id();
        let Some(answer) = self.answers.get_mut(&id) else {
            return Ok(());
        };
        match answer.stage {
            Stage::Cancelled => Ok(()),
            Stage::Running => {
                answer.stage = Stage::Cancelled;
                self.cancelled += 1;
                if self.cancelled > self.bounds.cancelled_calls {
                    return Err(Misuse::TooManyCancelled);
                }
                Ok(())
            }
            Stage::Returned { .. } => self.close_answer(id, finish.get_release_result_caps()),
        }
    }

    fn close_answer(&mut self, id: u32, release: bool) -> Result<(), Misuse> {
        let Some(Answer { stage: Stage::Returned { capabilities, bytes }, .. }) = self.remove_answer(id) else {
            return Ok(());
        };
        self.retained -= bytes;
        for sent in capabilities {
            if let (true, Sent::Export(export)) = (release, sent) {
                self.release_export(export, 1)?;
            }
        }
        Ok(())
    }

    /// Hands on only what resolves to another object of the peer's. Where a promise resolves to one of ours, or
    /// breaks, it is left as it is: calls on it go by way of the peer, which is correct and a round trip longer.
    /// `capnp-rpc` panics when a request with capabilities in it was meant for a promise that is now ours or
    /// broken, and loops for ever over one that comes round to itself by way of our answers.
    fn resolved(&mut self, resolve: resolve::Reader<'_>) -> Result<Verdict, Misuse> {
        let id = resolve.get_promise_id();
        let descriptor = match well_formed(resolve.which())? {
            resolve::Cap(descriptor) => well_formed(descriptor)?,
            resolve::Exception(exception) => {
                return well_formed(exception).map(|_| Verdict::PassOver);
            }
        };
        if let Some(import) = self.imports.get(&id) {
            if import.resolved {
                return Err(Misuse::NoPromise);
            }
            if !import.promise {
                // Passed once as a promise, released, and passed again as if settled.
                return Ok(Verdict::PassOver);
            }
        }
        match well_formed(descriptor.which())? {
            cap_descriptor::SenderHosted(target) | cap_descriptor::SenderPromise(target) => {
                if target == id || self.imports.get(&target).is_some_and(|import| import.resolved) {
                    return Err(Misuse::Circular);
                }
            }
            cap_descriptor::ReceiverHosted(_) | cap_descriptor::ReceiverAnswer(_) => {
                return Ok(Verdict::PassOver);
            }
            cap_descriptor::None(()) | cap_descriptor::ThirdPartyHosted(_) => {
                return Err(Misuse::Unsupported);
            }
        }
        self.receive(descriptor)?;
        self.raise(id, descriptor)?;
        if let Some(import) = self.imports.get_mut(&id) {
            import.resolved = true;
        }
        Ok(Verdict::Deliver)
    }

    /// Counts how many promises lead to the one that this one resolves to.
    fn raise(&mut self, promise: u32, descriptor: cap_descriptor::Reader<'_>) -> Result<(), Misuse> {
        let cap_descriptor::SenderPromise(target) = well_formed(descriptor.which())? else {
            return Ok(());
        };
        let height = self.imports.get(&promise).map_or(0, |import| import.height + 1);
        if height > self.bounds.chain {
            return Err(Misuse::LongResolution);
        }
        if let Some(target) = self.imports.get_mut(&target) {
            target.height = target.height.max(height);
        }
        Ok(())
    }

    fn disembargo(&mut self, disembargo: disembargo::Reader<'_>) -> Result<(), Misuse> {
        match well_formed(disembargo.get_context().which())? {
            disembargo::context::SenderLoopback(_) => {
                let target = well_formed(disembargo.get_target())?;
                self.target(target)?;
                if self.leads_home(target)? { Ok(()) } else { Err(Misuse::NoPromise) }
            }
            disembargo::context::ReceiverLoopback(id) => {
                if self.embargoes.remove(&id) {
                    Ok(())
                } else {
                    Err(Misuse::UnknownEmbargo)
                }
            }
            disembargo::context::Accept(()) | disembargo::context::Provide(_) => Err(Misuse::Unsupported),
        }
    }

    /// Whether we said of this object that it lives with the peer.
    fn leads_home(&self, target: message_target::Reader<'_>) -> Result<bool, Misuse> {
        Ok(match well_formed(target.which())? {
            message_target::ImportedCap(id) => self.exports.get(&id).is_some_and(|export| export.leads_home),
            message_target::PromisedAnswer(answer) => {
                let id = well_formed(answer)?.get_question_id();
                self.answers.get(&id).is_some_and(|answer| {
                    matches!(&answer.stage, Stage::Returned { capabilities, .. } if capabilities.contains(&Sent::Home))
                })
            }
        })
    }

    /// The one message of ours that a peer may decline is a Resolve, whose reference it then gives back.
    fn unimplemented(&mut self, declined: message::Reader<'_>) -> Result<(), Misuse> {
        let Ok(message::Resolve(resolve)) = declined.which() else {
            return Err(Misuse::Unsupported);
        };
        let resolve::Cap(descriptor) = well_formed(well_formed(resolve)?.which())? else {
            return Ok(());
        };
        match well_formed(well_formed(descriptor)?.which())? {
            cap_descriptor::SenderHosted(id) | cap_descriptor::SenderPromise(id) => self.release_export(id, 1),
            cap_descriptor::ThirdPartyHosted(_) => Err(Misuse::Unsupported),
            cap_descriptor::None(()) | cap_descriptor::ReceiverHosted(_) | cap_descriptor::ReceiverAnswer(_) => Ok(()),
        }
    }
}
