//! Signing in.

use crate::ask::Answers;
use crate::keys::Signer;

/// How to sign in. An empty profile means the account's default.
pub enum SignIn<'a> {
    /// By what a person knows. Whatever the node asks in turn, a new password for instance, goes through `answers`.
    Password {
        /// The account's name.
        account: &'a str,
        /// The profile wanted.
        profile: &'a str,
        /// Who answers.
        answers: &'a mut dyn Answers,
    },
    /// By a key registered for the account.
    PublicKey {
        /// The account's name.
        account: &'a str,
        /// The profile wanted.
        profile: &'a str,
        /// The key.
        signer: &'a mut dyn Signer,
    },
    /// As the node's guest.
    Guest,
    /// As nobody.
    Anonymous {
        /// The profile wanted.
        profile: &'a str,
    },
}
