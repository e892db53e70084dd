//! Where an issuer is: as its tokens and browsers name it, and as servers reach it, which may be
//! another address (split DNS, a network of containers); and which of the endpoints that its discovery
//! document names are called (OpenID Connect Discovery 1.0).
//!
//! # Security
//!
//! A document says paths, the configuration says hosts: an endpoint is called at the address that
//! servers use, whichever of the two the document has it below, and one that is below neither is
//! refused. So a document that somebody has changed on the way leads no secret elsewhere.

use serde::Deserialize;
use url::Url;

/// The addresses of one issuer. Neither ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerAddress {
    public: String,
    internal: Option<String>,
}

/// What an issuer publishes about itself, as far as it is called here.
#[derive(Debug, Clone, Deserialize)]
pub struct DiscoveryDocument {
    /// The issuer.
    pub issuer: String,
    /// Where tokens are asked for.
    pub token_endpoint: String,
    /// The keys.
    pub jwks_uri: String,
    /// Where CIBA requests are started; nothing where the issuer knows no CIBA.
    pub backchannel_authentication_endpoint: Option<String>,
}

/// An issuer's document is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// It is another issuer's (section 4.3).
    #[error("the discovery document is that of {named}, and the configured issuer is {configured}")]
    Issuer {
        /// Whose it is; printable.
        named: String,
        /// Whose it was to be.
        configured: String,
    },
    /// It leads elsewhere.
    #[error(
        "the discovery document's {member} is {named}, which is below none of the configured \
         addresses"
    )]
    Elsewhere {
        /// The member.
        member: &'static str,
        /// What it names; printable.
        named: String,
    },
}

/// The most characters of an address that are told on.
const MAX_TEXT: usize = 200;

impl IssuerAddress {
    /// The address that tokens name, and the one at which servers reach it where that is another.
    pub fn new(public: &Url, internal: Option<&Url>) -> Self {
        let bare = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        Self { public: bare(public), internal: internal.map(bare) }
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.public
    }

    /// Where servers reach it.
    pub fn server(&self) -> &str {
        self.internal.as_ref().unwrap_or(&self.public)
    }

    /// What a browser is sent to.
    pub fn for_browsers(&self, path: &str) -> String {
        format!("{}/{path}", self.public)
    }

    /// What is called from here.
    pub fn for_servers(&self, path: &str) -> String {
        format!("{}/{path}", self.server())
    }

    /// Where the discovery document is.
    pub fn document(&self) -> String {
        self.for_servers(".well-known/openid-configuration")
    }

    /// Checks whose document it is.
    pub fn check(&self, document: &DiscoveryDocument) -> Result<(), DiscoveryError> {
        if document.issuer == self.public {
            return Ok(());
        }
        let named = printable(&document.issuer);
        Err(DiscoveryError::Issuer { named, configured: self.public.clone() })
    }

    /// Where an endpoint of the document is called.
    pub fn endpoint(&self, member: &'static str, named: &str) -> Result<Url, DiscoveryError> {
        let addresses = [Some(&self.public), self.internal.as_ref()];
        let path = addresses.into_iter().flatten().find_map(|base| path_below(base, named));
        let address = path.and_then(|path| Url::parse(&self.for_servers(&path)).ok());
        address.ok_or_else(|| DiscoveryError::Elsewhere { member, named: printable(named) })
    }
}

/// The path of an address below another one: nothing where it is not below it, or is more than a path.
fn path_below(base: &str, named: &str) -> Option<String> {
    // Parsed, so that a host is compared and not its spelling, and no segment leads upwards.
    let (base, named) = (Url::parse(base).ok()?, Url::parse(named).ok()?);
    let is_plain = named.username().is_empty()
        && named.password().is_none()
        && named.query().is_none()
        && named.fragment().is_none()
        // What is escaped may be a slash, or a dot, to whoever is asked.
        && !named.path().contains(['%', '\\', ';']);
    let path = named.path().strip_prefix(base.path().trim_end_matches('/'))?.strip_prefix('/')?;
    let is_below = is_plain
        && named.origin().is_tuple()
        && named.origin() == base.origin()
        && path.split('/').all(|segment| !segment.is_empty());
    is_below.then(|| path.to_owned())
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~')).take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(internal: Option<&str>) -> IssuerAddress {
        let parse = |url: &str| Url::parse(url).unwrap();
        let public = parse("https://id.example/auth/realms/main");
        IssuerAddress::new(&public, internal.map(parse).as_ref())
    }

    fn called(address: &IssuerAddress, named: &str) -> Option<String> {
        address.endpoint("token_endpoint", named).ok().map(String::from)
    }

    #[test]
    fn what_is_below_the_issuer_is_called_where_servers_reach_it() {
        let public = "https://id.example/auth/realms/main/protocol/openid-connect/token";
        let internal = "http://keycloak:8080/realms/main/protocol/openid-connect/token";
        assert_eq!(called(&address(None), public).as_deref(), Some(public));
        assert_eq!(called(&address(None), internal), None);
        let both = address(Some("http://keycloak:8080/realms/main"));
        for named in [
            public,
            internal,
            "https://ID.example:443/auth/realms/main/./protocol/openid-connect/token",
        ] {
            assert_eq!(called(&both, named).as_deref(), Some(internal), "{named}");
        }
        assert_eq!(both.for_browsers("x"), "https://id.example/auth/realms/main/x");
        assert_eq!(both.for_servers("x"), "http://keycloak:8080/realms/main/x");
        assert_eq!(both.issuer(), "https://id.example/auth/realms/main");
    }

    #[test]
    fn what_leads_elsewhere_is_not_called() {
        for internal in [None, Some("http://keycloak:8080/realms/main")] {
            let address = address(internal);
            for named in [
                "http://id.example/auth/realms/main/token",
                "https://id.example:8443/auth/realms/main/token",
                "https://evil.example/auth/realms/main/token",
                "https://id.example.evil.example/auth/realms/main/token",
                "https://id.example@evil.example/auth/realms/main/token",
                "https://a:b@id.example/auth/realms/main/token",
                "https://id.example/auth/realms/other/token",
                "https://id.example/auth/realms/main2/token",
                "https://id.example/auth/realms/main/../other/token",
                "https://id.example/auth/realms/main/%2e%2e/other/token",
                "https://id.example/auth/realms/main/..%2fother/token",
                "https://id.example/auth/realms/main/..;/other/token",
                "https://id.example/auth/realms/main",
                "https://id.example/auth/realms/main/",
                "https://id.example/auth/realms/main//token",
                "https://id.example/auth/realms/main/token?x=1",
                "https://id.example/auth/realms/main/token#x",
                "https://keycloak:8080/realms/main/token",
                "http://169.254.169.254/latest/meta-data",
                "file:///auth/realms/main/token",
                "data:text/plain,x",
                "/auth/realms/main/token",
                "",
            ] {
                assert_eq!(called(&address, named), None, "{named}");
            }
        }
    }

    #[test]
    fn a_document_is_its_issuers_exactly() {
        let address = address(Some("http://keycloak:8080/realms/main"));
        let document = |issuer: &str| DiscoveryDocument {
            issuer: issuer.to_owned(),
            token_endpoint: String::new(),
            jwks_uri: String::new(),
            backchannel_authentication_endpoint: None,
        };
        assert_eq!(address.check(&document("https://id.example/auth/realms/main")), Ok(()));
        for issuer in [
            "http://keycloak:8080/realms/main",
            "https://id.example/auth/realms/main/",
            "https://id.example/auth/realms/other",
            "https://ID.example/auth/realms/main",
            "",
        ] {
            assert!(address.check(&document(issuer)).is_err(), "{issuer}");
        }
        let hostile =
            address.check(&document("https://evil.example/\u{1b}[31m\u{202e}")).unwrap_err();
        assert!(!hostile.to_string().contains(['\u{1b}', '\u{202e}']));
    }
}
