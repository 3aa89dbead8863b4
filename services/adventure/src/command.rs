//! What a player can do, as data.

use crate::token::Token;

/// One act of a player.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the method of the same name, with its parameters")]
pub enum Command {
    Look,
    Go { direction: Token },
    Take { item: Token },
    Drop { item: Token },
    Inventory,
    Leave,
    Inspect { target: Token },
    Use { item: Token },
    Status,
    Attack { mob: Token, zone: Option<Token> },
    Skill { name: Token, target: Option<Token>, zone: Option<Token> },
    Cast { spell: Token, target: Option<Token>, zone: Option<Token> },
    Guard { target: Token },
    Give { item: Token, actor: Token },
    Ask { actor: Token, topic: Token },
    Order { actor: Token, task: Token },
    Seal { target: Token },
    Request { writ: Token },
    Accept { writ: Token },
    Delegate { writ: Token, actor: Token },
    Revoke { writ: Token },
    Recover { relic: Token },
    Resume,
    Retreat,
    Quote { offer: Token, actor: Token },
    Buy { offer: Token, actor: Token },
    Sell { item: Token, actor: Token },
    Trade { item: Token, actor: Token },
    Repair { target: Token, actor: Token },
    PartyCreate { name: Token },
    PartyInvite { player: Token },
    PartyAccept { party: Token },
    PartyLeave,
    PartyDelegate { writ: Token, player: Token },
    Assist { player: Token, task: Token },
    Transfer { item: Token, player: Token },
}

/// Why words are no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCommand {
    /// There is no such thing to do.
    Unknown,
    /// There are too many words, or too few.
    Words,
    /// A word is not well formed.
    Word,
}

impl Command {
    /// Reads a method's name and its words, in the order of its parameters; a word may be empty where it may be left out.
    pub fn parse(name: &str, words: &[&str]) -> Result<Command, NoCommand> {
        let mut words = Words(words.iter());
        let command = words.command(name)?;
        match words.0.next() {
            None => Ok(command),
            Some(_) => Err(NoCommand::Words),
        }
    }
}

struct Words<'a>(std::slice::Iter<'a, &'a str>);

impl Words<'_> {
    fn word(&mut self) -> Result<Token, NoCommand> {
        let word = self.0.next().ok_or(NoCommand::Words)?;
        Token::parse_written(word).map_err(|_| NoCommand::Word)
    }

    fn perhaps(&mut self) -> Result<Option<Token>, NoCommand> {
        match self.0.next() {
            None => Ok(None),
            Some(&"") => Ok(None),
            Some(word) => Token::parse_written(word).map(Some).map_err(|_| NoCommand::Word),
        }
    }

    fn command(&mut self, name: &str) -> Result<Command, NoCommand> {
        Ok(match name {
            "look" => Command::Look,
            "go" => Command::Go { direction: self.word()? },
            "take" => Command::Take { item: self.word()? },
            "drop" => Command::Drop { item: self.word()? },
            "inventory" => Command::Inventory,
            "leave" => Command::Leave,
            "inspect" => Command::Inspect { target: self.word()? },
            "use" => Command::Use { item: self.word()? },
            "status" => Command::Status,
            "attack" => Command::Attack { mob: self.word()?, zone: self.perhaps()? },
            "skill" => Command::Skill { name: self.word()?, target: self.perhaps()?, zone: self.perhaps()? },
            "cast" => Command::Cast { spell: self.word()?, target: self.perhaps()?, zone: self.perhaps()? },
            "guard" => Command::Guard { target: self.word()? },
            "give" => Command::Give { item: self.word()?, actor: self.word()? },
            "ask" => Command::Ask { actor: self.word()?, topic: self.word()? },
            "order" => Command::Order { actor: self.word()?, task: self.word()? },
            "seal" => Command::Seal { target: self.word()? },
            _ => return self.business(name),
        })
    }

    fn business(&mut self, name: &str) -> Result<Command, NoCommand> {
        Ok(match name {
            "request" => Command::Request { writ: self.word()? },
            "accept" => Command::Accept { writ: self.word()? },
            "delegate" => Command::Delegate { writ: self.word()?, actor: self.word()? },
            "revoke" => Command::Revoke { writ: self.word()? },
            "recover" => Command::Recover { relic: self.word()? },
            "resume" => Command::Resume,
            "retreat" => Command::Retreat,
            "quote" => Command::Quote { offer: self.word()?, actor: self.word()? },
            "buy" => Command::Buy { offer: self.word()?, actor: self.word()? },
            "sell" => Command::Sell { item: self.word()?, actor: self.word()? },
            "trade" => Command::Trade { item: self.word()?, actor: self.word()? },
            "repair" => Command::Repair { target: self.word()?, actor: self.word()? },
            "partyCreate" => Command::PartyCreate { name: self.word()? },
            "partyInvite" => Command::PartyInvite { player: self.word()? },
            "partyAccept" => Command::PartyAccept { party: self.word()? },
            "partyLeave" => Command::PartyLeave,
            "partyDelegate" => Command::PartyDelegate { writ: self.word()?, player: self.word()? },
            "assist" => Command::Assist { player: self.word()?, task: self.word()? },
            "transfer" => Command::Transfer { item: self.word()?, player: self.word()? },
            _ => return Err(NoCommand::Unknown),
        })
    }
}
