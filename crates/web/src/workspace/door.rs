//! Which browser has which desk.
//!
//! A browser's session is known by a cookie, which only its browser has, and by a token, which only its pages have.
//! Neither alone is good for anything: a page of somebody else's can have the cookie sent, but not the token; another
//! server on this machine is sent the cookie, but not the token.
//!
//! **Invariants**
//!
//! - Cookie and token are made anew when a sign-in begins, with each of its steps, and when it is done; what was there
//!   before is good for nothing from then on, and neither is what was signed out or has expired.
//! - With a session ends whatever it was doing: no command goes on, and nothing is told but why.
//! - Whoever is let in had a place before the node was asked, and it is given back in every way in which a sign-in or
//!   a session can end.

mod cookie;
mod page;
mod places;
mod repeats;
mod token;
mod visit;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use hyper::header::{HeaderValue, SET_COOKIE};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::sleep_until;
use zeroize::Zeroizing;

use crate::server::Answer;
use crate::workspace::api::Asking;
use crate::workspace::desk::{DeskHandle, over};
use crate::workspace::entry::Entering;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::reach::Place;

pub use cookie::SameSite;
pub(crate) use page::{Content, check as check_page};
pub(crate) use places::Reservation;
use places::{Other, Places};
pub(crate) use token::Token;
pub(crate) use visit::{Ended, Stage, Use, Visit};

/// By the digest of the cookie: the memory of this process has no cookie to find.
type Digest = [u8; 32];

/// What a browser is given when its session begins.
pub(crate) struct Pass {
    /// For the `Set-Cookie` header.
    pub(crate) cookie: HeaderValue,
    /// For its pages.
    pub(crate) token: Token,
}

/// All browsers' sessions.
pub(crate) struct Door {
    visits: Arc<Visits>,
    same_site: SameSite,
}

struct Visits {
    limits: Arc<WorkspaceLimits>,
    places: Arc<Places>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    visits: HashMap<Digest, Arc<Visit>>,
    /// Why sessions ended that pages may still ask for.
    ended: VecDeque<(Digest, Token, Problem)>,
}

impl Door {
    pub(crate) fn new(limits: Arc<WorkspaceLimits>, place: Place, same_site: SameSite) -> Self {
        let places = Arc::new(Places::new(&limits, place));
        Self { visits: Arc::new(Visits { limits, places, known: Mutex::default() }), same_site }
    }

    /// How many there are.
    pub(crate) fn sessions(&self) -> usize {
        self.visits.lock().visits.len()
    }

    /// Whose request it is: by cookie and token both.
    pub(crate) fn visit(&self, asking: &Asking, using: Use) -> Result<Arc<Visit>, Problem> {
        let digest = cookie_of(asking).ok_or_else(not_signed_in)?;
        let token = token::said(&asking.headers);
        let visit = self.visits.lock().visits.get(&digest).cloned();
        let Some(visit) = visit else {
            return Err(self.visits.lock().why_ended(&digest, token).unwrap_or_else(not_signed_in));
        };
        visit.token().check(token)?;
        if let Some(why) = visit.is_due(&self.visits.limits) {
            self.visits.end(&digest, &why);
            return Err(why);
        }
        visit.touch(using);
        Ok(visit)
    }

    /// A place for a sign-in that is about to begin. One that shows a proof takes the place of the session that its
    /// browser has; without a proof that takes the session's token, too, so that a cookie alone ends nothing.
    pub(crate) fn reserve(&self, asking: &Asking, is_proof: bool) -> Result<Reservation, Problem> {
        let other = self.replaced(asking, is_proof).map(|(_, visit)| visit.as_other());
        self.visits.places.reserve(other.unwrap_or(Other::None), is_proof)
    }

    /// The sign-in that waits for an answer.
    pub(crate) fn take_entering(&self, asking: &Asking) -> Result<(Entering, Reservation), Problem> {
        let visit = self.visit(asking, Use::Acts)?;
        let taken = visit.take_entering()?;
        if let Some(digest) = cookie_of(asking) {
            self.visits.lock().visits.remove(&digest);
        }
        Ok(taken)
    }

    /// Lets a browser in, under a new cookie and token; what it had before is over.
    pub(crate) fn admit(&self, asking: &Asking, stage: Stage, reservation: Reservation) -> Pass {
        if let Some((digest, _)) = self.replaced(asking, reservation.is_proof()) {
            self.visits.end(&digest, &replaced());
        }
        let (cookie, token) = (random(), Token::new());
        let digest = digest_of(&cookie);
        let visit = Arc::new(Visit::new(token.clone(), stage, reservation, &self.visits.limits));
        self.visits.lock().visits.insert(digest, visit.clone());
        tokio::spawn(keep(Arc::downgrade(&self.visits), digest, visit));
        Pass { cookie: cookie::set(&cookie, asking.link.https, self.same_site), token }
    }

    /// Ends the session that the request is of, in all its windows.
    pub(crate) fn sign_out(&self, asking: &Asking) {
        if let Some(digest) = cookie_of(asking) {
            self.visits.end(&digest, &signed_out());
        }
    }

    /// Has the browser forget its cookie.
    pub(crate) fn without_cookie(&self, asking: &Asking, mut answer: Answer) -> Answer {
        answer.headers_mut().insert(SET_COOKIE, cookie::clear(asking.link.https, self.same_site));
        answer
    }

    /// What the browser has that a sign-in of its would end.
    fn replaced(&self, asking: &Asking, is_proof: bool) -> Option<(Digest, Arc<Visit>)> {
        let digest = cookie_of(asking)?;
        let visit = self.visits.lock().visits.get(&digest).cloned()?;
        let may = is_proof || visit.is_entering() || visit.token().check(token::said(&asking.headers)).is_ok();
        may.then_some((digest, visit))
    }
}

impl Visits {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, digest: &Digest, why: &Problem) {
        let mut known = self.lock();
        let Some(visit) = known.visits.remove(digest) else { return };
        known.ended.push_back((*digest, visit.token().clone(), why.clone()));
        if known.ended.len() > self.limits.sessions {
            known.ended.pop_front();
        }
        drop(known);
        visit.end(why);
    }
}

impl Known {
    /// Told to whoever has both, cookie and token, of a session that has ended.
    fn why_ended(&self, digest: &Digest, token: Option<&HeaderValue>) -> Option<Problem> {
        let (_, known, why) = self.ended.iter().find(|(of, ..)| of == digest)?;
        known.check(token).is_ok().then(|| why.clone())
    }
}

/// Ends a session in time, and takes it away when its desk has ended.
async fn keep(visits: Weak<Visits>, digest: Digest, visit: Arc<Visit>) {
    let mut ended = visit.ended();
    let desk = visit.desk().ok();
    let Some(limits) = visits.upgrade().map(|visits| visits.limits.clone()) else { return };
    let visit = {
        let weak = Arc::downgrade(&visit);
        drop(visit);
        weak
    };
    loop {
        let Some(due) = visit.upgrade().map(|visit| visit.due(&limits)) else { return };
        tokio::select! {
            biased;
            _ = ended.why() => return,
            () = closed(desk.as_ref()) => break,
            () = sleep_until(due) => {}
        }
        let (Some(visits), Some(visit)) = (visits.upgrade(), visit.upgrade()) else { return };
        if let Some(why) = visit.is_due(&limits) {
            return visits.end(&digest, &why);
        }
    }
    if let Some(visits) = visits.upgrade() {
        visits.end(&digest, &desk.map_or_else(over, |desk| desk.over()));
    }
}

async fn closed(desk: Option<&DeskHandle>) {
    match desk {
        Some(desk) => desk.closed().await,
        None => std::future::pending().await,
    }
}

fn cookie_of(asking: &Asking) -> Option<Digest> {
    cookie::read(&asking.headers, asking.link.https).map(|cookie| digest_of(&cookie))
}

fn not_signed_in() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Nobody is signed in here.", "Sign in.")
}

fn signed_out() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "signedOut", "You have signed out in another window.", "Sign in again.")
}

fn replaced() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "sessionReplaced",
        "Somebody has signed in again in this browser.",
        "Reload the page to go on with that session, or sign in.",
    )
}

fn digest_of(cookie: &str) -> Digest {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, cookie.as_bytes()).as_ref());
    hash
}

fn random() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(bytes.as_mut()).expect("this system gives random bytes");
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()))
}

#[cfg(test)]
mod tests;
