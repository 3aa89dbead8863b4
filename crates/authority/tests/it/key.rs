//! Signing in by key.

use std::time::Duration;

use capos_authority::{AuthStrength, MethodKind, PrincipalKind, Secret, Step, challenge};
use capos_schema::Code;
use ring::digest::{SHA256, digest};

use crate::envelope::{Envelope, Holder};
use crate::ground::*;

async fn keyed(ground: &Ground, account: &str, holder: &Holder) -> String {
    ground.admin().create(account, draft(PrincipalKind::Human, "user"), &root()).await.unwrap();
    let account = ground.admin().add_key(account, &line(holder), &root()).await.unwrap();
    account.keys[0].fingerprint.clone()
}

#[tokio::test]
async fn a_signature_over_the_challenge_gives_a_session() {
    let ground = Ground::new().await;
    let holder = Holder::ed25519();
    let fingerprint = keyed(&ground, "alice", &holder).await;
    let session = ground.try_key("alice", &holder, "user").await.unwrap();
    assert_eq!(session.context().strength, AuthStrength::PublicKey);
    assert_eq!(ground.authority.figures().hashes, 0);
    let row = &ground.told("session.begun").await[0];
    assert_eq!(row["key"], fingerprint);
    assert_eq!((&row["source"], &row["method"]), (&"192.0.2.1".into(), &"publicKey".into()));
    assert_eq!(row["channelBinding"], "03".repeat(32));
}

#[tokio::test]
async fn a_security_key_is_told_from_a_key_on_a_disk() {
    let ground = Ground::new().await;
    let holder = Holder::ed25519();
    ground.admin().create("alice", draft(PrincipalKind::Human, "user"), &root()).await.unwrap();
    let blob = holder.security_key(b"ssh:");
    let line = {
        use base64::Engine as _;
        format!("sk-ssh-ed25519@openssh.com {}", base64::engine::general_purpose::STANDARD.encode(&blob))
    };
    ground.admin().add_key("alice", &line, &root()).await.unwrap();
    let mut flow = ground.authority.begin(remote(1), start(MethodKind::PublicKey, "alice", "")).unwrap();
    let Step::Ask(prompt) = flow.next(Secret::from(Vec::new())).await.unwrap() else { panic!("done") };
    let envelope = Envelope::of(blob);
    let signature = holder.assert(b"ssh:", 1, 1, &envelope.signed(&prompt.challenge));
    let Step::Done(session) = flow.next(envelope.with(&signature).into()).await.unwrap() else { panic!("asked") };
    assert_eq!(session.context().strength, AuthStrength::HardwareKey);
}

#[tokio::test]
async fn the_challenge_is_given_to_whoever_asks_and_binds_everything() {
    let ground = Ground::new().await;
    let mut challenges = Vec::new();
    for account in ["nobody", "nobody"] {
        let mut flow = ground.authority.begin(remote(1), start(MethodKind::PublicKey, account, "user")).unwrap();
        let Step::Ask(prompt) = flow.next(Secret::from(Vec::new())).await.unwrap() else { panic!("done") };
        let nonce: [u8; 32] = prompt.challenge[31 + 64..31 + 96].try_into().unwrap();
        let expected = challenge::SignIn {
            node: NODE,
            channel_binding: [3; 32],
            server_nonce: nonce,
            client_nonce: b"nonce",
            selector: challenge::Selector::Account("nobody"),
            profile: "user",
            expires_at_ms: NOON + 120_000,
        };
        assert_eq!(prompt.challenge, expected.bytes().unwrap());
        challenges.push(prompt.challenge);
    }
    assert_ne!(challenges[0], challenges[1], "no challenge is given twice");
}

#[tokio::test]
async fn refusals_are_the_same_whatever_their_cause() {
    let ground = Ground::new().await;
    let (own, other) = (Holder::ed25519(), Holder::p256());
    keyed(&ground, "alice", &own).await;
    keyed(&ground, "bob", &other).await;
    for (account, holder, profile) in
        [("nobody", &own, ""), ("bob", &own, ""), ("alice", &other, ""), ("alice", &own, "operator")]
    {
        let denial = ground.try_key(account, holder, profile).await.unwrap_err();
        assert_eq!(denial, Code::AuthenticationDenied.into(), "{account}");
    }
    // Signed right, over something else.
    let mut flow = ground.authority.begin(remote(1), start(MethodKind::PublicKey, "alice", "")).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    let denial = flow.next(signature(&own, b"something else")).await.unwrap_err();
    assert_eq!(denial, Code::AuthenticationDenied.into());
    assert!(ground.try_key("alice", &own, "").await.is_ok(), "failures with keys make nobody wait");
}

#[tokio::test]
async fn a_challenge_is_good_once_and_on_its_own_flow_alone() {
    let ground = Ground::new().await;
    let holder = Holder::ed25519();
    keyed(&ground, "alice", &holder).await;
    let begin = || ground.authority.begin(remote(1), start(MethodKind::PublicKey, "alice", "")).unwrap();
    let (mut one, mut two) = (begin(), begin());
    let Step::Ask(prompt) = one.next(Secret::from(Vec::new())).await.unwrap() else { panic!("done") };
    two.next(Secret::from(Vec::new())).await.unwrap();
    let signed = signature(&holder, &prompt.challenge);
    assert_eq!(two.next(signed.clone()).await.unwrap_err().code, Code::AuthenticationDenied);
    assert!(one.next(signed.clone()).await.is_ok());
    assert_eq!(one.next(signed).await.unwrap_err().code, Code::BadRequest);
}

#[tokio::test]
async fn a_renewal_is_signed_over_the_session_as_it_is() {
    let ground = Ground::new().await;
    let (holder, other) = (Holder::ed25519(), Holder::p256());
    keyed(&ground, "alice", &holder).await;
    let mut flow = ground.authority.begin(remote(1), start(MethodKind::PublicKey, "alice", "")).unwrap();
    let Step::Ask(prompt) = flow.next(Secret::from(Vec::new())).await.unwrap() else { panic!("done") };
    let Step::Done(session) = flow.next(signature(&holder, &prompt.challenge)).await.unwrap() else { panic!("asked") };
    let signed: [u8; 32] = digest(&SHA256, &prompt.challenge).as_ref().try_into().unwrap();
    let asked = |session: &capos_authority::Session| {
        challenge::renewal(&signed, &session.context().handle.0, session.expires_at_ms())
    };
    ground.hand.advance(Duration::from_secs(60));
    let first = asked(&session);
    let wrong = session.renew(signature(&other, &first), 0).await.unwrap_err();
    assert_eq!(wrong.code, Code::AuthenticationDenied);
    session.renew(signature(&holder, &first), 0).await.unwrap();
    assert_eq!(session.expires_at_ms(), NOON + 60_000 + 12 * 3_600_000);
    let again = session.renew(signature(&holder, &first), 0).await.unwrap_err();
    assert_eq!(again.code, Code::AuthenticationDenied, "a signature is good for one renewal");
    // Whether or not a renewal moves the end.
    for _ in 0..2 {
        let proof = signature(&holder, &asked(&session));
        session.renew(proof.clone(), 1).await.unwrap();
        assert_eq!(session.renew(proof, 1).await.unwrap_err().code, Code::AuthenticationDenied);
    }
}

#[tokio::test]
async fn a_key_that_is_taken_away_takes_its_sessions_with_it() {
    let ground = Ground::new().await;
    let (one, two) = (Holder::ed25519(), Holder::p256());
    let fingerprint = keyed(&ground, "alice", &one).await;
    ground.admin().add_key("alice", &line(&two), &root()).await.unwrap();
    let by_one = ground.try_key("alice", &one, "").await.unwrap();
    let by_two = ground.try_key("alice", &two, "").await.unwrap();
    ground.admin().remove_key("alice", &fingerprint, &root()).await.unwrap();
    assert!(!by_one.is_live() && by_two.is_live());
    assert!(ground.try_key("alice", &one, "").await.is_err());
}

#[tokio::test]
async fn keys_and_signatures_are_bounded() {
    let ground = Ground::with(capos_authority::Limits { keys: 1, signature_bytes: 512, ..limits() }).await;
    let (one, two) = (Holder::ed25519(), Holder::p256());
    keyed(&ground, "alice", &one).await;
    let again = ground.admin().add_key("alice", &line(&one), &root()).await;
    assert!(matches!(again, Err(capos_authority::Error::Exists("key"))));
    let second = ground.admin().add_key("alice", &line(&two), &root()).await;
    assert!(matches!(second, Err(capos_authority::Error::Invalid(_))));
    for (bytes, code) in [(512, Code::AuthenticationDenied), (513, Code::BadRequest)] {
        let mut flow = ground.authority.begin(remote(1), start(MethodKind::PublicKey, "alice", "")).unwrap();
        flow.next(Secret::from(Vec::new())).await.unwrap();
        assert_eq!(flow.next(vec![1; bytes].into()).await.unwrap_err().code, code);
    }
}
