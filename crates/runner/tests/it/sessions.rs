//! What runs for one session alone, and what sessions have of a shared connection.

use std::time::{Duration, Instant};

use capos_membrane::{Membrane, Rules};
use capos_runner::{Event, Lent, Limits, Opening, State};
use capos_schema::terminal_capnp::terminal_session;

use crate::bench::{Bench, TERMINAL, key, opening, profile, say, terminal};

/// Within a second on an idle machine; a busy one is given longer.
const AT_ONCE: Duration = Duration::from_secs(8);
const SESSION: &str = "isolation = \"session\"\n";

#[tokio::test]
async fn each_session_has_a_process_and_a_home_of_its_own() {
    let bench = Bench::new(&[profile("lab", "good", SESSION)]);
    assert_eq!(bench.say(1, "lab", "write mine").await.unwrap(), "done");
    assert_eq!(bench.say(1, "lab", "read mine").await.unwrap(), "something");
    assert_eq!(bench.say(2, "lab", "read mine").await.unwrap(), "nothing");
    assert_eq!(bench.runner.state("lab", &key(1)), State::Running);
    assert_eq!(bench.runner.state("lab", &key(3)), State::Startable);
    let sessions: Vec<_> = bench.runner.status("lab").unwrap().instances.iter().map(|one| one.session).collect();
    assert_eq!(sessions, [Some(key(1)), Some(key(2))]);
    assert!(matches!(bench.runner.admin_start("lab").await, Err(capos_runner::Error::PerSession)));
}

#[tokio::test]
async fn a_sessions_process_and_home_go_with_it_at_once() {
    let bench = Bench::new(&[profile("lab", "never-drain", SESSION)]);
    bench.say(1, "lab", "write mine").await.unwrap();
    bench.say(2, "lab", "hello").await.unwrap();
    let (standing, began) = bench
        .on_vat(0, |runner| async move {
            let opened = runner.open(opening(1, "lab"));
            say(&opened, "hello").await.unwrap();
            let began = Instant::now();
            runner.session_over(&key(1));
            while opened.standing.is_live() {
                tokio::task::yield_now().await;
            }
            (opened.standing.check().unwrap_err().code.as_str(), began)
        })
        .await;
    assert_eq!(standing, "serviceUnavailable");
    bench.until("lab", 1, |event| *event == Event::Stopped).await;
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert_eq!(bench.say(2, "lab", "hello").await.unwrap(), "hello", "the other session's goes on");
    let late = bench.say(1, "lab", "hello").await.unwrap_err();
    assert!(late.contains("staleSession"), "nothing starts for a session that is over: {late}");
    let sessions = bench.directory.path().join("services/lab/sessions");
    let gone = async {
        while std::fs::read_dir(&sessions).unwrap().count() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::bench::SOON, gone).await.expect("its home is removed");
}

#[tokio::test]
async fn sessions_of_one_principal_share_a_home_that_stays_and_nobody_else_sees_it() {
    let bench = Bench::new(&[profile("lab", "good", "isolation = \"session\"\nhome = \"principal\"\n")]);
    let (ada, bob) = (Some(7), Some(8));
    assert_eq!(bench.say_as(1, ada, "lab", "write mine").await, "done");
    assert_eq!(bench.say_as(2, ada, "lab", "read mine").await, "something", "at once, in a process of its own");
    assert_eq!(bench.say_as(3, bob, "lab", "read mine").await, "nothing");
    assert_eq!(bench.say_as(4, None, "lab", "read mine").await, "nothing");
    assert_eq!(bench.say_as(4, None, "lab", "write mine").await, "done");
    for session in [1, 2, 4] {
        bench.runner.session_over(&key(session));
    }
    bench.until("lab", 3, |event| *event == Event::Stopped).await;
    bench.runner.launch("lab", &key(5), Some([7; 32])).await.unwrap();
    assert_eq!(bench.say_as(5, ada, "lab", "read mine").await, "something", "a launch leads to the same home");
    assert_eq!(bench.say_as(6, None, "lab", "read mine").await, "nothing", "a guest's has gone, also for guests");
    let homes = bench.directory.path().join("services/lab/homes");
    assert_eq!(std::fs::read_dir(homes).unwrap().count(), 2, "guests have none there");
}

#[tokio::test]
async fn a_scratch_home_of_a_shared_service_goes_with_its_process() {
    let bench = Bench::new(&[profile("lab", "good", "home = \"scratch\"\n")]);
    assert_eq!(bench.say(1, "lab", "write mine").await.unwrap(), "done");
    assert_eq!(bench.say(2, "lab", "read mine").await.unwrap(), "something");
    bench.runner.admin_restart("lab").await.unwrap();
    assert_eq!(bench.say(1, "lab", "read mine").await.unwrap(), "nothing");
}

#[tokio::test]
async fn a_service_is_told_its_settings_and_gets_what_the_node_makes() {
    let more = "[[requires]]\nname = \"recorder\"\ninterface = \"Recorder\"\nholder = \"node\"\n\
        [settings]\ncolour = \"red\"\n";
    let bench = Bench::new(&[profile("lab", "good", more)]);
    let lent = bench.on_vat(0, |runner| async move {
        assert_eq!(say(&runner.open(opening(1, "lab")), "settings").await.unwrap(), r#"{"colour":"red"}"#);
        let client = capnp_rpc::new_client::<terminal_session::Client, _>(Own).client;
        let interface = runner.profile("lab").unwrap().requires[0].interface.id;
        let grants = vec![Lent { name: "recorder".to_owned(), interface, client }];
        say(&runner.open(Opening { grants, ..opening(1, "lab") }), "lent").await.unwrap()
    });
    assert_eq!(lent.await, "recorder");
}

/// Processes of the host whose command line has this in it.
fn running(marker: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = all.filter_map(|one| std::fs::read(one.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(marker)).count()
}

#[tokio::test]
async fn commands_that_do_not_want_to_end_are_gone_soon_after_their_session() {
    let more = format!("{SESSION}home = \"principal\"\ncommands = true\nroot = \"system\"\n");
    let bench = Bench::new(&[profile("lab", "never-drain", &more)]);
    let marker = format!("86399.{}", std::process::id());
    // Out of its group and its session, deaf, and each the parent of the next.
    let sleep =
        format!("trap '' TERM HUP INT QUIT; setsid sh -c 'sleep {marker} & sh -c \"sleep {marker} & wait\" & wait' &");
    for session in [1, 2] {
        assert_eq!(bench.say(session, "lab", &format!("sh {sleep}{sleep}")).await.unwrap(), "started");
    }
    let until = async |count: usize| {
        while running(&format!("sleep\0{marker}")) != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::bench::SOON, until(8)).await.expect("all of them run");
    let began = Instant::now();
    bench.runner.session_over(&key(1));
    tokio::time::timeout(AT_ONCE, until(4)).await.expect("at once");
    bench.until("lab", 1, |event| *event == Event::Stopped).await;
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert_eq!(bench.say(2, "lab", "hello").await.unwrap(), "hello", "the other session's go on");
    drop(bench);
    tokio::time::timeout(AT_ONCE, until(0)).await.expect("and they end with the runner");
}

#[tokio::test]
async fn a_release_ends_one_sessions_process_and_it_may_have_another() {
    let bench = Bench::new(&[profile("lab", "good", SESSION)]);
    bench.say(1, "lab", "hello").await.unwrap();
    bench.runner.release("lab", &key(1));
    bench.until("lab", 1, |event| *event == Event::Stopped).await;
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn as_many_graphs_run_as_may_and_not_one_more() {
    let limits = Limits { instances: 2, ..Limits::default() };
    let bench = Bench::with(&[profile("lab", "good", SESSION)], limits, &[]);
    assert!(bench.say(1, "lab", "hello").await.is_ok() && bench.say(2, "lab", "hello").await.is_ok());
    assert!(bench.say(3, "lab", "hello").await.unwrap_err().contains("overloaded"));
    bench.runner.session_over(&key(1));
    assert!(bench.say(3, "lab", "hello").await.is_ok(), "there is room again");
}

#[tokio::test]
async fn sessions_keep_no_shared_service_from_starting() {
    let limits = Limits { instances: 1, ..Limits::default() };
    let bench = Bench::with(&[profile("own", "good", SESSION), profile("lab", "good", "")], limits, &[]);
    assert!(bench.say(1, "own", "hello").await.is_ok());
    assert!(bench.say(2, "own", "hello").await.unwrap_err().contains("overloaded"));
    assert!(bench.say(2, "lab", "hello").await.is_ok(), "there are no more of these than profiles");
    bench.runner.session_over(&key(1));
    assert!(bench.say(2, "own", "hello").await.is_ok());
}

#[tokio::test]
async fn facets_of_one_session_draw_on_one_share_and_all_on_the_whole() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    bench
        .on_vat(0, |runner| async move {
            let (one, again, other) =
                (runner.open(opening(1, "lab")), runner.open(opening(1, "lab")), runner.open(opening(2, "lab")));
            let same = std::sync::Arc::<capos_membrane::Budget>::ptr_eq;
            assert!(same(&one.budgets[0], &again.budgets[0]) && same(&one.budgets[1], &other.budgets[1]));
            assert!(!same(&one.budgets[0], &other.budgets[0]));
            let callbacks = [&one.callback_budgets[0], &other.callback_budgets[0]];
            assert!(same(callbacks[0], callbacks[1]), "the service's own calls fill the same connection");
            assert!(!same(callbacks[0], &one.budgets[1]));
            assert_eq!(one.holding[0].most(), 1024);
            say(&other, "hello").await.unwrap();
        })
        .await;
}

/// Answers as a session's own object would.
struct Own;

impl terminal_session::Server for Own {
    async fn read_line(
        self: std::rc::Rc<Self>,
        _: terminal_session::ReadLineParams,
        mut results: terminal_session::ReadLineResults,
    ) -> Result<(), capnp::Error> {
        results.get().set_line(b"lent by a session");
        Ok(())
    }
}

#[tokio::test]
async fn a_session_lends_what_the_profile_asks_for_and_nothing_else() {
    let requires = "[[requires]]\nname = \"pen\"\ninterface = \"TerminalSession\"\nholder = \"backendHeld\"\n";
    let bench = Bench::new(&[profile("lab", "good", requires)]);
    let heard = bench
        .on_vat(0, |runner| async move {
            let own = || capnp_rpc::new_client::<terminal_session::Client, _>(Own).client;
            let lent = |name: &str, interface| Lent { name: name.to_owned(), interface, client: own() };
            let grants = vec![lent("pen", TERMINAL), lent("pen", 7), lent("sword", TERMINAL)];
            let opened = runner.open(Opening { grants, ..opening(1, "lab") });
            (say(&opened, "lent").await.unwrap(), say(&opened, "ask pen").await.unwrap())
        })
        .await;
    assert_eq!(heard, ("pen".to_owned(), "lent by a session".to_owned()));
}

#[tokio::test]
async fn a_facet_works_before_its_service_runs_and_dies_with_a_dropped_wish() {
    let bench = Bench::new(&[profile("lab", "slow-begin", "")]);
    bench
        .on_vat(0, |runner| async move {
            let opened = runner.open(opening(1, "lab"));
            // Sent while nothing runs yet.
            let mut request = terminal(&opened).read_line_request();
            request.get().init_request().set_prompt("hello");
            let answer = request.send().promise;
            drop(runner.open(opening(2, "lab")));
            assert_eq!(answer.await.unwrap().get().unwrap().get_line().unwrap(), b"hello");
        })
        .await;
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    assert_eq!(bench.events("lab"), [Event::Started]);
}

#[tokio::test]
async fn a_session_has_as_many_calls_as_its_share_and_all_as_many_as_the_whole() {
    let limits = Limits { session_calls: 2, shared_calls: 3, ..Limits::default() };
    let bench = Bench::with(&[profile("lab", "good", "")], limits, &[]);
    let denied = bench
        .on_vat(0, |runner| async move {
            let guarded = |session| {
                let mut opened = runner.open(opening(session, "lab"));
                let mut rules = Rules::new(opened.standing.child());
                rules.budgets = opened.budgets.clone();
                opened.facet = Membrane::new(rules).wrap(opened.facet);
                opened
            };
            let (one, other) = (guarded(1), guarded(2));
            say(&one, "hello").await.unwrap();
            say(&other, "hello").await.unwrap();
            let waiting = |opened| {
                let mut request = terminal(opened).read_line_request();
                request.get().init_request().set_prompt("wait");
                request.send().promise
            };
            let _kept = (waiting(&one), waiting(&one));
            let past_its_share = say(&one, "hello").await.unwrap_err();
            say(&other, "hello").await.expect("another session notices nothing");
            let _last = waiting(&other);
            (past_its_share, say(&other, "hello").await.unwrap_err())
        })
        .await;
    for denied in [denied.0, denied.1] {
        assert!(denied.starts_with("Overloaded tooManyCalls"), "{denied}");
    }
}
