//! Valid frames that no honest peer sends.

use capnp_rpc::rpc_capnp::exception;
use capos_testkit::hostile::{Call, Cap, ResultsTo, Target, message};

use super::Attack;
use crate::ground::Ground;

type Script = Vec<Vec<u8>>;

pub(super) fn all(ground: Ground) -> Vec<Attack> {
    let fatal = fatal(ground).into_iter().map(|(name, script)| Attack::fatal(ground, name, 3, script));
    let harmless = harmless(ground).into_iter().map(|(name, script)| Attack::harmless(ground, name, 3, script));
    fatal.chain(harmless).collect()
}

fn long_path() -> Target {
    Target::Answer { question: 5, path: vec![0; 65] }
}

/// What costs its sender the connection.
fn fatal(ground: Ground) -> Vec<(&'static str, Script)> {
    let open = |question| ground.open(question);
    let object = ground.object();
    vec![
        ("a return nobody asked for", vec![message::return_nothing(7)]),
        ("a return of objects nobody asked for", vec![message::return_caps(7, &[1, 2, 3])]),
        ("a failure nobody asked for", vec![message::return_failure(7, exception::Type::Failed, "so")]),
        ("a return from another question", vec![message::return_other_question(0, 0)]),
        ("a return gone elsewhere", vec![message::return_elsewhere(0)]),
        ("a release of nothing", vec![message::release(99, 1)]),
        ("a release of too much", vec![message::release(0, 1000)]),
        ("a question id in use", vec![open(5), open(5)]),
        ("a bootstrap on an id in use", vec![open(5), message::bootstrap(5)]),
        ("a call of nothing", vec![ground.call_on(5, Target::Import(77)).frame()]),
        ("a call through a long path", vec![ground.call_on(6, long_path()).frame()]),
        (
            "a parameter through a long path",
            vec![ground.give(6, Cap::TheirAnswer { question: 5, path: vec![0; 65] }).frame()],
        ),
        ("a parameter of a third party", vec![ground.give(6, Cap::ThirdParty(1)).frame()]),
        ("results to the callee", vec![ground.call(5).results_to(ResultsTo::Yourself).frame()]),
        ("results to a third party", vec![ground.call(5).results_to(ResultsTo::ThirdParty).frame()]),
        ("a disembargo of what is not home", vec![message::disembargo_to_us(&object, 1)]),
        ("a disembargo of nothing", vec![message::disembargo_to_us(&Target::Import(50), 1)]),
        ("a disembargo of no answer", vec![message::disembargo_to_us(&Target::answer(500), 1)]),
        ("an embargo that is none", vec![message::disembargo_to_them(&object, 3)]),
        ("a bootstrap declined", vec![message::unimplemented(1)]),
        ("a decline declined", vec![message::unimplemented(9)]),
        ("a resolve declined that was none", vec![message::unimplemented_resolve(3, 44)]),
        ("a provide", vec![message::provide(5, &object)]),
        ("an accept", vec![message::accept(5)]),
        ("a join", vec![message::join(5, &object)]),
        (
            "a promise that is its own answer",
            vec![ground.give(5, Cap::OwnPromise(3)).frame(), message::resolve_to_own(3, 3)],
        ),
    ]
}

/// What honest peers may come to send, too.
fn harmless(ground: Ground) -> Vec<(&'static str, Script)> {
    let give = |question, cap| ground.give(question, cap).frame();
    vec![
        ("a finish of nothing", vec![message::finish(77, true), message::finish(78, false)]),
        ("a double finish", vec![ground.call(5).frame(), message::finish(5, true), message::finish(5, true)]),
        ("a finish before the return", vec![ground.open(5), message::finish(5, true)]),
        ("a resolve of nothing", vec![message::resolve_to_own(66, 67), message::resolve_to_failure(66, "no")]),
        ("a promise that becomes theirs", vec![give(5, Cap::OwnPromise(3)), message::resolve_to_theirs(3, 0)]),
        ("a promise that breaks", vec![give(5, Cap::OwnPromise(3)), message::resolve_to_failure(3, "no")]),
        ("a call on an answer that is none", vec![ground.call_on(6, Target::answer(500)).frame()]),
        ("a method that is none", vec![ground.method(6, 999).frame()]),
        ("an interface that is none", vec![Call::new(6, ground.object(), 42, 0).frame()]),
        ("a parameter that is none", vec![give(5, Cap::None), ground.call(6).frame()]),
    ]
}
