use capnp::Error;
use capos_schema::commands_capnp::{command_parameter, command_surface};
use capos_service::testing::{Visitor, run};

use crate::sitting::{Hands, Room};

async fn invoke(
    surface: &command_surface::Client,
    command: &str,
    count: impl Into<Option<i64>>,
) -> Result<(bool, String), Error> {
    let mut request = surface.invoke_request();
    request.get().set_command(command);
    if let Some(count) = count.into() {
        let mut argument = request.get().init_arguments(1).get(0);
        argument.set_name(if command == "price" { "cents" } else { "count" });
        argument.init_value().set_integer(count);
    }
    let answer = request.send().promise.await?;
    let outcome = answer.get()?.get_outcome()?;
    assert!(outcome.get_menu()?.get_commands()?.len() > 3);
    Ok((outcome.get_done(), outcome.get_text()?.to_string()?))
}

#[test]
fn the_game_is_played_by_buttons_too() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let ann = Visitor::named("Ann");
        let surface: command_surface::Client = bench.open(&ann, "paperclips_commands").await.unwrap();
        assert_eq!(invoke(&surface, "make", 5).await.unwrap(), (true, "5 clips in hand.".to_owned()));
        assert_eq!(invoke(&surface, "make", None).await.unwrap(), (true, "1 clip in hand.".to_owned()));
        assert_eq!(
            invoke(&surface, "advertise", None).await.unwrap(),
            (false, "The next step costs $20.00.".to_owned())
        );
        assert!(invoke(&surface, "price", 30).await.unwrap().0);
        assert!(invoke(&surface, "price", 0).await.unwrap_err().extra.contains("badRequest: cents is out of range"));
        assert!(invoke(&surface, "make", 15).await.unwrap_err().extra.contains("badRequest: count is out of range"));
        assert!(invoke(&surface, "drones", None).await.unwrap_err().extra.contains("badRequest: no such command"));
        room.wait(7_200);
        assert_eq!(Hands::of(&bench, &ann).await.clips().await, 6);
    });
}

#[test]
fn the_menu_tells_what_is_possible_now() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let ann = Visitor::named("Ann");
        Hands::of(&bench, &ann).await.command("make 18").await;
        let surface: command_surface::Client = bench.open(&ann, "paperclips_commands").await.unwrap();
        let answer = surface.menu_request().send().promise.await.unwrap();
        let commands = answer.get().unwrap().get_menu().unwrap().get_commands().unwrap();
        let find = |name: &str| commands.iter().find(|one| one.get_name().unwrap() == name).unwrap();
        assert!(find("make").get_available());
        let count = find("make").get_parameters().unwrap().get(0);
        assert!(count.get_optional());
        let command_parameter::type_::Integer(range) = count.get_type().which().unwrap() else { panic!("a number") };
        assert_eq!((range.get_min(), range.get_max()), (1, 2));
        assert!(!find("wire").get_available());
        assert_eq!(find("wire").get_reason().unwrap(), "A bundle costs $15.00.");
    });
}
