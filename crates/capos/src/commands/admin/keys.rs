//! `capos admin key`.

use std::path::Path;

use super::Administration;
use super::model::Account;
use crate::args::admin::KeyVerb;
use crate::failure::Failure;
use crate::input;
use crate::output::when::utc;
use crate::output::{Output, Table};

/// The longest file of keys: an RSA key takes less than 4 KiB.
const LONGEST_FILE: u64 = 1 << 20;

pub(super) async fn run(to: &impl Administration, verb: KeyVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        KeyVerb::List { account } => list(&to.account(&account).await?, output),
        KeyVerb::Add { account, file } => {
            let mut after = None;
            for line in lines(&file)? {
                after = Some(to.add_key(&account, &line).await?);
            }
            match after {
                Some(after) => list(&after, output),
                None => Err(Failure::usage(format!("{} has no keys", file.display())).advise(WHAT)),
            }
        }
        KeyVerb::Remove { account, which } => list(&to.remove_key(&account, &which).await?, output),
    }
}

const WHAT: &str = "Public keys stand in .pub files, a line each: type, base64, comment.";

fn lines(file: &Path) -> Result<Vec<String>, Failure> {
    let text = input::text(file, LONGEST_FILE)
        .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", file.display())))?;
    if text.contains("PRIVATE KEY") {
        return Err(Failure::usage(format!("{} is a private key, which was not sent", file.display())).advise(WHAT));
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

fn list(account: &Account, output: &Output) -> Result<(), Failure> {
    output.list(&account.keys, |keys| {
        let rows = keys
            .iter()
            .map(|key| [key.fingerprint.clone(), key.algorithm.clone(), utc(key.added_at_ms), key.comment.clone()]);
        Table::new(&["FINGERPRINT", "TYPE", "ADDED", "COMMENT"], "The account has no keys.").rows(rows)
    })
}
