//! What a room's chat channel is told.

use std::cell::RefCell;
use std::rc::Rc;

use capos_adventure::Limits;
use capos_schema::chat_capnp::chat;
use capos_service::Given;
use capos_service::testing::{Visitor, run};
use tokio::sync::Notify;

use crate::support::{Hand, serve_with};

/// A chat that writes down what it is told, as the real one would see it; or refuses everything.
#[derive(Default)]
struct Log {
    lines: RefCell<Vec<(String, String)>>,
    joined: RefCell<Vec<(String, String)>>,
    news: Notify,
    refuses: bool,
}

struct Chat(Rc<Log>);

impl chat::Server for Chat {
    async fn join(
        self: Rc<Self>,
        params: chat::JoinParams,
        mut results: chat::JoinResults,
    ) -> Result<(), capnp::Error> {
        if self.0.refuses {
            return Err(capnp::Error::overloaded("quotaExceeded: no".to_owned()));
        }
        let params = params.get()?;
        let joined = (params.get_channel()?.to_string()?, params.get_handle()?.to_string()?);
        self.0.joined.borrow_mut().push(joined);
        results.get().set_joined(true);
        Ok(())
    }

    async fn send(
        self: Rc<Self>,
        params: chat::SendParams,
        mut results: chat::SendResults,
    ) -> Result<(), capnp::Error> {
        let params = params.get()?;
        self.0.lines.borrow_mut().push((params.get_channel()?.to_string()?, params.get_text()?.to_string()?));
        self.0.news.notify_one();
        results.get().set_sent(true);
        Ok(())
    }
}

#[test]
fn the_channel_of_a_room_is_told_what_everybody_there_sees() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let log = Rc::new(Log::default());
        let chat: chat::Client = capnp_rpc::new_client(Chat(log.clone()));
        let bench = serve_with(home.path(), Limits::default(), Given::default().with("chat", chat)).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("drop bread\ngo north").await;
        while log.lines.borrow().len() < 3 {
            log.news.notified().await;
        }
        let expected = [
            ("adventure.causeway-gate", "ada puts down a loaf of bread."),
            ("adventure.causeway-gate", "ada leaves."),
            ("adventure.market-square", "ada comes in."),
        ];
        let expected = expected.map(|(channel, text)| (channel.to_owned(), text.to_owned()));
        assert_eq!(*log.lines.borrow(), expected);
        let handles = log.joined.borrow().iter().map(|(_, handle)| handle.clone()).collect::<Vec<_>>();
        assert_eq!(handles, ["", ""], "each channel is joined once, under the name that the node gave");
        assert_eq!(ada.does("look").await["view"]["roomChannel"], "adventure.market-square");
    });
}

#[test]
fn a_chat_that_refuses_everything_keeps_nobody_from_playing() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let log = Rc::new(Log { refuses: true, ..Log::default() });
        let chat: chat::Client = capnp_rpc::new_client(Chat(log));
        let bench = serve_with(home.path(), Limits::default(), Given::default().with("chat", chat)).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo south\ngo north").await;
        assert_eq!(ada.room().await, "market-square");
    });
}
