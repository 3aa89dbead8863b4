//! The player's own facet: the methods of `Adventure`, each a command of the core.

use std::rc::Rc;

use capnp::text;
use capos_schema::adventure_capnp::{adventure, adventure_room_view};
use capos_service::bad_request;

use super::seat::Seat;
use super::table::Told;
use crate::command::{Command, NoCommand};
use crate::player::PlayerId;
use crate::token::Token;
use crate::view::View;

type Outcome = Result<(), capnp::Error>;

pub(super) struct Facet {
    seat: Rc<Seat>,
    id: PlayerId,
}

/// Words that are no command, as a refusal.
pub(super) fn refused(fault: NoCommand) -> capnp::Error {
    bad_request(match fault {
        NoCommand::Unknown => "there is no such command",
        NoCommand::Words => "that command takes other words",
        NoCommand::Word => "names are 1 to 32 of a-z, 0-9 and hyphens",
    })
}

impl Facet {
    pub(super) fn new(seat: Rc<Seat>) -> Result<Facet, capnp::Error> {
        let id = seat.player()?.clone();
        Ok(Facet { seat, id })
    }

    async fn act(&self, name: &str, words: &[text::Reader<'_>]) -> Result<Told, capnp::Error> {
        self.seat.admit()?;
        let words = words.iter().map(|word| word.to_str()).collect::<Result<Vec<_>, _>>();
        let words = words.map_err(|_| refused(NoCommand::Word))?;
        let command = Command::parse(name, &words).map_err(refused)?;
        Ok(self.seat.table().act(&self.id, &command).await)
    }

    fn view(&self) -> Option<View> {
        self.seat.table().game.borrow().view(&self.id)
    }
}

/// A method that tells something.
macro_rules! told {
    ($method:ident, $name:literal, $params:ident, $results:ident, [$($word:ident),*]) => {
        async fn $method(self: Rc<Self>, params: adventure::$params, mut results: adventure::$results) -> Outcome {
            let _asked = params.get()?;
            let told = self.act($name, &[$(_asked.$word()?),*]).await?;
            results.get().set_text(&told.text);
            Ok(())
        }
    };
}

/// A method that tells something and shows the room after it.
macro_rules! seen {
    ($method:ident, $name:literal, $params:ident, $results:ident, [$($word:ident),*]) => {
        async fn $method(self: Rc<Self>, params: adventure::$params, mut results: adventure::$results) -> Outcome {
            let _asked = params.get()?;
            let told = self.act($name, &[$(_asked.$word()?),*]).await?;
            let mut shown = results.get();
            shown.set_text(&told.text);
            write(self.view().as_ref(), shown.init_view());
            Ok(())
        }
    };
}

impl adventure::Server for Facet {
    async fn look(self: Rc<Self>, _: adventure::LookParams, mut results: adventure::LookResults) -> Outcome {
        self.act("look", &[]).await?;
        write(self.view().as_ref(), results.get().init_view());
        Ok(())
    }

    async fn inventory(
        self: Rc<Self>,
        _: adventure::InventoryParams,
        mut results: adventure::InventoryResults,
    ) -> Outcome {
        self.act("inventory", &[]).await?;
        let items = self.seat.table().game.borrow().inventory(&self.id);
        write_names(&items, |most| results.get().init_items(most));
        Ok(())
    }

    async fn leave(self: Rc<Self>, _: adventure::LeaveParams, _: adventure::LeaveResults) -> Outcome {
        self.act("leave", &[]).await.map(drop)
    }

    async fn resume(self: Rc<Self>, _: adventure::ResumeParams, mut results: adventure::ResumeResults) -> Outcome {
        self.act("resume", &[]).await?;
        write(self.view().as_ref(), results.get().init_view());
        Ok(())
    }

    seen!(go, "go", GoParams, GoResults, [get_direction]);
    seen!(take, "take", TakeParams, TakeResults, [get_item]);
    seen!(drop, "drop", DropParams, DropResults, [get_item]);
    seen!(recover, "recover", RecoverParams, RecoverResults, [get_relic]);
    seen!(retreat, "retreat", RetreatParams, RetreatResults, []);
    told!(inspect, "inspect", InspectParams, InspectResults, [get_target]);
    told!(use_, "use", UseParams, UseResults, [get_item]);
    told!(status, "status", StatusParams, StatusResults, []);
    told!(attack, "attack", AttackParams, AttackResults, [get_mob, get_zone]);
    told!(skill, "skill", SkillParams, SkillResults, [get_name, get_target, get_zone]);
    told!(cast, "cast", CastParams, CastResults, [get_spell, get_target, get_zone]);
    told!(guard, "guard", GuardParams, GuardResults, [get_target]);
    told!(give, "give", GiveParams, GiveResults, [get_item, get_actor]);
    told!(ask, "ask", AskParams, AskResults, [get_actor, get_topic]);
    told!(order, "order", OrderParams, OrderResults, [get_actor, get_task]);
    told!(seal, "seal", SealParams, SealResults, [get_target]);
    told!(request, "request", RequestParams, RequestResults, [get_writ]);
    told!(accept, "accept", AcceptParams, AcceptResults, [get_writ]);
    told!(delegate, "delegate", DelegateParams, DelegateResults, [get_writ, get_actor]);
    told!(revoke, "revoke", RevokeParams, RevokeResults, [get_writ]);
    told!(quote, "quote", QuoteParams, QuoteResults, [get_offer, get_actor]);
    told!(buy, "buy", BuyParams, BuyResults, [get_offer, get_actor]);
    told!(sell, "sell", SellParams, SellResults, [get_item, get_actor]);
    told!(trade, "trade", TradeParams, TradeResults, [get_item, get_actor]);
    told!(repair, "repair", RepairParams, RepairResults, [get_target, get_actor]);
    told!(party_create, "partyCreate", PartyCreateParams, PartyCreateResults, [get_name]);
    told!(party_invite, "partyInvite", PartyInviteParams, PartyInviteResults, [get_player]);
    told!(party_accept, "partyAccept", PartyAcceptParams, PartyAcceptResults, [get_party]);
    told!(party_leave, "partyLeave", PartyLeaveParams, PartyLeaveResults, []);
    told!(party_delegate, "partyDelegate", PartyDelegateParams, PartyDelegateResults, [get_writ, get_player]);
    told!(assist, "assist", AssistParams, AssistResults, [get_player, get_task]);
    told!(transfer, "transfer", TransferParams, TransferResults, [get_item, get_player]);
}

fn write_names<'a>(names: &[Token], init: impl FnOnce(u32) -> capnp::text_list::Builder<'a>) {
    let mut list = init(u32::try_from(names.len()).unwrap_or(u32::MAX));
    for (place, name) in (0..).zip(names) {
        list.set(place, name.as_str());
    }
}

/// Shows a room.
pub(super) fn write(view: Option<&View>, mut to: adventure_room_view::Builder<'_>) {
    let Some(view) = view else { return };
    to.set_room_id(view.room.as_str());
    to.set_room_channel(&view.channel);
    to.set_title(&view.title);
    to.set_description(&view.description);
    to.set_mission(&view.mission);
    to.set_lead(&view.lead);
    let mut exits = to.reborrow().init_exits(u32::try_from(view.exits.len()).unwrap_or(u32::MAX));
    for (place, (direction, room)) in (0..).zip(&view.exits) {
        let mut exit = exits.reborrow().get(place);
        exit.set_direction(direction.as_str());
        exit.set_room_id(room.as_str());
    }
    write_names(&view.items, |most| to.reborrow().init_items(most));
    write_names(&view.actors, |most| to.reborrow().init_actors(most));
    write_names(&view.mobs, |most| to.reborrow().init_mobs(most));
    write_names(&view.writs, |most| to.reborrow().init_writs(most));
}
