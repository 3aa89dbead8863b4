//! `capos replay`: a recording played on this terminal, shown at once, or saved.

mod pace;
mod player;
mod source;

use std::io::IsTerminal;
use std::path::Path;

use crate::args::recordings::Replay;
use crate::commands::recordings::{find, shelf, unshown};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::within;
use pace::Pace;
use source::Source;

/// Plays, shows or saves it.
pub(crate) async fn run(arguments: Replay, output: &Output) -> Result<Exit, Failure> {
    if arguments.output.is_none() && !arguments.cat && !std::io::stdout().is_terminal() {
        return Err(Failure::usage("standard output is no terminal to play a recording on")
            .advise("Use --cat for what was shown, or -o - for the recording itself."));
    }
    if is_file(&arguments.what) {
        let source = Source::file(Path::new(&arguments.what))?;
        return play(&arguments, source, output).await;
    }
    let work = async |remote: &crate::remote::Remote| {
        let shelf = shelf(remote, arguments.all);
        let id = find(&shelf, &arguments.what).await?;
        play(&arguments, Source::node(&shelf, &id), output).await
    };
    within(&arguments.target, output, work).await.map_err(|failure| unshown(failure, arguments.all))
}

/// A name of a recording has nothing that the name of a file is known by, and is believed to be one where there is no
/// such file.
fn is_file(what: &str) -> bool {
    what.contains(['/', '.']) || Path::new(what).is_file()
}

async fn play(arguments: &Replay, source: Source, output: &Output) -> Result<Exit, Failure> {
    match &arguments.output {
        Some(file) if file.as_os_str() == "-" => source.copy(&mut |chunk| output.bytes(chunk)).await?,
        Some(file) => source.save(file, output).await?,
        None if arguments.cat => player::show(source).await?,
        None => player::play(source, Pace::new(arguments.speed, arguments.idle_limit), output).await?,
    }
    Ok(Exit::Done)
}
