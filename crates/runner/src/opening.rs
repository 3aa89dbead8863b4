//! What is said when somebody takes a facet of a service.

use std::rc::Rc;
use std::sync::{Arc, Weak};

use capnp::capability::Client;
use capos_membrane::{Budget, Liveness, Outlet, Tally};
use capos_schema::denial::strip_remote;
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use capos_schema::service_capnp::{Disclosure, service, session_context};
use capos_schema::{Code, Denial};
use tokio::sync::oneshot;

use crate::core::{Core, PostKey};
use crate::desk::Desk;
use crate::life::{Life, Seated};
use crate::log::{Stream, tame};
use crate::profile::{Holder, Profile, Start};

/// Characters of a service's reason that are logged.
const LONGEST_REASON: usize = 300;

/// A session's public handle: it tells sessions apart and gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub [u8; 16]);

/// Who takes a facet. Everything that is known; the service is told what its profile discloses and it asked for.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Stands for the session at this service, and at no other.
    pub reference: [u8; 32],
    /// When the session began, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it ends unless it is renewed.
    pub expires_at_ms: u64,
    /// What kind of principal it is.
    pub class: PrincipalKind,
    /// How strongly it proved who it is.
    pub strength: AuthStrength,
    /// The profile that its session runs under.
    pub profile: String,
    /// What to call it.
    pub display_name: String,
    /// Who it is, to this service alone; nothing for guests and anonymous sessions.
    pub pseudonym: Option<[u8; 32]>,
}

/// A capability of the session's own bundle, for the facet that is opened.
pub struct Lent {
    /// The name it has in the profile's requirements.
    pub name: String,
    /// Its interface.
    pub interface: u64,
    /// Itself, guarded already.
    pub client: Client,
}

/// Which facet is wanted, and by whom.
pub struct Opening {
    /// The profile's id.
    pub service: String,
    /// The export's name.
    pub export: String,
    /// The interface that it must have.
    pub interface: u64,
    /// The session.
    pub session: SessionKey,
    /// Who it is.
    pub visitor: Visitor,
    /// What it lends.
    pub grants: Vec<Lent>,
}

/// Who asks for a facet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Whoever the visitor is: what is asked for is started where it has to be.
    Session,
    /// A companion of the service itself, which has nobody to ask once the service is gone.
    Companion,
}

/// A facet, and what goes with it.
pub struct Opened {
    /// The facet, a promise perhaps. Not guarded: it needs a membrane that does not trust it.
    pub facet: Client,
    /// Ends when the process behind it is gone; the facet has to be opened anew then.
    pub standing: Liveness,
    /// This session's share of the service's connection: what calls draw on.
    pub budgets: Vec<Arc<Budget>>,
    /// What the service's calls of callbacks draw on, all sessions' together.
    pub callback_budgets: Vec<Arc<Budget>>,
    /// The same for what is handed to the service: callbacks.
    pub holding: Vec<Arc<Tally>>,
    /// Whether there is room on the way to the service, whoever else is heard there.
    pub inlet: Option<Rc<dyn Outlet>>,
    /// To be kept for as long as the facet is used.
    pub seat: Seat,
}

/// A session's place at a service: while it is held the session counts as one that uses the service, and
/// [`Opened::standing`] is told of the service's end.
#[must_use = "a facet whose seat is dropped is not told that its service has gone"]
pub struct Seat(#[expect(dead_code, reason = "it is for its drop")] Option<Arc<Seated>>);

/// A facet that is none.
pub(crate) fn gone() -> (Client, Liveness) {
    let standing = Liveness::new();
    drop(standing.end(Code::ServiceUnavailable));
    (capnp_rpc::new_broken_cap(Code::ServiceUnavailable.into()), standing)
}

/// A facet that is refused at once.
pub(crate) fn refused(denial: Denial) -> Opened {
    let standing = Liveness::new();
    drop(standing.end(denial.clone()));
    let facet = capnp_rpc::new_broken_cap(denial.into());
    Opened {
        facet,
        standing,
        budgets: Vec::new(),
        callback_budgets: Vec::new(),
        holding: Vec::new(),
        inlet: None,
        seat: Seat(None),
    }
}

/// Asks a graph for a facet, on the current vat thread.
pub(crate) fn open(core: &Arc<Core>, key: PostKey, asker: Asker, opening: Opening) -> Opened {
    let desk = Desk::of(core, &key);
    let share = desk.share(core, opening.session);
    let budgets = vec![share.calls.clone(), desk.all.calls.clone()];
    let callback_budgets = vec![desk.back.calls.clone()];
    let holding = vec![share.held.clone(), desk.all.held.clone()];
    let inlet: Option<Rc<dyn Outlet>> = Some(desk.inflow.clone());
    let standing = Liveness::new();
    let seated = Arc::new(Seated { session: opening.session, standing: standing.clone(), share });
    let (facet, told) = oneshot::channel();
    let (core, waiting) = (core.clone(), Arc::downgrade(&seated));
    let failed = standing.clone();
    // A task of its own: a promise is driven by calls alone, and this one starts processes.
    tokio::task::spawn_local(async move {
        let given = ask(&core, &desk, &key, asker, opening, &waiting).await;
        if let Err(trouble) = &given {
            drop(failed.end(trouble.denial()));
        }
        // Whoever does not wait any more does not want it.
        let _ = facet.send(given.map_err(capnp::Error::from));
    });
    let facet =
        capnp_rpc::new_future_client(
            async move { told.await.unwrap_or_else(|_| Err(Code::ServiceUnavailable.into())) },
        );
    Opened { facet, standing, budgets, callback_budgets, holding, inlet, seat: Seat(Some(seated)) }
}

async fn ask(
    core: &Arc<Core>,
    desk: &Desk,
    key: &PostKey,
    asker: Asker,
    opening: Opening,
    waiting: &Weak<Seated>,
) -> Result<Client, Trouble> {
    let gone = || Trouble::Ours(Code::ServiceUnavailable.into());
    let profile = core.profile(&key.service).ok_or_else(gone)?;
    let life = match (profile.start, asker) {
        (Start::Launch, _) | (_, Asker::Companion) => core.life(key).ok_or_else(gone)?,
        (Start::Demand | Start::Node, Asker::Session) => {
            core.ready(key, opening.visitor.pseudonym, false).await.map_err(Trouble::Ours)?
        }
    };
    let link = desk.link(core, &life).await.map_err(|_| gone())?;
    let mut request = link.service.open_request();
    request.get().set_export(&opening.export);
    disclose(request.get().init_context(), &profile, &life, &opening.visitor);
    lend(&mut request, &profile, opening.grants);
    let answer = tokio::time::timeout(core.settings.limits.open_within, request.send().promise).await;
    let response = answer.map_err(|_| gone())?.map_err(|error| {
        if life.refuses_first() {
            tell(core, key, &opening.export, &error);
        }
        foreign(error)
    })?;
    let facet: Client = response.get().and_then(|given| given.get_facet().get_as_capability()).map_err(|_| gone())?;
    if let Some(seated) = waiting.upgrade() {
        life.seat(&seated);
        link.seat(&seated);
    }
    Ok(facet)
}

/// Tells whoever wrote the service what clients are not told.
fn tell(core: &Core, key: &PostKey, export: &str, error: &capnp::Error) {
    let words: String = strip_remote(&error.extra).replace('\n', " ").chars().take(LONGEST_REASON).map(tame).collect();
    // A log that cannot be opened was told of already.
    let Ok(log) = core.log(&key.service) else { return };
    log.write(&Arc::from(&*key.service), Stream::Node, format!("`open` refused the export {export}: {words}"));
}

/// Why there is no facet, and who says so.
enum Trouble {
    Ours(Denial),
    Theirs(capnp::Error),
}

impl Trouble {
    /// As the node tells it: a service can forge no code.
    fn denial(&self) -> Denial {
        match self {
            Trouble::Ours(denial) => denial.clone(),
            Trouble::Theirs(_) => Code::ServiceUnavailable.into(),
        }
    }
}

impl From<Trouble> for capnp::Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ours(denial) => denial.into(),
            Trouble::Theirs(error) => error,
        }
    }
}

/// What goes wrong with a service is told in the node's words, what it says itself in its own.
fn foreign(error: capnp::Error) -> Trouble {
    match error.kind {
        capnp::ErrorKind::Failed | capnp::ErrorKind::Overloaded | capnp::ErrorKind::Unimplemented => {
            Trouble::Theirs(error)
        }
        _ => Trouble::Ours(Code::ServiceUnavailable.into()),
    }
}

/// Tells a service what its profile discloses and it asked for.
fn disclose(mut context: session_context::Builder<'_>, profile: &Profile, life: &Life, visitor: &Visitor) {
    context.set_reference(&visitor.reference);
    context.set_created_at_ms(visitor.created_at_ms);
    context.set_expires_at_ms(visitor.expires_at_ms);
    let told: Vec<Disclosure> =
        profile.disclose.iter().copied().filter(|disclosure| life.wants.contains(disclosure)).collect();
    let mut disclosed = Vec::new();
    for disclosure in told {
        match (disclosure, &visitor.pseudonym) {
            (Disclosure::PrincipalClass, _) => context.set_principal_class(visitor.class),
            (Disclosure::AuthStrength, _) => context.set_auth_strength(visitor.strength),
            (Disclosure::ProfileClass, _) => context.set_profile_class(&visitor.profile),
            (Disclosure::DisplayName, _) => context.set_display_name(&visitor.display_name),
            (Disclosure::Pseudonym, Some(pseudonym)) => context.set_pseudonym(pseudonym),
            (Disclosure::Pseudonym, None) => continue,
        }
        disclosed.push(disclosure);
    }
    let mut list = context.init_disclosed(u32::try_from(disclosed.len()).unwrap_or_default());
    for (disclosure, at) in disclosed.into_iter().zip(0..) {
        list.set(at, disclosure);
    }
}

type OpenRequest = capnp::capability::Request<service::open_params::Owned, service::open_results::Owned>;

/// Hands over what the session lends, where the profile asks for it.
fn lend(request: &mut OpenRequest, profile: &Profile, grants: Vec<Lent>) {
    let asked_for = |lent: &Lent| {
        let mut needed =
            profile.requires.iter().filter(|needed| matches!(needed.holder, Holder::Backend | Holder::Node));
        needed.any(|needed| needed.name == lent.name && needed.interface.id == lent.interface)
    };
    let lent: Vec<Lent> = grants.into_iter().filter(asked_for).collect();
    let mut list = request.get().init_grants(u32::try_from(lent.len()).unwrap_or_default());
    for (lent, at) in lent.into_iter().zip(0..) {
        let mut entry = list.reborrow().get(at);
        entry.set_name(&lent.name);
        entry.set_interface_id(lent.interface);
        entry.get_capability().set_as_capability(lent.client.hook);
    }
}
