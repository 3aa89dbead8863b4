//! The loop of a process that plays an actor: a cue, and what is said to it.

use std::rc::Rc;
use std::time::Duration;

use capos_schema::adventure_capnp::{AdventureCueKind, adventure_actor, adventure_cue};

use super::dialogue::{Cue, Dialogue, On};

/// Until the world is asked again after it failed: first, and at longest.
const REST: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Plays an actor for as long as the process runs. The world may restart meanwhile.
pub(super) async fn play(actor: adventure_actor::Client, dialogue: Rc<Dialogue>) {
    let mut rest = REST.0;
    loop {
        match react(&actor, &dialogue).await {
            Ok(()) => rest = REST.0,
            Err(error) => {
                tracing::debug!("the world did not take an answer: {error}");
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(REST.1);
            }
        }
    }
}

async fn react(actor: &adventure_actor::Client, dialogue: &Dialogue) -> Result<(), capnp::Error> {
    let answer = actor.cue_request().send().promise.await?;
    let told = answer.get()?.get_cue()?;
    let facts = told.get_facts()?.iter().map(|fact| Ok(fact?.to_str()?)).collect::<Result<_, capnp::Error>>()?;
    let cue = Cue { number: told.get_number(), on: on(told)?, subject: told.get_subject()?.to_str()?, facts };
    for line in dialogue.answers(&cue) {
        let deed = line.deed.as_ref().map_or("", |deed| deed.as_str());
        if reply(actor, cue.number, &line.text, deed).await? {
            return Ok(());
        }
    }
    // Nothing to add: the world need not wait.
    reply(actor, cue.number, "", "").await.map(drop)
}

fn on(cue: adventure_cue::Reader<'_>) -> Result<On, capnp::Error> {
    Ok(match cue.get_kind()? {
        AdventureCueKind::Asked => On::Asked,
        AdventureCueKind::Given => On::Given,
        AdventureCueKind::Ordered => On::Ordered,
        AdventureCueKind::Entered => On::Entered,
        AdventureCueKind::Idle => On::Idle,
    })
}

async fn reply(actor: &adventure_actor::Client, number: u64, text: &str, deed: &str) -> Result<bool, capnp::Error> {
    let mut request = actor.reply_request();
    request.get().set_number(number);
    request.get().set_text(text);
    request.get().set_deed(deed);
    Ok(request.send().promise.await?.get()?.get_accepted())
}
