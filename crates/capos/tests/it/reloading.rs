//! SIGHUP.

use capnp::capability::FromClientHook as _;
use capnp::traits::HasTypeId as _;
use capos_schema::system_info_capnp::system_info;

use crate::ground::*;

async fn motd(session: &capos_schema::session_capnp::remote_session::Client) -> String {
    let mut get = session.cap_set_request().send().pipeline.get_caps().get_request();
    get.get().set_name("system_info");
    get.get().set_expected_interface_id(system_info::Client::TYPE_ID);
    let info = system_info::Client::new(get.send().pipeline.get_cap().as_cap());
    let answer = info.motd_request().send().promise.await.unwrap();
    answer.get().unwrap().get_text().unwrap().to_string().unwrap()
}

#[test]
fn what_is_safe_changes_and_the_rest_is_told() {
    let node = plan().configuration("node.motd = 'one'").start();
    on_vat(async {
        let (client, session) = Client::operator(&node).await;
        assert_eq!(motd(&session).await, "one");
        node.reconfigure("node.motd = 'two'\nauth.password = false\nlog.level = 'debug'\nlimits.store.readers = 3\n");
        let log = node.wait_for_log("the configuration was read again");
        for said in ["changed setting=\"node.motd\"", "changed setting=\"auth.password\""] {
            assert!(log.contains(said), "{log}");
        }
        assert!(log.contains("will change when the node is restarted setting=\"limits.store.readers\""), "{log}");
        assert_eq!(motd(&session).await, "two");
        let Err(refused) = client.sign_in(node.operator(), node.password()).await else { panic!("it is off") };
        assert!(refused.to_string().contains("disabledAuthMethod"), "{refused}");
    });
}

#[test]
fn a_bad_file_is_told_and_changes_nothing() {
    let node = plan().configuration("node.motd = 'one'").start();
    on_vat(async {
        let (_client, session) = Client::operator(&node).await;
        node.reconfigure("node.motd = 'two'\nnode.nmae = 'x'\n");
        let log = node.wait_for_log("the configuration stays as it was");
        assert!(
            log.contains("capos.toml:2:6: there is no setting \"node.nmae\"; did you mean \"node.name\"?"),
            "{log}"
        );
        assert_eq!(motd(&session).await, "one");
    });
}
