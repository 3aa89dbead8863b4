//! Which node it is, settled before anything is proven.

use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;

use capos_client::{Error, Fingerprint, Identify, IdentityProblem, KnownNodes, Limits, NoConfirm, Options, connect};
use capos_rpc::Identity;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::spawn_local;

use crate::ground::{Decides, Listening, endpoint, real_time, sign_in};

fn known(directory: &TempDir) -> (KnownNodes, Options) {
    let file = KnownNodes::at(directory.path().join("deep/known_nodes"));
    let options = Options::new(Identify::Known(file.clone()));
    (file, options)
}

#[test]
fn a_node_confirmed_once_is_known_from_then_on() {
    real_time(async {
        let (listening, directory) = (Listening::start().await, TempDir::new().unwrap());
        let (file, options) = known(&directory);
        let mut confirm = Decides::new(true);
        let connection = connect(&listening.endpoint, &options, &mut confirm).await.unwrap();
        assert_eq!(connection.fingerprint(), Some(listening.fingerprint));
        assert_eq!((confirm.asked.len(), confirm.asked[0].fingerprint), (1, listening.fingerprint));
        assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        let line = format!("{} {}\n", listening.endpoint, listening.fingerprint);
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), line);

        connect(&listening.endpoint, &options, &mut NoConfirm).await.unwrap();
        sign_in(&connection).await;
    });
}

#[test]
fn a_strange_node_is_refused_where_nobody_confirms_it_and_is_not_remembered() {
    real_time(async {
        let (listening, directory) = (Listening::start().await, TempDir::new().unwrap());
        let (file, options) = known(&directory);
        let error = connect(&listening.endpoint, &options, &mut Decides::new(false)).await.err().unwrap();
        assert_eq!(error.code(), "identityUnconfirmed");
        assert!(error.to_string().contains(&listening.fingerprint.to_string()));
        assert!(!file.path().exists());
        assert_eq!(listening.node.asked_methods.get(), 0, "nothing was said to it");
    });
}

#[test]
fn a_changed_identity_is_refused_loudly_with_both_keys_and_what_to_do() {
    real_time(async {
        let (listening, directory) = (Listening::start().await, TempDir::new().unwrap());
        let (file, options) = known(&directory);
        let old = Identity::ephemeral().unwrap().fingerprint();
        file.remember(&"other".parse().unwrap(), old, &Limits::default()).unwrap();
        file.remember(&listening.endpoint, old, &Limits::default()).unwrap();
        let mut confirm = Decides::new(true);
        let error = connect(&listening.endpoint, &options, &mut confirm).await.err().unwrap();
        assert_eq!(error.code(), "identityChanged");
        let text = error.to_string();
        for part in [
            &old.to_string(),
            &listening.fingerprint.to_string(),
            "remove line 2 of",
            &file.path().display().to_string(),
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(confirm.asked.is_empty(), "that is no question for a hurried yes");
        assert_eq!(listening.node.asked_methods.get(), 0);

        assert!(file.forget(&listening.endpoint, &Limits::default()).unwrap());
        connect(&listening.endpoint, &options, &mut confirm).await.unwrap();
    });
}

#[test]
fn a_pin_stands_above_everything_and_is_never_asked_about() {
    real_time(async {
        let listening = Listening::start().await;
        connect(&listening.endpoint, &listening.pinned(), &mut NoConfirm).await.unwrap();
        let other = Options::new(Identify::Pinned(Identity::ephemeral().unwrap().fingerprint()));
        let error = connect(&listening.endpoint, &other, &mut Decides::new(true)).await.err().unwrap();
        let Error::Identity(problem) = &error else { panic!("{error}") };
        assert!(matches!(**problem, IdentityProblem::Changed { known: None, .. }), "{error}");
    });
}

#[test]
fn a_damaged_or_exposed_file_stops_everything_and_is_named() {
    real_time(async {
        let (listening, directory) = (Listening::start().await, TempDir::new().unwrap());
        let file = KnownNodes::at(directory.path().join("known_nodes"));
        let options = Options::new(Identify::Known(file.clone()));
        let write = |text: &str, mode: u32| {
            std::fs::write(file.path(), text).unwrap();
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let key = listening.fingerprint;
        for (text, mode, part) in [
            (format!("# fine\n{} {key}\nnonsense\n", listening.endpoint), 0o600, "Line 3 of"),
            (format!("{} {key}\n", listening.endpoint), 0o622, "may be written by others"),
            (format!("#{}\n", "x".repeat(1 << 20)), 0o600, "larger than"),
        ] {
            write(&text, mode);
            let error = connect(&listening.endpoint, &options, &mut Decides::new(true)).await.err().unwrap();
            assert_eq!(error.code(), "knownNodes");
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text, "it is left as it is");
        }
        write(&format!("#{}\n{} {key}\n", "x".repeat(1000), listening.endpoint), 0o644);
        connect(&listening.endpoint, &options, &mut NoConfirm).await.unwrap();
    });
}

#[test]
fn a_known_nodes_file_is_replaced_whole_with_comments_kept_and_links_followed() {
    let directory = TempDir::new().unwrap();
    let real = directory.path().join("real");
    std::fs::write(&real, "# mine\n\nnode SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA # home\n").unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let file = KnownNodes::at(&link);
    let key = Fingerprint::parse(&format!("SHA256:{}A", "B".repeat(42))).unwrap();
    file.remember(&"node".parse().unwrap(), key, &Limits::default()).unwrap();
    assert_eq!(std::fs::read_to_string(&real).unwrap(), format!("# mine\n\nnode:2327 {key} # home\n"));
    assert!(link.is_symlink());
    assert_eq!(file.find(&"node".parse().unwrap(), &Limits::default()).unwrap(), Some((key, 3)));
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left beside it");
}

#[test]
fn many_writers_of_one_file_lose_nothing() {
    let directory = TempDir::new().unwrap();
    let file = KnownNodes::at(directory.path().join("known_nodes"));
    let key = Fingerprint::parse(&format!("SHA256:{}A", "B".repeat(42))).unwrap();
    let add = |name: String| file.remember(&name.parse().unwrap(), key, &Limits::default()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || (0..10).for_each(|node| add(format!("node-{thread}-{node}"))));
        }
    });
    assert_eq!(std::fs::read_to_string(file.path()).unwrap().lines().count(), 40);
}

#[test]
fn the_bootstrap_is_tried_once_more_and_not_again() {
    real_time(async {
        let listening = Listening::start_dropping(1).await;
        let connection = connect(&listening.endpoint, &listening.pinned(), &mut NoConfirm).await.unwrap();
        let rows = connection.transcript().rows();
        assert_eq!((listening.accepted.get(), rows.len(), rows[0].outcome), (2, 1, "ok"), "quietly");

        let listening = Listening::start_dropping(9).await;
        let options = listening.pinned();
        let error = connect(&listening.endpoint, &options, &mut NoConfirm).await.err().unwrap();
        assert_eq!((error.code(), listening.accepted.get()), ("gatewayDisconnected", 2));
        assert!(error.to_string().contains("Connect again"), "{error}");
        assert_eq!(options.transcript.rows()[0].outcome, "gatewayDisconnected");
    });
}

#[test]
fn what_is_not_there_or_no_node_is_told_apart_without_the_systems_words() {
    real_time(async {
        let free = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            endpoint(listener.local_addr().unwrap())
        };
        let pinned = Options::new(Identify::Pinned(Identity::ephemeral().unwrap().fingerprint()));
        let error = connect(&free, &pinned, &mut NoConfirm).await.err().unwrap();
        assert_eq!(error.code(), "unreachable");
        assert!(error.to_string().contains("nothing listens at that port"));
        assert!(!error.to_string().contains("os error"));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let babbling = endpoint(listener.local_addr().unwrap());
        let babble = spawn_local(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.9\r\n").await;
            }
        });
        let error = connect(&babbling, &pinned, &mut NoConfirm).await.err().unwrap();
        assert_eq!(error.code(), "identityUnproven");
        babble.abort();
    });
}

#[test]
fn without_tls_nothing_but_loopback_is_connected_to() {
    real_time(async {
        let plain = Options::new(Identify::Plain);
        let error = connect(&"192.0.2.1".parse().unwrap(), &plain, &mut NoConfirm).await.err().unwrap();
        assert_eq!(error.code(), "tlsRequired");

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = endpoint(listener.local_addr().unwrap());
        let node = crate::gateway::Node::new();
        let served = Rc::clone(&node);
        spawn_local(async move {
            let (stream, _) = listener.accept().await.unwrap();
            capos_testkit::stock::serve(stream, served.client());
        });
        let connection = connect(&address, &plain, &mut NoConfirm).await.unwrap();
        assert_eq!(connection.fingerprint(), None);
        sign_in(&connection).await;
    });
}

#[test]
fn a_node_that_never_answers_the_bootstrap_is_given_up_in_time() {
    real_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = endpoint(listener.local_addr().unwrap());
        let silent = spawn_local(async move {
            let mut held = Vec::new();
            loop {
                held.push(listener.accept().await.unwrap());
            }
        });
        for identify in [Identify::Plain, Identify::Pinned(Identity::ephemeral().unwrap().fingerprint())] {
            let mut options = Options::new(identify);
            options.timeouts.bootstrap = std::time::Duration::from_millis(50);
            options.timeouts.handshake = std::time::Duration::from_millis(50);
            let error = connect(&address, &options, &mut NoConfirm).await.err().unwrap();
            assert_eq!(error.code(), "gatewayDisconnected");
            assert!(error.to_string().contains("does not answer"), "{error}");
        }
        silent.abort();
    });
}
