//! Everything that can be configured: its key, what it is for, and when a change of it counts.

use super::values::Field::{self, *};

/// One thing that can be configured.
pub(crate) struct Setting {
    /// Tables and key, with dots between.
    pub(crate) key: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    /// When a change counts.
    pub(crate) effect: Effect,
    /// What may stand there, and where it goes.
    pub(crate) field: Field,
}

/// When a change of a setting counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// As soon as the file is read again.
    Reload,
    /// When the node is started again.
    Restart,
}

const fn now(key: &'static str, field: Field, about: &'static str) -> Setting {
    Setting { key, about, effect: Effect::Reload, field }
}

const fn later(key: &'static str, field: Field, about: &'static str) -> Setting {
    Setting { key, about, effect: Effect::Restart, field }
}

/// All settings, in the order in which they are shown.
pub(crate) static SETTINGS: &[Setting] = &[
    now("node.name", Name(|c| &mut c.node.name), "What the node calls itself; the host's name by default."),
    now("node.motd", Text(|c| &mut c.node.motd), "What it says to whoever has signed in."),
    later("node.data", Directory(|c| &mut c.node.data), "Its data directory: mode 0700, of the user who runs it."),
    now("node.stop_grace", Time(|c| &mut c.node.stop_grace), "How long sessions may go on once it is to stop."),
    later("rpc.listen", Addresses(|c| &mut c.rpc.listen), "Where it listens. TLS everywhere; on loopback also plain."),
    later(
        "web.listen",
        AddressesOrOff(|c| &mut c.web.listen),
        "Where HTTP is served, or off. TLS everywhere; on loopback also plain.",
    ),
    later(
        "web.names",
        Hosts(|c| &mut c.web.names),
        "Names that HTTP may be asked by, beside those of the machine itself.",
    ),
    later(
        "web.public_origin",
        PublicOrigin(|c| &mut c.web.public_origin),
        "The one origin that browsers know it by, such as https://den.example, or off; every other name is refused then.",
    ),
    later(
        "web.proxies",
        Ranges(|c| &mut c.web.proxies),
        "Ranges of proxies that may come without TLS and are believed what they say of their clients.",
    ),
    later(
        "web.cookie_same_site",
        SameSite(|c| &mut c.web.same_site),
        "Whether browsers send the cookie when another site leads to a page: strict for never, lax where a proxy needs it.",
    ),
    now(
        "web.certificate",
        File(|c| &mut c.web.certificate),
        "What HTTPS is served with in place of the node's identity, in PEM, with those that lead to its authority.",
    ),
    now("web.key", File(|c| &mut c.web.key), "The key of that, in PEM."),
    now("auth.password", Switch(|c| &mut c.auth.password), "Whether one may sign in by password."),
    now("auth.public_key", Switch(|c| &mut c.auth.public_key), "Whether one may sign in by public key."),
    now("auth.guest", Switch(|c| &mut c.auth.guest), "Whether guests may come in, where there is a guest account."),
    now("auth.anonymous", Switch(|c| &mut c.auth.anonymous), "Whether anybody at all may come in, unnamed."),
    later("log.format", Format(|c| &mut c.log.format), "Lines for people (text) or for programs (json)."),
    now("log.level", Level(|c| &mut c.log.level), "The least that is logged: off, error, warn, info, debug or trace."),
    later("metrics.listen", Loopback(|c| &mut c.metrics.listen), "Where /metrics and /healthz are; loopback, or off."),
    now(
        "services.directory",
        Directory(|c| &mut c.services.directory),
        "Where the profiles of services are, each a file `*.toml`; by default `services` beside the configuration.",
    ),
    now("services.bundled", Names(|c| &mut c.services.bundled), "Which of the services that are built in there are."),
    later(
        "recordings.keep",
        Time(|c| &mut c.limits.recordings.keep_time),
        "How long a recording of a terminal is kept before it is removed.",
    ),
    later(
        "limits.recordings.recording_bytes",
        Bytes64(|c| &mut c.limits.recordings.recording_bytes),
        "Size that one recording may grow to; at it, it is cut.",
    ),
    later(
        "limits.recordings.principal",
        Count(|c| &mut c.limits.recordings.principal_recordings),
        "Recordings of one account; all guests together are one.",
    ),
    later(
        "limits.recordings.principal_bytes",
        Bytes64(|c| &mut c.limits.recordings.principal_bytes),
        "What the recordings of one account may take.",
    ),
    later(
        "limits.recordings.node",
        Count(|c| &mut c.limits.recordings.node_recordings),
        "Recordings of the whole node.",
    ),
    later(
        "limits.recordings.node_bytes",
        Bytes64(|c| &mut c.limits.recordings.node_bytes),
        "What all recordings may take.",
    ),
    later(
        "limits.recordings.reserve_bytes",
        Bytes64(|c| &mut c.limits.recordings.reserve_bytes),
        "What recordings leave free of their disk.",
    ),
    later("limits.entry.node", Count(|c| &mut c.limits.entry.node), "Connections before sign-in, on the whole node."),
    later("limits.entry.source", Count(|c| &mut c.limits.entry.source), "Connections before sign-in, of one source."),
    later(
        "limits.entry.time",
        Time(|c| &mut c.limits.entry.entry_time),
        "How long a connection has until its first call.",
    ),
    later("limits.web.connections", Count(|c| &mut c.limits.web.connections), "Connections for HTTP."),
    later(
        "limits.web.source",
        Count(|c| &mut c.limits.web.source_connections),
        "Connections for HTTP, of one source; behind a proxy, requests under way of one client.",
    ),
    later(
        "limits.web.browser_sessions",
        Count(|c| &mut c.limits.workspace.sessions),
        "Browsers that may be signed in, or be signing in.",
    ),
    later(
        "limits.web.browser_sign_ins",
        Count(|c| &mut c.limits.workspace.sign_ins),
        "Of these, browsers that are signing in.",
    ),
    later(
        "limits.web.browser_idle",
        Time(|c| &mut c.limits.workspace.idle_time),
        "How long nothing may be done in a browser before it is signed out.",
    ),
    later(
        "limits.web.browser_absolute",
        Time(|c| &mut c.limits.workspace.whole_time),
        "How long a browser's session lasts at most.",
    ),
    later(
        "limits.web.upload_bytes",
        Bytes(|c| &mut c.limits.workspace.upload_bytes),
        "Largest file that a page sends.",
    ),
    later("limits.web.batch_bytes", Bytes(|c| &mut c.limits.rpc.batch_bytes), "Largest batch of Cap'n Web."),
    later(
        "limits.web.batch_time",
        Time(|c| &mut c.limits.rpc.batch_time),
        "How long a batch may take until it is answered.",
    ),
    later(
        "limits.capnweb.message_bytes",
        Bytes(|c| &mut c.limits.capnweb.message_bytes),
        "Largest message of a JavaScript program.",
    ),
    later("limits.capnweb.depth", Count(|c| &mut c.limits.capnweb.depth), "How deeply a message of it nests."),
    later("limits.capnweb.bigint_digits", Count(|c| &mut c.limits.capnweb.bigint_digits), "Digits of a bigint of it."),
    later(
        "limits.capnweb.table_entries",
        Count(|c| &mut c.limits.capnweb.table_entries),
        "References that it may hold, and that may be held of its own.",
    ),
    later(
        "limits.capnweb.pending_calls",
        Count(|c| &mut c.limits.capnweb.pending_calls),
        "Calls of it without an answer.",
    ),
    later("limits.capnweb.pipes", Count(|c| &mut c.limits.capnweb.pipes), "Pipes that it may have open."),
    later(
        "limits.capnweb.held_bytes",
        Bytes(|c| &mut c.limits.capnweb.held_bytes),
        "Output that waits for it to read, and streams of it that wait to be read.",
    ),
    later(
        "limits.capnweb.message_work",
        Count(|c| &mut c.limits.capnweb.message_work),
        "Values that one message of it may expand to.",
    ),
    now("limits.sessions.node", Count(|c| &mut c.limits.authority.node_sessions), "Sessions of the whole node."),
    now("limits.sessions.principal", Count(|c| &mut c.limits.authority.principal_sessions), "Sessions of one account."),
    now(
        "limits.sign_in.step_time",
        Time(|c| &mut c.limits.authority.step_time),
        "How long one has to answer a prompt, or to sign a challenge.",
    ),
    now("limits.sign_in.source", Count(|c| &mut c.limits.authority.source_flows), "Sign-ins under way of one source."),
    now("limits.sign_in.node", Count(|c| &mut c.limits.authority.node_flows), "Sign-ins under way on the whole node."),
    now(
        "limits.sign_in.failures",
        Count32(|c| &mut c.limits.authority.failures),
        "Wrong proofs of one account and source before it has to wait.",
    ),
    now(
        "limits.sign_in.first_wait",
        Time(|c| &mut c.limits.authority.first_wait),
        "The first wait; each further failure doubles it.",
    ),
    now("limits.sign_in.longest_wait", Time(|c| &mut c.limits.authority.longest_wait), "The longest wait."),
    now(
        "limits.sign_in.password_characters",
        Count(|c| &mut c.limits.authority.password_characters),
        "Characters that a new password has at least.",
    ),
    now("limits.sign_in.one_time", Time(|c| &mut c.limits.authority.one_time), "How long a one-time password is good."),
    later(
        "limits.session.calls",
        Count32(|c| &mut c.limits.gateway.session_calls),
        "Calls of one session without an answer, over all its grants.",
    ),
    later(
        "limits.session.callbacks",
        Count32(|c| &mut c.limits.gateway.callbacks),
        "Calls to one client's callbacks without an answer.",
    ),
    later(
        "limits.session.rest_time",
        Time(|c| &mut c.limits.gateway.rest_time),
        "How long a connection may have neither a session nor a sign-in under way.",
    ),
    later(
        "limits.session.unsigned_time",
        Time(|c| &mut c.limits.gateway.unsigned_time),
        "How long a connection may be without a session at all.",
    ),
    now(
        "limits.connection.message_bytes",
        Bytes(|c| &mut c.limits.connection.message_bytes),
        "Largest message of a client.",
    ),
    now(
        "limits.connection.header_time",
        Time(|c| &mut c.limits.connection.header_time),
        "How long the header of a message that was begun may take.",
    ),
    now(
        "limits.connection.body_grace",
        Time(|c| &mut c.limits.connection.body_grace),
        "How long a message that was begun may be slower than `body_rate`.",
    ),
    now(
        "limits.connection.body_rate",
        Bytes32(|c| &mut c.limits.connection.body_rate),
        "Bytes a second that a message that was begun keeps up.",
    ),
    now(
        "limits.connection.open_answers",
        Count(|c| &mut c.limits.connection.open_answers),
        "Calls of one client that are not finished.",
    ),
    now(
        "limits.connection.exports",
        Count(|c| &mut c.limits.connection.exports),
        "References that one client may hold.",
    ),
    now(
        "limits.connection.imports",
        Count(|c| &mut c.limits.connection.imports),
        "References of one client that the node may hold.",
    ),
    now(
        "limits.connection.retained_bytes",
        Bytes(|c| &mut c.limits.connection.retained_bytes),
        "Results kept for one client until its calls are finished.",
    ),
    now(
        "limits.connection.queued_bytes",
        Bytes(|c| &mut c.limits.connection.queued_bytes),
        "Output that waits for one client to read.",
    ),
    now(
        "limits.connection.inbound_window",
        Bytes(|c| &mut c.limits.connection.inbound_window),
        "Calls of one client that the node holds.",
    ),
    now(
        "limits.connection.send_stall",
        Time(|c| &mut c.limits.connection.send_stall),
        "How long a client may read nothing at all.",
    ),
    now(
        "limits.connection.stream_window",
        Bytes(|c| &mut c.limits.connection.stream_window),
        "Bytes in flight of one outgoing stream.",
    ),
    now(
        "limits.store.database_bytes",
        Ceiling(|c| &mut c.limits.store.database_bytes),
        "Size the database may grow to, or off; past it the node is as with a full disk.",
    ),
    later("limits.store.slots", Count(|c| &mut c.limits.store.slots), "Records of calls that wait to be written."),
    later("limits.store.readers", Count(|c| &mut c.limits.store.readers), "Threads that read the database."),
    later(
        "limits.store.check_bytes",
        Bytes64(|c| &mut c.limits.store.check_bytes),
        "Size of a database that is checked whole at every start.",
    ),
];

/// The setting of that key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Whether settings are below that table.
pub(crate) fn is_table(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::Config;

    #[test]
    fn each_setting_has_a_key_and_a_place_of_its_own() {
        let keys: HashSet<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        assert_eq!(keys.len(), SETTINGS.len());
        assert!(keys.iter().all(|key| !is_table(key)), "no setting is a table, too");
        let mut config = Config::default();
        let before: Vec<_> = SETTINGS.iter().map(|setting| setting.field.show(&mut config)).collect();
        for (index, setting) in SETTINGS.iter().enumerate() {
            let mut changed = Config::default();
            let value = other_value(setting, &mut changed);
            let value = toml::de::DeValue::parse(&value).expect("it is TOML").into_inner();
            setting.field.take(&mut changed, &value).unwrap_or_else(|wrong| panic!("{}: {wrong}", setting.key));
            let after: Vec<_> = SETTINGS.iter().map(|setting| setting.field.show(&mut changed)).collect();
            let differ: Vec<_> = (0..before.len()).filter(|&place| before[place] != after[place]).collect();
            assert_eq!(differ, [index], "{} and nothing else", setting.key);
        }
    }

    fn other_value(setting: &Setting, config: &mut Config) -> String {
        match &setting.field {
            Switch(slot) => (!*slot(config)).to_string(),
            Name(_) | Text(_) => "'elsewhere'".to_owned(),
            Directory(_) => "'/elsewhere'".to_owned(),
            Time(_) => "'1h 7s'".to_owned(),
            Count(_) | Count32(_) | Bytes(_) | Bytes32(_) | Bytes64(_) | Ceiling(_) => "77".to_owned(),
            Names(_) => "['chat']".to_owned(),
            Addresses(_) | AddressesOrOff(_) => "['[::1]:77']".to_owned(),
            Hosts(_) => "['elsewhere.example']".to_owned(),
            Loopback(_) => "'127.0.0.1:77'".to_owned(),
            PublicOrigin(_) => "'https://elsewhere.example'".to_owned(),
            Ranges(_) => "['10.0.0.0/8']".to_owned(),
            SameSite(_) => "'lax'".to_owned(),
            File(_) => "'/elsewhere.pem'".to_owned(),
            Format(_) => "'json'".to_owned(),
            Level(_) => "'trace'".to_owned(),
        }
    }
}
