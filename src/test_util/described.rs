//! Does a document say what the service does?

use std::fmt;

use http::{Request, Response};
use tower_service::Service;

use super::{
    NoBody,
    called::{Answer, call, failed, none_of},
};
use crate::{
    bearer::ScopeSet,
    openapi::{Plan, Planned},
};

/// Calls every operation of an OpenAPI document, and fails where document and service disagree.
///
/// It calls without a token, with a bad one and with good ones. They agree on an operation where it wants a token if
/// `security` says so, lets in what has the scopes of one of its alternatives and refuses what lacks one of them, lists the
/// statuses of its refusals, and challenges as its examples do.
///
/// `token` makes a token that grants exactly these scopes. Handlers are called: of a service that acts on the world, give a
/// copy that does not. Slots of paths are filled as [`assert_all_protected`](super::assert_all_protected) does.
///
/// In a document of OpenAPI 3.0, only OAuth 2 and `OpenID Connect` list scopes; of others they are not compared.
///
/// # Panics
/// With the operations on which they disagree, and where the text is no OpenAPI document.
///
/// # Examples
/// ```
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, service_fn};
/// use tower_postern::{
///     BearerAuthLayer, bearer::{AuthError, Grant, ScopeSet, Verified, immediate}, openapi::{Operations, Protections},
///     scopes, test_util::{NoBody, assert_described},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "reader" => Ok(Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("read")).build())),
///     "nobody" => Ok(Verified::new("bob")),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let auth = BearerAuthLayer::new(validator).scopes(scopes!("read"));
/// let document = r#"{"openapi":"3.1.0","paths":{"/orders":{"get":{}}}}"#;
/// let document = Protections::new().protect(Operations::all(), auth.describe()).write(document)?;
///
/// let app = ServiceBuilder::new()
///     .layer(auth)
///     .service(service_fn(|_: Request<NoBody>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
/// assert_described(app, document, |scopes: &ScopeSet| if scopes.contains("read") { "reader" } else { "nobody" }.into()).await;
/// # Ok(()) }
/// ```
pub async fn assert_described<S, R>(
    app: S,
    document: impl AsRef<[u8]>,
    token: impl Fn(&ScopeSet) -> String,
) where
    S: Service<Request<NoBody>, Response = Response<R>> + Clone,
    S::Error: fmt::Debug,
{
    let plan = Plan::read(document.as_ref()).unwrap_or_else(|error| failed(&error.to_string()));
    let mut disagreements = Vec::new();
    for operation in plan.calls() {
        let mut checks = Checks {
            plan: &plan,
            operation: &operation,
            found: &mut disagreements,
        };
        let answer = call(&app, &operation, None).await;
        checks.refuses(
            "without a token",
            &answer,
            Answer::wants_token,
            !operation.open,
        );
        if answer.wants_token() {
            checks.challenges("without a token", &answer);
        }
        let answer = call(&app, &operation, Some("not.a.good-token")).await;
        checks.refuses(
            "with a bad token",
            &answer,
            Answer::wants_token,
            asks(&plan, &operation),
        );
        for scopes in &operation.scopes {
            let answer = call(&app, &operation, Some(&token(scopes))).await;
            let with = format!("with the scopes `{scopes}`");
            checks.refuses(
                &with,
                &answer,
                |answer| answer.wants_token() || answer.wants_scope(),
                false,
            );
            for left_out in scopes.iter() {
                let rest: Vec<&str> = scopes.iter().filter(|one| *one != left_out).collect();
                let rest = ScopeSet::from_wire(&rest.join(" "));
                if operation
                    .scopes
                    .iter()
                    .any(|other| rest.contains_all(other))
                {
                    continue;
                }
                let answer = call(&app, &operation, Some(&token(&rest))).await;
                let with = format!("with the scopes `{rest}`");
                checks.refuses(&with, &answer, Answer::wants_scope, true);
                checks.challenges(&with, &answer);
            }
        }
    }
    none_of("document and service disagree", &disagreements);
}

/// Whether a bad token is to be refused: a layer that only records it lists no 401.
fn asks(plan: &Plan, operation: &Planned) -> bool {
    operation.looks && (!operation.open || plan.documents(operation, 401))
}

struct Checks<'a> {
    plan: &'a Plan,
    operation: &'a Planned,
    found: &'a mut Vec<String>,
}

impl Checks<'_> {
    fn refuses(
        &mut self,
        how: &str,
        answer: &Answer,
        refused: impl Fn(&Answer) -> bool,
        expected: bool,
    ) {
        let refused = refused(answer);
        if refused != expected {
            let says = if expected { "refused" } else { "let in" };
            self.note(&format!("{how} is to be {says}, and answers {answer}"));
        }
        if refused && !self.plan.documents(self.operation, answer.status.as_u16()) {
            self.note(&format!(
                "{how} answers {answer}, which is not among its responses"
            ));
        }
    }

    fn challenges(&mut self, how: &str, answer: &Answer) {
        let documented = self.plan.challenge(self.operation, answer.status.as_u16());
        let Some(documented) = documented else { return };
        let actual = answer.challenge.as_deref().unwrap_or_default();
        // Where several layers ask, the first that refuses names its own scopes alone.
        let differs = if answer.wants_scope() {
            without_scope(documented) != without_scope(actual)
        } else {
            documented != actual
        };
        if differs {
            self.note(&format!(
                "{how} answers {answer}, and the document says `{documented}`"
            ));
        }
    }

    fn note(&mut self, what: &str) {
        self.found.push(format!("{} {what}", self.operation.name));
    }
}

/// A challenge without its parameter `scope`.
fn without_scope(challenge: &str) -> String {
    let is_scope = |parameter: &&str| !parameter.starts_with("scope=");
    challenge
        .split(", ")
        .filter(is_scope)
        .collect::<Vec<_>>()
        .join(", ")
}
