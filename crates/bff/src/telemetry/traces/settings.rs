//! Reads the variables of OpenTelemetry that this program decides by. The exporter reads the others itself: headers, resource, queue.
//!
//! An error never shows a value, because the headers and an address may hold a credential.

use std::time::Duration;

use url::Url;

use crate::domain::trace::Sampler;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

/// Time limit of one export, the default of the specification.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why traces cannot be exported.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct TraceFault {
    /// The variable.
    pub variable: &'static str,
    /// The problem and the remedy.
    pub problem: &'static str,
}

/// How traces are exported.
#[derive(Debug, PartialEq)]
pub(super) struct Settings {
    /// The collector.
    pub endpoint: Url,
    /// Which traces are exported.
    pub sampler: Sampler,
    /// Time limit of one export.
    pub timeout: Duration,
}

impl Settings {
    /// Reads the variables. `None` when no collector is named, or the export is disabled.
    ///
    /// # Errors
    /// [`TraceFault`] for the first variable that is invalid.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, TraceFault> {
        let of_traces = |name: &str| {
            let specific = name.replace("_OTLP_", "_OTLP_TRACES_");
            variable(&specific).or_else(|| variable(name))
        };
        let is_disabled = variable("OTEL_SDK_DISABLED").is_some_and(|it| it == "true");
        let Some(endpoint) = of_traces(ENDPOINT).filter(|_| !is_disabled) else {
            return Ok(None);
        };
        match variable("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(_) => {
                let problem = "unknown exporter; write otlp or none";
                return Err(fault("OTEL_TRACES_EXPORTER", problem));
            }
        }
        if of_traces("OTEL_EXPORTER_OTLP_PROTOCOL").is_some_and(|it| it != "http/protobuf") {
            let problem =
                "unknown protocol; write http/protobuf, and the collector's port for it (4318)";
            return Err(fault("OTEL_EXPORTER_OTLP_PROTOCOL", problem));
        }
        let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let endpoint = Url::parse(&endpoint).ok().filter(is_http).ok_or_else(|| {
            let problem = "invalid URL; write http:// or https://, host and port";
            fault(ENDPOINT, problem)
        })?;
        let timeout = match of_traces("OTEL_EXPORTER_OTLP_TIMEOUT").map(|it| it.parse()) {
            None => DEFAULT_TIMEOUT,
            Some(Ok(millis)) => Duration::from_millis(millis),
            Some(Err(_)) => {
                let problem = "invalid number; write milliseconds";
                return Err(fault("OTEL_EXPORTER_OTLP_TIMEOUT", problem));
            }
        };
        Ok(Some(Self {
            endpoint,
            sampler: sampler(variable(SAMPLER).as_deref(), variable(SAMPLER_ARG))?,
            timeout,
        }))
    }
}

/// Reads a sampler of the specification. The default is `parentbased_always_on`.
fn sampler(name: Option<&str>, share: Option<String>) -> Result<Sampler, TraceFault> {
    let name = name.unwrap_or("parentbased_always_on");
    let base = name.strip_prefix("parentbased_");
    let share = match base.unwrap_or(name) {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => {
            let share = share.map_or(Some(1.0), |share| share.parse().ok());
            let is_share = |share: &f64| (0.0..=1.0).contains(share);
            share
                .filter(is_share)
                .ok_or_else(|| fault(SAMPLER_ARG, "invalid share; write a number from 0 to 1"))?
        }
        _ => {
            let problem = "unknown sampler; write always_on, always_off or traceidratio, each also with parentbased_ before it";
            return Err(fault(SAMPLER, problem));
        }
    };
    Ok(Sampler::new(share, base.is_some()))
}

const fn fault(variable: &'static str, problem: &'static str) -> TraceFault {
    TraceFault { variable, problem }
}

/// Returns a variable of this process. An empty one counts as absent, as the specification says.
pub(super) fn environment(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "variables of OpenTelemetry, which its exporter reads too"
    )]
    let value = std::env::var(name).ok()?;
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::read(&variable).map_err(|fault| fault.to_string())
    }

    const ON: (&str, &str) = (ENDPOINT, "http://collector:4318");

    #[test]
    fn nothing_is_exported_unless_a_collector_is_named() {
        for off in [
            &[][..],
            &[(SAMPLER, "always_on")],
            &[ON, ("OTEL_SDK_DISABLED", "true")],
            &[ON, ("OTEL_TRACES_EXPORTER", "none")],
        ] {
            assert_eq!(read(off), Ok(None), "{off:?}");
        }
        let on = read(&[ON]).unwrap().unwrap();
        assert_eq!(on.sampler, Sampler::new(1.0, true));
        assert_eq!(on.timeout, DEFAULT_TIMEOUT);
        let other = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://other/traces");
        let both = read(&[ON, other, ("OTEL_EXPORTER_OTLP_TIMEOUT", "250")]);
        let both = both.unwrap().unwrap();
        assert_eq!(both.endpoint.as_str(), other.1);
        assert_eq!(both.timeout, Duration::from_millis(250));
    }

    #[test]
    fn each_sampler_of_the_specification_is_known() {
        for (name, share, expected) in [
            ("always_on", None, Sampler::new(1.0, false)),
            ("always_off", None, Sampler::new(0.0, false)),
            ("traceidratio", Some("0.25"), Sampler::new(0.25, false)),
            ("parentbased_always_off", None, Sampler::new(0.0, true)),
            (
                "parentbased_traceidratio",
                Some("0.5"),
                Sampler::new(0.5, true),
            ),
        ] {
            let found = sampler(Some(name), share.map(str::to_owned));
            assert_eq!(found.unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn a_wrong_variable_is_named_and_its_value_is_not_shown() {
        let ratio = (SAMPLER, "traceidratio");
        for (name, value, named) in [
            (ENDPOINT, "zq9mark:4318", ENDPOINT),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "ftp://zq9mark",
                ENDPOINT,
            ),
            ("OTEL_TRACES_EXPORTER", "zq9mark", "OTEL_TRACES_EXPORTER"),
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "grpc-zq9mark",
                "OTEL_EXPORTER_OTLP_PROTOCOL",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
                "zq9mark",
                "OTEL_EXPORTER_OTLP_TIMEOUT",
            ),
            (SAMPLER, "zq9mark", SAMPLER),
            (SAMPLER_ARG, "zq9mark", SAMPLER_ARG),
        ] {
            let error = read(&[(name, value), ON, ratio]).unwrap_err();
            assert!(error.starts_with(&format!("{named}: ")), "{name}: {error}");
            assert!(
                error.contains("; ") && !error.contains("zq9mark"),
                "{error}"
            );
        }
    }
}
