//! A claim: who somebody says they are, and what of it was proven.

use crate::directory::{Directory, Entry};
use crate::name::{folded, is_name};
use crate::password::Phc;
use crate::public_key::PublicKey;
use crate::{AuthStrength, MethodKind, Selector, Settings, Source};

/// Somebody says who they are, with what has been found out about it so far.
pub(crate) struct Claim {
    pub(crate) source: Source,
    pub(crate) method: MethodKind,
    /// As asked for; empty for the default.
    pub(crate) profile: String,
    pub(crate) whom: Whom,
    pub(crate) proof: Proof,
    /// SHA-256 of the challenge that was signed.
    pub(crate) signed: [u8; 32],
}

/// Who it is meant to be.
#[derive(Clone)]
pub(crate) enum Whom {
    Selected(Selector),
    Guest,
    Nobody,
}

/// What was proven, of which it is still to be seen whether it is the account's.
pub(crate) enum Proof {
    /// None is asked for.
    Needless,
    /// A password with this hash; none where it was wrong, or there was none to compare it with.
    Password(Option<Phc>),
    /// A signature by this key; none where it does not hold.
    Key(Option<PublicKey>),
}

/// What the session rests on: where that is taken away, the session goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// No proof.
    Nothing,
    /// The account's password.
    Password,
    /// The key of this fingerprint.
    Key(String),
}

impl Whom {
    pub(crate) fn find<'a>(&self, directory: &'a Directory) -> Option<&'a Entry> {
        match self {
            Self::Selected(Selector::Account(name)) => directory.accounts.get(&folded(name)),
            Self::Selected(Selector::Principal(id)) => directory.by_principal(id),
            Self::Guest => directory.guest(),
            Self::Nobody => None,
        }
    }

    /// By what attempts on it are counted: one account is one, however it is named.
    pub(crate) fn counted(&self, directory: &Directory) -> String {
        match self {
            Self::Selected(Selector::Account(name)) => folded(name),
            Self::Selected(Selector::Principal(id)) => match directory.by_principal(id) {
                Some(entry) => entry.account.name.clone(),
                None => format!("#{}", hex::encode(id)),
            },
            Self::Guest | Self::Nobody => String::new(),
        }
    }

    /// As the journal has it. What is no name may be a password that went into the wrong field.
    pub(crate) fn shown(&self) -> Option<String> {
        match self {
            Self::Selected(Selector::Account(name)) => {
                let name = folded(name);
                Some(if is_name(&name) { name } else { "(no name)".to_owned() })
            }
            Self::Selected(Selector::Principal(_)) => Some("(by principal)".to_owned()),
            Self::Guest | Self::Nobody => None,
        }
    }
}

impl Proof {
    /// Whether it is this account's, from where it comes, by now.
    pub(crate) fn is_of(&self, entry: Option<&Entry>, source: &Source, now_ms: u64, settings: &Settings) -> bool {
        match (self, entry) {
            (Self::Needless, _) => true,
            (Self::Password(Some(hash)), Some(entry)) => entry.password.as_ref().is_some_and(|password| {
                let usable = password.one_time_until_ms.is_none_or(|until| {
                    // A clock that was set back does not make it last longer.
                    let left = until.checked_sub(now_ms);
                    let longest = u64::try_from(settings.limits.one_time.as_millis()).unwrap_or(u64::MAX);
                    source.is_local() && left.is_some_and(|left| left <= longest)
                });
                usable && password.hash == *hash
            }),
            (Self::Key(Some(key)), Some(entry)) => entry.keys.contains(key),
            _ => false,
        }
    }

    pub(crate) fn strength(&self) -> AuthStrength {
        match self {
            Self::Needless => AuthStrength::None,
            Self::Password(_) => AuthStrength::Password,
            Self::Key(Some(key)) if key.is_hardware() => AuthStrength::HardwareKey,
            Self::Key(_) => AuthStrength::PublicKey,
        }
    }

    pub(crate) fn basis(&self) -> Basis {
        match self {
            Self::Needless | Self::Key(None) => Basis::Nothing,
            Self::Password(_) => Basis::Password,
            Self::Key(Some(key)) => Basis::Key(key.fingerprint()),
        }
    }

    pub(crate) fn fingerprint(&self) -> Option<String> {
        match self {
            Self::Key(Some(key)) => Some(key.fingerprint()),
            _ => None,
        }
    }
}
