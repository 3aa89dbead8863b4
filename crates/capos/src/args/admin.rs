//! `capos admin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::target::AdminTarget;

/// Decide who may sign in and what they are given
///
/// Works through the `accounts`, `sessions` and `service_admin` capabilities of your session, or with --data on the data
/// directory of a node that is stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos admin account add alice --profile user
  capos admin key add alice --file alice.pub
  capos admin session list
  capos admin --data /var/lib/capos account list")]
pub(crate) struct Admin {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) subject: Subject,
}

/// Where to administer.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Place {
    /// The data directory of a node that is stopped, instead of a session.
    #[arg(long, global = true, value_name = "DIR", conflicts_with_all = ["node", "once", "by", "key", "fingerprint"])]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: AdminTarget,
}

/// What to administer.
#[derive(Debug, Subcommand)]
pub(crate) enum Subject {
    /// Accounts
    #[command(subcommand)]
    Account(AccountVerb),
    /// The public keys of accounts
    #[command(subcommand)]
    Key(KeyVerb),
    /// Roles: named sets of profiles
    #[command(subcommand)]
    Role(RoleVerb),
    /// Profiles: what a session is given
    #[command(subcommand)]
    Profile(ProfileVerb),
    /// Live sessions
    #[command(subcommand)]
    Session(SessionVerb),
    /// Services that the node runs
    #[command(subcommand)]
    Service(ServiceVerb),
}

/// Verbs of accounts.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  capos admin account add alice --profile user")]
pub(crate) enum AccountVerb {
    /// List the accounts
    #[command(after_help = "Example:\n  capos admin account list")]
    List,
    /// Show an account
    #[command(after_help = "Example:\n  capos admin account show alice")]
    Show {
        /// Its name.
        account: String,
    },
    /// Make an account
    ///
    /// Asks for its password at the terminal. With --no-password it gets none, and can sign in once it has a key; a
    /// guest's needs neither.
    #[command(after_help = "\
Example:
  capos admin account add alice --profile user
  capos admin account add bob --no-password
  capos admin account add visitors --kind guest --no-password
  capos admin account add ci --kind service --password-stdin < password.txt")]
    Add {
        /// Its name.
        account: String,
        #[command(flatten)]
        settings: AccountSettings,
        #[command(flatten)]
        password: NewPassword,
        /// Give it no password.
        #[arg(long, conflicts_with_all = ["password_stdin", "one_time"])]
        no_password: bool,
    },
    /// Change an account; what is not named stays
    #[command(after_help = "\
Example:
  capos admin account set alice --state disabled
  capos admin account set alice --role operator --profile operator")]
    Set {
        /// Its name.
        account: String,
        #[command(flatten)]
        settings: AccountSettings,
    },
    /// Take an account away and end its sessions
    #[command(after_help = "Example:\n  capos admin account remove alice --yes")]
    Remove {
        /// Its name.
        account: String,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// Give an account a new password, or take it away
    #[command(after_help = "\
Example:
  capos admin account password alice
  capos admin account password alice --one-time
  capos admin account password alice --remove")]
    Password {
        /// Its name.
        account: String,
        #[command(flatten)]
        password: NewPassword,
        /// Take it away.
        #[arg(long, conflicts_with_all = ["password_stdin", "one_time"])]
        remove: bool,
    },
}

/// What an account is to be.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AccountSettings {
    /// How to address its owner.
    #[arg(long, value_name = "TEXT")]
    pub(crate) display_name: Option<String>,
    /// What kind of actor it is; a new account's follows from its profile.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// Whether it may be used.
    #[arg(long, value_enum)]
    pub(crate) state: Option<State>,
    /// A role it has; repeat it for several. A new account's follows from its profile.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// The profile it enters where it asks for none; a new account's is `user`, or what fits its kind.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// The one profile it may enter while its state is recovery-only.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) recovery_profile: Option<String>,
}

/// Where a new password comes from.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NewPassword {
    /// Take the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// It is good for 24 hours, from the node's own machine, and only to be replaced.
    #[arg(long)]
    pub(crate) one_time: bool,
}

/// What kind of actor an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A person.
    Human,
    /// A person who runs the node.
    Operator,
    /// A program.
    Service,
    /// Visitors.
    Guest,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// It may sign in.
    Active,
    /// It may not, and its sessions end.
    Disabled,
    /// It may not until an administrator has looked at it.
    Locked,
    /// It may sign in to its recovery profile alone.
    RecoveryOnly,
}

/// Verbs of keys.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  capos admin key add alice --file ~/alice.pub")]
pub(crate) enum KeyVerb {
    /// List an account's keys
    #[command(after_help = "Example:\n  capos admin key list alice")]
    List {
        /// The account.
        account: String,
    },
    /// Let an account sign in with a public key
    #[command(after_help = "\
Example:
  capos admin key add alice --file ~/.ssh/id_ed25519.pub
  ssh-add -L | capos admin key add alice --file -")]
    Add {
        /// The account.
        account: String,
        /// Lines as OpenSSH writes them (type, base64, comment); `-` for standard input.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Take a key away
    #[command(after_help = "Example:\n  capos admin key remove alice SHA256:HSXVcN…")]
    Remove {
        /// The account.
        account: String,
        /// The key's fingerprint, as `key list` shows it.
        #[arg(value_name = "FINGERPRINT")]
        which: String,
    },
}

/// Verbs of roles.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  capos admin role set auditor --profile user --profile auditor")]
pub(crate) enum RoleVerb {
    /// List the roles
    #[command(after_help = "Example:\n  capos admin role list")]
    List,
    /// Make or change a role
    #[command(after_help = "Example:\n  capos admin role set auditor --profile user --profile auditor")]
    Set {
        /// Its name.
        role: String,
        /// A profile that its holders may enter; repeat it for several.
        #[arg(long, value_name = "PROFILE", required = true)]
        profile: Vec<String>,
    },
    /// Take a role away
    #[command(after_help = "Example:\n  capos admin role remove auditor")]
    Remove {
        /// Its name.
        role: String,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
}

/// Verbs of profiles.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  capos admin profile show user > reader.toml\n  capos admin profile set reader --file reader.toml"
)]
pub(crate) enum ProfileVerb {
    /// List the profiles
    #[command(after_help = "Example:\n  capos admin profile list")]
    List,
    /// Show what a profile gives, and its definition as TOML that `set` takes
    #[command(after_help = "Example:\n  capos admin profile show user > reader.toml")]
    Show {
        /// Its name.
        profile: String,
    },
    /// Make or change a profile
    #[command(after_help = "Example:\n  capos admin profile set reader --file reader.toml")]
    Set {
        /// Its name.
        profile: String,
        /// Its definition in TOML, or in JSON where the name ends so; `-` for standard input. See `capos man 5 profile`.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Retire a profile: it gives nothing any more
    #[command(after_help = "Example:\n  capos admin profile retire reader\n  capos admin profile retire reader --undo")]
    Retire {
        /// Its name.
        profile: String,
        /// Bring it back.
        #[arg(long)]
        undo: bool,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// Take a profile away and end its sessions
    #[command(after_help = "Example:\n  capos admin profile remove reader")]
    Remove {
        /// Its name.
        profile: String,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
}

/// Verbs of services.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  capos admin service list\n  capos admin service log chat --follow")]
pub(crate) enum ServiceVerb {
    /// List the services and what runs of them
    #[command(after_help = "Example:\n  capos admin service list")]
    List,
    /// Show a service: its state, its processes, and what confines them
    #[command(after_help = "Example:\n  capos admin service show chat")]
    Show {
        /// The service.
        id: String,
    },
    /// Read what a service's processes have written
    #[command(after_help = "Example:\n  capos admin service log chat\n  capos admin service log chat --follow -n 50")]
    Log {
        /// The service.
        id: String,
        /// Wait for more.
        #[arg(short, long)]
        follow: bool,
        /// How many lines; at most 1000.
        #[arg(short = 'n', long = "lines", default_value_t = 20, value_parser = clap::value_parser!(u32).range(..=1000))]
        lines: u32,
    },
    /// Start a service, also one that was given up
    #[command(after_help = "Example:\n  capos admin service start chat")]
    Start {
        /// The service.
        id: String,
    },
    /// End every process of a service
    #[command(after_help = "Example:\n  capos admin service stop chat")]
    Stop {
        /// The service.
        id: String,
    },
    /// End a service and start it again
    #[command(after_help = "Example:\n  capos admin service restart chat")]
    Restart {
        /// The service.
        id: String,
    },
}

impl ServiceVerb {
    /// The service that it is about.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::List => None,
            Self::Show { id }
            | Self::Log { id, .. }
            | Self::Start { id }
            | Self::Stop { id }
            | Self::Restart { id } => Some(id),
        }
    }
}

/// Verbs of sessions.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  capos admin session list\n  capos admin session end 7c1f")]
pub(crate) enum SessionVerb {
    /// List the live sessions
    #[command(after_help = "Example:\n  capos admin session list")]
    List,
    /// Show everything that a session holds
    #[command(after_help = "Example:\n  capos admin session show 7c1f")]
    Show {
        /// The session, or the beginning of its handle.
        session: String,
    },
    /// End a session, or all of an account's
    #[command(after_help = "\
Example:
  capos admin session end 7c1f --reason \"left the desk\"
  capos admin session end --account alice")]
    End {
        /// The session, or the beginning of its handle.
        #[arg(required_unless_present = "account", conflicts_with = "account")]
        session: Option<String>,
        /// All sessions of this account.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// Why, for the audit journal.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Take one grant, or one reference, from a session
    #[command(after_help = "\
Example:
  capos admin session revoke 7c1f manual
  capos admin session revoke 7c1f manual --reference 3")]
    Revoke {
        /// The session, or the beginning of its handle.
        session: String,
        /// The grant's name.
        grant: String,
        /// One reference alone, and what was reached through it.
        #[arg(long, value_name = "NUMBER")]
        reference: Option<u64>,
        /// Why, for the audit journal.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}
