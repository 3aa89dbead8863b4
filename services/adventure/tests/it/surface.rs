//! The same game through described commands.

use std::cell::RefCell;
use std::collections::BTreeMap;

use capos_schema::commands_capnp::{command_menu, command_parameter, command_surface};
use capos_service::testing::{Bench, Visitor, run};

use crate::route::PLAYTHROUGH;
use crate::support::{Hand, serve};

/// A command as a client sees it: whether it is possible, and its parameters with their choices.
type Commands = BTreeMap<String, (bool, Vec<(String, Vec<String>)>)>;

struct Surface {
    client: command_surface::Client,
    /// The menu that came with the last outcome.
    menu: RefCell<Commands>,
}

struct Came {
    done: bool,
    text: String,
}

fn read(menu: command_menu::Reader<'_>) -> Commands {
    let commands = menu.get_commands().unwrap().iter().map(|command| {
        let parameters = command.get_parameters().unwrap().iter().map(|parameter| {
            let choices = match parameter.get_type().which().unwrap() {
                command_parameter::type_::Choice(list) | command_parameter::type_::Suggestion(list) => {
                    list.unwrap().iter().map(|choice| choice.get_value().unwrap().to_string().unwrap()).collect()
                }
                _ => Vec::new(),
            };
            (parameter.get_name().unwrap().to_string().unwrap(), choices)
        });
        let name = command.get_name().unwrap().to_string().unwrap();
        (name, (command.get_available(), parameters.collect()))
    });
    commands.collect()
}

impl Surface {
    async fn of(bench: &Bench, visitor: &Visitor) -> Surface {
        let client: command_surface::Client = bench.open(visitor, "adventure_commands").await.unwrap();
        let answer = client.menu_request().send().promise.await.unwrap();
        let menu = RefCell::new(read(answer.get().unwrap().get_menu().unwrap()));
        Surface { client, menu }
    }

    async fn invoke(&self, command: &str, arguments: &[(&str, &str)]) -> Result<Came, capnp::Error> {
        let mut request = self.client.invoke_request();
        request.get().set_command(command);
        let mut list = request.get().init_arguments(u32::try_from(arguments.len()).unwrap());
        for (place, (name, value)) in (0..).zip(arguments) {
            let mut argument = list.reborrow().get(place);
            argument.set_name(name);
            argument.get_value().set_text(value);
        }
        let answer = request.send().promise.await?;
        let outcome = answer.get()?.get_outcome()?;
        self.menu.replace(read(outcome.get_menu()?));
        Ok(Came { done: outcome.get_done(), text: outcome.get_text()?.to_string()? })
    }

    async fn line(&self, line: &str) -> Came {
        let menu = self.menu.borrow().clone();
        let words: Vec<_> = line.split(' ').collect();
        let (possible, parameters) = menu.get(words[0]).unwrap_or_else(|| panic!("{line} is in no menu"));
        assert!(possible, "{line} is described as impossible");
        let names = parameters.iter().map(|(name, _)| name.as_str());
        let arguments: Vec<_> = names.zip(words[1..].iter().copied()).collect();
        for ((_, choices), word) in parameters.iter().zip(&words[1..]) {
            assert!(choices.iter().any(|choice| choice == word), "{line}: {word} is not among {choices:?}");
        }
        self.invoke(words[0], &arguments).await.unwrap_or_else(|error| panic!("{line}: {error}"))
    }
}

#[test]
fn the_playthrough_reaches_the_end_by_choosing_from_menus_alone() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Surface::of(&bench, &Visitor::named("Ada")).await;
        let mut told = String::new();
        for line in PLAYTHROUGH.lines() {
            let came = ada.line(line).await;
            assert!(came.done, "{line}: {}", came.text);
            told += &came.text;
        }
        assert!(told.contains("THE END"));
    });
}

#[test]
fn every_method_of_the_interface_is_a_command_with_its_parameters() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let menu = Surface::of(&bench, &Visitor::named("Ada")).await.menu.take();
        let registry = capos_schema::Registry::builtin();
        let interface = capos_schema::Type::interface(registry.interface_id("Adventure").unwrap());
        let methods = registry.methods(&interface).unwrap();
        assert_eq!(methods.len(), 36);
        assert_eq!(menu.len(), 36);
        for method in methods {
            let (_, parameters) = &menu[&method.declared.name];
            let capos_schema::Type::Struct(params, _) = method.params else { panic!() };
            let fields: Vec<_> = registry.structure(params).unwrap().fields.iter().map(|field| &field.name).collect();
            assert!(parameters.iter().all(|(name, _)| fields.contains(&name)), "{}", method.declared.name);
        }
    });
}

#[test]
fn whoever_comes_into_a_room_is_told_what_is_there() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Surface::of(&bench, &Visitor::named("Ada")).await;
        let came = ada.line("go north").await.text;
        for part in
            ["Market Square\nAwnings", "Ways: south to Causeway Gate, north to The Writ-Hall", "To talk to: peddler."]
        {
            assert!(came.contains(part), "{part}: {came}");
        }
        let looked = ada.line("look").await.text;
        assert!(looked.starts_with("Market Square\nAwnings") && looked.contains("Ways: "), "{looked}");
        let spoken = ada.line("inspect well").await.text;
        assert!(!spoken.contains("Ways: "), "who has not moved is told no more than asked: {spoken}");
    });
}

#[test]
fn the_two_facets_of_a_session_are_one_player() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let visitor = Visitor::guest("Ada");
        let (surface, hand) = (Surface::of(&bench, &visitor).await, Hand::of(&bench, &visitor).await);
        surface.line("go north").await;
        assert_eq!(hand.room().await, "market-square");
        let view = hand.does("look").await;
        assert!(!view["view"]["description"].as_str().unwrap().contains("Also here"), "nobody meets themselves");
    });
}

#[test]
fn what_is_not_in_the_menu_is_a_bad_request_and_what_the_rules_forbid_is_an_outcome() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Surface::of(&bench, &Visitor::named("Ada")).await;
        for (command, arguments) in
            [("fly", vec![]), ("go", vec![("direction", "up")]), ("go", vec![("way", "north")]), ("go", vec![])]
        {
            let error = ada.invoke(command, &arguments).await.err().unwrap();
            assert!(error.to_string().contains("badRequest: "), "{command}: {error}");
        }
        let came = ada.invoke("inspect", &[("target", "the moon")]).await.unwrap();
        assert!(!came.done && came.text.contains("You see no the moon"));
        let came = ada.invoke("inspect", &[("target", "\u{1b}[2J")]).await;
        assert!(came.is_err_and(|error| error.to_string().contains("badRequest: ")));
        let came = ada.invoke("partyLeave", &[]).await.unwrap();
        assert!(!came.done && came.text.contains("no party"));
    });
}
