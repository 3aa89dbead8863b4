//! Tasks: one command each, and whatever is said to it stays a word.

use capos_schema::commands_capnp::command_surface;
use capos_schema::shell_capnp::{shell, shell_task};
use capos_service::testing::{Visitor, run};

use crate::ground::{Ground, Told, begin, code, wait};

const SETTINGS: &str = r#"{"tasks": {
    "show": {
        "label": "Show",
        "summary": "Shows what it is given.",
        "command": ["/usr/bin/printf", "<%s>", "{word}", "--word={word}", "{{word}}", "--count={count}", "{loud}", "{kind}"],
        "environment": {"LC_ALL": "C.UTF-8"},
        "timeout": "5s",
        "parameters": {
            "word": {"type": "text", "label": "Word", "maxBytes": 40},
            "count": {"type": "integer", "min": -5, "max": 5, "optional": true},
            "loud": {"type": "boolean", "optional": true, "words": ["--loud", "--very"], "otherwise": ["--quiet"]},
            "kind": {"type": "choice", "choices": ["a", "-b"], "optional": true}
        }
    },
    "dashed": {
        "label": "Dashed",
        "command": ["/usr/bin/printf", "<%s>", "{word}"],
        "parameters": {"word": {"type": "text", "dash": true}}
    },
    "where": {"label": "Where", "command": ["/bin/sh", "-c", "pwd; echo $A; cat; exit 3"], "cwd": "/", "environment": {"A": "b"}},
    "slow": {"label": "Slow", "command": ["sleep", "1000"], "timeout": "100ms"}
}}"#;

enum Value<'a> {
    Text(&'a str),
    Integer(i64),
    Boolean(bool),
}
use Value::{Boolean, Integer, Text};

type Arguments<'a> = &'a [(&'a str, Value<'a>)];

fn write(
    arguments: Arguments<'_>,
    mut to: capnp::struct_list::Builder<'_, capos_schema::commands_capnp::command_argument::Owned>,
) {
    for (at, (name, value)) in (0..).zip(arguments) {
        let mut argument = to.reborrow().get(at);
        argument.set_name(name);
        let mut to = argument.init_value();
        match value {
            Text(text) => to.set_text(text),
            Integer(number) => to.set_integer(*number),
            Boolean(yes) => to.set_boolean(*yes),
        }
    }
}

async fn task(ground: &Ground, name: &str) -> shell_task::Client {
    ground.bench.open(&Visitor::named("Ann"), name).await.unwrap()
}

async fn perform(task: &shell_task::Client, arguments: Arguments<'_>) -> Result<Told, capnp::Error> {
    let mut request = task.run_request();
    write(arguments, request.get().init_arguments(u32::try_from(arguments.len()).unwrap()));
    let answer = request.send().promise.await?;
    Told::read(answer.get()?.get_result()?)
}

#[test]
fn what_is_given_goes_into_its_places_and_stays_one_word() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        let show = task(&ground, "show").await;
        let hostile = ["; rm -rf x", "$(id)", "`id`", "{word}", "{count}", "a b", "| cat", "'\"\\", "*", "..", "%s%n"];
        for word in hostile {
            let told = perform(&show, &[("word", Text(word))]).await.unwrap();
            assert_eq!(
                told.out,
                format!("<{word}><--word={word}><{{word}}>"),
                "what was left out takes its words along"
            );
        }
        let all = [("kind", Text("-b")), ("loud", Boolean(true)), ("count", Integer(-5)), ("word", Text("x"))];
        assert_eq!(perform(&show, &all).await.unwrap().out, "<x><--word=x><{word}><--count=-5><--loud><--very><-b>");
        let told = perform(&show, &[("word", Text("x")), ("loud", Boolean(false))]).await.unwrap();
        assert_eq!(told.out, "<x><--word=x><{word}><--quiet>");
        let dashed = task(&ground, "dashed").await;
        assert_eq!(perform(&dashed, &[("word", Text("--help"))]).await.unwrap().out, "<--help>");
    });
}

#[test]
fn what_does_not_fit_is_refused_before_anything_runs() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        let show = task(&ground, "show").await;
        let long = "x".repeat(41);
        let wrong: &[Arguments<'_>] = &[
            &[],
            &[("word", Text("--option"))],
            &[("word", Text("-"))],
            &[("word", Text(""))],
            &[("word", Text("a\nb"))],
            &[("word", Text("a\0b"))],
            &[("word", Text("\u{1b}[2J"))],
            &[("word", Text("\u{202e}a"))],
            &[("word", Text(&long))],
            &[("word", Integer(1))],
            &[("word", Text("x")), ("word", Text("y"))],
            &[("word", Text("x")), ("other", Text("y"))],
            &[("word", Text("x")), ("count", Integer(6))],
            &[("word", Text("x")), ("count", Integer(-6))],
            &[("word", Text("x")), ("count", Text("1"))],
            &[("word", Text("x")), ("kind", Text("c"))],
            &[("word", Text("x")), ("loud", Text("yes"))],
        ];
        for arguments in wrong {
            assert_eq!(code(perform(&show, arguments).await), "badRequest");
        }
        assert_eq!(perform(&show, &[("word", Text(&long[1..]))]).await.unwrap().code, 0);
    });
}

#[test]
fn a_task_runs_where_it_is_said_whatever_the_session_has_set() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        let mut request = ground.shell.set_env_request();
        request.get().set_key("A");
        request.get().set_value("mine");
        request.send().promise.await.unwrap();
        let told = perform(&task(&ground, "where").await, &[]).await.unwrap();
        assert_eq!((&*told.out, told.code), ("/\nb\n", 3));
        let told = perform(&task(&ground, "slow").await, &[]).await.unwrap();
        assert!(told.timed_out && !told.success);
    });
}

#[test]
fn a_task_can_be_held_while_it_runs() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        let request = task(&ground, "where").await.start_request();
        let stream = request.send().promise.await.unwrap().get().unwrap().get_stream().unwrap();
        assert_eq!(wait(&stream).await.out, "/\nb\n");
    });
}

#[test]
fn a_task_says_what_it_does_and_takes() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        let answer = task(&ground, "show").await.describe_request().send().promise.await.unwrap();
        let told = answer.get().unwrap().get_task().unwrap();
        assert_eq!(told.get_name().unwrap(), "show");
        assert_eq!(told.get_summary().unwrap(), "Shows what it is given.");
        let parameters = told.get_parameters().unwrap();
        let names: Vec<_> = parameters.iter().map(|one| one.get_name().unwrap().to_string().unwrap()).collect();
        assert_eq!(names, ["word", "count", "loud", "kind"], "in the order of their places");
        assert_eq!(parameters.get(0).get_label().unwrap(), "Word");
        assert!(!parameters.get(0).get_optional() && parameters.get(1).get_optional());
    });
}

#[test]
fn all_tasks_are_commands_of_one_surface() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        let surface: command_surface::Client = ground.bench.open(&Visitor::named("Ann"), "tasks").await.unwrap();
        let answer = surface.menu_request().send().promise.await.unwrap();
        let menu = answer.get().unwrap().get_menu().unwrap();
        let names: Vec<_> =
            menu.get_commands().unwrap().iter().map(|one| one.get_name().unwrap().to_string().unwrap()).collect();
        assert_eq!(names, ["dashed", "show", "slow", "where"]);
        let cases: [(&str, Arguments<'_>, bool, &str); 4] = [
            ("show", &[("word", Text("; ls"))], true, "<; ls><--word=; ls><{word}>"),
            ("show", &[("word", Text("-x"))], false, "a text of this task does not begin with a dash"),
            ("where", &[], false, "It ended with 3.\n/\nb"),
            ("slow", &[], false, "It took too long and was ended."),
        ];
        for (command, arguments, done, text) in cases {
            let mut request = surface.invoke_request();
            request.get().set_command(command);
            write(arguments, request.get().init_arguments(u32::try_from(arguments.len()).unwrap()));
            let answer = request.send().promise.await.unwrap();
            let outcome = answer.get().unwrap().get_outcome().unwrap();
            assert_eq!((outcome.get_done(), outcome.get_text().unwrap()), (done, text.into()), "{command}");
        }
    });
}

#[test]
fn tasks_count_among_the_commands_that_run() {
    run(async {
        let settings = SETTINGS.replacen('{', r#"{"limits": {"processes": 1},"#, 1);
        let ground = Ground::with(&settings).await;
        let _held = ground.spawn(&["sleep", "1000"]).await;
        assert_eq!(code(perform(&task(&ground, "where").await, &[]).await), "tooManyCalls");
    });
}

#[test]
fn there_is_no_task_but_those_that_are_described() {
    run(async {
        let ground = Ground::with(SETTINGS).await;
        for name in ["none", "", "shell2", "show "] {
            assert_eq!(code(ground.bench.open::<shell::Client>(&Visitor::named("Ann"), name).await), "badRequest");
        }
    });
}

#[test]
fn a_task_that_makes_no_sense_is_refused_at_the_start() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let parameter = |parameter: &str| {
            format!(r#"{{"label": "X", "command": ["x", "{{p}}"], "parameters": {{"p": {parameter}}}}}"#)
        };
        let wrong = [
            (r#"{"label": "X", "command": []}"#.to_owned(), "program"),
            (r#"{"label": "X", "command": [""]}"#.to_owned(), "program"),
            (r#"{"label": "X", "command": ["{p}"], "parameters": {"p": {"type": "text"}}}"#.to_owned(), "program"),
            (r#"{"label": "X", "command": ["x", "{p}"]}"#.to_owned(), "{p}"),
            (r#"{"label": "X", "command": ["x", "{p"]}"#.to_owned(), "brace"),
            (r#"{"label": "X", "command": ["x", "p}"]}"#.to_owned(), "brace"),
            (r#"{"label": "X", "command": ["x"], "parameters": {"p": {"type": "text"}}}"#.to_owned(), "no place"),
            (r#"{"command": ["x"]}"#.to_owned(), "label"),
            (r#"{"label": "X", "command": ["x"], "shell": true}"#.to_owned(), "shell"),
            (r#"{"label": "X", "command": ["x"], "timeout": 5}"#.to_owned(), "settings"),
            (r#"{"label": "X", "command": ["x"], "environment": {"": ""}}"#.to_owned(), "environment"),
            (
                r#"{"label": "X", "command": ["x", "-{p}"], "parameters": {"p": {"type": "boolean", "words": []}}}"#
                    .to_owned(),
                "{p}",
            ),
            (parameter(r#"{"type": "words"}"#), "words"),
            (parameter(r#"{"type": "integer", "min": 1}"#), "max"),
            (parameter(r#"{"type": "integer", "min": 2, "max": 1}"#), "bound"),
            (parameter(r#"{"type": "text", "min": 2}"#), "min"),
            (parameter(r#"{"type": "boolean"}"#), "words"),
            (parameter(r#"{"type": "choice", "choices": []}"#), "choice"),
            (parameter(r#"{"type": "choice", "choices": ["a", ""]}"#), "choice"),
        ];
        for (task, named) in wrong {
            let settings = format!(r#"{{"tasks": {{"t": {task}}}}}"#);
            let error = begin(home.path(), &settings).await.err().expect(&task);
            assert!(error.to_string().contains(named), "{task}: {error}");
        }
        let taken = r#"{"tasks": {"files": {"label": "X", "command": ["x"]}}}"#;
        assert!(begin(home.path(), taken).await.is_err());
    });
}
