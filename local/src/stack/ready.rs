//! The text for a newcomer once the stack listens, and the content of `dev.json` for programs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use shared::api_key::{ApiKey, Credential};
use shared::app::App;
use shared::clock::{Clock, Timestamp};
use shared::config::Config;
use shared::error::Fault;
use shared::id::Ids;
use shared::outbound::Network;
use shared::scope::Scope;
use shared::tenant::Tenant;

use crate::aws::Aws;
use crate::connector::{Connector, FaultInjector};
use crate::environment;
use crate::iam::credentials::{DEVELOPER, Principal};
use crate::invocations::Invocations;
use crate::stack::StartError;
use crate::state::{self, State, StateError};
use crate::template::{Deployment, Template};

const DEMO_TENANT: &str = "demo";

/// Where the stack listens and how to get in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ready {
    /// URL of the API.
    pub url: String,
    /// Key of the ready-made tenant `demo`.
    pub api_key: String,
    /// URLs of the emulated services, by name: for `aws --endpoint-url`.
    pub endpoints: BTreeMap<String, String>,
    /// Credentials of a user who may do everything in the emulated services.
    pub access_key_id: String,
    pub secret_access_key: String,
    pub not_emulated: Vec<String>,
}

impl Ready {
    /// Makes the demo tenant's key unless there is one, and writes `dev.json`.
    pub async fn prepare(
        template: &Template,
        deployment: &Deployment,
        aws: &Aws,
        state: &State,
        api: SocketAddr,
    ) -> Result<Self, StartError> {
        let app = developer(template, deployment, aws, &Clock::system()).map_err(StartError::Setup)?;
        let key = working_key(&app, demo_key(state)).await.map_err(StartError::Setup)?;
        let services = ["dynamodb", "lambda", "s3", "sqs", "ssm"];
        let ready = Self {
            url: format!("http://{api}"),
            api_key: key.reveal(),
            endpoints: services.map(|name| (name.to_owned(), deployment.endpoint_url.clone())).into(),
            access_key_id: DEVELOPER.to_owned(),
            secret_access_key: Principal::Developer.secret_access_key(&deployment.secret),
            not_emulated: template.not_emulated.clone(),
        };
        if let State::Folder(folder) = state {
            ready.write(folder)?;
        }
        Ok(ready)
    }

    /// Returns what the last stack on this state wrote; it may have stopped since.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(state::STARTED)).ok()?).ok()
    }

    fn write(&self, folder: &Path) -> Result<(), StateError> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| StateError::new("describing the stack", error))?;
        state::write_owner_only(&folder.join(state::STARTED), &json)
    }
}

/// The key of an earlier run on the same state, so that what was pasted once goes on working.
fn demo_key(state: &State) -> Credential {
    let earlier = match state {
        State::Folder(folder) => Ready::read(folder).and_then(|ready| Credential::parse(&ready.api_key)),
        State::Memory => None,
    };
    earlier.unwrap_or_else(new_key)
}

fn new_key() -> Credential {
    let tenant = Tenant::parse(DEMO_TENANT);
    let tenant = tenant.unwrap_or_else(|| unreachable!("{DEMO_TENANT} is a tenant's name"));
    Credential::random(tenant, &Ids::system())
}

/// Stores the key. Where it is there and cannot do everything, as one from before there were as many scopes, another one.
async fn working_key(app: &App, credential: Credential) -> Result<Credential, Fault> {
    let now = app.clock.now();
    let key = |credential: &Credential| ApiKey::new("cargo dev".to_owned(), Scope::ALL, credential, now);
    let wanted = key(&credential);
    let does_everything = |stored: ApiKey| stored.scopes == wanted.scopes && stored.admits(&credential, now);
    if app.table.put_api_key(&wanted).await?.is_none_or(does_everything) {
        return Ok(credential);
    }
    let another = new_key();
    app.table.put_api_key(&key(&another)).await?;
    Ok(another)
}

/// The developer's app: what all functions together are told, and leave to do everything.
pub fn developer(
    template: &Template,
    deployment: &Deployment,
    aws: &Aws,
    clock: &Clock,
) -> Result<App, Fault> {
    let functions = template.functions.iter();
    let mut variables: BTreeMap<String, String> =
        functions.flat_map(|function| environment::of(function, deployment, Timestamp::MAX)).collect();
    // The developer's keys are no function's, and end never.
    variables.remove("AWS_SESSION_TOKEN");
    variables.insert("AWS_ACCESS_KEY_ID".to_owned(), DEVELOPER.to_owned());
    let secret = Principal::Developer.secret_access_key(&deployment.secret);
    variables.insert("AWS_SECRET_ACCESS_KEY".to_owned(), secret);
    let config = Config::from_variables(|name| variables.get(name).cloned())?;
    let network =
        Connector::network(aws.clone(), DEVELOPER, FaultInjector::default(), Invocations::default());
    Ok(App::new(&config, network, Network::system(), clock.clone(), Ids::system()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::Hostility;
    use crate::template;

    #[tokio::test]
    async fn a_key_from_before_there_were_as_many_scopes_is_replaced_and_any_other_kept() {
        let deployment = Deployment::new("millrace", "http://aws.local");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let template = template::load(&path, &deployment).unwrap();
        let clock = Clock::system();
        let state = State::Memory;
        let aws = Aws::open(&template, deployment.clone(), &state, clock.clone(), Hostility::none()).unwrap();
        let app = developer(&template, &deployment, &aws, &clock).unwrap();

        let first = working_key(&app, new_key()).await.unwrap();
        let again = working_key(&app, first.clone()).await.unwrap();
        assert_eq!(again.reveal(), first.reveal());

        let old = new_key();
        let scopes = Scope::ALL.into_iter().skip(1);
        let row = ApiKey::new("cargo dev".to_owned(), scopes, &old, clock.now());
        app.table.put_api_key(&row).await.unwrap();
        let replaced = working_key(&app, old.clone()).await.unwrap();
        assert_ne!(replaced.reveal(), old.reveal());
        let stored = app.table.get_api_key(replaced.tenant(), replaced.id()).await.unwrap().unwrap();
        assert_eq!(stored.scopes.len(), Scope::ALL.len());
    }
}
