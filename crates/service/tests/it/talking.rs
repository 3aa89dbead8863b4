//! Programs that talk in lines.

use std::cell::Cell;
use std::rc::Rc;

use capos_schema::console_capnp::console;
use capos_service::console::{Answer, Console, Next, Question, Terminal, serve};
use capos_service::testing::{Person, run};

/// Greets, asks for a secret, and repeats lines until one says `bye`.
#[derive(Default)]
struct Parrot {
    runs: Rc<Cell<usize>>,
}

struct Running(Rc<Cell<usize>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Console for Parrot {
    async fn run(&self, terminal: Terminal, arguments: Vec<String>) -> Result<i32, capnp::Error> {
        self.runs.set(self.runs.get() + 1);
        let _running = Running(self.runs.clone());
        if arguments == ["wait"] {
            std::future::pending::<()>().await;
        }
        terminal.write(&format!("Hello {}. ", arguments.join(" "))).await?;
        let secret = terminal.ask(&Question { most: 8, ..Question::secret("Secret: ") }).await?;
        if secret != Answer::Line("crackers".to_owned()) {
            return Ok(1);
        }
        let talk = terminal.each_line("> ", async |line| match line {
            "bye" => Ok(Next::End),
            line => terminal.line(line).await.map(|()| Next::GoOn),
        });
        talk.await?;
        Ok(0)
    }
}

fn parrot() -> (console::Client, Rc<Cell<usize>>) {
    let parrot = Rc::new(Parrot::default());
    let runs = parrot.runs.clone();
    (serve(parrot), runs)
}

#[test]
fn a_talk_goes_on_until_the_program_ends_it() {
    run(async {
        let (console, _) = parrot();
        let line = |text: &str| Answer::Line(text.to_owned());
        let person = Person::answering([line("crackers"), line("again"), Answer::Cancelled, line("bye"), line("x")]);
        assert_eq!(person.talk_to(&console, &["dear", "Ann"]).await.unwrap(), 0);
        assert!(
            person.shown().starts_with("Hello dear Ann. Secret: ") && person.shown().contains("> again\nagain\n> ")
        );
        let prompts: Vec<_> = person.asked();
        assert_eq!(prompts.first().unwrap(), &("Secret: ".to_owned(), true));
        assert_eq!(prompts.len(), 4, "a line that was given up on is asked for again, and none after the end");
    });
}

#[test]
fn a_person_who_has_gone_ends_the_talk() {
    run(async {
        let (console, _) = parrot();
        assert_eq!(Person::typing(["crackers"]).talk_to(&console, &[]).await.unwrap(), 0);
        assert_eq!(Person::typing([]).talk_to(&console, &[]).await.unwrap(), 1);
    });
}

#[test]
fn a_terminal_that_does_not_cut_lines_is_refused_its_line() {
    run(async {
        let (console, _) = parrot();
        let error = Person::typing(["crackers!"]).talk_to(&console, &[]).await.unwrap_err();
        assert!(error.extra.contains("badRequest"), "{error}");
    });
}

#[test]
fn a_run_ends_when_its_call_is_dropped() {
    run(async {
        let (console, runs) = parrot();
        let person = Person::typing([]);
        {
            let talk = person.talk_to(&console, &["wait"]);
            tokio::pin!(talk);
            while runs.get() == 0 {
                tokio::select! {
                    biased;
                    _ = &mut talk => panic!("it cannot be over"),
                    () = tokio::task::yield_now() => {}
                }
            }
        }
        while runs.get() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn what_a_program_is_told_is_bounded() {
    run(async {
        let (console, _) = parrot();
        let person = Person::typing([]);
        let long = "x".repeat(4096);
        assert_eq!(person.talk_to(&console, &[&long]).await.unwrap(), 1);
        assert!(person.talk_to(&console, &[&format!("{long}x")]).await.is_err());
        assert_eq!(person.talk_to(&console, &["x"; 64]).await.unwrap(), 1);
        assert!(person.talk_to(&console, &["x"; 65]).await.is_err());
    });
}
