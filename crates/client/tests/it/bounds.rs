//! What a node may say, at each bound and one past it.

use capos_client::{Connection, Endpoint, Error, KnownNodes, Limits, Options, Session};
use capos_testkit::LAB_REQUEST;
use capos_testkit::link::Link;
use serde_json::json;

use crate::gateway::{LAB, Node, grant};
use crate::ground::{connect_in_memory, options, sign_in, virtual_time};

async fn bounded(change: impl FnOnce(&mut Options)) -> (std::rc::Rc<Node>, Connection, Session, Link) {
    let (node, mut options) = (Node::new(), options());
    change(&mut options);
    let (connection, link) = connect_in_memory(&node, &options);
    let session = sign_in(&connection).await;
    (node, connection, session, link)
}

fn code<T>(result: Result<T, Error>) -> &'static str {
    result.as_ref().err().map_or("ok", Error::code)
}

#[test]
fn a_bundle_of_64_grants_is_taken_and_one_of_65_is_refused_whole() {
    virtual_time(async {
        let (node, _connection, session, _link) = bounded(|_| ()).await;
        node.grants.replace((0..64).map(|number| grant(&format!("grant-{number}"), 1)).collect());
        assert_eq!(session.caps().await.unwrap().len(), 64);
        node.grants.borrow_mut().push(grant("grant-64", 1));
        assert_eq!(code(session.caps().await), "tooManyCapHolders");
        assert_eq!(code(session.refresh().await), "tooManyCapHolders");
        assert_eq!(session.view().caps.unwrap().len(), 64, "nothing of the longer list was taken over");
        session.info().await.unwrap();
    });
}

#[test]
fn names_are_bounded_plain_and_listed_once() {
    virtual_time(async {
        let (node, _connection, session, _link) = bounded(|_| ()).await;
        let listed = async |grants: Vec<_>| {
            node.grants.replace(grants);
            code(session.caps().await)
        };
        assert_eq!(listed(vec![grant(&"n".repeat(128), 1)]).await, "ok");
        assert_eq!(listed(vec![grant(&"n".repeat(129), 1)]).await, "nameTooLong");
        assert_eq!(listed(vec![grant("e\x1b[2Jvil", 1)]).await, "protocol");
        assert_eq!(listed(vec![grant("twice", 1), grant("twice", 2)]).await, "ok");
        assert_eq!(listed(vec![grant("twice", 1), grant("twice", 1)]).await, "protocol");
        let policy = |policy: &str| vec![("g".to_owned(), 1, policy.to_owned(), 0)];
        assert_eq!(listed(policy(&"p".repeat(128))).await, "ok");
        assert_eq!(listed(policy(&"p".repeat(129))).await, "nameTooLong");
    });
}

#[test]
fn ways_of_signing_in_are_bounded() {
    virtual_time(async {
        let (node, connection, _session, _link) = bounded(|_| ()).await;
        node.methods.set(32);
        let methods = connection.methods().await.unwrap();
        assert_eq!((methods.len(), methods[0].label.as_str()), (32, "by \u{fffd}[1mlabel\u{fffd}[0m"));
        node.methods.set(33);
        assert_eq!(code(connection.methods().await), "tooManyMethods");
        let (_node, connection, _session, _link) = bounded(|options| options.bounds.profile_hints = 1).await;
        assert_eq!(code(connection.methods().await), "ok");
        let (_node, connection, _session, _link) = bounded(|options| options.bounds.profile_hints = 0).await;
        assert_eq!(code(connection.methods().await), "tooManyProfileHints");
    });
}

#[test]
fn labels_are_cut_and_handles_are_not() {
    virtual_time(async {
        let (node, _connection, session, _link) = bounded(|options| options.bounds.handle_bytes = 16).await;
        for (length, kept) in [(1024, 1024), (1025, 1024), (1 << 20, 1024)] {
            node.display_name.replace("d".repeat(length));
            let name = session.info().await.unwrap().display_name;
            assert!(name.len() <= kept && name.ends_with('…') == (length > kept));
        }
        let (_node, _connection, session, _link) = bounded(|options| options.bounds.handle_bytes = 15).await;
        assert_eq!(code(session.info().await), "handleTooLong");
    });
}

#[test]
fn challenges_and_steps_are_bounded() {
    struct Signs;
    impl capos_client::Signer for Signs {
        fn label(&self) -> String {
            String::new()
        }
        fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> futures::future::LocalBoxFuture<'a, Result<Vec<u8>, Error>> {
            Box::pin(std::future::ready(Ok(challenge.to_vec())))
        }
    }
    virtual_time(async {
        // Tag, node, binding and nonce of the node; nonce, account, principal and profile with lengths; expiry.
        let whole = 31 + 3 * 32 + (2 + 32) + (2 + 3) + 2 + 2 + 8;
        for (most, expected) in [(whole, "ok"), (whole - 1, "handleTooLong")] {
            let (_node, connection, _session, _link) = bounded(|options| options.bounds.challenge_bytes = most).await;
            let how = capos_client::SignIn::PublicKey { account: "ada", profile: "", signer: &mut Signs };
            assert_eq!(code(connection.sign_in(how).await), expected);
        }
        for (most, expected) in [(2, "ok"), (1, "tooManySteps")] {
            let (node, mut options) = (Node::new(), options());
            options.bounds.steps = most;
            let (connection, _link) = connect_in_memory(&node, &options);
            let mut answers = crate::ground::Says::new(&[crate::gateway::PASSWORD]);
            let how = capos_client::SignIn::Password { account: "ada", profile: "", answers: &mut answers };
            assert_eq!(code(connection.sign_in(how).await), expected);
        }
    });
}

#[test]
fn schemas_and_kept_capabilities_are_bounded() {
    virtual_time(async {
        let (_node, connection, session, _link) = bounded(|options| {
            options.bounds.schemas = 1;
            options.bounds.kept = 2;
        })
        .await;
        assert_eq!(code(connection.load_schema(b"nonsense")), "invalidInput");
        assert_eq!(code(connection.load_schema(LAB_REQUEST)), "ok");
        assert_eq!(code(connection.load_schema(LAB_REQUEST)), "tooManySchemas");
        for (bytes, expected) in [(2 * LAB_REQUEST.len(), "ok"), (2 * LAB_REQUEST.len() - 1, "tooManySchemas")] {
            let (_node, connection, _, _link) = bounded(|options| options.bounds.schemas_bytes = bytes).await;
            assert_eq!(code(connection.load_schema(LAB_REQUEST)), "ok");
            assert_eq!(code(connection.load_schema(LAB_REQUEST)), expected);
        }

        let lab = session.get("lab", LAB).await.unwrap();
        let kept = session.kept();
        let many =
            async |count: u32| code(session.call(&lab, "many", &json!({ "count": count }), &kept, "lab", &[]).await);
        assert_eq!(many(3).await, "tooManyCapHolders");
        assert!(kept.all().is_empty(), "those of a call that failed do not stay");
        assert_eq!(many(2).await, "ok");
        assert_eq!(many(1).await, "tooManyCapHolders");
        kept.clear();
        assert_eq!(many(1).await, "ok");
        assert_eq!(kept.all()[0].0, 5, "numbers are never used twice");
    });
}

#[test]
fn the_known_nodes_file_is_bounded_when_it_grows_too() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = KnownNodes::at(directory.path().join("known_nodes"));
    let key = capos_client::Fingerprint::parse(&format!("SHA256:{}A", "B".repeat(42))).unwrap();
    let node: Endpoint = "node".parse().unwrap();
    let line = format!("{node} {key}\n").len() as u64;
    let limits = |bytes| Limits { known_nodes_bytes: bytes, ..Limits::default() };
    assert_eq!(code(file.remember(&node, key, &limits(line - 1))), "knownNodes");
    assert_eq!(code(file.remember(&node, key, &limits(line))), "ok");
    assert_eq!(code(file.find(&node, &limits(line))), "ok");
    assert_eq!(code(file.find(&node, &limits(line - 1))), "knownNodes");
}
