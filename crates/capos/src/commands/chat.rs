//! `capos chat`: a talk in lines, at a terminal or through a pipe.
//!
//! [`Talk`] has the session's seat in the chat, joins and says; what others say is pushed to its listener and printed
//! through `output`, which lets nothing of theirs act on the terminal. Where the chat goes away, because its service is
//! started again, the talk waits, gets the capability anew and joins where it was.

mod input;
mod keyboard;
mod lines;
mod reader;
mod seat;
mod show;

use std::collections::{BTreeSet, VecDeque};
use std::io::IsTerminal as _;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::args::chat::Chat;
use crate::failure::{Exit, Failure};
use crate::output::{Output, plain};
use crate::remote::{Remote, within};
use input::{Input, interrupted};
use lines::{Line, parse_line};
use seat::{Event, Kind, Seat, Told, Trouble};

/// How long a chat that has gone away is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// The first wait before it is tried again; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// What a line waits where the chat wants it slower, and how often.
const SLOWER: Duration = Duration::from_secs(1);
const MOST_WAITS: u32 = 60;
/// How long what was said last may take to come back.
const LAST_ECHO: Duration = Duration::from_secs(1);
/// Of a chat that does not show one what one says, or was too fast for it, no more is remembered.
const MOST_ECHOES: usize = 64;
/// As many as a chat tells of what was before, and some more.
const MOST_SEEN: usize = 64;
/// Whoever stops being told sooner than this was pushed aside, and would be again.
const STOLEN_WITHIN: Duration = Duration::from_secs(10);
/// Messages that `/history` shows where no number is given.
const HISTORY: u16 = 20;

/// Talks until the lines end, somebody says `/quit`, or the session is over.
pub(crate) async fn run(arguments: Chat, output: &Output) -> Result<Exit, Failure> {
    let work = async |remote: &Remote| {
        let mut talk = Talk::begin(remote, &arguments, output).await?;
        let mut input = Input::start(output);
        let is_interactive = matches!(input, Input::Keys(_));
        let outcome = tokio::select! {
            outcome = talk.go_on(&mut input) => outcome,
            () = interrupted(), if is_interactive => Ok(()),
        };
        drop(input);
        // The seat is another chat's, where that took it over, and so are the places in its channels.
        if !outcome.as_ref().is_err_and(|failure| failure.code == "taken") {
            let _ = timeout(LAST_ECHO, talk.seat.leave(talk.joined.iter())).await;
        }
        outcome
    };
    within(&arguments.target, output, work).await.map_err(|failure| match &*failure.code {
        "unknownCap" => failure.advise("If `capos services` lists a chat, start it: capos launch chat"),
        _ => failure,
    })?;
    Ok(Exit::Done)
}

/// A talk under way.
struct Talk<'t> {
    remote: &'t Remote,
    cap: &'t str,
    output: &'t Output,
    seat: Seat,
    /// The name to go by; without it the chat gives one.
    handle: Option<&'t str>,
    joined: BTreeSet<String>,
    /// Where what is typed is said.
    current: String,
    person: bool,
    /// What was said here and has not come back as an event yet.
    echoes: Vec<String>,
    /// What was seen last, so that a chat that comes back does not tell it again as history.
    seen: VecDeque<(String, String, String)>,
    unsaid: usize,
    listening_since: Instant,
}

/// What a line leads to.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl<'t> Talk<'t> {
    async fn begin(remote: &'t Remote, arguments: &'t Chat, output: &'t Output) -> Result<Self, Failure> {
        let seat = Seat::take(remote, &arguments.cap).await?;
        let mut talk = Self {
            remote,
            cap: &arguments.cap,
            output,
            seat,
            handle: arguments.handle.as_deref(),
            joined: BTreeSet::new(),
            current: arguments.channel.clone(),
            person: std::io::stdin().is_terminal(),
            echoes: Vec::new(),
            seen: VecDeque::new(),
            unsaid: 0,
            listening_since: Instant::now(),
        };
        talk.join(&arguments.channel).await?;
        Ok(talk)
    }

    async fn go_on(&mut self, input: &mut Input) -> Result<(), Failure> {
        loop {
            input.show(&self.current);
            tokio::select! {
                told = self.seat.events.recv() => {
                    input.hide();
                    match told {
                        Some(told) => self.show(told)?,
                        None => self.come_back().await?,
                    }
                }
                line = input.next() => {
                    input.hide();
                    let Some(line) = line else { return self.end().await };
                    input.keep(&line);
                    if self.obey(&line).await? == Next::End {
                        return self.end().await;
                    }
                }
            }
        }
    }

    fn show(&mut self, mut told: Told) -> Result<(), Failure> {
        let heard = |text: &String| told.events.iter().any(|event| event.kind == Kind::Message && event.text == *text);
        self.echoes.retain(|text| !heard(text));
        let words = |event: &Event| (event.channel.clone(), event.sender.clone(), event.text.clone());
        told.events.retain(|event| event.kind != Kind::History || !self.seen.contains(&words(event)));
        let said = told.events.iter().filter(|event| matches!(event.kind, Kind::Message | Kind::History));
        self.seen.extend(said.map(words));
        let too_many = self.seen.len().saturating_sub(MOST_SEEN);
        self.seen.drain(..too_many);
        show::events(&told, self.output)
    }

    /// What was said is seen once more before the end, as the others see it; what could not be said is told.
    async fn end(&mut self) -> Result<(), Failure> {
        while !self.echoes.is_empty() {
            let Ok(Some(told)) = timeout(LAST_ECHO, self.seat.events.recv()).await else { break };
            self.show(told)?;
        }
        match self.unsaid {
            _ if self.person => Ok(()),
            0 => Ok(()),
            1 => Err(Failure::failed("one line was not said")),
            many => Err(Failure::failed(format!("{many} lines were not said"))),
        }
    }

    async fn obey(&mut self, line: &str) -> Result<Next, Failure> {
        let done = match parse_line(line, self.person) {
            Line::Nothing => Ok(()),
            Line::Quit => return Ok(Next::End),
            Line::Help => {
                self.output.note(lines::HELP);
                Ok(())
            }
            Line::Unknown(word) => {
                self.output.note(&format!("There is no command /{word}; /help lists all."));
                Ok(())
            }
            Line::Incomplete(usage) => {
                self.output.note(&format!("It is: {usage}"));
                Ok(())
            }
            // A chat takes words: what a program writes for a terminal's colours would keep its line from being said.
            Line::Say(text) => self.say(None, &plain(&text)).await,
            Line::Direct { handle, text } => self.say(Some(&handle), &plain(&text)).await,
            Line::Join(channel) => self.join(&channel).await,
            Line::Leave(channel) => self.leave(channel).await,
            Line::Who(channel) => self.who(channel).await,
            Line::Channels => self.channels().await,
            Line::History(most) => self.history(most).await,
        };
        match done {
            Ok(()) => Ok(Next::GoOn),
            Err(failure) if is_the_end(&failure) => Err(failure),
            Err(failure) => {
                self.output.note(&failure.sentence);
                Ok(Next::GoOn)
            }
        }
    }

    /// Says it in the current channel, or to one person. Where the chat goes away over it, it is said again once that
    /// is back: what a chat has lost is worse than what stands there twice.
    async fn say(&mut self, to: Option<&str>, text: &str) -> Result<(), Failure> {
        let mut waits = 0;
        loop {
            let said = match to {
                Some(handle) => self.seat.direct(handle, text).await,
                None => self.seat.send(&self.current, text).await,
            };
            match said {
                Ok(true) => {
                    if to.is_none() && !self.person {
                        self.echoes.push(text.to_owned());
                        let too_many = self.echoes.len().saturating_sub(MOST_ECHOES);
                        self.echoes.drain(..too_many);
                    }
                    return Ok(());
                }
                Ok(false) => {
                    self.unsaid += 1;
                    let place = &self.current;
                    self.output.note(&match to {
                        Some(handle) => format!("Nobody called {handle} is in a channel with you."),
                        None => format!("You are not in {place}: /join {place}"),
                    });
                    return Ok(());
                }
                Err(Trouble::Gone) => self.come_back().await?,
                Err(Trouble::TooFast) if waits < MOST_WAITS => {
                    waits += 1;
                    sleep(SLOWER).await;
                }
                Err(trouble) => {
                    self.unsaid += 1;
                    return Err(trouble.into());
                }
            }
        }
    }

    /// Enters a channel, and speaks there from here on.
    async fn join(&mut self, channel: &str) -> Result<(), Failure> {
        if self.seat.join(channel, self.handle.unwrap_or_default()).await? {
            self.output.note(&format!("You are in {channel}."));
            self.joined.insert(channel.to_owned());
            self.current = channel.to_owned();
            return Ok(());
        }
        let sentence = format!("{channel} did not let you in: the name is taken there, or the channel is closed");
        Err(Failure::new(Exit::Denied, sentence).coded("notJoined").advise("Choose another name with --handle."))
    }

    async fn leave(&mut self, channel: Option<String>) -> Result<(), Failure> {
        let channel = channel.unwrap_or_else(|| self.current.clone());
        if !self.seat.leave_one(&channel).await? {
            self.output.note(&format!("You are not in {channel}."));
        }
        self.joined.remove(&channel);
        if channel == self.current {
            self.current = self.joined.first().cloned().unwrap_or_default();
            let place = if self.current.is_empty() { "nowhere: /join CHANNEL" } else { &self.current };
            self.output.note(&format!("You speak in {place} from here on."));
        }
        Ok(())
    }

    async fn who(&mut self, channel: Option<String>) -> Result<(), Failure> {
        let channel = channel.unwrap_or_else(|| self.current.clone());
        let members = self.seat.who(&channel).await?;
        show::members(&channel, &members, self.output)
    }

    async fn channels(&mut self) -> Result<(), Failure> {
        show::channels(&self.seat.channels().await?, self.output)
    }

    async fn history(&mut self, most: Option<u16>) -> Result<(), Failure> {
        let (messages, more) = self.seat.history(&self.current, most.unwrap_or(HISTORY)).await?;
        show::history(&self.current, &messages, more, self.output)
    }

    /// Nobody tells this talk anything any more. It says why, and waits where waiting helps.
    async fn come_back(&mut self) -> Result<(), Failure> {
        // Whether it is the session itself that is over, or the connection.
        self.remote.session().info_request().send().promise.await?;
        if self.seat.answers(&self.current).await {
            return self.listen_again().await;
        }
        self.output.note("The chat is gone for the moment; waiting for it …");
        let deadline = Instant::now() + PATIENCE;
        let mut wait = FIRST_WAIT;
        loop {
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            match self.sit_down().await {
                Ok(()) => return Ok(()),
                Err(failure) if is_the_end(&failure) || Instant::now() > deadline => return Err(failure),
                Err(_) => {}
            }
        }
    }

    /// The chat is there and tells this talk nothing: it was too slow, or another of the same session listens instead.
    async fn listen_again(&mut self) -> Result<(), Failure> {
        let since = self.listening_since.elapsed();
        if since < STOLEN_WITHIN {
            return Err(Failure::failed("another chat of this session is told now what happens")
                .coded("taken")
                .advise("A session has one seat in the chat: sign in once more, with --name, for another."));
        }
        self.listening_since = Instant::now();
        self.seat.listen().await
    }

    /// Takes a new seat, and joins where the old one was.
    async fn sit_down(&mut self) -> Result<(), Failure> {
        self.seat = Seat::take(self.remote, self.cap).await?;
        let current = self.current.clone();
        for channel in self.joined.clone() {
            self.join(&channel).await?;
        }
        self.current = current;
        Ok(())
    }
}

/// Whether nothing more can come of this talk: the session or its grant is over. A chat that is away may come back.
fn is_the_end(failure: &Failure) -> bool {
    match &*failure.code {
        "staleSession" | "revoked" | "leaseExpired" | "unknownCap" | "taken" => true,
        _ => failure.silent || failure.exit == Exit::Unreachable,
    }
}
