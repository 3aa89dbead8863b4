//! The port for HTTP, and Cap'n Web on it, from outside.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use capnweb::drivers::{Ended, Timing, client};
use capnweb::{Key, Object, Options, Outcome, Promise, Session, Stub, Value};
use capos_rpc::{ClientTls, Fingerprint, Trust};
use capos_testkit::Node;
use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, spawn_local};

use crate::connecting::connected;
use crate::ground::*;

fn web(node: &Node) -> SocketAddr {
    node.web().expect("it serves HTTP")
}

fn url(node: &Node, scheme: &str) -> String {
    format!("{scheme}://{}/rpc", web(node))
}

fn key(name: &str) -> Key {
    Key::Name(name.to_owned())
}

fn account(name: &str, password: &str) -> Vec<Value> {
    vec![Object::from([("account", Value::from(name)), ("password", password.into())]).into()]
}

/// Signs the operator in; what it gives can be called at once.
fn sign_in(main: &Stub, node: &Node) -> Promise {
    main.call(Some("authenticate"), account(node.operator(), node.password()))
}

/// What a session's node says to whoever has signed in: three calls on answers still to come.
fn motd(session: &Promise) -> Promise {
    let grants = session.call_at(&[key("capSet")], vec![]);
    grants.call_at(&[key("get")], vec!["system_info".into()]).call_at(&[key("motd")], vec![])
}

fn code(outcome: &Outcome) -> String {
    let thrown = outcome.as_ref().expect_err("it is refused");
    let error = thrown.error().expect("an error is thrown");
    let code = error.properties.get("code").and_then(Value::as_str);
    code.unwrap_or(&error.name).to_owned()
}

/// A program that speaks over a WebSocket.
struct Program {
    main: Stub,
    session: Session,
    way: JoinHandle<Ended>,
}

impl Program {
    async fn start(node: &Node) -> Result<Self, capnweb::Error> {
        let session = Session::new(Options::default(), |_| None);
        let driver = client::websocket(&url(node, "ws"), &session, Timing::default()).await?;
        Ok(Self { main: session.remote(), session, way: spawn_local(driver) })
    }
}

/// Makes calls in one batch.
async fn batch(node: &Node, calls: impl FnOnce(Stub) -> Promise) -> Outcome {
    let session = Session::new(Options::default(), |_| None);
    client::batch(&url(node, "http"), &session, Timing::default(), |main| calls(main).into_future()).await
}

/// Status and code of the answer to a request with these lines.
fn asked(node: &Node, first: &str, lines: &str, body: &str) -> (u16, String) {
    let (address, length) = (web(node), body.len());
    let head = format!("{first} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{lines}Connection: close");
    let answer = exchange(address, &format!("{head}\r\n\r\n{body}"));
    told(&answer)
}

/// What `/healthz` says.
fn health(address: SocketAddr) -> (u16, String) {
    let answer = exchange(address, "GET /healthz HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    (told(&answer).0, body)
}

fn told(answer: &str) -> (u16, String) {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let code = answer.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (status, code.to_owned())
}

const GREETING: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[test]
fn no_page_in_a_browser_speaks_to_the_node() {
    let node = plan().start();
    let refused = (403, "originRefused".to_owned());
    for origin in ["https://attacker.example", "null", "http://localhost", ""] {
        let line = format!("Origin: {origin}\r\n");
        assert_eq!(asked(&node, "POST /rpc", &line, ""), refused, "{origin:?}");
        assert_eq!(asked(&node, "OPTIONS /rpc", &line, ""), refused, "{origin:?}");
        assert_eq!(asked(&node, "GET /rpc", &format!("{line}{GREETING}"), ""), refused, "{origin:?}");
    }
    let own = format!("Origin: http://{}\r\n", web(&node));
    assert_eq!(asked(&node, "POST /rpc", &own, ""), refused, "not even its own");
    let rebound = "POST /rpc HTTP/1.1\r\nHost: attacker.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(told(&exchange(web(&node), rebound)), (421, "unknownHost".to_owned()));
}

#[test]
fn what_is_no_way_to_speak_is_told() {
    let node = plan().start();
    assert_eq!(asked(&node, "GET /rpc", "", ""), (426, "upgradeRequired".to_owned()));
    let malformed = GREETING.replace("dGhl", "");
    assert_eq!(asked(&node, "GET /rpc", &malformed, ""), (400, "badRequest".to_owned()));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(asked(&node, &format!("{method} /rpc"), "", ""), (405, "methodNotAllowed".to_owned()), "{method}");
    }
    assert_eq!(asked(&node, "GET /rpc/", "", "").0, 404);
    assert_eq!(asked(&node, "GET /nowhere", "", "").0, 404);
    assert_eq!(health(web(&node)), (200, "ok\n".to_owned()));
}

#[test]
fn a_batch_signs_in_and_calls_in_one_round_trip() {
    let node = plan().configuration("node.motd = 'be kind'").start();
    on_vat(async {
        let said = batch(&node, |main| motd(&sign_in(&main, &node))).await.unwrap();
        assert_eq!(said.as_str(), Some("be kind"));
        let methods = batch(&node, |main| main.call(Some("authMethods"), vec![])).await.unwrap();
        assert!(methods.as_array().is_some_and(|methods| methods.len() > 5), "{methods:?}");
    });
    let plan = node.plan().clone();
    assert!(node.stop().0.success());
    let ended = journal(&plan).into_iter().filter(|row| row.0 == "session.ended").count();
    assert_eq!(ended, 1, "its session is over with the batch");
}

#[test]
fn a_socket_holds_a_session_and_its_end_is_the_sessions() {
    let node = plan().configuration("node.motd = 'be kind'").start();
    on_vat(async {
        let program = Program::start(&node).await.unwrap();
        let session = sign_in(&program.main, &node);
        assert_eq!(motd(&session).await.unwrap().as_str(), Some("be kind"));
        program.way.abort();
        // With the driver goes its socket.
        let _ = program.way.await;
        let log = node.wait_for_log("a session ended");
        assert!(log.contains("reason=\"disconnected\""), "{log}");
        assert!(program.session.ended().is_some());
    });
    let plan = node.plan().clone();
    assert!(node.stop().0.success());
    let rows = journal(&plan);
    let ended = rows.iter().find(|row| row.0 == "session.ended").expect("it is in the journal");
    assert!(ended.1.contains("disconnected"), "{}", ended.1);
    let began = rows.iter().find(|row| row.0 == "session.began").map_or("", |row| &row.1);
    assert!(began.is_empty() || began.contains("127.0.0.1"), "the source is the connection's: {began}");
}

#[test]
fn a_session_that_an_administrator_ends_is_over_for_the_program() {
    let node = connected();
    on_vat(async {
        let program = Program::start(&node).await.unwrap();
        let session = sign_in(&program.main, &node);
        let info = session.call_at(&[key("info")], vec![]).await.unwrap();
        let id = info.as_object().and_then(|info| info.get("sessionId")).and_then(Value::as_bytes).unwrap();
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(capos(node.plan(), &["admin", "session", "end", &id], "").code, Some(0));
        assert_eq!(code(&motd(&session).await), "staleSession");
        let again = sign_in(&program.main, &node);
        motd(&again).await.expect("the socket is there, and signs in anew");
    });
}

#[test]
fn a_wrong_proof_is_refused_by_its_code_and_counted_over_batches() {
    let node = plan().configuration("limits.sign_in.failures = 2\nlimits.sign_in.first_wait = '1h'").start();
    on_vat(async {
        let wrong = |main: Stub| main.call(Some("authenticate"), account(node.operator(), "a wrong password"));
        for _ in 0..2 {
            assert_eq!(code(&batch(&node, wrong).await), "authenticationDenied");
        }
        let right = batch(&node, |main| motd(&sign_in(&main, &node))).await;
        assert_eq!(code(&right), "overloaded", "whoever fails waits, on whatever connection");
        let program = Program::start(&node).await.unwrap();
        assert_eq!(code(&sign_in(&program.main, &node).await), "overloaded", "and on sockets");
    });
}

#[test]
fn sessions_are_counted_over_sockets_batches_and_the_other_port() {
    let node = plan().configuration("limits.sessions.principal = 3").start();
    on_vat(async {
        let (_client, _session) = Client::operator(&node).await;
        let program = Program::start(&node).await.unwrap();
        let (first, second) = (sign_in(&program.main, &node), sign_in(&program.main, &node));
        motd(&first).await.unwrap();
        motd(&second).await.unwrap();
        let refused = batch(&node, |main| motd(&sign_in(&main, &node))).await;
        assert_eq!(code(&refused), "tooManySessions");
        first.call_at(&[key("logout")], vec![]).await.unwrap();
        batch(&node, |main| motd(&sign_in(&main, &node))).await.expect("the place is the next one's");
    });
}

#[test]
fn who_waits_to_sign_in_has_a_place_at_the_nodes_gate() {
    let node = plan().configuration("limits.entry.source = 2").start();
    on_vat(async {
        let _client = Client::connect(node.address()).await;
        let first = Program::start(&node).await.unwrap();
        first.main.call(Some("authMethods"), vec![]).await.unwrap();
        // The other place is the client's of the other port, once that has spoken.
        _client.gateway.auth_methods_request().send().promise.await.unwrap();
        assert_eq!(asked(&node, "GET /rpc", GREETING, ""), (429, "overloaded".to_owned()));
        assert_eq!(asked(&node, "POST /rpc", "", ""), (429, "overloaded".to_owned()));
        // Held until the end: whose session is over waits to sign in again.
        let session = sign_in(&first.main, &node);
        motd(&session).await.unwrap();
        batch(&node, |main| motd(&sign_in(&main, &node))).await.expect("whoever signed in needs its place no more");
        drop(session);
    });
}

#[test]
fn a_batch_is_bounded() {
    let node = plan().configuration("limits.web.batch_bytes = '1MiB'").start();
    let most = 1 << 20;
    let (status, _) = asked(&node, "POST /rpc", "", &" ".repeat(most));
    assert_eq!(status, 200, "nothing was asked");
    let past = asked(&node, "POST /rpc", "", &" ".repeat(most + 1));
    assert_eq!(past, (413, "requestBodyTooLarge".to_owned()));
    let (status, _) = asked(&node, "POST /rpc", "", "[\"push\",");
    assert_eq!(status, 400, "what is no message ends the batch");
}

#[test]
fn what_a_message_may_cost_is_for_the_node_s_operator_to_say() {
    let node = plan().configuration("limits.capnweb = { message_bytes = '1KiB', depth = 8 }").start();
    let push = r#"["push",["pipeline",0,["authMethods"],[]]]"#;
    let padded = |bytes: usize| format!("{push}{}", " ".repeat(bytes - push.len()));
    let (status, said) = asked(&node, "POST /rpc", "", &padded(1024));
    assert_eq!(status, 200, "{said}");
    assert_eq!(asked(&node, "POST /rpc", "", &padded(1025)).0, 400);
    let nested = |levels: usize| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        push.replace("[]]]", &format!("[{value}]]]"))
    };
    assert_eq!(asked(&node, "POST /rpc", "", &nested(4)).0, 200);
    assert_eq!(asked(&node, "POST /rpc", "", &nested(8)).0, 400);
}

#[test]
fn a_batch_is_given_up_with_its_client_and_takes_its_session_along() {
    let node = plan().configuration("limits.entry.source = 1").start();
    on_vat(async {
        let session = Session::new(Options::default(), |_| None);
        let url = url(&node, "http");
        let mut hanging = Box::pin(client::batch(&url, &session, Timing::default(), |main| {
            // In a batch nobody is there to sign: it waits for that.
            let never = Stub::function(|_| capnweb::Answer::later(std::future::pending()));
            let by_key =
                [("kind", Value::from("publicKey")), ("account", node.operator().into()), ("sign", never.into())];
            let signed_in = sign_in(&main, &node);
            let hangs = main.call(Some("authenticate"), vec![Object::from(by_key).into()]);
            async move { (signed_in, hangs.await) }
        }));
        let began = async {
            while !node.log().contains("a session began") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = &mut hanging => panic!("it hangs"),
            () = began => {}
        }
        let left = Instant::now();
        drop(hanging);
        let log = node.wait_for_log("a session ended");
        assert!(log.contains("reason=\"disconnected\""), "{log}");
        assert!(left.elapsed() < Duration::from_secs(30), "not when its time was over");
        batch(&node, |main| motd(&sign_in(&main, &node))).await.expect("its place is the next one's");
    });
}

#[test]
fn a_batch_that_takes_too_long_is_answered_with_that() {
    let node = plan().configuration("limits.web.batch_time = '300ms'").start();
    on_vat(async {
        let by_key = [("kind", Value::from("publicKey")), ("account", node.operator().into())];
        let hangs = batch(&node, |main| {
            let mut by_key = Object::from(by_key);
            by_key.insert("sign", Stub::function(|_| capnweb::Answer::later(std::future::pending())));
            main.call(Some("authenticate"), vec![by_key.into()])
        });
        let thrown = hangs.await.expect_err("nobody signs");
        assert!(format!("{thrown}").contains("took too long"), "{thrown}");
        batch(&node, |main| main.call(Some("authMethods"), vec![])).await.expect("others are none the wiser");
    });
}

#[test]
fn a_stop_tells_sockets_and_waits_for_nobody_else() {
    let node = plan().configuration("node.stop_grace = '50ms'").start();
    on_vat(async {
        let program = Program::start(&node).await.unwrap();
        let session = sign_in(&program.main, &node);
        motd(&session).await.unwrap();
        let _resting = TcpStream::connect(web(&node)).await.unwrap();
        node.signal(Signal::TERM);
        let ended = program.way.await.unwrap();
        assert!(matches!(ended, Ended::Session(_) | Ended::Closed(_)), "{ended:?}");
        assert!(motd(&session).await.is_err());
    });
    let (status, log) = node.stop();
    assert!(status.success() && !log.contains("did not end in time"), "{log}");
}

#[test]
fn during_the_grace_browsers_go_on_and_nobody_new_comes() {
    let node = plan().configuration("node.stop_grace = '1h'").start();
    on_vat(async {
        let program = Program::start(&node).await.unwrap();
        let session = sign_in(&program.main, &node);
        motd(&session).await.unwrap();
        node.signal(Signal::TERM);
        let _ = node.wait_for_log("stopping in 1h");
        let address = web(&node);
        assert_eq!(health(address).0, 503, "whoever leads clients here leads them elsewhere");
        let body = r#"{"method":"anonymous"}"#;
        let origin = format!("Host: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/json");
        let head = format!("POST /api/sign-in HTTP/1.1\r\n{origin}\r\nContent-Length: {}", body.len());
        let answer = exchange(address, &format!("{head}\r\nConnection: close\r\n\r\n{body}"));
        assert_eq!(told(&answer), (503, "overloaded".to_owned()), "{answer}");
        motd(&session).await.unwrap();
        node.signal(Signal::TERM);
        let _ = program.way.await.unwrap();
    });
    assert!(node.stop().0.success());
}

#[test]
fn http_can_be_off_and_elsewhere() {
    let node = plan().web("off").start();
    assert_eq!(node.web(), None);
    drop(node);
    let node = plan().web_as_configured().configuration("[web]\nlisten = 'off'").start();
    assert_eq!((node.web(), &node.ready()["web"]), (None, &serde_json::json!([])));
    drop(node);
    let node = plan().web_as_configured().configuration("web.listen = ['127.0.0.1:0', '127.0.0.2:0']").start();
    for place in 0..2 {
        let address = node.ready()["web"][place].as_str().unwrap().parse().unwrap();
        assert_eq!(health(address).0, 200);
    }
    node.reconfigure("web.listen = 'off'");
    let log = node.wait_for_log("the configuration was read again");
    assert!(log.contains("will change when the node is restarted setting=\"web.listen\""), "{log}");
}

#[test]
fn a_port_that_was_named_for_http_and_is_taken_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let plan = plan().web(&address);
    let done = run(&mut plan.up(), "long enough to be a password\n");
    assert_eq!(done.code, Some(1));
    let mut lines = done.err.lines();
    assert!(lines.next().unwrap().contains(&format!("{address} is taken by another program")), "{}", done.err);
    let advice = "Give another address with --web, or in the configuration as web.listen; off leaves HTTP out.";
    assert_eq!(lines.next(), Some(advice));
    let both = plan.clone().arguments(&["--rpc", "127.0.0.1:0", "--web", "off"]);
    let done = run(&mut both.up(), "");
    assert_eq!((done.code, one_line(&done).contains("exclude each other")), (Some(2), true), "{}", done.err);
}

/// An address of this machine that is not loopback, if it has one.
fn outward() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

#[test]
fn a_one_time_password_is_for_the_machine_itself_whatever_a_header_says() {
    let Some(address) = outward() else { return };
    let plan = plan().web_as_configured().arguments(&[
        "--rpc",
        "127.0.0.1:0",
        "--web",
        "127.0.0.1:0",
        "--web",
        &format!("{address}:0"),
    ]);
    let up = plan.up();
    // As where there is no terminal and nobody has a password to give.
    let arguments: Vec<_> = up.get_args().filter(|argument| *argument != "--operator-password-stdin").collect();
    let mut written = plan.command();
    written.args(arguments);
    let node = plan.start_with(&mut written);
    let once = std::fs::read_to_string(plan.data().join("operator-password")).unwrap();
    let once = once.trim().to_owned();
    let replaced = || {
        let given = [
            ("account", Value::from(node.operator())),
            ("password", once.as_str().into()),
            ("newPassword", node.password().into()),
        ];
        vec![Value::from(Object::from(given))]
    };
    on_vat(async {
        let outside: SocketAddr = node.ready()["web"][1].as_str().unwrap().parse().unwrap();
        let tls = ClientTls::new(&Trust::Pinned(Fingerprint::parse(node.fingerprint()).unwrap()), None).unwrap();
        let stream = TcpStream::connect(outside).await.unwrap();
        let (stream, _) = tls.connect(stream, "node.example").await.unwrap();
        let session = Session::new(Options::default(), |_| None);
        let driver = client::over(stream, &format!("wss://{outside}/rpc"), &session, Timing::default()).await.unwrap();
        let way = spawn_local(driver);
        let refused = session.remote().call(Some("authenticate"), replaced()).await;
        assert_eq!(code(&refused), "authenticationDenied");
        way.abort();
        let inside = batch(&node, |main| motd(&main.call(Some("authenticate"), replaced()))).await;
        inside.expect("from the machine itself it is good");
    });
}

#[test]
fn a_header_makes_nobody_a_neighbour() {
    let Some(address) = outward() else { return };
    let node = plan().web(&format!("{address}:0")).start();
    let forged = "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1;proto=https\r\nX-Real-IP: 127.0.0.1\r\n";
    assert_eq!(asked(&node, "POST /rpc", forged, ""), (400, "tlsRequired".to_owned()));
}

/// Whether HTTPS is served with the key of that fingerprint.
async fn shows(address: SocketAddr, fingerprint: Fingerprint) -> bool {
    let tls = ClientTls::new(&Trust::Pinned(fingerprint), None).unwrap();
    tls.connect(TcpStream::connect(address).await.unwrap(), "localhost").await.is_ok()
}

#[test]
fn https_is_served_with_the_configured_certificate_and_a_renewed_one() {
    let plan = plan();
    let file = plan.directory().join("pair.pem");
    let make = |name: &str| {
        let made = plan.directory().join(name);
        std::fs::create_dir(&made).unwrap();
        let identity = capos_rpc::Identity::load_or_create(&made).unwrap();
        std::fs::rename(made.join("identity.pem"), &file).unwrap();
        identity.fingerprint()
    };
    let first = make("first");
    let text = format!("web.certificate = '{0}'\nweb.key = '{0}'\n", file.display());
    let node = plan.clone().configuration(&text).start();
    on_vat(async {
        assert!(shows(web(&node), first).await);
        let second = make("second");
        assert!(shows(web(&node), first).await, "until it is told");
        node.reconfigure(&text);
        let _ = node.wait_for_log("the configuration was read again");
        assert!(shows(web(&node), second).await && !shows(web(&node), first).await);
        node.reconfigure("");
        let _ = node.wait_for_log("changed setting=\"web.certificate\"");
        let _ = node.wait_for_log("the configuration was read again");
        while shows(web(&node), second).await {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_public_origin_and_proxies_are_as_configured() {
    let text = "web.public_origin = 'https://den.example'\nweb.proxies = ['127.0.0.0/8']\n";
    let node = plan().configuration(text).start();
    let page = |host: &str, lines: &str| {
        exchange(web(&node), &format!("GET / HTTP/1.1\r\nHost: {host}\r\n{lines}Connection: close\r\n\r\n"))
    };
    let forwarded = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
    let heard = page("den.example", forwarded);
    assert!(told(&heard).0 == 200 && heard.contains("strict-transport-security: "), "{heard}");
    assert_eq!(told(&page("localhost", forwarded)), (421, "unknownHost".to_owned()));
    let plain = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n";
    assert_eq!(told(&page("den.example", plain)), (400, "tlsRequired".to_owned()));
    assert_eq!(health(web(&node)).0, 200);
}
