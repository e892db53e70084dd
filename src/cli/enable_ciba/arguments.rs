//! What can be said to `ciba-login enable-ciba`, and the codes with which it ends.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::connection::Credentials;
use crate::config::Secret;
use ciba::login_uri;
use keycloak::Administrator;

/// Reads the client, shows what will change, asks, and sends a complete `ciba_authorization` and
/// nothing else. At Keycloak: the realm's time for requests, the clients that ask, and the page's own.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes:
    0  the client is as it was wanted, by this change or before it
    1  nothing was changed: the configuration is not usable, or the provider refused
    2  the arguments are not usable
    3  nothing was changed: the person at the terminal said no
    4  unknown, or changed in part: no usable answer came to the change, or a later step failed

With --json one object is printed, on success only; a failure is one line on standard error:
  {\"app_id\", \"client_id\", \"changed\": true|false,
   \"changes\": [{\"member\", \"before\", \"after\"}],
   \"ciba_authorization\": {\"enabled\", \"login_uri\"}}
and after --create-application and --create-shell-client also \"client_secret_file\".
At Keycloak: {\"realm\", \"changed\", \"changes\", \"by_hand\": [the server's option, in two spellings;
 with keycloak.internal_url --hostname besides]}.")]
pub(in crate::cli) struct EnableCibaArguments {
    #[command(flatten)]
    pub(super) credentials: Credentials,
    /// The application, over `provider.app_id`.
    #[arg(long, value_name = "ID")]
    pub(super) app_id: Option<String>,
    /// The login endpoint that links lead to. Default: /login of `site.public_url`.
    #[arg(long, value_name = "URI", conflicts_with = "disable", value_parser = parse_login_uri)]
    pub(super) login_uri: Option<url::Url>,
    /// Switch CIBA off instead; the login endpoint stays noted.
    #[arg(long)]
    pub(super) disable: bool,
    /// Create an application of this name and a client in it that has CIBA switched on. Its secret
    /// is written to --client-secret-file and shown nowhere.
    #[arg(long, value_name = "NAME", conflicts_with = "disable")]
    pub(super) create_application: Option<String>,
    /// Create a client of this name in the application that may ask customers and do nothing else, for
    /// agents who work from a shell. The embedded provider knows its role, `ciba`; at Transmit make one
    /// of that identifier first.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["disable", "create_application"])]
    pub(super) create_shell_client: Option<String>,
    /// Where the secret of the created client is written, mode 0600. It must not exist yet.
    #[arg(long, value_name = "FILE", default_value = "ciba-login-client-secret")]
    pub(super) client_secret_file: PathBuf,
    #[command(flatten)]
    pub(super) administrator: AdministratorArguments,
    /// Do not ask.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

/// Who may change the realm.
#[derive(Debug, clap::Args)]
pub(super) struct AdministratorArguments {
    /// At Keycloak: an administrator of the realm. Without one, what a realm needs is printed, and
    /// nothing is compared or changed.
    #[arg(long, value_name = "NAME")]
    admin_user: Option<String>,
    /// The realm in which the administrator is.
    #[arg(long, value_name = "REALM", default_value = "master")]
    admin_realm: String,
    /// A file that holds their password. Without it, it is asked for.
    #[arg(long, value_name = "FILE", requires = "admin_user")]
    admin_password_file: Option<PathBuf>,
}

impl AdministratorArguments {
    pub(super) fn read(&self) -> anyhow::Result<Option<Administrator>> {
        let Some(user) = self.admin_user.clone() else { return Ok(None) };
        let password = if let Some(file) = &self.admin_password_file {
            let text = std::fs::read_to_string(file).with_context(|| {
                format!("--admin-password-file {} could not be read", file.display())
            })?;
            Secret::of_file(&text)
        } else {
            anyhow::ensure!(
                std::io::stdin().is_terminal(),
                "nobody can be asked here for the administrator's password: say \
                 --admin-password-file"
            );
            Secret::new(rpassword::prompt_password("The administrator's password: ")?)
        };
        let realm = self.admin_realm.clone();
        Ok(Some(Administrator { realm, user, password }))
    }
}

fn parse_login_uri(text: &str) -> Result<url::Url, String> {
    let uri: url::Url = text.parse().map_err(|error: url::ParseError| error.to_string())?;
    match login_uri::fault(&uri) {
        Some(fault) => Err(format!("it {fault}")),
        None => Ok(uri),
    }
}
