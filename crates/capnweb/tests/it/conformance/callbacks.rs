//! Objects of ours that the official package's server calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use capnweb::{Answer, Error, Methods, Promise, Stub, Value};
use tokio::time::sleep;

use super::{text, with_peer};

/// A function of one number.
fn function(body: impl Fn(f64) -> Value + 'static) -> Value {
    Stub::function(move |arguments| {
        let number = arguments.first().and_then(Value::as_f64).unwrap_or_default();
        Answer::Now(Ok(body(number)))
    })
    .into()
}

#[tokio::test]
async fn functions_are_called_back_in_order() {
    with_peer(async |peer| {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let callback = function({
            let seen = Rc::clone(&seen);
            move |number| {
                seen.borrow_mut().push(number);
                (number * number).into()
            }
        });
        assert_eq!(peer.ask("callMany", [callback, 5.0.into()]).await, "[[0,1,4,9,16]]");
        assert_eq!(*seen.borrow(), [0.0, 1.0, 2.0, 3.0, 4.0]);
        let fails = Stub::function(|_| Answer::Now(Err(Error::range_error("not today").into())));
        let thrown = peer.call("call", [fails.into(), Value::Array(Vec::new()), Value::Array(Vec::new())]).await;
        assert_eq!(thrown.unwrap_err().to_string(), "RangeError: not today");
    })
    .await;
}

#[tokio::test]
async fn a_function_is_kept_as_long_as_the_server_keeps_it() {
    with_peer(async |peer| {
        let alive = Rc::new(());
        let callback = function({
            let alive = Rc::clone(&alive);
            move |number| {
                let _ = &alive;
                (number + 1.0).into()
            }
        });
        peer.call("hold", ["k".into(), callback]).await.unwrap();
        assert_eq!(Rc::strong_count(&alive), 2);
        assert_eq!(peer.ask("heldCall", ["k".into(), Value::Array(vec![4.0.into()])]).await, "5");
        assert_eq!(peer.ask("drop", ["k".into()]).await, "true");
        let released = async {
            while Rc::strong_count(&alive) > 1 {
                peer.call("ping", []).await.unwrap();
            }
        };
        tokio::time::timeout(super::node::PATIENCE, released).await.expect("it is released");
    })
    .await;
}

#[tokio::test]
async fn calls_come_after_the_call_that_brought_the_function() {
    with_peer(async |peer| {
        let (count, last) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(-1.0)));
        let callback = function({
            let (count, last) = (Rc::clone(&count), Rc::clone(&last));
            move |number| {
                count.set(count.get() + 1);
                last.set(number);
                Value::Undefined
            }
        });
        let subscription = peer.call("subscribe", [callback, 1e6.into(), 2.0.into()]).await.unwrap();
        let called = async {
            while count.get() < 5 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(super::node::PATIENCE, called).await.expect("it is called");
        let subscription = subscription.as_stub().unwrap();
        let sent = subscription.call(Some("cancel"), Vec::new()).await.unwrap().as_f64();
        assert_eq!((sent, last.get()), (Some(f64::from(count.get())), f64::from(count.get() - 1)));
    })
    .await;
}

#[tokio::test]
async fn the_server_pipelines_on_what_a_function_will_give() {
    with_peer(async |peer| {
        let products = Rc::new(
            Methods::<f64>::new().on("times", |x, (n,): (f64,)| **x * n).property("label", |x| format!("label {x}")),
        );
        let callback = Stub::function(move |arguments| {
            let x = arguments.first().and_then(Value::as_f64).unwrap_or_default();
            let products = Rc::clone(&products);
            Answer::later(async move {
                sleep(Duration::from_millis(10)).await;
                Ok(products.object(x).into())
            })
        });
        assert_eq!(peer.ask("pipelineCallback", [callback.into(), 7.0.into()]).await, r#"[[21,"label 7"]]"#);
    })
    .await;
}

#[tokio::test]
async fn promises_are_settled_before_a_function_sees_them() {
    with_peer(async |peer| {
        let first = Stub::function(|_| {
            Answer::later(async {
                sleep(Duration::from_millis(10)).await;
                Ok(41.0.into())
            })
        });
        let second = function(|number| (number + 1.0).into());
        assert_eq!(peer.ask("passPromise", [first.into(), second.clone()]).await, "42");
        assert_eq!(peer.ask("sendPromise", [second, 10.0.into(), 6.0.into()]).await, "7");
    })
    .await;
}

#[tokio::test]
async fn stubs_go_home_and_come_home() {
    with_peer(async |peer| {
        let ours = Stub::function(|_| Answer::Now(Ok("ours".into())));
        let back = peer.call("echoStub", [ours.clone().into()]).await.unwrap();
        let back = back.as_object().and_then(|object| object.get("stub")).and_then(Value::as_stub).unwrap();
        assert_eq!(back.call(None, Vec::new()).await.unwrap().as_str(), Some("ours"));
        let counter = peer.call("makeCounter", [5.0.into()]).await.unwrap();
        assert_eq!(peer.ask("incrementCounter", [counter.clone(), 2.0.into()]).await, "7");
        let given = Stub::function(|mut arguments| {
            let counter = arguments.pop().unwrap_or_default();
            Answer::later(async move {
                let counter = counter.as_stub().ok_or_else(|| Error::type_error("no counter"))?;
                counter.call(Some("increment"), vec![3.0.into()]).await
            })
        });
        assert_eq!(peer.ask("giveCounter", [given.into(), 10.0.into()]).await, "13");
    })
    .await;
}

#[tokio::test]
async fn a_promise_of_ours_is_an_argument() {
    with_peer(async |peer| {
        let later = Promise::new(async {
            sleep(Duration::from_millis(10)).await;
            Ok(Value::Array(vec![1.0.into(), "two".into()]))
        });
        let echoed = peer.call("echo", [later.into()]).await.unwrap();
        assert_eq!(text(&echoed), r#"[[1,"two"]]"#);
    })
    .await;
}
