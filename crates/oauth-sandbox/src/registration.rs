//! `POST /api/oauth_apps`: an app is registered with a developer's token. Refusals are written as this
//! family of servers writes them: HTTP 200 with `success: false`.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;
use url::{Host, Url};

use super::clients::Client;
use super::faults::Endpoint;
use super::journal::Event;
use super::misbehave::perform;
use super::opaque::{Digest, random_text};
use super::resource::bearer;
use super::state::Shared;

#[derive(Deserialize)]
struct Application {
    name: String,
    #[serde(default)]
    description: String,
    redirect_uri: String,
}

/// Registers an app. Its secret is in this answer and nowhere else.
pub(crate) async fn register(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let act = |event: &mut Event| {
        if !bearer(&request).is_some_and(|token| shared.developer_token.matches(token)) {
            event.outcome = "unauthorized";
            return HttpResponse::Unauthorized()
                .json(json!({"success": false, "message": "開發者令牌無效"}));
        }
        match serde_json::from_slice::<Application>(&body) {
            Ok(app) if app.name.trim().is_empty() => refused(event, "缺少應用名稱"),
            Ok(app) if !can_be_called_back(&app.redirect_uri) => refused(event, "回調地址無效"),
            Ok(app) => registered(&shared, app, event),
            Err(_) => refused(event, "參數錯誤"),
        }
    };
    perform(&shared, Event::of(Endpoint::OauthApps, &request), act).await
}

fn refused(event: &mut Event, message: &str) -> HttpResponse {
    event.outcome = "invalid_request";
    HttpResponse::Ok().json(json!({"success": false, "message": message}))
}

fn registered(shared: &Shared, app: Application, event: &mut Event) -> HttpResponse {
    event.outcome = "ok";
    let client_id = format!("client_{}", random_text(12));
    let client_secret = format!("secret_{}", random_text(32));
    let client = Client {
        client_id: client_id.clone(),
        secret: Digest::of(&client_secret),
        redirect_uri: app.redirect_uri.clone(),
        name: app.name.clone(),
    };
    let (id, created_time) = shared.change(|world, now| {
        world.kept.clients.push(client);
        (world.kept.clients.len(), now)
    });
    HttpResponse::Ok().json(json!({
        "success": true,
        "message": "應用建立成功",
        "data": {
            "id": id,
            "name": app.name,
            "description": app.description,
            "client_id": client_id,
            "client_secret": client_secret,
            "redirect_uri": app.redirect_uri,
            "created_time": created_time,
        },
    }))
}

/// An absolute URI without a fragment (RFC 6749 §3.1.2); plain http on loopback only.
fn can_be_called_back(redirect_uri: &str) -> bool {
    let Ok(url) = Url::parse(redirect_uri) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let scheme_will_do = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    scheme_will_do && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_https_or_loopback_and_has_no_fragment() {
        for good in [
            "https://app.example/cb",
            "http://127.0.0.1:3000/cb?x=1",
            "http://[::1]/",
            "http://localhost/",
        ] {
            assert!(can_be_called_back(good), "{good}");
        }
        for bad in [
            "http://app.example/cb",
            "/cb",
            "https://app.example/#x",
            "myapp://cb",
            "javascript:1",
            "",
        ] {
            assert!(!can_be_called_back(bad), "{bad}");
        }
    }
}
