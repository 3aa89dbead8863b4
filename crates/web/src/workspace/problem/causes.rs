//! What a client's errors are to somebody in a browser.
//!
//! Errors of the client are for whoever runs it: some name addresses, keys and files of this machine. None of that is
//! passed on: what is told is a refusal's own sentence, a service's own words, or a sentence of this table.

use capos_client::Error;
use capos_schema::{Code, Denial};
use hyper::StatusCode;

use super::Problem;
use crate::workspace::view::Text;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let code = error.code();
        match error {
            Error::Denied(denial) => refused(denial),
            Error::Input(problem) => Self::saying(StatusCode::BAD_REQUEST, code, Text::sentence(problem), ""),
            Error::Cancelled => Self::new(StatusCode::BAD_REQUEST, code, "It was given up.", "Begin again."),
            Error::Service { text, .. } => said_by_a_service(text, code),
            Error::Disconnected { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code,
                "The connection to the node is gone.",
                "Sign in again once the node answers.",
            ),
            Error::Unreachable { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code,
                "The node cannot be reached.",
                "Check that it runs, then try again.",
            ),
            Error::Identity(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                code,
                "The node is not, or not provably, the one that is meant, so nothing was sent to it.",
                "Look at what the program says that serves this page, and ask the node's operator.",
            ),
            Error::Key(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                code,
                "The key that was to be used is of no use.",
                "Look at what the program says that serves this page.",
            ),
            Error::Protocol { .. } => Self::new(
                StatusCode::BAD_GATEWAY,
                code,
                "The node's answer cannot be used.",
                "Check that node and workspace are of fitting versions.",
            ),
            Error::Limit { what, .. } => Self::saying(
                StatusCode::BAD_GATEWAY,
                code,
                Text::sentence(what),
                "Nothing of it was taken over. Ask for less at once.",
            ),
            _ => Self::new(
                StatusCode::BAD_GATEWAY,
                code,
                "This machine refused something that the workspace needs.",
                "Try again; its operator finds the reason in the log.",
            ),
        }
    }
}

/// What a service says stays its own words under its own code. Whose turn it is it may say, by the codes that services
/// refuse with.
fn said_by_a_service(text: &str, code: &'static str) -> Problem {
    let (fault, said) = text.split_once(": ").map_or((None, text), |(word, rest)| match Code::parse(word) {
        Some(fault) => (Some(fault), rest),
        None => (None, text),
    });
    let (status, advice) = match fault {
        Some(Code::BadRequest) => (StatusCode::UNPROCESSABLE_ENTITY, "Check what was asked for."),
        Some(Code::QuotaExceeded | Code::TooManyCalls) => {
            (StatusCode::SERVICE_UNAVAILABLE, "End something of it, then try again.")
        }
        Some(Code::Overloaded) => (StatusCode::SERVICE_UNAVAILABLE, "Try again in a while."),
        Some(Code::MethodDenied) => (StatusCode::FORBIDDEN, "Ask an administrator for it, if you need it."),
        _ => (StatusCode::BAD_GATEWAY, "Check what was asked for; the service's log may say more."),
    };
    Problem::saying(status, code, Text::sentence(&format!("The service says: {said}")), advice)
}

fn refused(denial: &Denial) -> Problem {
    let (status, advice) = meaning(denial.code);
    // What the node says to programs.
    let is_usual = denial.code == Code::ServiceUnavailable && denial.sentence == denial.code.sentence();
    let said = if is_usual { "the service has gone" } else { &denial.sentence };
    Problem::saying(status, denial.code.as_str(), Text::sentence(said), advice)
}

fn meaning(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::BadRequest => (StatusCode::BAD_REQUEST, "Check what was given."),
        Code::DisabledAuthMethod => (StatusCode::FORBIDDEN, "Choose another way of signing in."),
        Code::AuthenticationDenied => (StatusCode::FORBIDDEN, "Check name and password, then try again."),
        Code::Unauthenticated | Code::StaleSession => (StatusCode::UNAUTHORIZED, "Sign in again."),
        Code::UnknownCap => (StatusCode::NOT_FOUND, "Ask an administrator for it, if you need it."),
        Code::InterfaceMismatch => (StatusCode::CONFLICT, "Look at your grants again."),
        Code::MethodDenied => (StatusCode::FORBIDDEN, "Ask an administrator for it, if you need it."),
        Code::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "It is started again; try again in a moment."),
        Code::LeaseExpired => (StatusCode::FORBIDDEN, "Renew the session, or sign in again."),
        Code::Revoked => (StatusCode::FORBIDDEN, "Ask whoever administers this node why."),
        Code::ApprovalRequired => (StatusCode::FORBIDDEN, "Ask for an approval."),
        Code::ApprovalDenied => (StatusCode::FORBIDDEN, "Ask whoever denied it why."),
        Code::QuotaExceeded => (StatusCode::TOO_MANY_REQUESTS, "End something that you hold, or ask for more."),
        Code::TooManyCalls => (StatusCode::TOO_MANY_REQUESTS, "Wait for what is under way, then try again."),
        Code::TooManySessions => (StatusCode::SERVICE_UNAVAILABLE, "End another session of yours, then try again."),
        Code::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "Try again in a while."),
        Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Tell the node's operator."),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use capos_client::{Cause, Endpoint, Fingerprint, IdentityProblem};

    use super::*;
    use crate::workspace::view::json;

    #[test]
    fn whose_fault_it_is_a_service_says_and_no_more() {
        let told = |text: &str| {
            let problem = Problem::from(Error::Service { operation: "open".to_owned(), text: text.to_owned() });
            assert_eq!(problem.code.as_str(), "service", "a service forges no code");
            (problem.answer().status().as_u16(), problem.message.as_str().to_owned())
        };
        let says = |sentence: &str| format!("The service says: {sentence}");
        assert_eq!(told("badRequest: there is no such program"), (422, says("there is no such program.")));
        assert_eq!(told("tooManyCalls: too many"), (503, says("too many.")));
        assert_eq!(
            told("staleSession: sign in again"),
            (502, says("sign in again.")),
            "no session is over by its word"
        );
        assert_eq!(told("moon: it is full"), (502, says("moon: it is full.")));
        assert_eq!(told("broken"), (502, says("broken.")));
    }

    /// One of each kind, with everything in it that is nobody's business in a browser.
    fn errors() -> Vec<Error> {
        let endpoint: Endpoint = "secret-host.example:7777".parse().unwrap();
        let fingerprint: Fingerprint = Fingerprint::parse(&format!("SHA256:{}", "A".repeat(43))).unwrap();
        let path = PathBuf::from("/home/secret-user/.config/nodes");
        let known = IdentityProblem::KnownNodes { path, line: Some(3), problem: "is damaged" };
        vec![
            Error::Unreachable { endpoint: endpoint.clone(), problem: "connection refused (os error 111)" },
            IdentityProblem::Unconfirmed { endpoint, fingerprint }.into(),
            known.into(),
            IdentityProblem::Unproven.into(),
            Error::Key("/home/secret-user/.ssh/id cannot be read".to_owned()),
            Error::Disconnected { operation: "secret-operation".into(), cause: Cause::Lost, guidance: "secret-hint" },
            Error::Protocol { operation: "secret-operation".into(), problem: "secret-bytes".into() },
            Error::System("os error 12"),
            Error::Cancelled,
            Error::Limit { code: "valueTooLarge", what: "a value is larger than can be taken" },
            Error::Input("the field `a` takes a number".to_owned()),
            Error::Service { operation: "secret-operation".into(), text: "no such room\u{1b}[2J\u{202e}".into() },
        ]
    }

    #[test]
    fn no_address_path_key_or_text_of_a_system_is_told() {
        for error in errors() {
            let told = String::from_utf8_lossy(json(&Problem::from(&error)).as_bytes()).into_owned();
            for marker in ["secret", "os error", "7777", "AAAA", "/home", "\u{1b}", "\u{202e}"] {
                assert!(!told.contains(marker), "{marker:?} in {told}");
            }
        }
    }

    #[test]
    fn every_problem_says_what_happened_and_the_code_stays() {
        let refusals = Code::ALL.iter().map(|&code| Error::from(Denial::from(code)));
        for error in errors().into_iter().chain(refusals) {
            let problem = Problem::from(&error);
            assert_eq!(problem.code.as_str(), error.code());
            let message = problem.message.as_str();
            assert!(message.starts_with(char::is_uppercase) && message.ends_with('.'), "{message}");
            assert!(!problem.advice.as_str().is_empty() || matches!(error, Error::Input(_)), "{error:?}");
            assert!(problem.status >= 400, "{error:?}");
        }
    }

    #[test]
    fn a_refusal_has_its_own_words() {
        let problem =
            Problem::from(Error::from(Denial::new(Code::QuotaExceeded, "sixteen terminals are open; close one")));
        assert_eq!(problem.message.as_str(), "Sixteen terminals are open; close one.");
        assert_eq!(problem.status, 429);
    }
}
