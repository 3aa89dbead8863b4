//! The tour as the README tells it: commands, what a terminal then shows, and what is typed.
//!
//! A tour is every fenced block of the kind `console`.
//! A line that begins with `$ ` is a command; the lines below it are what it shows, `…` standing for whatever varies.
//! What a reader need not see stands in a comment above the block: `<!-- tour: … -->`, one [`Aside`] each.

/// One command of the tour.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) command: String,
    /// The lines that the terminal shows.
    pub(crate) shown: Vec<String>,
    pub(crate) asides: Vec<Aside>,
}

/// What belongs to a step and is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    /// `stays`: it goes on while the other terminal is used.
    Stays,
    /// `exit 3`: how it ends, where it does not end well.
    Exit(i32),
    /// `type "yes" at "trust it?"`.
    Type { answer: String, prompt: String },
    /// `keep "word" after "password: "`: what is shown there can be typed later, as `{word}`.
    Keep { name: String, after: String },
}

const MARK: &str = "<!-- tour: ";
const END: &str = " -->";

/// Every step of the tour, in order. An aside belongs to the first command below it.
pub(crate) fn parse_tour(readme: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut asides = Vec::new();
    let mut within = None;
    for line in readme.lines() {
        match within {
            None if line.starts_with(MARK) => asides.push(parse_aside(line)?),
            None => within = line.strip_prefix("```").filter(|kind| !kind.is_empty()).map(|kind| kind == "console"),
            Some(_) if line == "```" => within = None,
            Some(false) => {}
            Some(true) => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    command: command.to_owned(),
                    shown: Vec::new(),
                    asides: std::mem::take(&mut asides),
                }),
                (None, Some(step)) => step.shown.push(line.to_owned()),
                (None, None) => return Err(format!("{line:?} is shown before any command")),
            },
        }
    }
    if asides.is_empty() { Ok(steps) } else { Err(format!("no command is below {asides:?}")) }
}

/// The text of the fenced block of this kind that begins with this line.
pub(crate) fn block<'a>(readme: &'a str, kind: &str, first: &str) -> Option<&'a str> {
    let opening = format!("```{kind}\n{first}\n");
    let start = readme.find(&opening)? + "```".len() + kind.len() + 1;
    let rest = readme.get(start..)?;
    rest.get(..rest.find("```")?)
}

fn parse_aside(line: &str) -> Result<Aside, String> {
    let unreadable = || format!("{line:?} is no aside");
    let text = line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(END)).ok_or_else(unreadable)?;
    let parts: Vec<&str> = text.split('"').collect();
    match parts[..] {
        ["stays"] => Ok(Aside::Stays),
        ["type ", answer, " at ", prompt, ""] => {
            Ok(Aside::Type { answer: answer.to_owned(), prompt: prompt.to_owned() })
        }
        ["keep ", name, " after ", after, ""] => Ok(Aside::Keep { name: name.to_owned(), after: after.to_owned() }),
        [exit] => {
            let status = exit.strip_prefix("exit ").and_then(|status| status.parse().ok());
            status.map(Aside::Exit).ok_or_else(unreadable)
        }
        _ => Err(unreadable()),
    }
}

#[test]
fn a_tour_is_read_from_among_other_text() {
    let readme = "# Title\n```sh\n$ not this\n```\n<!-- tour: stays -->\n<!-- tour: keep \"word\" after \"is: \" -->\n\
                  ```console\n$ up\nit is: x\n$ down\n```\nText.\n<!-- tour: exit 3 -->\n```console\n$ fall\n```\n";
    let keep = Aside::Keep { name: "word".to_owned(), after: "is: ".to_owned() };
    let step = |command: &str, shown: &[&str], asides: Vec<Aside>| Step {
        command: command.to_owned(),
        shown: shown.iter().map(|&line| line.to_owned()).collect(),
        asides,
    };
    let expected = [
        step("up", &["it is: x"], vec![Aside::Stays, keep]),
        step("down", &[], vec![]),
        step("fall", &[], vec![Aside::Exit(3)]),
    ];
    assert_eq!(parse_tour(readme).unwrap(), expected);
    assert_eq!(block(readme, "sh", "$ not this"), Some("$ not this\n"));
}

#[test]
fn an_aside_that_is_not_understood_is_told() {
    for line in ["<!-- tour: dance -->", "<!-- tour: type \"x\" -->", "<!-- tour: exit -->", "<!-- tour: stays"] {
        assert!(parse_tour(&format!("{line}\n```console\n$ up\n```\n")).is_err(), "{line}");
    }
    assert!(parse_tour("<!-- tour: stays -->\n").is_err());
}
