//! Checks of `[traces]`.

use super::TracesConfig;
use super::refusal::{Refusal, refused, shown};
use platform::network::{Network, is_loopback};
use platform::traces::parse_headers;

pub(super) fn check(config: &TracesConfig) -> Result<(), Refusal> {
    if let Some(endpoint) = &config.endpoint {
        let is_web = matches!(endpoint.scheme(), "http" | "https");
        if !is_web || !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(refused(
                "traces.endpoint",
                format!("{} is no address of a collector", shown(endpoint)),
                "Write http://… or https://…, and a token into traces.headers",
            ));
        }
        if config.headers.is_some() && endpoint.scheme() == "http" && !is_loopback(endpoint) {
            return Err(refused(
                "traces.headers",
                "they would be sent to another machine in clear".into(),
                "Use an https address in traces.endpoint, or leave the headers out",
            ));
        }
    }
    if let Some(headers) = &config.headers {
        parse_headers(headers.expose()).map_err(|error| {
            refused("traces.headers", error.to_string(), "Write authorization=Bearer%20…")
        })?;
    }
    if !(0.0..=1.0).contains(&config.sampling_ratio) {
        return Err(refused(
            "traces.sampling_ratio",
            format!("{} is not between 0 and 1", config.sampling_ratio),
            "Write 1 for every trace, 0.01 for one in a hundred",
        ));
    }
    if config.trusted_callers.iter().any(Network::is_everywhere) {
        return Err(refused(
            "traces.trusted_callers",
            "it holds every address there is".into(),
            "Write the addresses of your own machines",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_token_is_sent_only_by_https_or_to_this_machine() {
        for (endpoint, is_right) in [
            ("https://collector.example", true),
            ("http://localhost:4318", true),
            ("http://collector.example:4318", false),
            ("grpc://localhost:4317", false),
            ("https://user:password@collector.example", false),
        ] {
            let config = TracesConfig {
                endpoint: Some(endpoint.parse().unwrap()),
                headers: Some(Secret::new("authorization=Bearer%20x")),
                ..TracesConfig::default()
            };
            assert_eq!(check(&config).is_ok(), is_right, "{endpoint}");
        }
    }
}
