//! Targets made of closures, called by a peer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnweb::{Error, Key, Methods, Outcome, Promise, Rest, Stub, Value};

use crate::pair::Pair;

struct Account {
    balance: Cell<f64>,
    notes: RefCell<Vec<String>>,
}

fn accounts() -> Rc<Methods<Account>> {
    let reading = Methods::<Account>::new()
        .property("balance", |account| account.balance.get())
        .on("notes", |account, ()| account.notes.borrow().iter().map(|note| note.as_str().into()).collect::<Vec<_>>());
    let writing = Methods::<Account>::new()
        .on("deposit", |account, (amount, note): (f64, Option<String>)| {
            if amount <= 0.0 {
                return Err(Error::range_error("An amount is above zero."));
            }
            account.notes.borrow_mut().extend(note);
            account.balance.set(account.balance.get() + amount);
            Ok(account.balance.get())
        })
        .later("empty", |account, ()| async move { account.balance.replace(0.0) })
        .on("count", |_, Rest(arguments)| arguments.len());
    Rc::new(reading.and(writing))
}

fn account() -> (Pair, Rc<Account>) {
    let state = Rc::new(Account { balance: Cell::new(1.0), notes: RefCell::default() });
    (Pair::new(accounts().object_of(Rc::clone(&state))), state)
}

fn call(pair: &Pair, name: &str, arguments: Vec<Value>) -> Outcome {
    pair.wait(pair.main().call(Some(name), arguments))
}

fn get(pair: &Pair, name: &str) -> Promise {
    pair.main().get(&[Key::Name(name.to_owned())])
}

fn thrown(outcome: Outcome) -> String {
    outcome.expect_err("it throws").to_string()
}

#[test]
fn a_method_works_on_the_state_of_its_object() {
    let (pair, state) = account();
    assert_eq!(call(&pair, "deposit", vec![2.into(), "wages".into()]).unwrap().as_f64(), Some(3.0));
    assert_eq!(call(&pair, "deposit", vec![4.into()]).unwrap().as_f64(), Some(7.0));
    assert_eq!(pair.wait(get(&pair, "balance")).unwrap().as_f64(), Some(7.0));
    let notes = call(&pair, "notes", Vec::new()).unwrap();
    assert_eq!(notes.as_array().map(|notes| notes.iter().map(Value::as_str).collect()), Some(vec![Some("wages")]));
    assert_eq!(call(&pair, "empty", Vec::new()).unwrap().as_f64(), Some(7.0));
    assert_eq!(state.balance.get(), 0.0);
}

#[test]
fn what_does_not_fit_is_thrown_before_the_method_is_called() {
    let (pair, state) = account();
    let text = call(&pair, "deposit", vec!["much".into()]);
    assert_eq!(thrown(text), "TypeError: Argument 1 is not a number.");
    let note = call(&pair, "deposit", vec![1.into(), 2.into()]);
    assert_eq!(thrown(note), "TypeError: Argument 2 is not a string.");
    assert_eq!(state.balance.get(), 1.0);
}

#[test]
fn what_a_method_fails_with_is_thrown() {
    let (pair, _state) = account();
    assert_eq!(thrown(call(&pair, "deposit", vec![0.into()])), "RangeError: An amount is above zero.");
}

#[test]
fn what_is_not_there_is_no_method_and_an_undefined_property() {
    let (pair, _state) = account();
    assert_eq!(thrown(call(&pair, "steal", Vec::new())), "TypeError: 'steal' is not a function.");
    assert!(matches!(pair.wait(get(&pair, "secret")), Ok(Value::Undefined)));
    assert!(matches!(call(&pair, "count", vec![Value::Undefined, Value::Null]).unwrap().as_f64(), Some(2.0)));
}

#[test]
fn a_method_that_is_read_is_a_function_of_its_object() {
    let (pair, state) = account();
    let deposit = pair.wait(get(&pair, "deposit")).unwrap();
    let deposit: &Stub = deposit.as_stub().expect("a function");
    assert_eq!(pair.wait(deposit.call(None, vec![5.into()])).unwrap().as_f64(), Some(6.0));
    assert_eq!(state.balance.get(), 6.0);
}

#[test]
fn objects_of_a_kind_have_states_of_their_own() {
    let kind = accounts();
    let state = || Account { balance: Cell::new(1.0), notes: RefCell::default() };
    let (one, other) = (kind.object(state()), kind.object(state()));
    let pair = Pair::new(one);
    assert_eq!(call(&pair, "deposit", vec![1.into()]).unwrap().as_f64(), Some(2.0));
    let pair = Pair::new(other);
    assert_eq!(pair.wait(get(&pair, "balance")).unwrap().as_f64(), Some(1.0));
}
