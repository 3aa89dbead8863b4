//! `kill -9` at random moments: the store opens, the chain verifies, and nothing that was acknowledged is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use capnp::capability::FromClientHook as _;
use capnp::traits::HasTypeId as _;
use capos_schema::accounts_capnp::account_admin;
use capos_schema::identity_capnp::PrincipalKind;
use capos_schema::session_capnp::remote_session;

use crate::ground::*;

/// How many operations are begun in all, over as many lives as that takes.
const OPERATIONS: usize = 100;
/// A life ends before it has begun more than this.
const OF_A_LIFE: usize = 20;

/// What was acknowledged: each account and its display name; and what was under way at the end.
#[derive(Default)]
struct Promise {
    accounts: BTreeMap<String, String>,
    in_doubt: Option<(String, Option<String>)>,
    begun: usize,
    acknowledged: usize,
}

/// Numbers that differ and do not surprise; where they come from does not matter here.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
fn a_node_that_is_killed_at_any_moment_loses_nothing_that_it_acknowledged() {
    let plan = plan();
    let mut promise = Promise::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut lives = 0;
    while promise.begun < OPERATIONS {
        let life = lives;
        lives += 1;
        let node = plan.start();
        on_vat(async {
            check(&node, &mut promise).await;
            let delay = Duration::from_micros(random.below(20_000));
            let kill_at = usize::try_from(random.below(OF_A_LIFE as u64)).unwrap();
            live(node, life, kill_at, delay, &mut random, &mut promise).await;
        });
        journal(&plan);
    }
    let Promise { begun, acknowledged, .. } = promise;
    assert!(
        acknowledged + lives >= begun,
        "each life leaves one in doubt at most: {acknowledged} of {begun} in {lives}"
    );
    assert!(acknowledged > OPERATIONS / 2, "the lives were worth something: {acknowledged} of {begun}");
}

async fn admin_of(session: &remote_session::Client) -> account_admin::Client {
    let mut get = session.cap_set_request().send().pipeline.get_caps().get_request();
    get.get().set_name("accounts");
    get.get().set_expected_interface_id(account_admin::Client::TYPE_ID);
    account_admin::Client::new(get.send().pipeline.get_cap().as_cap())
}

/// Does operations one after the other, and is killed a little after one of them has begun.
async fn live(
    node: capos_testkit::Node,
    life: usize,
    kill_at: usize,
    delay: Duration,
    random: &mut Random,
    promise: &mut Promise,
) {
    let (client, session) = Client::operator(&node).await;
    let admin = admin_of(&session).await;
    let mut node = Some(node);
    for number in 0..OF_A_LIFE {
        let killer = (number == kill_at).then(|| {
            let node = node.take().expect("it is killed once");
            std::thread::spawn(move || {
                std::thread::sleep(delay);
                node.kill();
            })
        });
        let worked = operate(&client, &admin, life, number, random, promise).await;
        if let Some(killer) = killer {
            killer.join().unwrap();
        }
        if worked.is_err() {
            return;
        }
        if node.is_none() {
            return;
        }
    }
}

async fn operate(
    client: &Client,
    admin: &account_admin::Client,
    life: usize,
    number: usize,
    random: &mut Random,
    promise: &mut Promise,
) -> capnp::Result<()> {
    let known: Vec<String> = promise.accounts.keys().cloned().collect();
    let chosen = usize::try_from(random.below(known.len().max(1) as u64)).unwrap();
    promise.begun += 1;
    match (random.below(4), known.get(chosen)) {
        (0, Some(name)) => {
            promise.in_doubt = Some((name.clone(), None));
            let revision = revision(admin, name).await?;
            let mut remove = admin.remove_request();
            remove.get().set_name(name);
            remove.get().set_revision(revision);
            remove.send().promise.await?;
            promise.accounts.remove(name);
        }
        (1, Some(name)) => {
            let shown = format!("{life} {number}");
            promise.in_doubt = Some((name.clone(), Some(shown.clone())));
            let revision = revision(admin, name).await?;
            let mut update = admin.update_request();
            update.get().set_name(name);
            update.get().set_revision(revision);
            describe(update.get().init_account(), &shown);
            update.send().promise.await?;
            promise.accounts.insert(name.clone(), shown);
        }
        (2, _) => {
            let _ = client.sign_in("operator", "correct horse battery staple").await?;
        }
        _ => {
            let name = format!("a{life}.{number}");
            promise.in_doubt = Some((name.clone(), Some(name.clone())));
            let mut create = admin.create_request();
            create.get().set_name(&name);
            describe(create.get().init_account(), &name);
            create.send().promise.await?;
            promise.accounts.insert(name.clone(), name);
        }
    }
    promise.in_doubt = None;
    promise.acknowledged += 1;
    Ok(())
}

async fn revision(admin: &account_admin::Client, name: &str) -> capnp::Result<u64> {
    let mut get = admin.get_request();
    get.get().set_name(name);
    Ok(get.send().promise.await?.get()?.get_account()?.get_revision())
}

fn describe(mut account: capos_schema::accounts_capnp::account_change::Builder<'_>, shown: &str) {
    account.set_display_name(shown);
    account.set_kind(PrincipalKind::Human);
    account.reborrow().init_roles(1).set(0, "user");
    account.set_default_profile("user");
}

/// What is there is what was promised, but for the one change whose answer never came.
async fn check(node: &capos_testkit::Node, promise: &mut Promise) {
    let (_client, session) = Client::operator(node).await;
    let list = admin_of(&session).await.list_request().send().promise.await.unwrap();
    let mut there: BTreeMap<String, String> = BTreeMap::new();
    for account in list.get().unwrap().get_accounts().unwrap() {
        let text = |text: capnp::Result<capnp::text::Reader<'_>>| text.unwrap().to_string().unwrap();
        there.insert(text(account.get_name()), text(account.get_display_name()));
    }
    there.remove("operator");
    if let Some((name, wanted)) = promise.in_doubt.take() {
        let found = there.get(&name);
        assert!(found == promise.accounts.get(&name) || found == wanted.as_ref(), "{name} is neither old nor new");
        match found.cloned() {
            Some(shown) => drop(promise.accounts.insert(name, shown)),
            None => drop(promise.accounts.remove(&name)),
        }
    }
    assert_eq!(there, promise.accounts);
}
