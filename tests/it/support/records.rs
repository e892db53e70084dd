//! What the operator's side writes down of a request on the storage that it shares with the site.

use ciba::{AuthReqId, BindingMessage, Contact};
use ciba_login::demo;
use ciba_login::records::{NewRecord, Records};
use platform::ambient::Ambient;
use platform::clock::Clock;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;
use platform::storage::Storage;

use super::conversation::StartedRequest;
use super::{REFERENCE, TestApp};

/// The records of the application's storage.
pub async fn records(app: &TestApp) -> Records {
    let mut config = app.config.clone();
    demo::adopt(&mut config, &SystemEntropy).unwrap();
    let ambient = Ambient::new(app.clock.clone(), std::sync::Arc::new(SystemEntropy));
    let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
    let storage = Storage::open(&config.storage).await.unwrap();
    Records::new(storage, sealer, app.clock.clone())
}

/// Records a request as the operator's side does.
pub async fn record(app: &TestApp, request: &StartedRequest, login_hint: &str) -> Records {
    record_of(app, request, login_hint, REFERENCE).await
}

/// The same of a request with this message.
pub async fn record_of(
    app: &TestApp,
    request: &StartedRequest,
    login_hint: &str,
    message: &str,
) -> Records {
    let records = records(app).await;
    let new = NewRecord {
        auth_req_id: &AuthReqId::parse(&request.auth_req_id).unwrap(),
        login_hint,
        message: Some(&BindingMessage::parse(message).unwrap()),
        expires_at: app.clock.unix() + 300,
        channel: "link",
        scope: "openid phone",
        contact: Some(Contact::CustomerCalled),
    };
    records.record(new).await.unwrap();
    records
}
