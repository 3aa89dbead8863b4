//! `capos connect`.

use crate::args::connect::Connect;
use crate::failure::{Exit, Failure};
use crate::held::directory::parse_name;
use crate::held::{all, start};
use crate::output::Output;
use crate::prompt::Person;
use crate::sign_in::{Wish, default_name};

/// Signs in and leaves a process behind that holds the session.
pub(crate) async fn run(arguments: Connect, output: &Output) -> Result<Exit, Failure> {
    let wish = Wish::parse(&arguments.target, &arguments.how, &arguments.more)?;
    let name = arguments.name.unwrap_or_else(|| default_name(&wish.endpoint));
    parse_name(&name)?;
    if let Some(held) = all().await?.into_iter().find(|reached| reached.status.name == name) {
        if !held.has_ended().await {
            return Err(crate::held::already(&name));
        }
        held.let_go().await;
    }
    let status = start(&wish, &name, Person::new(output, wish.password_given)).await?;
    output.answer(&status, |status| {
        let whom =
            if status.account.is_empty() { "signed in".to_owned() } else { format!("signed in as {}", status.account) };
        format!("{}: {whom} at {}", status.name, status.endpoint)
    })?;
    Ok(Exit::Done)
}
