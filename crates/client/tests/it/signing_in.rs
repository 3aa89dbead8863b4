//! Signing in, and what a client does not let a node talk it into.

use capos_client::{Error, SignIn, Signer, connect};
use capos_schema::Code;
use futures::future::{LocalBoxFuture, ready};

use crate::gateway::{Asked, Node, PASSWORD, challenge};
use crate::ground::{Listening, Says, connect_in_memory, options, real_time, sign_in, virtual_time};

/// Counts what it is asked to sign, and signs nothing of worth.
#[derive(Default)]
struct Counting(Vec<Vec<u8>>);

impl Signer for Counting {
    fn label(&self) -> String {
        "a key".to_owned()
    }

    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>> {
        self.0.push(challenge.to_vec());
        Box::pin(ready(Ok(b"signature".to_vec())))
    }
}

#[test]
fn a_password_is_asked_for_in_secret_whatever_the_node_says_and_its_prompt_is_plain() {
    virtual_time(async {
        let node = Node::new();
        let (connection, _link) = connect_in_memory(&node, &options());
        let mut answers = Says::new(&[PASSWORD]);
        connection.sign_in(SignIn::Password { account: "ada", profile: "", answers: &mut answers }).await.unwrap();
        let prompt = &answers.prompts[0];
        assert!(prompt.secret);
        assert_eq!((prompt.text.as_str(), prompt.expires_at_ms), ("Password\u{fffd}[2J:", Some(1234)));
        assert_eq!(*node.proofs.borrow(), [PASSWORD.as_bytes()]);
    });
}

#[test]
fn a_one_time_password_is_replaced_in_a_further_step() {
    virtual_time(async {
        let node = Node::new();
        node.one_time.set(true);
        let (connection, _link) = connect_in_memory(&node, &options());
        let mut answers = Says::new(&[PASSWORD, "a new one"]);
        connection.sign_in(SignIn::Password { account: "ada", profile: "", answers: &mut answers }).await.unwrap();
        assert_eq!(answers.prompts[1].text, "New password");
        assert_eq!(*node.proofs.borrow(), [PASSWORD.as_bytes(), b"a new one"]);
    });
}

#[test]
fn giving_up_cancels_the_flow_and_an_empty_answer_is_giving_up() {
    virtual_time(async {
        let node = Node::new();
        let (connection, _link) = connect_in_memory(&node, &options());
        for answers in [&mut Says::new(&[]), &mut Says::new(&[""])] {
            let how = SignIn::Password { account: "ada", profile: "", answers };
            assert_eq!(connection.sign_in(how).await.err(), Some(Error::Cancelled));
        }
        connection.methods().await.unwrap();
        assert_eq!(node.cancelled.get(), 2);
        assert!(node.proofs.borrow().is_empty());
    });
}

#[test]
fn a_denied_sign_in_drops_the_view_and_the_next_one_can_begin_at_once() {
    virtual_time(async {
        let node = Node::new();
        let (connection, _link) = connect_in_memory(&node, &options());
        let first = sign_in(&connection).await;
        assert!(first.refresh().await.unwrap().baseline);
        assert!(connection.view().info.is_some());
        let mut wrong = Says::new(&["wrong"]);
        let how = SignIn::Password { account: "ada", profile: "", answers: &mut wrong };
        let error = connection.sign_in(how).await.err().unwrap();
        assert_eq!(error.code(), "authenticationDenied");
        assert_eq!(connection.view(), capos_client::View::default(), "old authority is off display");
        assert_eq!(first.info().await.unwrap().display_name, "Ada", "and still its holder's");
        assert!(!first.refresh().await.unwrap().baseline, "its changes are still told from where they were");
        assert_eq!(connection.view(), capos_client::View::default());
        let second = sign_in(&connection).await;
        second.info().await.unwrap();
        assert!(connection.view().info.is_some());
    });
}

#[test]
fn guests_and_nobodies_sign_in_by_their_own_methods() {
    virtual_time(async {
        let node = Node::new();
        let (connection, _link) = connect_in_memory(&node, &options());
        connection.sign_in(SignIn::Guest).await.unwrap().info().await.unwrap();
        connection.sign_in(SignIn::Anonymous { profile: "anonymous" }).await.unwrap().caps().await.unwrap();
        node.refusal.replace(Some(Code::DisabledAuthMethod.into()));
        let error = connection.sign_in(SignIn::Guest).await.err().unwrap();
        assert_eq!(error.code(), "disabledAuthMethod");
    });
}

#[test]
fn a_challenge_of_this_very_connection_is_signed() {
    real_time(async {
        let listening = Listening::start().await;
        let connection = connect(&listening.endpoint, &listening.pinned(), &mut capos_client::NoConfirm).await.unwrap();
        let mut signer = Counting::default();
        let how = SignIn::PublicKey { account: "ada", profile: "operator", signer: &mut signer };
        let session = connection.sign_in(how).await.unwrap();
        assert_eq!(signer.0, [listening.node.signed.borrow().clone()]);
        assert_eq!(*listening.node.proofs.borrow(), [b"signature"]);

        session.renew(capos_client::Renewal::Key(&mut signer), 500).await.unwrap();
        let digest = ssh_key::HashAlg::Sha256.digest(&listening.node.signed.borrow());
        let text = [
            b"capos-remote-session renewal 1\0".as_slice(),
            &digest,
            &crate::gateway::SESSION_ID,
            &10_000_u64.to_be_bytes(),
        ];
        assert_eq!(signer.0[1], text.concat());
        assert_eq!(session.info().await.unwrap().expires_at_ms, 10_500);
    });
}

#[test]
fn a_challenge_for_anything_else_is_never_signed() {
    type Spoil = fn(&mut Asked);
    let spoils: [(Spoil, &str); 5] = [
        (|asked| asked.binding = [9; 32], "another connection"),
        (|asked| asked.node = [9; 32], "another node"),
        (|asked| asked.nonce = vec![9; 32], "another client"),
        (|asked| asked.account = b"root".to_vec(), "another account"),
        (|asked| asked.profile = "operator".to_owned(), "another profile"),
    ];
    real_time(async move {
        let listening = Listening::start().await;
        let connection = connect(&listening.endpoint, &listening.pinned(), &mut capos_client::NoConfirm).await.unwrap();
        for (spoil, part) in spoils {
            let relayed = move |asked: &Asked| {
                let mut asked = asked.clone();
                spoil(&mut asked);
                challenge(&asked)
            };
            *listening.node.challenge.borrow_mut() = Box::new(relayed);
            let mut signer = Counting::default();
            let how = SignIn::PublicKey { account: "ada", profile: "", signer: &mut signer };
            let error = connection.sign_in(how).await.err().unwrap();
            assert_eq!(error.code(), "challengeMismatch");
            assert!(error.to_string().contains(part), "{error}");
            assert!(signer.0.is_empty(), "nothing was signed");
        }
        assert!(listening.node.proofs.borrow().is_empty(), "and nothing was sent");
    });
}

#[test]
fn a_relay_between_two_nodes_gets_no_signature() {
    real_time(async {
        // The relay has a connection of its own to the true node, and hands its challenges on.
        let (true_node, relay) = (Listening::start().await, Listening::start().await);
        let wanted = connect(&true_node.endpoint, &true_node.pinned(), &mut capos_client::NoConfirm).await.unwrap();
        wanted.methods().await.unwrap();
        let (binding, id) = (true_node.node.binding.get(), true_node.node.id.get());
        *relay.node.challenge.borrow_mut() =
            Box::new(move |asked| challenge(&Asked { binding, node: id, ..asked.clone() }));
        let connection = connect(&relay.endpoint, &relay.pinned(), &mut capos_client::NoConfirm).await.unwrap();
        let mut signer = Counting::default();
        let how = SignIn::PublicKey { account: "ada", profile: "", signer: &mut signer };
        assert_eq!(connection.sign_in(how).await.err().unwrap().code(), "challengeMismatch");
        assert!(signer.0.is_empty());
    });
}

#[test]
fn a_node_that_asks_without_end_is_stopped() {
    virtual_time(async {
        let node = Node::new();
        node.insatiable.set(true);
        let (connection, _link) = connect_in_memory(&node, &options());
        let mut answers = Says::new(&["x"; 100]);
        let how = SignIn::Password { account: "ada", profile: "", answers: &mut answers };
        assert_eq!(connection.sign_in(how).await.err().unwrap().code(), "tooManySteps");
        assert_eq!(answers.prompts.len(), 16);
    });
}

#[test]
fn a_session_signed_in_by_password_is_renewed_by_password_and_not_by_key() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, _link) = crate::ground::signed_in(&node).await;
        let mut answers = Says::new(&[PASSWORD]);
        let info = session.renew(capos_client::Renewal::Password(&mut answers), 7).await.unwrap();
        assert_eq!((info.expires_at_ms, answers.prompts[0].secret), (10_007, true));
        let error = session.renew(capos_client::Renewal::Key(&mut Counting::default()), 7).await.err().unwrap();
        assert_eq!(error.code(), "invalidInput");
        assert_eq!(node.proofs.borrow().last().unwrap(), PASSWORD.as_bytes());
    });
}
