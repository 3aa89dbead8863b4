//! From text to a profile, with everything that is wrong in it.

mod inside;
mod settings;

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use capos_sandbox::{ProcessLimits, Strictness};
use capos_schema::service_capnp::Disclosure;
use toml::de::{DeTable, DeValue};

use super::keys;
use super::section::{Page, Section};
use super::values;
use super::{
    Audit, Companion, Draft, Export, Health, Holder, Interface, Isolation, Profile, Program, Requirement, Restart,
    RestartPolicy, Start, Transfer, TransferPolicy,
};
use crate::error::Fault;
use crate::limits::Limits;

const DISCLOSURES: [(&str, Disclosure); 5] = [
    ("principalClass", Disclosure::PrincipalClass),
    ("authStrength", Disclosure::AuthStrength),
    ("profileClass", Disclosure::ProfileClass),
    ("displayName", Disclosure::DisplayName),
    ("pseudonym", Disclosure::Pseudonym),
];

/// Longest summary.
const SUMMARY: usize = 512;

/// Reads a profile.
pub(super) fn read(text: &str, origin: &Path, limits: &Limits) -> Result<Draft, Vec<Fault>> {
    let page = Page::new(origin, text);
    if text.len() > limits.profile_bytes {
        page.fault(&(0..0), "the file is too large for a profile".to_owned());
        return Err(page.finish().err().unwrap_or_default());
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        page.fault(&error.span().unwrap_or_default(), error.message().to_owned());
    }
    // What a parser has made of a broken text is a guess; its faults would be, too.
    if !errors.is_empty() {
        return Err(page.finish().err().unwrap_or_default());
    }
    let top: Range<usize> = 0..0;
    let section = Section::new(&page, String::new(), top, document.get_ref(), keys::PROFILE);
    let reading = Reading { from: origin.parent().unwrap_or(Path::new("")), limits };
    let profile = reading.profile(&section);
    let schema = section.optional("schema", |value| values::path(value, reading.from, limits.text_bytes));
    let places = page.finish()?;
    // Without a fault nothing that is required is missing.
    let profile = profile.ok_or_else(Vec::new)?;
    Ok(Draft { profile, schema, origin: origin.to_owned(), places })
}

struct Reading<'a> {
    from: &'a Path,
    limits: &'a Limits,
}

impl Reading<'_> {
    fn profile(&self, table: &Section<'_>) -> Option<Profile> {
        // Each is looked at before the first that is missing ends it, so that all faults are told.
        let id = table.required("id", values::id);
        let label = table.required("label", values::label);
        let summary = table.required("summary", |value| values::shown(value, SUMMARY));
        let program = self.program(table);
        let requires = self.requirements(table);
        let exports = self.exports(table);
        let companions = self.companions(table);
        let offered = table.list("offered", self.limits.list, values::name);
        let disclose = table.list("disclose", DISCLOSURES.len(), |value| values::word(value, &DISCLOSURES));
        let (limits, temporary_bytes, home_bytes) = process_limits(table);
        let (isolation, start, sandbox) = (isolation(table), start(table), strictness(table));
        let inside = self.inside(table, isolation, home_bytes);
        let settings = self.settings(table);
        let (arguments, environment) = (self.arguments(table), self.environment(table));
        let (restart, health) = (restart(table), health(table));
        alone(table, isolation, start);
        let profile = Profile {
            id: id?,
            label: label?,
            summary: summary?,
            program: program?,
            arguments,
            isolation,
            start,
            offered,
            disclose,
            sandbox,
            inside,
            environment,
            limits,
            temporary_bytes,
            restart,
            health,
            requires: requires?,
            exports,
            companions: companions?,
            settings,
            schema: None,
        };
        check(table, &profile);
        Some(profile)
    }

    fn program(&self, table: &Section<'_>) -> Option<Program> {
        table.required("program", |value| values::program(value, self.from, self.limits.text_bytes))
    }

    fn arguments(&self, table: &Section<'_>) -> Vec<String> {
        table.list("arguments", self.limits.list, |value| values::plain(value, self.limits.text_bytes))
    }

    fn environment(&self, table: &Section<'_>) -> Vec<(String, String)> {
        table.members("environment", self.limits.list, |name, value| {
            Ok((values::variable(name)?, values::plain(value, self.limits.text_bytes)?))
        })
    }

    fn requirements(&self, table: &Section<'_>) -> Option<Vec<Requirement>> {
        let all = table.sections("requires", self.limits.requirements, keys::REQUIREMENT);
        unique(table, "requires", all.iter().map(requirement).collect(), |requirement| &requirement.name)
    }

    fn exports(&self, table: &Section<'_>) -> Vec<Export> {
        let all = table.sections("exports", self.limits.exports, keys::EXPORT);
        unique(table, "exports", all.iter().map(export).collect(), |export| &export.name).unwrap_or_default()
    }

    fn companions(&self, table: &Section<'_>) -> Option<Vec<Companion>> {
        let all = table.sections("companions", self.limits.companions, keys::COMPANION);
        let read = all.iter().map(|table| self.companion(table)).collect();
        unique(table, "companions", read, |companion| &companion.name)
    }

    fn companion(&self, table: &Section<'_>) -> Option<Companion> {
        let name = table.required("name", values::id);
        let program = self.program(table);
        let own = table.sections("requires", self.limits.requirements, keys::COMPANION_REQUIREMENT);
        let requires = unique(table, "requires", own.iter().map(owned).collect(), |requirement| &requirement.name);
        let after = table.list("after", self.limits.companions, values::id);
        Some(Companion { name: name?, program: program?, arguments: self.arguments(table), after, requires: requires? })
    }
}

/// All of them, where each could be read and no two are called the same.
fn unique<T>(table: &Section<'_>, key: &str, all: Vec<Option<T>>, name: impl Fn(&T) -> &str) -> Option<Vec<T>> {
    let all: Vec<T> = all.into_iter().collect::<Option<_>>()?;
    let mut names: Vec<_> = all.iter().map(name).collect();
    names.sort_unstable();
    for pair in names.windows(2).filter(|pair| pair.first() == pair.last()) {
        table.fault(key, &format!("has {:?} twice", pair.first().copied().unwrap_or_default()));
    }
    Some(all)
}

fn interface(table: &Section<'_>) -> Option<Interface> {
    table.required("interface", values::interface).map(|name| Interface { name, id: 0 })
}

const TRANSFERS: [(&str, Transfer); 3] =
    [("clientFacet", Transfer::ClientFacet), ("shared", Transfer::Shared), ("moved", Transfer::Moved)];

/// What the node itself can make for a session.
const RECORDER: &str = "Recorder";

fn requirement(table: &Section<'_>) -> Option<Requirement> {
    #[derive(Clone, Copy, PartialEq)]
    enum Who {
        Backend,
        Service,
        Client,
        Node,
    }
    let words = [
        ("backendHeld", Who::Backend),
        ("serviceOwned", Who::Service),
        ("clientFacet", Who::Client),
        ("node", Who::Node),
    ];
    let name = table.required("name", values::name);
    let interface = interface(table);
    let who = table.required("holder", |value| values::word(value, &words));
    let from = match who {
        Some(Who::Service) => table.required("from", values::provider),
        _ => table.optional("from", values::provider),
    };
    if from.is_some() && who.is_some_and(|who| who != Who::Service) {
        table.fault("from", "is only for what a service holds itself: holder = \"serviceOwned\"");
    }
    let transfer = table.optional("transfer", |value| values::word(value, &TRANSFERS)).unwrap_or(Transfer::ClientFacet);
    if transfer == Transfer::Moved && who.is_some_and(|who| who != Who::Backend) {
        table.fault("transfer", "can be \"moved\" only for what a session lends: holder = \"backendHeld\"");
    }
    if who == Some(Who::Node) && interface.as_ref().is_some_and(|interface| interface.name != RECORDER) {
        table.fault(
            "interface",
            "is nothing that the node makes for a session: holder = \"node\" is for a \"Recorder\"",
        );
    }
    let holder = match who? {
        Who::Backend => Holder::Backend,
        Who::Node => Holder::Node,
        Who::Client => Holder::Client,
        Who::Service => Holder::Service(from?),
    };
    let optional = table.optional("optional", values::switch).unwrap_or_default();
    Some(Requirement { name: name?, interface: interface?, holder, transfer, optional })
}

/// What a companion requires: always a facet of a service.
fn owned(table: &Section<'_>) -> Option<Requirement> {
    let name = table.required("name", values::name);
    let interface = interface(table);
    let from = table.required("from", values::provider);
    let optional = table.optional("optional", values::switch).unwrap_or_default();
    let holder = Holder::Service(from?);
    Some(Requirement { name: name?, interface: interface?, holder, transfer: Transfer::ClientFacet, optional })
}

fn export(table: &Section<'_>) -> Option<Export> {
    let policies = [
        ("session", TransferPolicy::Session),
        ("delegable", TransferPolicy::Delegable),
        ("local", TransferPolicy::Local),
    ];
    let levels = [("off", Audit::Off), ("denied", Audit::Denied), ("all", Audit::All)];
    let name = table.required("name", values::name);
    let interface = interface(table);
    let transfer = table.optional("transfer", |value| values::word(value, &policies));
    let audit = table.optional("audit", |value| values::word(value, &levels));
    let launch = table.optional("launch", values::switch);
    Some(Export {
        name: name?,
        interface: interface?,
        transfer: transfer.unwrap_or(TransferPolicy::Session),
        audit: audit.unwrap_or(Audit::Denied),
        launch: launch.unwrap_or(true),
    })
}

fn isolation(table: &Section<'_>) -> Isolation {
    let words = [("shared", Isolation::Shared), ("session", Isolation::Session)];
    table.optional("isolation", |value| values::word(value, &words)).unwrap_or(Isolation::Shared)
}

fn strictness(table: &Section<'_>) -> Strictness {
    let kinds = [("required", Strictness::Required), ("best-effort", Strictness::BestEffort)];
    table.optional("sandbox", |value| values::word(value, &kinds)).unwrap_or(Strictness::Required)
}

fn start(table: &Section<'_>) -> Start {
    let words = [("demand", Start::Demand), ("node", Start::Node), ("launch", Start::Launch)];
    table.optional("start", |value| values::word(value, &words)).unwrap_or(Start::Demand)
}

/// What its processes may use, what their `/tmp` may hold, and what its home may.
fn process_limits(table: &Section<'_>) -> (ProcessLimits, u64, Option<u64>) {
    let own = table.section("limits", keys::LIMITS);
    let bytes = |key: &str, usual: u64| own.as_ref().and_then(|own| own.optional(key, values::bytes)).unwrap_or(usual);
    let count = |key: &str, least: u64, most: u64, usual: u64| {
        own.as_ref().and_then(|own| own.optional(key, |value| values::count(value, least, most))).unwrap_or(usual)
    };
    let limits = ProcessLimits {
        memory_bytes: bytes("memory", 512 << 20),
        processes: count("processes", 1, 32_768, 128),
        open_files: count("openFiles", 16, 1 << 20, 1024),
        cpu_weight: u32::try_from(count("cpuWeight", 1, 10_000, 100)).unwrap_or(100),
        file_bytes: bytes("fileSize", 1 << 30),
    };
    let home = own.as_ref().and_then(|own| own.optional("home", values::bytes));
    (limits, bytes("temporary", 64 << 20), home)
}

fn times<'s, 'a>(own: Option<&'s Section<'a>>) -> impl Fn(&str, Duration) -> Duration + use<'s, 'a> {
    move |key, usual| own.and_then(|own| own.optional(key, values::time)).unwrap_or(usual)
}

fn restart(table: &Section<'_>) -> Restart {
    let own = table.section("restart", keys::RESTART);
    let policies =
        [("never", RestartPolicy::Never), ("on-failure", RestartPolicy::OnFailure), ("always", RestartPolicy::Always)];
    let time = times(own.as_ref());
    let own = own.as_ref();
    let policy = own.and_then(|own| own.optional("policy", |value| values::word(value, &policies)));
    let give_up = own.and_then(|own| own.optional("giveUp", |value: &DeValue<'_>| values::count(value, 1, 100)));
    let restart = Restart {
        policy: policy.unwrap_or(RestartPolicy::OnFailure),
        first: time("first", Duration::from_millis(200)),
        longest: time("longest", Duration::from_secs(30)),
        give_up: give_up.and_then(|count| u32::try_from(count).ok()).unwrap_or(5),
        within: time("within", Duration::from_secs(60)),
    };
    if let Some(own) = own.filter(|_| restart.longest < restart.first) {
        own.fault("longest", "may not be shorter than the first wait");
    }
    restart
}

fn health(table: &Section<'_>) -> Health {
    let own = table.section("health", keys::HEALTH);
    let time = times(own.as_ref());
    Health {
        every: time("every", Duration::from_secs(10)),
        within: time("within", Duration::from_secs(5)),
        start_within: time("startWithin", Duration::from_secs(10)),
        drain_within: time("drainWithin", Duration::from_secs(5)),
    }
}

/// What is told of a profile whatever else is wrong in it.
fn alone(table: &Section<'_>, isolation: Isolation, start: Start) {
    if table.is_empty("exports") {
        table.fault("exports", "are missing: a service that offers nothing is of no use");
    }
    if start == Start::Node && isolation == Isolation::Session {
        table.fault("start", "cannot be \"node\" where each session has a process of its own");
    }
}

/// What can be seen of a profile that could be read.
fn check(table: &Section<'_>, profile: &Profile) {
    for companion in &profile.companions {
        if companion.name == profile.id {
            table.fault("companions", &format!("may not have one called like the service, {:?}", companion.name));
        }
        for other in &companion.after {
            if !profile.companions.iter().any(|companion| companion.name == *other) {
                table.fault("companions", &format!("have no {other:?} for {:?} to come after", companion.name));
            }
        }
    }
    if super::order(&profile.companions).is_none() {
        table.fault("companions", "wait for each other in a circle");
    }
}
