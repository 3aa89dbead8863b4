use std::cell::{Cell, RefCell};

use capos_schema::Code;
use capos_schema::commands_capnp::{command_argument, command_menu, command_outcome};
use futures::executor::block_on;

use super::*;

/// A lamp with an owner who can be asked too often.
#[derive(Default)]
struct Lamp {
    lit: Cell<bool>,
    asked: Cell<u32>,
    heard: RefCell<Vec<String>>,
}

impl Commands for Lamp {
    fn admit(&self) -> Result<(), Error> {
        self.asked.set(self.asked.get() + 1);
        if self.asked.get() > 100 { Err(Code::QuotaExceeded.into()) } else { Ok(()) }
    }

    fn menu(&self) -> Menu {
        let colours = ["red", "green"];
        Menu::new("Lamp")
            .status(if self.lit.get() { "lit" } else { "dark" })
            .with(Command::new("light", "Light it").unless(self.lit.get().then_some("it is lit")))
            .with(
                Command::new("dim", "Dim it")
                    .summary("Less light.")
                    .group("light")
                    .takes(Parameter::integer("level", "Level", 0..=10))
                    .takes(Parameter::choice("colour", "Colour", colours))
                    .takes(Parameter::boolean("slowly", "Slowly").optional())
                    .takes(Parameter::text("note", "Note", 8).optional().summary("Why."))
                    .takes(Parameter::suggestion("mood", "Mood", [Choice::new("calm", "Calm")]).optional())
                    .unless((!self.lit.get()).then_some("it is dark")),
            )
    }

    async fn invoke(&self, command: &str, arguments: &Arguments) -> Outcome {
        self.heard.borrow_mut().push(command.to_owned());
        if command == "light" {
            self.lit.set(true);
            return Outcome::done("there is light");
        }
        let level = arguments.integer("level").expect("checked");
        let colour = arguments.text("colour").expect("checked");
        let slowly = arguments.boolean("slowly").unwrap_or_default();
        Outcome::done(format!("{colour} {level} {slowly}"))
    }
}

type Given<'a> = &'a [(&'a str, Value)];

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn invoke<T>(
    surface: &command_surface::Client,
    command: &str,
    given: Given<'_>,
    read: impl FnOnce(command_outcome::Reader<'_>) -> T,
) -> Result<T, Error> {
    let mut request = surface.invoke_request();
    request.get().set_command(command);
    let mut arguments = request.get().init_arguments(u32::try_from(given.len()).unwrap());
    for (at, (name, value)) in (0..).zip(given) {
        write(arguments.reborrow().get(at), name, value);
    }
    block_on(async { Ok(read(request.send().promise.await?.get()?.get_outcome()?)) })
}

fn write(mut into: command_argument::Builder<'_>, name: &str, value: &Value) {
    into.set_name(name);
    match value {
        Value::Text(text) => into.init_value().set_text(&**text),
        Value::Integer(number) => into.init_value().set_integer(*number),
        Value::Boolean(yes) => into.init_value().set_boolean(*yes),
    }
}

fn told(outcome: command_outcome::Reader<'_>) -> (bool, String) {
    (outcome.get_done(), outcome.get_text().unwrap().to_string().unwrap())
}

fn menu<T>(surface: &command_surface::Client, read: impl FnOnce(command_menu::Reader<'_>) -> T) -> Result<T, Error> {
    block_on(async { Ok(read(surface.menu_request().send().promise.await?.get()?.get_menu()?)) })
}

fn lit() -> (Rc<Lamp>, command_surface::Client) {
    let lamp = Rc::new(Lamp::default());
    lamp.lit.set(true);
    (lamp.clone(), serve(lamp))
}

#[test]
fn a_command_is_carried_out_and_the_new_menu_comes_with_the_outcome() {
    let lamp = Rc::new(Lamp::default());
    let surface = serve(lamp);
    let before = menu(&surface, |menu| menu.get_revision()).unwrap();
    let (outcome, after) = invoke(&surface, "light", &[], |outcome| {
        let menu = outcome.get_menu().unwrap();
        assert_eq!(menu.get_status().unwrap().to_str().unwrap(), "lit");
        (told(outcome), menu.get_revision())
    })
    .unwrap();
    assert_eq!(outcome, (true, "there is light".to_owned()));
    assert_ne!(before, after);
    assert_eq!(menu(&surface, |menu| menu.get_revision()).unwrap(), after);
}

#[test]
fn what_is_not_possible_now_is_an_outcome_with_the_reason_whatever_the_arguments() {
    let (lamp, surface) = lit();
    assert_eq!(invoke(&surface, "light", &[], told).unwrap(), (false, "it is lit".to_owned()));
    assert_eq!(invoke(&surface, "light", &[("x", words("y"))], told).unwrap(), (false, "it is lit".to_owned()));
    assert!(lamp.heard.borrow().is_empty());
}

#[test]
fn arguments_that_do_not_fit_are_bad_requests_and_the_service_does_not_hear_of_them() {
    let (lamp, surface) = lit();
    let good = [("level", Value::Integer(3)), ("colour", words("red"))];
    let with = |name, value| {
        let mut given = good.to_vec();
        given.retain(|(kept, _)| *kept != name);
        given.push((name, value));
        given
    };
    let cases: Vec<(Vec<(&str, Value)>, &str)> = vec![
        (vec![], "level is missing"),
        (vec![("level", Value::Integer(3))], "colour is missing"),
        (with("level", words("3")), "level is of another type than described"),
        (with("level", Value::Integer(11)), "level is out of range"),
        (with("level", Value::Integer(-1)), "level is out of range"),
        (with("level", Value::Integer(i64::MIN)), "level is out of range"),
        (with("colour", words("blue")), "colour is none of the choices"),
        (with("colour", Value::Boolean(true)), "colour is of another type than described"),
        (with("slowly", Value::Integer(1)), "slowly is of another type than described"),
        (with("note", words("nine byte")), "note is too long"),
        (with("note", words("\x1b[2J")), "note may not hold control characters"),
        (with("mood", words(&"x".repeat(129))), "mood is too long"),
        (with("power", words("x")), "the command takes no argument of that name"),
        ([good.to_vec(), good.to_vec()].concat(), "level is given twice"),
    ];
    for (given, why) in cases {
        let error = invoke(&surface, "dim", &given, told).unwrap_err();
        assert_eq!(error.extra, format!("badRequest: {why}"));
    }
    assert_eq!(invoke(&surface, "explode", &[], told).unwrap_err().extra, "badRequest: no such command");
    assert!(lamp.heard.borrow().is_empty());
    for fitting in [with("level", Value::Integer(10)), with("note", words("8 bytes!")), with("mood", words("odd"))] {
        assert!(invoke(&surface, "dim", &fitting, told).unwrap().0, "{fitting:?}");
    }
}

#[test]
fn more_arguments_than_any_command_takes_are_not_even_read() {
    let (_, surface) = lit();
    let eight = vec![("x", words("y")); 8];
    let nine = vec![("x", words("y")); 9];
    let sentence = |given: Given<'_>| invoke(&surface, "dim", given, told).unwrap_err().extra;
    assert_eq!(sentence(&eight), "badRequest: the command takes no argument of that name");
    assert_eq!(sentence(&nine), "badRequest: there are more arguments than any command takes");
}

#[test]
fn a_service_that_is_asked_too_often_says_so_itself() {
    let (lamp, surface) = lit();
    lamp.asked.set(100);
    assert!(menu(&surface, |_| ()).unwrap_err().extra.starts_with("quotaExceeded: "));
    assert!(invoke(&surface, "dim", &[], told).unwrap_err().extra.starts_with("quotaExceeded: "));
}

#[test]
fn a_menu_is_the_same_on_the_wire() {
    let (_, surface) = lit();
    menu(&surface, |menu| {
        let commands = menu.get_commands().unwrap();
        let names: Vec<_> = commands.iter().map(|one| one.get_name().unwrap().to_string().unwrap()).collect();
        assert_eq!(names, ["light", "dim"]);
        assert!(!commands.get(0).get_available());
        assert_eq!(commands.get(0).get_reason().unwrap(), "it is lit");
        assert!(commands.get(1).get_available());
        assert_eq!(commands.get(1).get_group().unwrap(), "light");
        assert_eq!(commands.get(1).get_parameters().unwrap().len(), 5);
    })
    .unwrap();
}

mod bounds {
    use super::*;

    fn limits() -> MenuLimits {
        MenuLimits { commands: 3, parameters: 2, choices: 5, name_bytes: 4, label_bytes: 6, ..MenuLimits::default() }
    }

    fn names(menu: &Menu) -> Vec<&str> {
        menu.commands.iter().map(|command| &*command.name).collect()
    }

    #[test]
    fn commands_past_the_bound_are_left_out_and_so_are_names_that_are_none() {
        let menu = |all: &[&str]| {
            all.iter().fold(Menu::default(), |menu, name| menu.with(Command::new(*name, *name))).bounded(&limits())
        };
        assert_eq!(names(&menu(&["a", "b", "c"])), ["a", "b", "c"]);
        assert_eq!(names(&menu(&["a", "b", "c", "d"])), ["a", "b", "c"]);
        assert_eq!(names(&menu(&["", "a", "a", "four", "fiver", "\x07"])), ["a", "four"]);
    }

    #[test]
    fn choices_are_counted_over_the_whole_menu_and_too_long_values_are_left_out() {
        let choosing = |name: &str, values: &[&str]| {
            Command::new(name, "").takes(Parameter::choice("p", "P", values.iter().map(|value| Choice::from(*value))))
        };
        let menu = Menu::default()
            .with(choosing("a", &["1", "2", "3", "fiver"]))
            .with(choosing("b", &["4", "5", "6"]))
            .with(choosing("c", &["7"]))
            .bounded(&limits());
        let counts: Vec<_> = menu.commands.iter().map(|command| &command.parameters[0].kind).map(count).collect();
        assert_eq!(counts, [3, 2, 0]);
        assert_eq!(menu.commands[1].refusal, None);
        assert_eq!(menu.commands[2].refusal.as_deref(), Some("there is no p to choose"));
    }

    fn count(kind: &Kind) -> usize {
        match kind {
            Kind::Choice(choices) | Kind::Suggestion(choices) => choices.len(),
            _ => 0,
        }
    }

    #[test]
    fn a_command_that_loses_a_parameter_it_needs_is_not_possible() {
        let taking = |last: Parameter| {
            let two = Command::new("a", "").takes(Parameter::boolean("x", "")).takes(Parameter::boolean("y", ""));
            let menu = Menu::default().with(two.takes(last)).bounded(&limits());
            (menu.commands[0].parameters.len(), menu.commands[0].refusal.is_some())
        };
        assert_eq!(taking(Parameter::boolean("z", "").optional()), (2, false));
        assert_eq!(taking(Parameter::boolean("z", "")), (2, true));
    }

    #[test]
    fn a_parameter_without_any_value_is_left_out_where_the_command_can_do_without() {
        let none = Parameter::new("n", "", Kind::Integer { min: 1, max: 0 });
        let bounded = |parameter| Menu::default().with(Command::new("a", "").takes(parameter)).bounded(&limits());
        assert_eq!(bounded(none.clone().optional()).commands[0].parameters, []);
        assert_eq!(bounded(none.clone().optional()).commands[0].refusal, None);
        assert!(bounded(none).commands[0].refusal.is_some());
    }

    #[test]
    fn texts_are_cut_between_characters_and_hold_nothing_that_acts() {
        let menu = Menu::new("ab\x1bcdeé").status("one\ntwo\r\x1b[2J").bounded(&limits());
        assert_eq!(menu.title, "ab cde");
        assert_eq!(menu.status, "one\ntwo  [2J");
        assert_eq!(Menu::new("abcdeé").bounded(&limits()).title, "abcde");
    }
}

mod properties {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn any_kind() -> impl Strategy<Value = Kind> {
        let choices = || vec(("\\PC{0,12}", "\\PC{0,12}").prop_map(|(value, label)| Choice { value, label }), 0..5);
        prop_oneof![
            (0..40_u32).prop_map(|max_bytes| Kind::Text { max_bytes }),
            (any::<i64>(), any::<i64>()).prop_map(|(min, max)| Kind::Integer { min, max }),
            Just(Kind::Boolean),
            choices().prop_map(Kind::Choice),
            choices().prop_map(Kind::Suggestion),
        ]
    }

    fn any_menu() -> impl Strategy<Value = Menu> {
        let parameter = (".{0,8}", any::<bool>(), any_kind()).prop_map(|(name, optional, kind)| {
            let made = Parameter::new(name, "", kind);
            if optional { made.optional() } else { made }
        });
        let command = (".{0,8}", vec(parameter, 0..6))
            .prop_map(|(name, parameters)| parameters.into_iter().fold(Command::new(name, ""), Command::takes));
        vec(command, 0..6).prop_map(|commands| commands.into_iter().fold(Menu::new(".."), Menu::with))
    }

    /// A value that the description allows, by a client that knows nothing else.
    fn value(kind: &Kind, pick: usize) -> Option<Value> {
        let number = i64::try_from(pick).unwrap();
        Some(match kind {
            Kind::Text { max_bytes } => words(&"x".repeat(pick.min(*max_bytes as usize))),
            Kind::Integer { min, max } => Value::Integer(min.saturating_add(number).min(*max)),
            Kind::Boolean => Value::Boolean(pick.is_multiple_of(2)),
            Kind::Choice(choices) | Kind::Suggestion(choices) => {
                words(&choices.get(pick % choices.len().max(1))?.value)
            }
        })
    }

    /// An invocation made from the description; nothing where an optional parameter has no value.
    fn invocation(command: &Command, pick: usize) -> Vec<(String, Value)> {
        let values =
            command.parameters.iter().map(|taken| (taken.name.clone(), value(&taken.kind, pick), taken.optional));
        let given = values.filter(|(_, value, optional)| value.is_some() && !(*optional && pick.is_multiple_of(3)));
        given.map(|(name, value, _)| (name, value.expect("kept"))).collect()
    }

    proptest! {
        #[test]
        fn what_a_menu_describes_as_possible_validates(menu in any_menu(), pick in 0..1000_usize) {
            let limits = MenuLimits { parameters: 4, choices: 12, name_bytes: 8, ..MenuLimits::default() };
            for command in menu.bounded(&limits).commands {
                let mut given = invocation(&command, pick);
                for taken in command.parameters.iter().filter(|taken| !taken.optional) {
                    if matches!(&taken.kind, Kind::Suggestion(choices) if choices.is_empty()) {
                        given.push((taken.name.clone(), words("free")));
                    }
                }
                if command.refusal.is_none() {
                    prop_assert_eq!(Arguments::parse(&command, given, &limits).err(), None);
                }
            }
        }

        #[test]
        fn bounding_twice_changes_nothing(menu in any_menu()) {
            let limits = MenuLimits { commands: 3, parameters: 2, choices: 5, ..MenuLimits::default() };
            let once = menu.bounded(&limits);
            prop_assert_eq!(once.clone().bounded(&limits), once);
        }
    }
}
