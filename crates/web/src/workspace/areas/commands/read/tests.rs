use capnp::message::Builder;

use super::*;

fn read_within(limits: &MenuLimits, fill: impl FnOnce(command_menu::Builder<'_>)) -> MenuView {
    let mut message = Builder::new_default();
    fill(message.init_root());
    menu(message.get_root_as_reader().unwrap(), limits).unwrap().view
}

fn read(fill: impl FnOnce(command_menu::Builder<'_>)) -> MenuView {
    read_within(&MenuLimits::default(), fill)
}

/// A menu of one command that takes one thing.
fn taking(limits: &MenuLimits, fill: impl FnOnce(command_parameter::Builder<'_>)) -> Option<Vec<ParameterView>> {
    let mut menu = read_within(limits, |menu| {
        let mut command = menu.init_commands(1).get(0);
        command.set_name("do");
        fill(command.init_parameters(1).get(0));
    });
    menu.commands.pop().map(|command| command.parameters)
}

fn names(menu: &MenuView) -> Vec<&str> {
    menu.commands.iter().map(|command| command.name.as_str()).collect()
}

fn named(menu: command_menu::Builder<'_>, all: &[&[u8]]) {
    let mut commands = menu.init_commands(u32::try_from(all.len()).unwrap());
    for (place, name) in (0..).zip(all) {
        let mut command = commands.reborrow().get(place);
        command.set_name(text::Reader(name));
        command.set_available(true);
    }
}

#[test]
fn only_names_that_can_be_shown_as_they_are_are_shown() {
    let hostile: [&[u8]; 9] = [
        b"first",
        "ma\u{202e}ke".as_bytes(),
        b"line\nbreak",
        b"\x1b[2J",
        b"not\xffutf8",
        b"",
        "\u{200b}".as_bytes(),
        b"first",
        b"last",
    ];
    assert_eq!(names(&read(|menu| named(menu, &hostile))), ["first", "last"]);
}

#[test]
fn what_a_label_says_acts_on_nobody_and_breaks_no_menu() {
    let menu = read(|mut menu| {
        menu.set_title(text::Reader(b"\xff\x1b[2Jb\nc"));
        menu.set_status("one\ntwo\u{202e}");
        let mut command = menu.init_commands(1).get(0);
        command.set_name("do");
        command.set_label(text::Reader(b"\xc3\x28\x07"));
        command.set_summary(text::Reader(&[b'x'; 1 << 20]));
        command.set_reason("no\u{2066}");
    });
    assert_eq!((menu.title.as_str(), menu.status.as_str()), ("\u{fffd}\u{fffd}[2Jb c", "one\ntwo\u{fffd}"));
    let command = &menu.commands[0];
    assert_eq!(command.label.as_str(), "\u{fffd}(\u{fffd}");
    assert_eq!(command.summary.as_str().len(), 4096);
    assert_eq!(command.refusal.as_ref().unwrap().as_str(), "no\u{fffd}");
}

#[test]
fn ten_thousand_commands_are_as_many_as_a_person_can_look_through() {
    let all: Vec<String> = (0..10_000).map(|number| format!("command-{number}")).collect();
    let all: Vec<&[u8]> = all.iter().map(|name| name.as_bytes()).collect();
    assert_eq!(read(|menu| named(menu, &all)).commands.len(), 256);
    let limits = MenuLimits { commands: 3, ..MenuLimits::default() };
    for (given, shown) in [(3, 3), (4, 3)] {
        assert_eq!(read_within(&limits, |menu| named(menu, &all[..given])).commands.len(), shown);
    }
}

#[test]
fn a_menu_has_so_many_bytes_and_no_more() {
    let all: [&[u8]; 2] = [b"one", b"two"];
    let one = json(&read(|menu| named(menu, &all)).commands[0]).len();
    for (menu_bytes, shown) in [(2 * one, 2), (2 * one - 1, 1), (one, 1), (one - 1, 0)] {
        let limits = MenuLimits { menu_bytes, ..MenuLimits::default() };
        assert_eq!(read_within(&limits, |menu| named(menu, &all)).commands.len(), shown, "{menu_bytes}");
    }
}

#[test]
fn texts_are_whole_at_their_bounds_and_cut_or_left_out_past_them() {
    let limits = MenuLimits { name_bytes: 4, label_bytes: 4, words_bytes: 6, ..MenuLimits::default() };
    let read = |name: &str, label: &str, summary: &str| {
        let menu = read_within(&limits, |menu| {
            let mut command = menu.init_commands(1).get(0);
            command.set_name(name);
            command.set_label(label);
            command.set_summary(summary);
        });
        menu.commands.first().map(|one| (one.label.as_str().to_owned(), one.summary.as_str().to_owned()))
    };
    assert_eq!(read("make", "éabc", "a\nb c"), Some(("…".to_owned(), "a\nb c".to_owned())));
    assert_eq!(read("make", "a\tbc", "abcdefg"), Some(("a bc".to_owned(), "abc…".to_owned())));
    assert_eq!(read("makes", "a", "b"), None);
}

#[test]
fn the_greatest_numbers_keep_every_digit_and_an_empty_range_stays_one() {
    let range = |least, most| {
        let parameters = taking(&MenuLimits::default(), |mut parameter| {
            parameter.set_name("count");
            let mut integer = parameter.init_type().init_integer();
            integer.set_min(least);
            integer.set_max(most);
        });
        json(&parameters.unwrap()[0].values)
    };
    let expected = r#"{"kind":"integer","least":"-9223372036854775808","most":"9223372036854775807"}"#;
    assert_eq!(range(i64::MIN, i64::MAX), expected);
    assert_eq!(range(2, 1), r#"{"kind":"integer","least":"2","most":"1"}"#);
}

#[test]
fn a_value_to_choose_is_one_that_can_be_given_back() {
    let limits = MenuLimits { choices: 5, ..MenuLimits::default() };
    let of = |values: &[&str]| {
        let parameters = taking(&limits, |mut parameter| {
            parameter.set_name("item");
            let mut choices = parameter.init_type().init_choice(u32::try_from(values.len()).unwrap());
            for (place, value) in (0..).zip(values) {
                choices.reborrow().get(place).set_value(value);
            }
        });
        let Some(Values::Choice { choices }) = parameters.map(|mut all| all.remove(0).values) else { panic!() };
        choices.iter().map(|choice| format!("{}={}", choice.value.as_str(), choice.label.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(of(&["bread", "kni\u{202e}fe", "bread", "", "salt"]), ["bread=bread", "salt=salt"]);
    assert_eq!(of(&["1", "2", "3", "4", "5", "6"]).len(), 5);
    assert!(of(&[]).is_empty());
}

#[test]
fn a_command_that_could_not_be_given_is_left_out_and_one_that_can_be_given_with_less_is_not() {
    let limits = MenuLimits::default();
    let hidden = |optional: bool| {
        taking(&limits, |mut parameter| {
            parameter.set_name("it\u{202e}");
            parameter.set_optional(optional);
            parameter.init_type().init_text();
        })
    };
    assert!(hidden(true).unwrap().is_empty());
    assert!(hidden(false).is_none());
    let many = |count: u32, name: fn(u32) -> String| {
        let menu = read(|menu| {
            let mut command = menu.init_commands(1).get(0);
            command.set_name("do");
            let mut parameters = command.init_parameters(count);
            for place in 0..count {
                parameters.reborrow().get(place).set_name(name(place));
            }
        });
        menu.commands.len()
    };
    let own = |place: u32| format!("p{place}");
    assert_eq!((many(8, own), many(9, own)), (1, 0));
    assert_eq!(many(2, |_| "same".to_owned()), 0, "which one is meant could not be said");
}
