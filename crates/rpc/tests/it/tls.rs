//! Identities, trust and the channel binding.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use capos_rpc::{ClientTls, Error, Fingerprint, Identity, Peer, ServerTls, Trust};
use tokio::net::{TcpListener, TcpStream};

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("capos-rpc-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_identity_knows_what_it_has_signed() {
    let signer = || Identity::ephemeral().unwrap().signer().unwrap();
    let (ours, other) = (signer(), signer());
    let signature = ours.sign(b"the end").unwrap();
    assert!(ours.has_signed(b"the end", &signature));
    assert!(!ours.has_signed(b"an end", &signature));
    assert!(!other.has_signed(b"the end", &signature));
    assert!(!ours.has_signed(b"the end", b""));
}

/// Shakes hands over loopback; gives what the client and the server learned.
async fn shake(server: &ServerTls, client: &ClientTls) -> (Result<Peer, Error>, Result<Peer, Error>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::join!(
        async { client.connect(TcpStream::connect(address).await.unwrap(), "localhost").await.map(|(_, peer)| peer) },
        async { server.accept(listener.accept().await.unwrap().0).await.map(|(_, peer)| peer) },
    )
}

#[test]
fn an_identity_lasts_and_is_private() {
    let directory = Directory::new("identity");
    let made = Identity::load_or_create(&directory.0).unwrap();
    let file = directory.0.join("identity.pem");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Identity::load_or_create(&directory.0).unwrap().fingerprint(), made.fingerprint());
    assert_eq!(std::fs::read_dir(&directory.0).unwrap().count(), 1);
    let text = made.fingerprint().to_string();
    assert!(text.starts_with("SHA256:") && text.len() == 50);
    assert_eq!(Fingerprint::parse(&text).unwrap(), made.fingerprint());
    assert!(Fingerprint::parse("SHA256:short").is_err());
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(matches!(Identity::load_or_create(&directory.0), Err(Error::IdentityExposed(_))));
}

#[test]
fn an_identity_is_refused_where_another_user_could_have_put_it() {
    let directory = Directory::new("owner");
    Identity::load_or_create(&directory.0).unwrap();
    let refused = || match Identity::load_or_create(&directory.0) {
        Err(Error::IdentityExposed(path)) => path,
        outcome => panic!("{outcome:?}"),
    };
    for mode in [0o720, 0o702, 0o1777] {
        std::fs::set_permissions(&directory.0, PermissionsExt::from_mode(mode)).unwrap();
        assert_eq!(refused(), directory.0);
    }
    std::fs::set_permissions(&directory.0, PermissionsExt::from_mode(0o755)).unwrap();
    Identity::load_or_create(&directory.0).unwrap();
    // Only root can give a file away.
    let file = directory.0.join("identity.pem");
    if std::os::unix::fs::chown(&file, Some(12345), None).is_ok() {
        assert_eq!(refused(), file);
        std::os::unix::fs::chown(&file, Some(0), None).unwrap();
        std::os::unix::fs::chown(&directory.0, Some(12345), None).unwrap();
        assert_eq!(refused(), directory.0);
    }
}

#[tokio::test]
async fn both_sides_know_the_same_channel_binding() {
    let identity = Identity::ephemeral().unwrap();
    let own = Identity::ephemeral().unwrap();
    let server = ServerTls::new(&identity).unwrap();
    let pinned = Trust::Pinned(identity.fingerprint());
    let (client, seen) = shake(&server, &ClientTls::new(&pinned, Some(&own)).unwrap()).await;
    let (client, seen) = (client.unwrap().tls.unwrap(), seen.unwrap().tls.unwrap());
    assert_eq!(client.channel_binding, seen.channel_binding);
    assert_ne!(client.channel_binding, [0; 32]);
    let certificate = seen.certificate.unwrap();
    assert_eq!(Fingerprint::of_certificate(&certificate).unwrap(), own.fingerprint());
    let (client, seen) = shake(&server, &ClientTls::new(&Trust::FirstUse, None).unwrap()).await;
    assert_eq!(seen.unwrap().tls.unwrap().certificate, None);
    let shown = client.unwrap().tls.unwrap().certificate.unwrap();
    assert_eq!(Fingerprint::of_certificate(&shown).unwrap(), identity.fingerprint());
}

#[tokio::test]
async fn another_identity_is_told_from_the_one_pinned() {
    let (known, other) = (Identity::ephemeral().unwrap(), Identity::ephemeral().unwrap());
    let server = ServerTls::new(&other).unwrap();
    let trust = Trust::Pinned(known.fingerprint());
    let (client, _) = shake(&server, &ClientTls::new(&trust, None).unwrap()).await;
    let Err(Error::IdentityChanged(changed)) = client else {
        panic!("{client:?}");
    };
    assert_eq!((changed.expected, changed.seen), (known.fingerprint(), other.fingerprint()));
}

#[tokio::test]
async fn an_authority_vouches_for_its_own_only() {
    let identity = Identity::ephemeral().unwrap();
    let server = ServerTls::new(&identity).unwrap();
    let stranger = Trust::Authorities(vec![Identity::ephemeral().unwrap().certificate().clone()]);
    let (client, _) = shake(&server, &ClientTls::new(&stranger, None).unwrap()).await;
    assert!(matches!(client, Err(Error::Handshake(_))), "{client:?}");
    assert!(matches!(ClientTls::new(&Trust::Authorities(Vec::new()), None), Err(Error::NoAuthority)));
}

/// A certificate and its key, in PEM.
fn pem() -> (String, String, Fingerprint) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["den.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let fingerprint = Fingerprint::of_certificate(certificate.der()).unwrap();
    (certificate.pem(), key.serialize_pem(), fingerprint)
}

#[tokio::test]
async fn a_server_shows_the_certificate_it_was_given_and_later_another() {
    let (first, second) = (pem(), pem());
    let server = ServerTls::of_pem(first.0.as_bytes(), first.1.as_bytes()).unwrap();
    let trusts = |fingerprint| ClientTls::new(&Trust::Pinned(fingerprint), None).unwrap();
    assert!(shake(&server, &trusts(first.2)).await.0.is_ok());
    server.clone().show(&ServerTls::of_pem(second.0.as_bytes(), second.1.as_bytes()).unwrap());
    assert!(shake(&server, &trusts(second.2)).await.0.is_ok());
    assert!(shake(&server, &trusts(first.2)).await.0.is_err());
}

#[test]
fn what_is_no_certificate_and_no_key_is_told() {
    let (certificate, key, _) = pem();
    let read = |certificate: &str, key: &str| ServerTls::of_pem(certificate.as_bytes(), key.as_bytes()).err();
    assert!(read(&certificate, &key).is_none());
    assert!(read(&format!("{certificate}{certificate}"), &key).is_none(), "a chain");
    for bad in ["", "no PEM", &key, &certificate[..certificate.len() / 2]] {
        assert!(matches!(read(bad, &key), Some(Error::CertificateUnreadable)), "{bad}");
    }
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(read(garbled, &key), Some(Error::CertificateUnreadable)));
    for bad in ["", "no PEM", &certificate] {
        assert!(matches!(read(&certificate, bad), Some(Error::KeyUnreadable)), "{bad}");
    }
    assert!(matches!(read(&certificate, &pem().1), Some(Error::KeyOfAnother)));
}
