//! Who may do what: the policies of the template, decided as IAM decides them.
//!
//! Each function has [`credentials`] of its own, which are good for one [`session`]. [`request`] says what a request to the emulated AWS asks for and who
//! signed it, and [`Policies`] whether that function may do it.

pub mod credentials;
pub mod request;
pub mod session;
pub mod signature;

pub(crate) mod implied;
mod pattern;

use std::collections::BTreeMap;
use std::fmt;

use crate::template::{Condition, Deployment, Effect, Statement, Template};
use credentials::Principal;

/// One action on one resource, as IAM names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    pub resource_arn: String,
    /// The value that conditions of policies may ask of the call, such as `ssm:Overwrite`, with its value.
    pub context: Option<(&'static str, String)>,
}

/// The permissions of each function of a template.
#[derive(Clone, Debug)]
pub struct Policies {
    account_id: String,
    /// By the name of the function.
    functions: BTreeMap<String, FunctionPolicy>,
}

#[derive(Clone, Debug)]
struct FunctionPolicy {
    logical_id: String,
    statements: Vec<Statement>,
}

/// A call that IAM refuses, in the words of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    user_arn: String,
    permission: Permission,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A statement denies it, whatever others allow.
    Explicit,
    /// No statement allows it.
    Implicit,
}

impl Policies {
    /// The functions' own statements; for one without a role of its own, what SAM adds for its event sources and failure
    /// destinations, too.
    pub fn of(template: &Template, deployment: &Deployment) -> Self {
        let functions = template.functions.iter().map(|function| {
            let mut statements = function.statements.clone();
            if !function.has_role {
                statements.extend(implied::statements(function, deployment));
            }
            (function.name.clone(), FunctionPolicy { logical_id: function.logical_id.clone(), statements })
        });
        Self { account_id: deployment.account_id.clone(), functions: functions.collect() }
    }

    /// Returns the owner of this access key; none for a key that the local stack did not hand out.
    pub fn principal(&self, access_key_id: &str) -> Option<Principal> {
        if access_key_id == credentials::DEVELOPER {
            return Some(Principal::Developer);
        }
        let function =
            self.functions.keys().find(|name| credentials::access_key_id(name) == access_key_id)?;
        Some(Principal::Function(function.clone()))
    }

    /// Decides all that one request asks for. The developer may do everything.
    pub fn allow_all(&self, principal: &Principal, permissions: &[Permission]) -> Result<(), Denied> {
        match principal {
            Principal::Developer => Ok(()),
            Principal::Function(function) => {
                permissions.iter().try_for_each(|needed| self.decide(function, needed.clone()))
            }
        }
    }

    /// Decides one action of the function called `function`, of which no condition asks anything.
    pub fn allow(&self, function: &str, action: &str, resource_arn: &str) -> Result<(), Denied> {
        let needed =
            Permission { action: action.to_owned(), resource_arn: resource_arn.to_owned(), context: None };
        self.decide(function, needed)
    }

    /// A statement must allow it and none may deny it.
    fn decide(&self, function: &str, needed: Permission) -> Result<(), Denied> {
        let policy = self.functions.get(function);
        let statements = policy.map_or([].as_slice(), |policy| &policy.statements);
        let says = |effect| statements.iter().any(|statement| applies(statement, effect, &needed));
        let reason = if says(Effect::Deny) {
            Reason::Explicit
        } else if says(Effect::Allow) {
            return Ok(());
        } else {
            Reason::Implicit
        };
        let role = policy.map_or(function, |policy| &policy.logical_id);
        Err(Denied {
            user_arn: format!("arn:aws:sts::{}:assumed-role/{role}", self.account_id),
            permission: needed,
            reason,
        })
    }
}

fn applies(statement: &Statement, effect: Effect, needed: &Permission) -> bool {
    let Permission { action, resource_arn, context } = needed;
    let holds = |condition: &Condition| {
        let is_asked = |(key, value): &(&str, String)| *key == condition.key && *value == condition.value;
        context.as_ref().is_some_and(is_asked)
    };
    statement.effect == effect
        && statement.actions.iter().any(|pattern| pattern::matches_action(pattern, action))
        && statement.resources.iter().any(|pattern| pattern::matches_arn(pattern, resource_arn))
        && statement.condition.as_ref().is_none_or(holds)
}

impl Denied {
    pub fn reason(&self) -> Reason {
        self.reason
    }

    pub fn permission(&self) -> &Permission {
        &self.permission
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user_arn, permission: Permission { action, resource_arn, .. }, reason } = self;
        write!(f, "User: {user_arn} is not authorized to perform: {action} on resource: {resource_arn} ")?;
        match reason {
            Reason::Explicit => f.write_str("with an explicit deny in an identity-based policy"),
            Reason::Implicit => write!(f, "because no identity-based policy allows the {action} action"),
        }
    }
}

impl std::error::Error for Denied {}

#[cfg(test)]
mod tests;
