//! What a menu may come to.

/// Bounds on what a service describes and answers through `CommandSurface`. What is past them is left out or cut, and
/// cannot be invoked either.
#[derive(Clone, Debug)]
pub struct MenuLimits {
    /// Commands of one menu. A person has to find one among them.
    pub commands: usize,
    /// Parameters of one command.
    pub parameters: usize,
    /// Choices and suggestions of a whole menu: they are what grows with a service's state.
    pub choices: usize,
    /// Bytes of a name or of a choice's value. Longer ones are left out: cut, they would name something else.
    pub name_bytes: usize,
    /// Bytes of a label, a group or a title.
    pub label_bytes: usize,
    /// Bytes of a summary or of the reason why a command is not possible.
    pub summary_bytes: usize,
    /// Bytes of a menu's status.
    pub status_bytes: usize,
    /// Bytes of an outcome's text.
    pub outcome_bytes: usize,
    /// Bytes of a text that a command takes, whatever it says it takes. A suggestion takes as many as a name.
    pub text_bytes: u32,
}

impl Default for MenuLimits {
    fn default() -> Self {
        Self {
            commands: 128,
            parameters: 8,
            choices: 2048,
            name_bytes: 128,
            label_bytes: 128,
            summary_bytes: 1024,
            status_bytes: 4 << 10,
            outcome_bytes: 16 << 10,
            text_bytes: 16 << 10,
        }
    }
}
