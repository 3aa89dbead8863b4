//! What an actor says to what; pure.

use serde::Deserialize;

use crate::token::Token;

/// What an actor reacts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// Asked about a topic.
    Asked,
    /// Given an item.
    Given,
    /// Told to do something.
    Ordered,
    /// Somebody came in.
    Entered,
    /// Nothing happened for a while.
    Idle,
}

/// Something that happened, as the world told it.
#[derive(Debug, Clone)]
pub struct Cue<'a> {
    /// Its number.
    pub number: u64,
    /// What.
    pub on: On,
    /// The topic, item or task.
    pub subject: &'a str,
    /// What is known of the player, as `key=value`.
    pub facts: Vec<&'a str>,
}

/// One thing to say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// To what.
    pub on: On,
    /// To which topic, item or task; to any where there is none.
    pub subject: Option<Token>,
    /// What the world must have told of the player.
    #[serde(default)]
    pub when: Vec<String>,
    /// The words.
    pub text: String,
    /// What to do besides, where the world allows it.
    pub deed: Option<Token>,
}

/// All that an actor says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// The lines.
    #[serde(rename = "line")]
    pub lines: Vec<Line>,
}

impl Dialogue {
    /// Reads a file.
    pub fn parse(text: &str) -> Result<Dialogue, String> {
        toml::from_str(text).map_err(|fault| fault.to_string())
    }

    /// What to say, first choice first: those lines that say most of the player's case, in turns. What has a deed comes
    /// before what has none, since the world may refuse it.
    pub fn answers(&self, cue: &Cue<'_>) -> Vec<&Line> {
        let fits = |line: &&Line| {
            let subject = line.subject.as_ref().is_none_or(|subject| subject.as_str() == cue.subject);
            line.on == cue.on && subject && line.when.iter().all(|fact| cue.facts.contains(&fact.as_str()))
        };
        let fitting: Vec<&Line> = self.lines.iter().filter(fits).collect();
        let most = fitting.iter().map(|line| line.when.len()).max().unwrap_or(0);
        let mut best: Vec<&Line> = fitting.into_iter().filter(|line| line.when.len() == most).collect();
        if !best.is_empty() {
            let turn = usize::try_from(cue.number).unwrap_or(0) % best.len();
            best.rotate_left(turn);
        }
        best.sort_by_key(|line| line.deed.is_none());
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "line = [
        { on = 'asked', subject = 'clock', text = 'plain' },
        { on = 'asked', subject = 'clock', when = ['sealed=5'], text = 'whole' },
        { on = 'asked', subject = 'mood', text = 'flat' },
        { on = 'asked', subject = 'mood', text = 'kind', deed = 'commend' },
        { on = 'idle', text = 'one' },
        { on = 'idle', text = 'other' },
    ]";

    fn answers(on: On, number: u64, subject: &str, facts: &[&str]) -> Vec<String> {
        let dialogue = Dialogue::parse(LINES).unwrap();
        let cue = Cue { number, on, subject, facts: facts.to_vec() };
        dialogue.answers(&cue).into_iter().map(|line| line.text.clone()).collect()
    }

    #[test]
    fn the_line_that_knows_most_of_the_player_is_said() {
        assert_eq!(answers(On::Asked, 0, "clock", &["sealed=0"]), ["plain"]);
        assert_eq!(answers(On::Asked, 0, "clock", &["sealed=5"]), ["whole"]);
        assert!(answers(On::Asked, 0, "weather", &[]).is_empty());
    }

    #[test]
    fn a_deed_is_tried_before_mere_words() {
        for number in 0..4 {
            assert_eq!(answers(On::Asked, number, "mood", &[]), ["kind", "flat"]);
        }
    }

    #[test]
    fn lines_of_one_kind_take_turns() {
        assert_eq!(answers(On::Idle, 0, "", &[])[0], "one");
        assert_eq!(answers(On::Idle, 1, "", &[])[0], "other");
    }
}
