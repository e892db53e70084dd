//! What switching CIBA on or off changes about a client.

use transmit::CibaAuthorization;

/// One member of `ciba_authorization` that will be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The member, for example `ciba_authorization.login_uri`.
    pub member: String,
    /// What it is now; `None`: it is not there.
    pub before: Option<String>,
    /// What it will be; `None`: it will not be there.
    pub after: Option<String>,
}

/// The difference between what a client has and what is wanted, member by member.
pub fn changes(has: Option<&CibaAuthorization>, wanted: &CibaAuthorization) -> Vec<Change> {
    let members = [
        (
            "ciba_authorization.enabled",
            has.map(|has| has.enabled.to_string()),
            Some(wanted.enabled.to_string()),
        ),
        (
            "ciba_authorization.login_uri",
            has.and_then(|has| has.login_uri.clone()),
            wanted.login_uri.clone(),
        ),
    ];
    members
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(member, before, after)| Change { member: member.to_owned(), before, after })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization(enabled: bool, login_uri: &str) -> CibaAuthorization {
        CibaAuthorization { enabled, login_uri: Some(login_uri.into()), ..Default::default() }
    }

    #[test]
    fn names_each_member_that_differs() {
        let wanted = authorization(true, "https://login.example/login");
        assert_eq!(changes(None, &wanted).len(), 2);
        assert_eq!(changes(Some(&wanted), &wanted), []);
        let off = authorization(false, "https://login.example/login");
        let change = changes(Some(&off), &wanted);
        assert_eq!(change.len(), 1);
        assert_eq!(change[0].before.as_deref(), Some("false"));
        assert_eq!(change[0].after.as_deref(), Some("true"));
    }
}
