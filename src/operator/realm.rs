//! What a realm of Keycloak needs, and how what it has differs from that.

use serde_json::{Map, Value, json};

use super::Change;

/// Seconds for which a request has to live: a link has to arrive and to be read.
const LIFE: i64 = 300;

/// A client as it is wanted.
#[derive(Debug, Clone, Copy)]
pub struct WantedClient<'a> {
    /// Its identifier.
    pub client_id: &'a str,
    /// What it is for.
    pub role: ClientRole<'a>,
    /// Its secret, where it is made.
    pub secret: Option<&'a str>,
}

/// What a client is for.
#[derive(Debug, Clone, Copy)]
pub enum ClientRole<'a> {
    /// It asks customers.
    Agents {
        /// Whether it may.
        enabled: bool,
    },
    /// It signs customers in, and looks up where to reach them.
    Page {
        /// Where browsers come back to.
        redirect_uri: &'a str,
    },
}

/// Changes the representation of a realm to what is needed, and says what that was.
pub fn adjust_realm(realm: &mut Value) -> Vec<Change> {
    let life = realm["attributes"]["cibaExpiresIn"].as_str().and_then(|text| text.parse().ok());
    let mut changes = Vec::new();
    if life.is_none_or(|life: i64| life < LIFE) {
        let wanted = json!(LIFE.to_string());
        set(realm, "realm", &["attributes", "cibaExpiresIn"], wanted, &mut changes);
    }
    changes
}

/// Lets administrators give the realm's users an attribute, where the realm has none of this name: a new
/// realm hides it from them, and from us. An attribute that is declared is left as it is.
pub fn adjust_user_profile(profile: &mut Value, attribute: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    // With this policy administrators see and change whatever attribute there is.
    let is_theirs = profile["unmanagedAttributePolicy"] == "ADMIN_EDIT";
    if declared(profile, attribute).is_some() || is_theirs {
        return changes;
    }
    let mut attributes = list(profile, "attributes");
    let permissions = json!({ "view": ["admin", "user"], "edit": ["admin"] });
    attributes.push(json!({ "name": attribute, "permissions": permissions }));
    profile["attributes"] = json!(attributes);
    changes.push(Change {
        member: format!("user-profile.{attribute}"),
        before: None,
        after: Some("edited by administrators".into()),
    });
    changes
}

/// Whether users change this attribute themselves.
pub fn is_edited_by_users(profile: &Value, attribute: &str) -> bool {
    match declared(profile, attribute) {
        Some(found) => found["permissions"]["edit"]
            .as_array()
            .is_some_and(|roles| roles.iter().any(|role| role == "user")),
        None => profile["unmanagedAttributePolicy"] == "ENABLED",
    }
}

fn declared<'a>(profile: &'a Value, attribute: &str) -> Option<&'a Value> {
    profile["attributes"].as_array()?.iter().find(|found| found["name"] == attribute)
}

/// Changes the representation of a client to what is wanted, and says what that was. Nothing: there is
/// none yet, and the representation becomes that of a new one.
pub fn adjust_client(found: &mut Option<Value>, wanted: &WantedClient<'_>) -> Vec<Change> {
    let is_new = found.is_none();
    let client = found.get_or_insert_with(|| json!({}));
    let mut changes = Vec::new();
    let mut want = |path: &[&str], value: Value| {
        set(client, wanted.client_id, path, value, &mut changes);
    };
    if is_new {
        want(&["clientId"], json!(wanted.client_id));
        want(&["directAccessGrantsEnabled"], json!(false));
    }
    if matches!(wanted.role, ClientRole::Agents { enabled: false }) {
        want(&["attributes", GRANT], json!("false"));
        return changes;
    }
    want(&["enabled"], json!(true));
    // Anybody can be a public client: anybody could ask customers.
    want(&["publicClient"], json!(false));
    match wanted.role {
        ClientRole::Agents { .. } => {
            want(&["attributes", GRANT], json!("true"));
            if is_new {
                want(&["standardFlowEnabled"], json!(false));
            }
        }
        ClientRole::Page { redirect_uri } => {
            want(&["standardFlowEnabled"], json!(true));
            want(&["serviceAccountsEnabled"], json!(true));
            want(&["attributes", "pkce.code.challenge.method"], json!("S256"));
            let mut uris = list(client, "redirectUris");
            if !uris.iter().any(|uri| uri == redirect_uri) {
                uris.push(json!(redirect_uri));
                set(client, wanted.client_id, &["redirectUris"], json!(uris), &mut changes);
            }
        }
    }
    if let (true, Some(secret)) = (is_new, wanted.secret) {
        // Not among the changes, which are shown.
        client["secret"] = json!(secret);
    }
    changes
}

/// The classes of sign-in that the realm demands for a client although its requests name none: the
/// client's own defaults and its least class, or else the realm's.
pub fn demanded_classes(realm: &Value, client: &Value) -> Vec<String> {
    let of = |holder: &Value| {
        let attributes = ["default.acr.values", "minimum.acr.value"];
        let texts = attributes.iter().filter_map(|name| holder["attributes"][*name].as_str());
        // Keycloak joins the values of an attribute so.
        let mut classes: Vec<String> = Vec::new();
        for class in texts.flat_map(|text| text.split("##")).map(str::trim) {
            if !class.is_empty() && !classes.iter().any(|other| other == class) {
                classes.push(class.to_owned());
            }
        }
        classes
    };
    let of_client = of(client);
    if of_client.is_empty() { of(realm) } else { of_client }
}

const GRANT: &str = "oidc.ciba.grant.enabled";

fn list(client: &Value, name: &str) -> Vec<Value> {
    client[name].as_array().cloned().unwrap_or_default()
}

fn set(of: &mut Value, name: &str, path: &[&str], wanted: Value, changes: &mut Vec<Change>) {
    let mut at = of;
    for step in path {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[*step];
    }
    if *at == wanted {
        return;
    }
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    changes.push(Change {
        member: format!("{name}.{}", path.join(".")),
        before: text(at),
        after: text(&wanted),
    });
    *at = wanted;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(enabled: bool) -> WantedClient<'static> {
        WantedClient {
            client_id: "call-centre",
            role: ClientRole::Agents { enabled },
            secret: Some("s"),
        }
    }

    #[test]
    fn what_is_as_it_should_be_is_left_alone() {
        let redirect_uri = "https://login.example/social/callback";
        let page = WantedClient {
            client_id: "page",
            role: ClientRole::Page { redirect_uri },
            secret: None,
        };
        for wanted in [agents(true), page] {
            let mut client = None;
            assert!(!adjust_client(&mut client, &wanted).is_empty());
            let made = client.clone();
            assert_eq!(adjust_client(&mut client, &wanted), []);
            assert_eq!(client, made);
        }
        let mut realm = json!({ "attributes": { "cibaExpiresIn": "600", "other": "x" } });
        assert_eq!(adjust_realm(&mut realm), []);
    }

    #[test]
    fn only_what_differs_is_changed_and_shown_and_no_secret_is() {
        let mut client = Some(json!({
            "clientId": "call-centre", "enabled": true, "publicClient": false, "secret": "theirs",
            "attributes": { GRANT: "false", "other": "kept" },
        }));
        let changes = adjust_client(&mut client, &agents(true));
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].member, "call-centre.attributes.oidc.ciba.grant.enabled");
        let client = client.unwrap();
        assert_eq!(
            (&client["secret"], &client["attributes"]["other"]),
            (&json!("theirs"), &json!("kept"))
        );
        let mut new = None;
        let changes = adjust_client(&mut new, &agents(true));
        assert_eq!(new.unwrap()["secret"], "s");
        assert!(changes.iter().all(|change| !change.member.contains("secret")));
    }

    #[test]
    fn the_number_is_an_attribute_that_customers_do_not_change() {
        let mut new = json!({ "attributes": [{ "name": "username" }] });
        assert!(!is_edited_by_users(&new, "phoneNumber"));
        assert_eq!(adjust_user_profile(&mut new, "phoneNumber").len(), 1);
        assert_eq!(adjust_user_profile(&mut new, "phoneNumber"), []);
        assert_eq!(new["attributes"][0]["name"], "username");
        assert!(!is_edited_by_users(&new, "phoneNumber"));
        let theirs = json!({ "name": "phoneNumber", "permissions": { "edit": ["admin", "user"] } });
        let mut theirs = json!({ "attributes": [theirs] });
        let before = theirs.clone();
        assert_eq!(adjust_user_profile(&mut theirs, "phoneNumber"), []);
        assert_eq!(theirs, before);
        assert!(is_edited_by_users(&theirs, "phoneNumber"));
        let mut open = json!({ "attributes": [], "unmanagedAttributePolicy": "ENABLED" });
        assert!(is_edited_by_users(&open, "phoneNumber"));
        assert_eq!(adjust_user_profile(&mut open, "phoneNumber").len(), 1);
        assert!(!is_edited_by_users(&open, "phoneNumber"));
    }

    #[test]
    fn the_classes_that_a_realm_demands_by_itself_are_the_clients_or_else_the_realms() {
        let with = |attributes: Value| json!({ "attributes": attributes });
        let nothing = with(json!({ "other": "x" }));
        let realm = with(json!({ "default.acr.values": "silver" }));
        for (realm, client, demanded) in [
            (&nothing, json!({}), vec![]),
            (&nothing, with(json!({ "default.acr.values": "" })), vec![]),
            (&nothing, with(json!({ "default.acr.values": "2##gold" })), vec!["2", "gold"]),
            (
                &nothing,
                with(json!({ "default.acr.values": "gold", "minimum.acr.value": "gold" })),
                vec!["gold"],
            ),
            (&nothing, with(json!({ "minimum.acr.value": "2" })), vec!["2"]),
            (&realm, nothing.clone(), vec!["silver"]),
            (&realm, with(json!({ "default.acr.values": "gold" })), vec!["gold"]),
        ] {
            assert_eq!(demanded_classes(realm, &client), demanded, "{client}");
        }
    }

    #[test]
    fn a_short_life_is_made_longer_and_other_attributes_stay() {
        let mut realm = json!({ "attributes": { "cibaExpiresIn": "120", "other": "x" } });
        let changes = adjust_realm(&mut realm);
        assert_eq!(
            (changes[0].before.as_deref(), changes[0].after.as_deref()),
            (Some("120"), Some("300"))
        );
        assert_eq!(realm["attributes"]["other"], "x");
    }
}
