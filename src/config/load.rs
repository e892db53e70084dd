//! Reads the configuration, and refuses what is not right with file, key and cure.

use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Toml};

use super::Config;
use super::check::check;
use super::environment::{Environment, Overrides, unknown_name};
use super::error::{ConfigError, named, placed};
use super::refusal::Purpose;
use super::secret_files::read_secret_files;

/// Reads the file (where there is one), lays the environment over it, reads secrets from their
/// files, and checks the whole.
///
/// # Errors
///
/// [`ConfigError`] with file, key and cure; nothing is used of a configuration that is refused.
pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Config, ConfigError> {
    load_for(Purpose::Serve, file, environment)
}

/// As [`load`], for a purpose.
pub fn load_for(
    purpose: Purpose,
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    if let Some(name) = unknown_name(environment) {
        return Err(ConfigError::unknown_variable(name));
    }
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(Toml::file_exact(file));
    }
    let figment = figment.merge(Overrides(environment));
    let mut config: Config =
        figment.extract().map_err(|error| named(&figment, &error, environment))?;
    let is_written = |key: &str| figment.find_value(key).is_ok();
    read_secret_files(&mut config, purpose, &is_written)
        .map_err(|error| placed(&figment, error))?;
    check(&config, purpose, &is_written).map_err(|refusal| placed(&figment, refusal.into()))?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use figment::providers::Serialized;
    use figment::value::{Dict, Value};

    use super::*;
    use crate::config::environment::PREFIX;

    /// Loads a file called `Leptos.toml` with this text, and these variables over it.
    fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Leptos.toml");
        std::fs::write(&file, text).unwrap();
        let environment =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        load(Some(&file), &environment).map_err(|error| {
            error.to_string().replace(&format!("{}/", folder.path().display()), "")
        })
    }

    fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
        load_text(text, variables).expect_err("this configuration must be refused")
    }

    const DEMO: (&str, &str) = ("CIBA_LOGIN_DEMO__ENABLED", "true");

    #[test]
    fn an_unknown_key_is_named_with_its_file_and_the_known_ones() {
        let said = refusal("[site]\nadress = \"127.0.0.1:1\"\n", &[DEMO]);
        assert!(
            said.starts_with("Leptos.toml: site.adress is not a known key (known: address, "),
            "{said}"
        );
        let said = refusal("[sites]\n", &[DEMO]);
        assert!(
            said.starts_with("Leptos.toml: sites is not a known table (known: site, "),
            "{said}"
        );
        assert!(!said.contains("package"), "{said}");
    }

    #[test]
    fn an_unknown_key_in_the_environment_is_named_with_its_variable() {
        let said = refusal("", &[DEMO, ("CIBA_LOGIN_SITE__ADRESS", "127.0.0.1:1")]);
        assert!(
            said.starts_with(
                "the environment, CIBA_LOGIN_SITE__ADRESS: site.adress is not a known"
            ),
            "{said}"
        );
        let said = refusal("", &[DEMO, ("CIBA_LOGIN_SITE_ADDRESS", "127.0.0.1:1")]);
        assert!(said.contains("two underscores"), "{said}");
    }

    #[test]
    fn a_bad_value_is_named_with_its_key_and_said_once() {
        let said = refusal("[sign_in]\nmail = \"perhaps\"\n", &[DEMO]);
        assert!(said.starts_with("Leptos.toml: sign_in.mail cannot be"), "{said}");
        assert_eq!(said.matches("perhaps").count(), 1, "{said}");
        let said = refusal("[log]\nformat = \"xml\"\n", &[DEMO]);
        assert!(said.contains("log.format cannot be \"xml\" (known: text, json)"), "{said}");
        let said = refusal("", &[DEMO, ("CIBA_LOGIN_SITE__ADDRESS", "here")]);
        assert!(
            said.starts_with("the environment, CIBA_LOGIN_SITE__ADDRESS: site.address"),
            "{said}"
        );
        let said = refusal("[site]\npublic_url = \"http://login.example\"\n", &[DEMO]);
        assert!(said.starts_with("Leptos.toml: site.public_url: "), "{said}");
        let said = refusal("[site\n", &[DEMO]);
        assert!(said.starts_with("Leptos.toml: ") && said.lines().count() == 1, "{said}");
    }

    #[test]
    fn a_missing_secret_is_refused_outside_the_demo() {
        let said = refusal("", &[]);
        assert!(said.starts_with("session.sealing_key: it is missing"), "{said}");
        let key =
            ("CIBA_LOGIN_SESSION__SEALING_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=");
        let said = refusal("[provider]\nclient_id = \"c\"\n", &[key]);
        assert!(said.starts_with("provider.client_secret: it is missing"), "{said}");
        let said =
            refusal("[provider]\nclient_id = \"c\"\nclient_auth = \"private_key_jwt\"\n", &[key]);
        assert!(said.starts_with("provider.client_key_file: it is missing"), "{said}");
    }

    #[test]
    fn the_operator_needs_no_key_of_the_site() {
        let config = load_for(Purpose::Operate, None, &Environment::new()).unwrap();
        assert!(config.session.sealing_key.is_none());
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_line_end_and_never_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "0123\n").unwrap();
        let path = file.to_str().unwrap();
        let by_file = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", path);
        let config = load_text("", &[DEMO, by_file]).unwrap();
        assert_eq!(config.provider.client_secret.unwrap().expose(), "0123");

        let by_value = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "0123");
        let config = load_text("", &[DEMO, by_value]).unwrap();
        assert_eq!(config.provider.client_secret.unwrap().expose(), "0123");

        let said = refusal("", &[DEMO, by_file, by_value]);
        assert!(said.contains("given twice"), "{said}");

        let nowhere = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", "/nowhere/secret");
        let said = refusal("", &[DEMO, nowhere]);
        assert!(said.starts_with("provider.client_secret_file: "), "{said}");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "\u{feff}0123\r\n").unwrap();
        let by_file = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", file.to_str().unwrap());
        let config =
            load_text("\u{feff}[site]\naddress = \"127.0.0.1:1\"\n", &[DEMO, by_file]).unwrap();
        assert_eq!(config.provider.client_secret.unwrap().expose(), "0123");
        assert_eq!(config.site.address.port(), 1);
    }

    #[test]
    fn an_empty_secret_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "\n").unwrap();
        let path = file.to_str().unwrap();
        for (name, value, key) in [
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "", "provider.client_secret"),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "  ", "provider.client_secret"),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", path, "provider.client_secret"),
            ("CIBA_LOGIN_SMS__API_KEY", "", "sms.api_key"),
            ("CIBA_LOGIN_MAIL__SMTP_URL_FILE", path, "mail.smtp_url"),
        ] {
            let said = refusal("", &[DEMO, (name, value)]);
            assert!(said.contains(key) && said.contains("it is empty"), "{name}: {said}");
        }
    }

    #[test]
    fn the_address_of_the_database_comes_from_a_file_and_never_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, "postgres://login:hunter2@db.internal/login\n").unwrap();
        let by_file = ("CIBA_LOGIN_STORAGE__URL_FILE", file.to_str().unwrap());
        let config = load_text("", &[DEMO, by_file]).unwrap();
        assert_eq!(config.storage.url.expose(), "postgres://login:hunter2@db.internal/login");
        let said = refusal("[storage]\nurl = \"sqlite://a.db\"\n", &[DEMO, by_file]);
        assert!(said.contains("storage.url_file") && said.contains("given twice"), "{said}");
    }

    #[test]
    fn the_operator_reads_the_clients_secret_and_leaves_out_what_is_the_sites() {
        let nowhere = |name: &str| (name.to_owned(), "/nowhere/secret".to_owned());
        for (name, is_needed) in [
            ("CIBA_LOGIN_SESSION__SEALING_KEY_FILE", false),
            ("CIBA_LOGIN_STORAGE__URL_FILE", false),
            ("CIBA_LOGIN_MAIL__SMTP_URL_FILE", false),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", true),
        ] {
            let environment = Environment::from([nowhere(name)]);
            let operate = load_for(Purpose::Operate, None, &environment);
            assert_eq!(operate.is_err(), is_needed, "{name}");
            let serve = load_for(Purpose::Serve, None, &environment).unwrap_err();
            assert!(matches!(serve, ConfigError::SecretFile { .. }), "{name}: {serve}");
        }
    }

    #[test]
    fn what_kubernetes_puts_beside_a_service_is_passed_over() {
        for (name, value) in [
            ("SERVICE_HOST", "10.0.0.1"),
            ("SERVICE_PORT", "3000"),
            ("SERVICE_PORT_HTTP", "3000"),
            ("PORT", "tcp://10.0.0.1:3000"),
            ("PORT_3000_TCP", "tcp://10.0.0.1:3000"),
            ("PORT_3000_TCP_PROTO", "tcp"),
            ("PORT_3000_TCP_PORT", "3000"),
            ("PORT_3000_TCP_ADDR", "10.0.0.1"),
            ("DESK_SERVICE_HOST", "10.0.0.2"),
            ("DESK_PORT_3003_TCP_ADDR", "10.0.0.2"),
        ] {
            let name = format!("{PREFIX}{name}");
            assert!(load_text("", &[DEMO, (&name, value)]).is_ok(), "{name}");
        }
        for (name, value) in [
            ("SITE_PORT", "3000"),
            ("SITE_ADDRESS", "127.0.0.1:1"),
            ("PORT_HTTP", "3000"),
            ("PORT_3000_TCP_NAME", "x"),
            ("SERVICE_NAME", "x"),
        ] {
            let said = refusal("", &[DEMO, (&format!("{PREFIX}{name}"), value)]);
            assert!(said.contains("is not a known variable"), "{said}");
        }
    }

    /// Every leaf of the configuration's defaults, by table and key.
    fn leaves(config: &Config) -> Vec<(String, String, Value)> {
        let tables: Dict = Figment::from(Serialized::defaults(config)).extract().unwrap();
        let mut leaves = Vec::new();
        for (table, value) in tables {
            for (key, value) in value.into_dict().into_iter().flatten() {
                leaves.push((table.clone(), key, value));
            }
        }
        leaves
    }

    #[test]
    fn every_switch_number_and_list_can_be_set_from_the_environment() {
        let mut seen = 0;
        for (table, key, default) in leaves(&Config::default()) {
            let text = match (&default, key.as_str()) {
                (Value::Bool(_, switch), _) => (!switch).to_string(),
                (Value::Num(_, number), _) => {
                    number.to_u32().map_or_else(|| "0.5".into(), |whole| (whole + 1).to_string())
                }
                (Value::Array(..), "trusted_proxies" | "trusted_callers") => {
                    "[\"192.0.2.0/24\"]".into()
                }
                (Value::Array(..), "social") => {
                    "[{ name = \"google\", label = \"Google\" }]".into()
                }
                (Value::Array(..), _) => "[\"https://a.example/\"]".into(),
                _ => continue,
            };
            let name = format!("{PREFIX}{table}__{key}").to_ascii_uppercase();
            let environment = Environment::from([(name.clone(), text)]);
            let set: Config = Figment::from(Overrides(&environment))
                .extract()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let (_, _, now) = leaves(&set)
                .into_iter()
                .find(|(of, name, _)| (of, name) == (&table, &key))
                .unwrap();
            assert_ne!(now, default, "{name}");
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
    }

    #[test]
    fn a_secret_of_the_wrong_form_is_not_repeated() {
        let said = refusal("[provider]\nclient_secret = 271828\n", &[DEMO]);
        assert!(said.contains("provider.client_secret") && !said.contains("271828"), "{said}");
    }

    #[test]
    fn no_part_of_an_address_is_repeated_in_which_a_password_may_stand() {
        for text in [
            "storage = \"postgres://app:hunter2@db/login\"",
            "[storage]\nurl = \"postgres://app:12?hunter2=x@db/login\"",
            "[storage]\nurl = \"postgres://app:hunter2/x@db/login\"",
            "[storage]\nurl = \"hunter2://db/login\"",
            "[storage]\nmax_connections = \"postgres://app:hunter2@db/login\"",
            "[mail]\nsmtp_url = \"smtp://app:12?hunter2@mail\"",
            "[mail]\nsmtp_url = \"smtp://app:hunter2/x@mail\"",
            "[sms]\ngateway_url = \"https://app:hunter2/x@gateway\"",
            "[sms]\ngateway_url = \"app:hunter2@gateway\"\n[demo]\nenabled = 7",
            "[provider]\nurl = \"https://app:hunter2/x@id.example\"",
            "[provider]\nurl = \"https://app:hunter2@id.example\"",
            "[provider]\nurl = \"https://id.example/?key=hunter2\"",
            "[provider]\ncors_origins = [\"https://app:hunter2/x@id.example\"]",
        ] {
            let said = refusal(text, &[("CIBA_LOGIN_BRAND__COMPANY", "Bank")]);
            assert!(!said.contains("hunter2"), "{text}: {said}");
        }
        let said =
            refusal("", &[DEMO, ("CIBA_LOGIN_STORAGE__URL", "postgres://a:1?hunter2=x@db/")]);
        assert!(said.contains("storage.url") && !said.contains("hunter2"), "{said}");
    }
}
