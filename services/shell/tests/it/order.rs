//! Whatever is written, whoever reads, and whenever: each reader gets its bytes in their order, once.

use capos_service::testing::run;
use proptest::prelude::*;

use crate::ground::{Ground, Heard, Manner, close, on_data, on_exit, on_stderr, on_stdout, spawn, wait, write};

/// One step of a command's life.
#[derive(Clone, Copy, Debug)]
enum Step {
    Output(u16),
    Errors(u16),
    Reader(Wish),
}

#[derive(Clone, Copy, Debug)]
enum Wish {
    All,
    Errors,
    Output,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wish = prop_oneof![Just(Wish::All), Just(Wish::Errors), Just(Wish::Output)];
    let step = prop_oneof![
        3 => (1..3000_u16).prop_map(Step::Output),
        3 => (1..3000_u16).prop_map(Step::Errors),
        2 => wish.prop_map(Step::Reader),
    ];
    proptest::collection::vec(step, 1..20)
}

/// Writes what it is told, on the output that it is told: `o TEXT` or `e TEXT`.
const SCRIBE: &str = "while read -r to text; do if [ $to = o ]; then echo $text; else echo $text >&2; fi; done";

/// What is written in one step: a line that is like no other.
fn line(at: usize, size: u16) -> String {
    format!("{at}-{}", "x".repeat(size.into()))
}

async fn lead(steps: &[Step], max_output: u32) {
    let ground = Ground::new().await;
    let stream = spawn(&ground.shell, &["bash", "-c", SCRIBE], |mut options| options.set_max_output(max_output));
    let stream = stream.await.unwrap();
    let (mut readers, mut output, mut errors) = (Vec::new(), String::new(), String::new());
    for (at, step) in steps.iter().enumerate() {
        let (to, text, all) = match *step {
            Step::Output(size) => ("o", line(at, size), &mut output),
            Step::Errors(size) => ("e", line(at, size), &mut errors),
            Step::Reader(wish) => {
                let heard = Heard::new();
                let callback = heard.callback(Manner::Answers);
                match wish {
                    Wish::All => on_data(&stream, callback).await.unwrap(),
                    Wish::Errors => on_stderr(&stream, callback).await.unwrap(),
                    Wish::Output => on_stdout(&stream, callback).await.unwrap(),
                }
                readers.push((wish, heard));
                continue;
            }
        };
        *all += &format!("{text}\n");
        write(&stream, format!("{to} {text}\n").as_bytes()).await.unwrap();
    }
    close(&stream).await.unwrap();
    let end = Heard::new();
    on_exit(&stream, end.exit_callback()).await.unwrap();
    end.until(|end| end.exits() == 1).await;
    assert_eq!(wait(&stream).await.code, 0);
    for (wish, heard) in readers {
        check(wish, &heard, &output, &errors, max_output > 0);
    }
}

fn check(wish: Wish, heard: &Heard, output: &str, errors: &str, may_miss: bool) {
    let told = heard.text();
    let expected = match wish {
        Wish::Output => output,
        Wish::Errors => errors,
        Wish::All => {
            // Both are whole and in their order, however they are mixed.
            assert_eq!(told.len() + usize::try_from(heard.missing()).unwrap(), output.len() + errors.len());
            return;
        }
    };
    let missing = usize::try_from(heard.missing()).unwrap();
    assert_eq!(told.len() + missing, expected.len());
    if !may_miss {
        assert_eq!((told.as_str(), missing), (expected, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_reader_gets_all_that_is_for_it_in_order_and_once(steps in steps()) {
        run(lead(&steps, 0));
    }

    #[test]
    fn what_was_not_kept_is_counted_for_who_comes_late(steps in steps(), most in 1..4000_u32) {
        run(lead(&steps, most));
    }
}
