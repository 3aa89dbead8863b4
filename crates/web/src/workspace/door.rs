//! Which browser has which desk.
//!
//! A browser's session is known by a cookie, which only its browser has, and by a token, which only its pages have.
//! Neither alone is good for anything: a page of somebody else's can have the cookie sent, but not the token; another
//! server on this machine is sent the cookie, but not the token.

mod cookie;
mod origin;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use capos_rpc::Peer;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::workspace::desk::{DeskHandle, over, signed_out};
use crate::workspace::entry::Entering;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;

pub(crate) use origin::check as check_origin;

/// Which header carries the token.
const TOKEN: &str = "x-csrf-token";

/// Where a browser's session is.
pub(crate) enum Stage {
    /// Answers are still wanted.
    Entering(Entering),
    /// It is signed in.
    In(DeskHandle),
}

/// A browser's session.
pub(crate) struct Visit {
    token: Zeroizing<String>,
    since: Instant,
    used: Mutex<Instant>,
    /// Taken out by whoever works on a sign-in.
    stage: Mutex<Option<Stage>>,
}

impl Visit {
    /// The desk, where it is signed in.
    pub(crate) fn desk(&self) -> Result<DeskHandle, Problem> {
        match &*lock(&self.stage) {
            Some(Stage::In(desk)) => Ok(desk.clone()),
            _ => Err(over()),
        }
    }

    /// The sign-in, where it is under way and nobody else works on it.
    pub(crate) fn entering(&self) -> Result<Entering, Problem> {
        let mut stage = lock(&self.stage);
        match stage.take() {
            Some(Stage::Entering(entering)) => Ok(entering),
            other => {
                *stage = other;
                Err(over())
            }
        }
    }

    fn is_over(&self, limits: &WorkspaceLimits) -> bool {
        lock(&self.used).elapsed() > limits.idle_time || self.since.elapsed() > limits.whole_time
    }
}

/// What a browser is given when its session begins.
pub(crate) struct Pass {
    /// For the `Set-Cookie` header.
    pub(crate) cookie: HeaderValue,
    /// For its pages.
    pub(crate) token: Zeroizing<String>,
}

/// All browsers' sessions.
pub(crate) struct Door {
    limits: Arc<WorkspaceLimits>,
    /// By the digest of the cookie: the memory of this process has no cookie to find.
    visits: Mutex<HashMap<[u8; 32], Arc<Visit>>>,
}

impl Door {
    pub(crate) fn new(limits: Arc<WorkspaceLimits>) -> Self {
        Self { limits, visits: Mutex::default() }
    }

    /// Whose request it is: by cookie and token both.
    pub(crate) fn visit(&self, headers: &HeaderMap, peer: &Peer) -> Result<Arc<Visit>, Problem> {
        let cookie = cookie::read(headers, peer).ok_or_else(not_signed_in)?;
        let visit = lock(&self.visits).get(&digest_of(&cookie)).cloned().ok_or_else(not_signed_in)?;
        let token = headers.get(TOKEN).map(HeaderValue::as_bytes).unwrap_or_default();
        if !bool::from(token.ct_eq(visit.token.as_bytes())) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "csrfTokenMissing",
                "This request lacks its token.",
                "Reload the page.",
            ));
        }
        if visit.is_over(&self.limits) {
            self.forget(headers, peer);
            return Err(over());
        }
        *lock(&visit.used) = Instant::now();
        Ok(visit)
    }

    /// Lets a browser in, under a new cookie and token; whatever it had before is over.
    pub(crate) fn admit(&self, headers: &HeaderMap, peer: &Peer, stage: Stage) -> Result<Pass, Problem> {
        let (cookie, token) = (random(), random());
        let now = Instant::now();
        let visit = Visit { token: token.clone(), since: now, used: Mutex::new(now), stage: Mutex::new(Some(stage)) };
        self.forget(headers, peer);
        let mut visits = lock(&self.visits);
        visits.retain(|_, visit| !visit.is_over(&self.limits));
        if visits.len() >= self.limits.sessions {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "tooManySessions",
                "Too many browsers are signed in here.",
                "Try again later.",
            ));
        }
        visits.insert(digest_of(&cookie), Arc::new(visit));
        Ok(Pass { cookie: cookie::set(&cookie, peer), token })
    }

    /// Ends the session that the request's cookie is of.
    pub(crate) fn forget(&self, headers: &HeaderMap, peer: &Peer) {
        if let Some(cookie) = cookie::read(headers, peer) {
            let visit = lock(&self.visits).remove(&digest_of(&cookie));
            if let Some(Ok(desk)) = visit.map(|visit| visit.desk()) {
                desk.end(&signed_out());
            }
        }
    }
}

pub(crate) use cookie::clear as clear_cookie;

/// Whether a method changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn not_signed_in() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Nobody is signed in here.", "Sign in.")
}

fn digest_of(cookie: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, cookie.as_bytes()).as_ref());
    hash
}

fn random() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(bytes.as_mut()).expect("this system gives random bytes");
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
