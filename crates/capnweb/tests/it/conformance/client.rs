//! Values, errors, properties and pipelines of the official package's server, asked for by our client.

use capnweb::drivers::{Timing, client as drivers};
use capnweb::{Key, Object, Options, Session, Value};

use super::{Peer, text, with_peer};

const KINDS: &str = "undefined null true false inf -inf nan int float negative big string empty bigint bigint-negative \
                     date date-early date-invalid ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray \
                     Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float32Array \
                     Float64Array error error-rich error-aggregate url headers array-nested object mixed";

const WITH_STREAMS: &str = "request-get request-post response-empty response-body blob-text blob-empty";

fn name(name: &str) -> Key {
    Key::Name(name.into())
}

#[tokio::test]
async fn values_of_all_kinds_are_read_and_written_as_the_package_does() {
    with_peer(async |peer| {
        for kind in KINDS.split_whitespace() {
            let made = peer.call("make", [kind.into()]).await.unwrap();
            let echoed = peer.ask("echo", [made.clone()]).await;
            assert_eq!(echoed, text(&made), "{kind}");
        }
    })
    .await;
}

/// What the server says of a value that was with us is what it says of the same that never left it.
#[tokio::test]
async fn the_package_decodes_what_we_send_as_what_it_was() {
    with_peer(async |peer| {
        for kind in KINDS.split_whitespace().chain(WITH_STREAMS.split_whitespace()) {
            let there = peer.call("make", [kind.into()]);
            let expected = peer.ask("inspect", [there.into()]).await;
            let here = peer.call("make", [kind.into()]).await.unwrap();
            assert_eq!(peer.ask("inspect", [here]).await, expected, "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn errors_keep_their_names_messages_and_properties() {
    with_peer(async |peer| {
        for name in ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"] {
            let thrown = peer.call("throwError", [name.into(), "m".into()]).await.unwrap_err();
            assert_eq!(thrown.error().unwrap().to_string(), format!("{name}: m"));
        }
        let rich = peer.call("throwRich", []).await.unwrap_err();
        assert_eq!(text(&rich.0), peer.ask("make", ["error-rich".into()]).await);
        let value = peer.call("throwValue", [Value::Array(vec![1.0.into()])]).await.unwrap_err();
        assert_eq!(text(&value.0), "[[1]]");
        assert!(peer.call("noSuchMethod", []).await.is_err());
        assert_eq!(peer.ask("ping", []).await, r#""pong""#);
    })
    .await;
}

#[tokio::test]
async fn properties_are_read_along_paths() {
    with_peer(async |peer| {
        let max = peer.main.get(&[name("config"), name("limits"), name("max")]);
        assert_eq!(max.await.unwrap().as_f64(), Some(10.0));
        let second = peer.main.get(&[name("config"), name("list"), Key::Index(1)]);
        assert_eq!(second.await.unwrap().as_f64(), Some(20.0));
        assert!(peer.main.get(&[name("config"), name("nope")]).await.unwrap().is_nothing());
        assert!(peer.main.get(&[name("config"), name("nope"), name("deeper")]).await.is_err());
        let hello = peer.main.call_at(&[name("child"), name("child"), name("hello")], vec!["Ann".into()]);
        assert_eq!(hello.await.unwrap().as_str(), Some("hello Ann"));
    })
    .await;
}

#[tokio::test]
async fn calls_are_made_on_what_is_not_there_yet() {
    with_peer(async |peer| {
        let counter = peer.call("slowCounter", [20.0.into(), 100.0.into()]);
        let counts = [1.0, 10.0, 100.0].map(|by: f64| counter.call_at(&[name("increment")], vec![by.into()]));
        for (count, expected) in counts.into_iter().zip([101.0, 111.0, 211.0]) {
            assert_eq!(count.await.unwrap().as_f64(), Some(expected));
        }
        let sum = peer.call("add", [1.0.into(), 2.0.into()]);
        let sum = peer.call("add", [sum.into(), peer.main.get(&[name("config"), name("limits"), name("max")]).into()]);
        assert_eq!(sum.await.unwrap().as_f64(), Some(13.0));
        let second = peer.call("makeCounters", [4.0.into()]);
        let second = second.call_at(&[Key::Index(2), name("increment")], vec![5.0.into()]);
        assert_eq!(second.await.unwrap().as_f64(), Some(7.0));
        let failed = peer.call("throwError", ["RangeError".into(), "inner".into()]);
        let thrown = peer.call("add", [1.0.into(), failed.into()]).await.unwrap_err();
        assert_eq!(thrown.to_string(), "RangeError: inner");
    })
    .await;
}

#[tokio::test]
async fn mappings_are_done_there() {
    with_peer(async |peer| {
        let cards = peer.call("users", []).map(|user| {
            let profile = user.capture(&peer.main).call(Some("profile"), vec![user.get(&[name("id")]).into()]);
            let numbers = user.capture(&peer.main).call(Some("fib"), vec![3.0.into()]);
            let sums = numbers.map(|number| {
                number.capture(&peer.main).call(Some("add"), vec![number.into(), user.get(&[name("id")]).into()])
            });
            Object::from([
                ("name", Value::from(user.get(&[name("name")]))),
                ("bio", profile.get(&[name("bio")]).into()),
                ("sums", sums.into()),
            ])
        });
        let card =
            |id: u8, name: &str, sums: &str| format!(r#"{{"name":"{name}","bio":"bio of {id}","sums":[[{sums}]]}}"#);
        let expected = [card(1, "Ann", "1,2,2"), card(2, "Bob", "2,3,3"), card(3, "Cy", "3,4,4")].join(",");
        assert_eq!(text(&cards.await.unwrap()), format!("[[{expected}]]"));
    })
    .await;
}

#[tokio::test]
async fn results_with_promises_are_whole_when_they_are_there() {
    with_peer(async |peer| {
        let result = peer.ask("promiseField", [20.0.into(), "v".into()]).await;
        assert_eq!(result, r#"{"now":"now","later":"v"}"#);
        let thrown = peer.call("promiseFieldReject", [10.0.into(), "too late".into()]).await;
        assert_eq!(thrown.unwrap_err().to_string(), "RangeError: too late");
    })
    .await;
}

#[tokio::test]
async fn a_thousand_calls_are_in_flight_and_leave_nothing_behind() {
    with_peer(async |peer| {
        let before = (peer.session.stats(), peer.ask("tableStats", []).await);
        let calls: Vec<_> = (0..1000_u32).map(|n| peer.call("add", [n.into(), 1.0.into()])).collect();
        for (n, call) in (0..1000_u32).zip(calls) {
            assert_eq!(call.await.unwrap().as_f64(), Some(f64::from(n + 1)));
        }
        assert_eq!((peer.session.stats(), peer.ask("tableStats", []).await), before);
    })
    .await;
}

#[tokio::test]
async fn what_is_dropped_here_is_disposed_there() {
    with_peer(async |peer| {
        let tracked = peer.call("makeTracked", ["a".into()]).await.unwrap();
        let stub = tracked.as_stub().unwrap().clone();
        drop(tracked);
        assert_eq!(stub.call(Some("touch"), Vec::new()).await.unwrap().as_str(), Some("touched"));
        assert_eq!(peer.ask("trackedStats", ["a".into()]).await, r#"{"created":1,"disposed":0}"#);
        drop(stub);
        peer.ask_until("trackedStats", "a", r#"{"created":1,"disposed":1}"#).await;
        let bundle = peer.call("makeTrackedBundle", ["b".into(), 5.0.into()]).await.unwrap();
        assert_eq!(peer.ask("trackedStats", ["b".into()]).await, r#"{"created":5,"disposed":0}"#);
        drop(bundle);
        peer.ask_until("trackedStats", "b", r#"{"created":5,"disposed":5}"#).await;
        drop(peer.call("makeTracked", ["c".into()]));
        peer.ask_until("trackedStats", "c", r#"{"created":1,"disposed":1}"#).await;
    })
    .await;
}

#[tokio::test]
async fn a_batch_over_http_makes_its_calls_in_one_request() {
    with_peer(async |Peer { server, .. }| {
        let session = Session::new(Options::default(), |_| None);
        let url = format!("http://{}/", server.address);
        let (sum, label, failed) = drivers::batch(&url, &session, Timing::default(), |main| {
            let sum = main.call(Some("add"), vec![2.0.into(), 3.0.into()]);
            let label = main.call(Some("makeBundle"), Vec::new()).get(&[name("label")]);
            let failed = main.call(Some("throwError"), vec!["URIError".into(), "m".into()]);
            async move { futures::join!(sum.into_future(), label.into_future(), failed.into_future()) }
        })
        .await;
        assert_eq!((sum.unwrap().as_f64(), label.unwrap().as_str()), (Some(5.0), Some("bundle")));
        assert_eq!(failed.unwrap_err().to_string(), "URIError: m");
    })
    .await;
}
