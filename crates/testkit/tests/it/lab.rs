//! Every method of the laboratory does what its schema says.

use capos_testkit::lab::{Answer, CallbackState, LabState};
use capos_testkit::lab_capnp::{callback, lab};
use capos_testkit::stock::{connect, serve, vat};

fn remote() -> (LabState, lab::Client) {
    let state = LabState::new();
    let (ours, theirs) = tokio::io::duplex(64 << 10);
    serve(theirs, state.client());
    (state, connect(ours))
}

async fn echo(lab: &lab::Client, payload: &[u8]) -> capnp::Result<Vec<u8>> {
    let mut request = lab.echo_request();
    request.get().set_payload(payload);
    Ok(request.send().promise.await?.get()?.get_payload()?.to_vec())
}

#[tokio::test]
async fn echo_gives_back_its_payload() {
    vat(async {
        let (state, lab) = remote();
        assert_eq!(echo(&lab, b"hello").await.unwrap(), b"hello");
        assert_eq!((state.counts().started, state.counts().finished), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn children_are_reached_through_pipelines_and_dropped_with_their_last_holder() {
    vat(async {
        let (state, lab) = remote();
        let third = lab.next_request().send().pipeline.get_lab();
        let fourth = third.next_request().send().pipeline.get_lab();
        assert_eq!(echo(&fourth, b"deep").await.unwrap(), b"deep");
        let inner = lab.nested_request().send().pipeline.get_inner();
        let deepest = inner.get_next().get_deeper().get_lab();
        assert_eq!(echo(&deepest, b"nested").await.unwrap(), b"nested");
        drop((third, fourth, inner, deepest));
        state.tally().until(|counts| counts.alive() == 1).await;
    })
    .await;
}

#[tokio::test]
async fn callbacks_are_called_kept_and_rung() {
    vat(async {
        let (state, lab) = remote();
        let memory = CallbackState::new(Answer::Echo);
        let mut request = lab.call_back_request();
        request.get().set_to(memory.client());
        request.get().set_payload(b"one");
        let response = request.send().promise.await.unwrap();
        assert_eq!(response.get().unwrap().get_payload().unwrap(), b"one");

        let mut request = lab.keep_request();
        request.get().set_to(memory.client());
        request.send().promise.await.unwrap();
        let mut request = lab.ring_request();
        request.get().set_payload(b"two");
        request.send().promise.await.unwrap();
        assert_eq!(memory.payloads(), [b"one".to_vec(), b"two".to_vec()]);
        assert!(state.kept().is_some());
    })
    .await;
}

#[tokio::test]
async fn loopback_gives_back_the_very_capability() {
    vat(async {
        let (_state, lab) = remote();
        let memory = CallbackState::new(Answer::Fail("ouch".into()));
        let mut request = lab.loopback_request();
        request.get().init_cap().set_as_capability(memory.client().client.hook);
        let response = request.send().promise.await.unwrap();
        let back: callback::Client = response.get().unwrap().get_cap().get_as_capability().unwrap();
        let failure = back.call_request().send().promise.await.err().unwrap();
        assert!(failure.extra.contains("ouch"), "{failure}");
    })
    .await;
}

#[tokio::test]
async fn sink_counts_chunks_and_fails_on_request() {
    vat(async {
        let (_state, lab) = remote();
        for _ in 0..3 {
            let mut request = lab.sink_request();
            request.get().set_chunk(&[7; 100]);
            request.send().await.unwrap();
        }
        let total = lab.total_request().send().promise.await.unwrap();
        let total = total.get().unwrap();
        assert_eq!((total.get_chunks(), total.get_bytes()), (3, 300));

        let mut request = lab.sink_request();
        request.get().set_chunk(b"fail:full");
        // A streamed call may report at once; the failure must show at the next ordinary call at the latest.
        let _ = request.send().await;
        let failure = lab.total_request().send().promise.await.err().unwrap();
        assert!(failure.extra.contains("full"), "{failure}");
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_counts_as_cancelled() {
    vat(async {
        let (state, lab) = remote();
        let hanging = lab.hang_request().send();
        state.tally().until(|counts| counts.running() == 1).await;
        drop(hanging);
        state.tally().until(|counts| counts.cancelled == 1).await;
    })
    .await;
}

#[tokio::test]
async fn promises_resolve_or_break_when_told() {
    vat(async {
        let (state, lab) = remote();
        let kept = lab.later_request().send().pipeline.get_lab();
        let answer = tokio::task::spawn_local(async move { echo(&kept, b"late").await });
        state.tally().until(|counts| counts.finished == 1).await;
        assert_eq!(state.promised(), 1);
        lab.release_request().send().promise.await.unwrap();
        assert_eq!(answer.await.unwrap().unwrap(), b"late");

        let broken = lab.later_request().send().pipeline.get_lab();
        let answer = tokio::task::spawn_local(async move { echo(&broken, b"never").await });
        let mut request = lab.refuse_request();
        request.get().set_text("no");
        request.send().promise.await.unwrap();
        let failure = answer.await.unwrap().unwrap_err();
        assert!(failure.extra.contains("no"), "{failure}");
    })
    .await;
}

#[tokio::test]
async fn many_and_tail_and_fail_do_what_they_say() {
    vat(async {
        let (_state, lab) = remote();
        let mut request = lab.many_request();
        request.get().set_count(5);
        let response = request.send().promise.await.unwrap();
        let labs = response.get().unwrap().get_labs().unwrap();
        assert_eq!(labs.len(), 5);
        assert_eq!(echo(&labs.get(4).unwrap(), b"x").await.unwrap(), b"x");

        let mut request = lab.tail_request();
        request.get().set_to(CallbackState::default().client());
        request.get().set_payload(b"tail");
        let response = request.send().promise.await.unwrap();
        assert_eq!(response.get().unwrap().get_payload().unwrap(), b"tail");

        let mut request = lab.fail_request();
        request.get().set_text("as told");
        let failure = request.send().promise.await.err().unwrap();
        assert!(failure.extra.contains("as told"), "{failure}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn slow_takes_its_time() {
    vat(async {
        let (_state, lab) = remote();
        let before = tokio::time::Instant::now();
        let mut request = lab.slow_request();
        request.get().set_milliseconds(5000);
        request.send().promise.await.unwrap();
        assert!(before.elapsed() >= std::time::Duration::from_secs(5));
    })
    .await;
}
