//! What a menu that a service describes may cost a desk, and a window that shows it.

use std::time::Duration;

/// Bounds of a menu of commands, with their reasons. What is past them is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MenuLimits {
    /// Commands of one menu: a person has to find one among them.
    pub(crate) commands: usize,
    /// Parameters of a command. One that takes more is left out: without them it could not be given.
    pub(crate) parameters: usize,
    /// Values that one parameter offers: more than fit on a screen.
    pub(crate) choices: usize,
    /// All commands of a menu in bytes, as a window is sent them: a quarter of what a topic may have. The first that
    /// does not fit is left out, and all after it.
    pub(crate) menu_bytes: usize,
    /// Bytes of a name or of a choice's value. A longer one is left out: cut, it would ask for something else.
    pub(crate) name_bytes: usize,
    /// Bytes of a title, a label or a group.
    pub(crate) label_bytes: usize,
    /// Bytes of a summary, of a reason, or of where things stand.
    pub(crate) words_bytes: usize,
    /// Bytes of what came of a command.
    pub(crate) outcome_bytes: usize,
    /// How often a menu is read anew while somebody looks at it: nothing tells of its changes.
    pub(crate) menu_time: Duration,
    /// How long a service may take to say what can be done. What a command takes is for people to wait for.
    pub(crate) answer_time: Duration,
}

impl Default for MenuLimits {
    fn default() -> Self {
        Self {
            commands: 256,
            parameters: 8,
            choices: 256,
            menu_bytes: 256 << 10,
            name_bytes: 128,
            label_bytes: 256,
            words_bytes: 4 << 10,
            outcome_bytes: 16 << 10,
            menu_time: Duration::from_secs(2),
            answer_time: Duration::from_secs(10),
        }
    }
}
