//! The way to the provider's top-up page: a link for users, and its URL for scripts.

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use aihubmix::TopupRules;
use bff::config::{ExactUrl, HostName};
use bff::domain::Session;
use bff::{
    ApiError, App, AppData, Current, CurrentSession, ProviderApi, SignedIn, resource, see_other,
};
use serde::Deserialize;
use serde_json::json;

/// `[topup]`: where a top-up link may lead.
#[derive(Deserialize)]
pub struct TopupSettings {
    /// Hosts that a link may point to, including their subdomains.
    allowed_hosts: Vec<HostName>,
    /// The link to use when the provider gives none.
    fallback_url: Option<ExactUrl>,
}

/// Adds the top-up page to the app.
#[must_use]
pub fn feature(app: App) -> App {
    app.settings::<TopupSettings>("topup")
        .routes(routes)
        // A link of another site must not call the provider.
        .closed_to_links("/topup")
}

fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/topup").get(topup))
        .service(resource("/api/user/topup").get(topup_url));
}

/// `GET /topup`: redirects to the provider's top-up page, or to `/` when the browser is not signed in.
async fn topup(
    session: CurrentSession,
    api: ProviderApi,
    settings: AppData<TopupSettings>,
) -> Result<HttpResponse, ApiError> {
    let target = match session.current() {
        Current::Live(live) => match topup_link(live, &api, &settings).await {
            Err(error) if error.status() == 401 => "/".to_owned(),
            link => link?,
        },
        Current::Unavailable => return Err(ApiError::store_unavailable()),
        Current::Anonymous | Current::Ended(_) => "/".to_owned(),
    };
    Ok(see_other(&target))
}

/// `GET /api/user/topup`: the URL of the provider's top-up page.
async fn topup_url(
    SignedIn(session): SignedIn,
    api: ProviderApi,
    settings: AppData<TopupSettings>,
) -> Result<HttpResponse, ApiError> {
    let link = topup_link(&session, &api, &settings).await?;
    Ok(HttpResponse::Ok().json(json!({ "topup_url": link })))
}

/// Returns the top-up link of the session's user: an https URL on an allowed host.
async fn topup_link(
    session: &Session,
    api: &ProviderApi,
    settings: &TopupSettings,
) -> Result<String, ApiError> {
    let answer = api.get(session, aihubmix::TOPUP).await?;
    let rules = TopupRules {
        allowed_hosts: settings
            .allowed_hosts
            .iter()
            .cloned()
            .map(String::from)
            .collect(),
        fallback: settings
            .fallback_url
            .as_ref()
            .map(|link| link.url().clone()),
        allow_loopback: api.is_sandbox(),
    };
    let link =
        aihubmix::topup_link(&answer, &rules).map_err(|error| ApiError::provider_error(&error))?;
    link.map(String::from).ok_or_else(|| {
        ApiError::provider_error(
            &"the provider gives no top-up link, and topup.fallback_url is not set",
        )
    })
}

#[cfg(test)]
mod tests {
    use bff::config::{Config, Sources};

    use super::*;

    /// An app with this feature, whether the app of this package has it or not.
    fn app() -> App {
        feature(App::new("test").defaults(include_str!("../config/default.toml")))
    }

    #[test]
    fn the_hosts_and_the_link_are_checked_at_the_start() {
        let load = |name: &str, value: &str| {
            let sources = Sources::new("").with(name, value);
            Config::load(&app().add_settings_to(sources))
        };
        const HOSTS: &str = "BFF_TOPUP__ALLOWED_HOSTS";
        const LINK: &str = "BFF_TOPUP__FALLBACK_URL";
        for (name, value) in [
            (HOSTS, "Example.COM,pay.example.org"),
            (LINK, "https://example.com/topup?from=app"),
        ] {
            let loaded = load(name, value);
            assert!(loaded.is_ok(), "{name}={value}: {:?}", loaded.err());
        }
        for (name, value) in [
            (HOSTS, "https://example.com"),
            (HOSTS, "*.example.com"),
            (HOSTS, "example.com:443"),
            (HOSTS, "com"),
            (HOSTS, ".example.com"),
            (HOSTS, "192.0.2.1"),
            (LINK, "http://example.com/topup"),
        ] {
            let faults = load(name, value).err().map(|faults| faults.to_string());
            let faults = faults.unwrap_or_else(|| panic!("{name}={value} is accepted"));
            assert!(faults.starts_with("topup."), "{faults}");
            assert!(faults.ends_with(&format!("(from {name})")), "{faults}");
        }
    }

    #[test]
    fn the_default_hosts_are_the_documented_ones() {
        let sources = app().add_settings_to(Sources::new(""));
        let config = Config::load(&sources).unwrap().config;
        let topup = config.app.get::<TopupSettings>().unwrap();
        let hosts: Vec<&str> = topup.allowed_hosts.iter().map(HostName::as_str).collect();
        assert_eq!(hosts, ["aihubmix.com", "inferera.com"]);
        assert!(topup.fallback_url.is_none());
    }
}
