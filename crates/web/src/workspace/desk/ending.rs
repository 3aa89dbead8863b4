//! Why a session ends, in words for whoever had it.

use capos_client::Ended;
use hyper::StatusCode;

use crate::workspace::problem::Problem;
use crate::workspace::view::Text;

fn ended(code: &'static str, message: &'static str, advice: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, message, advice)
}

/// It is over, and nobody knows more.
pub(crate) fn over() -> Problem {
    ended("staleSession", "This session is over.", "Sign in again.")
}

/// What the node says of it; in this project's words where they are known.
pub(super) fn told(why: &Ended) -> Problem {
    const AGAIN: &str = "Sign in again to go on.";
    match why.code.as_str() {
        "logout" => ended("signedOut", "You signed out.", AGAIN),
        "expired" => ended("expired", "The session has lasted as long as it may.", AGAIN),
        "idle" => ended("idle", "The node ended the session because it was quiet for too long.", AGAIN),
        "endedElsewhere" => ended(
            "endedElsewhere",
            "You ended this session from another one of yours.",
            "Sign in again to go on. If that was not you, change your password.",
        ),
        "profileEntered" => ended("profileEntered", "You went on in another profile, in a session of its own.", AGAIN),
        "administrator" => ended(
            "administrator",
            "An administrator ended this session.",
            "Sign in again if you may; ask who administers this node why it was ended.",
        ),
        "accountChanged" => ended(
            "accountChanged",
            "Your account was changed, which ended this session.",
            "Sign in again; where that is refused, ask who administers this node.",
        ),
        "policyChanged" => ended(
            "policyChanged",
            "What your profile gives was changed, which ended this session.",
            "Sign in again to have what it gives now.",
        ),
        "nodeStopping" => stopped(),
        _ => Problem::saying(StatusCode::UNAUTHORIZED, "staleSession", Text::sentence(&why.sentence), AGAIN),
    }
}

/// The connection is gone.
pub(super) fn lost() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "gatewayDisconnected",
        "The connection to the node is gone, and the session with it.",
        "Sign in again once the node answers.",
    )
}

/// This program ends it.
pub(super) fn stopped() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "nodeStopping",
        "The node is stopping, and the session has ended with it.",
        "Sign in again once it is back.",
    )
}

/// A fault of this program ends it.
pub(super) fn broken() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something in this program went wrong, and the session has ended with it.",
        "Sign in again. If it happens once more, tell whoever administers this node.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_that_a_node_tells_keeps_its_code_and_says_what_to_do() {
        let codes = ["expired", "idle", "endedElsewhere", "profileEntered", "administrator", "accountChanged"];
        for code in codes.into_iter().chain(["policyChanged", "nodeStopping"]) {
            let problem = told(&Ended { code: code.to_owned(), sentence: String::new() });
            assert_eq!(problem.code.as_str(), code);
            assert!(problem.message.as_str().ends_with('.') && problem.advice.as_str().ends_with('.'), "{problem:?}");
        }
    }

    #[test]
    fn an_end_that_is_not_known_is_told_in_the_nodes_words_made_plain() {
        let problem = told(&Ended { code: "moon".to_owned(), sentence: "the moon is\u{1b} full".to_owned() });
        assert_eq!((problem.code.as_str(), problem.message.as_str()), ("staleSession", "The moon is\u{fffd} full."));
    }
}
