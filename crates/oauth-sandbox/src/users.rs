//! The sandbox's accounts: what a user has, how a password is checked, and the userinfo that follows from
//! it. Passwords are kept as PBKDF2 only; a password here protects nothing, but people reuse them.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::opaque::random_text;
use super::shapes::UserinfoShape;

/// How many units of quota make one unit of balance.
const QUOTA_UNIT: i64 = 500_000;
/// Enough rounds that a copied state file does not give passwords away for nothing.
const ROUNDS: NonZeroU32 = match NonZeroU32::new(20_000) {
    Some(rounds) => rounds,
    None => NonZeroU32::MIN,
};
/// The first account has the id of the documented example.
const FIRST_ID: i64 = 12_345;
/// The longest name that can be signed in with, in characters.
const LONGEST_NAME: usize = 64;

/// One account. The public fields can be set through the control API.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) email: Option<String>,
    pub(crate) quota: i64,
    pub(crate) used_quota: i64,
    pub(crate) created_time: i64,
    /// 1 enabled, 2 disabled, 3 deleted; any other number is sent as it is.
    pub(crate) status: i64,
    /// Sent verbatim; computed from `quota` when none.
    pub(crate) balance_formatted: Option<String>,
    /// Members that replace those of the userinfo answer, whatever their type.
    pub(crate) userinfo_override: Map<String, Value>,
    password: Password,
}

/// What the control API may change of an account; a member left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserChange {
    #[serde(deserialize_with = "present")]
    pub(crate) email: Option<Option<String>>,
    pub(crate) quota: Option<i64>,
    pub(crate) used_quota: Option<i64>,
    pub(crate) created_time: Option<i64>,
    pub(crate) status: Option<i64>,
    #[serde(deserialize_with = "present")]
    pub(crate) balance_formatted: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub(crate) userinfo_override: Option<Option<Map<String, Value>>>,
}

/// Tells a member that is `null` from one that is left out.
fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl User {
    /// Applies a change from the control API.
    pub(crate) fn change(&mut self, change: UserChange) {
        if let Some(email) = change.email {
            self.email = email;
        }
        if let Some(balance_formatted) = change.balance_formatted {
            self.balance_formatted = balance_formatted;
        }
        if let Some(userinfo_override) = change.userinfo_override {
            self.userinfo_override = userinfo_override.unwrap_or_default();
        }
        self.quota = change.quota.unwrap_or(self.quota);
        self.used_quota = change.used_quota.unwrap_or(self.used_quota);
        self.created_time = change.created_time.unwrap_or(self.created_time);
        self.status = change.status.unwrap_or(self.status);
    }

    /// Adds `units` of balance, as a top-up does. A balance that was written by hand gives way.
    pub(crate) fn top_up(&mut self, units: u32) {
        self.balance_formatted = None;
        self.quota = self
            .quota
            .saturating_add(i64::from(units).saturating_mul(QUOTA_UNIT));
    }

    /// The balance as the provider writes it: two decimals, no currency.
    pub(crate) fn balance(&self) -> String {
        self.balance_formatted
            .clone()
            .unwrap_or_else(|| written_balance(self.quota))
    }

    /// The userinfo answer for `scope`, in the shape the settings ask for.
    pub(crate) fn userinfo(&self, scope: &str, shape: &UserinfoShape) -> Value {
        let has = |wanted: &str| scope.split(' ').any(|granted| granted == wanted);
        let mut answer = Map::new();
        answer.insert("id".into(), json!(self.id));
        if has("profile") {
            answer.insert("username".into(), json!(self.username));
            answer.insert("email".into(), json!(self.email));
        }
        if has("balance") {
            answer.insert("quota".into(), shape.numbers.write(self.quota));
            answer.insert("used_quota".into(), shape.numbers.write(self.used_quota));
            answer.insert("balance_formatted".into(), json!(self.balance()));
        }
        answer.insert("created_time".into(), json!(self.created_time));
        answer.insert("status".into(), json!(self.status));
        for name in &shape.null {
            answer.insert(name.clone(), Value::Null);
        }
        for name in &shape.absent {
            answer.remove(name);
        }
        answer.extend(self.userinfo_override.clone());
        if shape.wrapped {
            json!({"success": true, "message": "", "data": answer})
        } else {
            Value::Object(answer)
        }
    }
}

fn written_balance(quota: i64) -> String {
    let unit = i128::from(QUOTA_UNIT);
    let half = i128::from(quota.signum()) * unit / 2;
    let cents = (i128::from(quota) * 100 + half) / unit;
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// All accounts by name.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Users {
    by_name: BTreeMap<String, User>,
    next_id: i64,
}

impl Users {
    /// Only the account `demo`, with the password `demo` and the balance of the documented example.
    pub(crate) fn only_demo(now: i64) -> Self {
        let mut users = Self {
            by_name: BTreeMap::new(),
            next_id: FIRST_ID,
        };
        users.add("demo", "demo", now);
        users
    }

    /// Signs in by name and password. A name not seen before makes an account with that password.
    /// `None`: the name cannot be used or the password is another one.
    pub(crate) fn sign_in(&mut self, name: &str, password: &str, now: i64) -> Option<&User> {
        let name = name.trim();
        let length = name.chars().count();
        if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
            return None;
        }
        if !self.by_name.contains_key(name) {
            self.add(name, password, now);
        }
        self.by_name
            .get(name)
            .filter(|user| user.password.matches(password))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&User> {
        self.by_name.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut User> {
        self.by_name.get_mut(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &User> {
        self.by_name.values()
    }

    fn add(&mut self, name: &str, password: &str, now: i64) {
        let user = User {
            id: self.next_id,
            username: name.to_owned(),
            email: Some(format!("{}@example.com", mailbox(name))),
            quota: 375_000_000,
            used_quota: 125_000_000,
            created_time: now,
            status: 1,
            balance_formatted: None,
            userinfo_override: Map::new(),
            password: Password::new(password),
        };
        self.next_id += 1;
        self.by_name.insert(name.to_owned(), user);
    }
}

/// An address that can be written for any name.
fn mailbox(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_alphanumeric() { c } else { '.' })
        .collect()
}

/// A salted PBKDF2-HMAC-SHA256 of a password.
#[derive(Clone, Serialize, Deserialize)]
struct Password {
    salt: String,
    hash: String,
}

impl Password {
    fn new(password: &str) -> Self {
        let salt = random_text(16);
        let mut hash = [0; 32];
        let (salt_bytes, word) = (salt.as_bytes(), password.as_bytes());
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            salt_bytes,
            word,
            &mut hash,
        );
        Self {
            hash: URL_SAFE_NO_PAD.encode(hash),
            salt,
        }
    }

    fn matches(&self, password: &str) -> bool {
        let Ok(hash) = URL_SAFE_NO_PAD.decode(&self.hash) else {
            return false;
        };
        let (salt, word) = (self.salt.as_bytes(), password.as_bytes());
        pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, word, &hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_has_two_decimals_and_keeps_its_sign() {
        for (quota, written) in [
            (375_000_000, "750.00"),
            (0, "0.00"),
            (-1_250_000, "-2.50"),
            (2_500, "0.01"),
            (-1, "0.00"),
            (i64::MAX, "18446744073709.55"),
        ] {
            assert_eq!(written_balance(quota), written);
        }
    }

    #[test]
    fn a_new_name_makes_an_account_and_an_old_one_wants_its_password() {
        let mut users = Users::only_demo(0);
        assert!(users.sign_in("demo", "wrong", 0).is_none());
        assert!(users.sign_in("demo", "demo", 0).is_some());
        assert_eq!(
            users.sign_in(" ada ", "x", 0).map(|user| user.id),
            Some(FIRST_ID + 1)
        );
        assert!(users.sign_in("ada", "y", 0).is_none());
        assert!(users.sign_in("", "y", 0).is_none());
        assert!(users.sign_in("a\nb", "y", 0).is_none());
    }

    #[test]
    fn userinfo_holds_what_the_scope_allows() {
        let users = Users::only_demo(7);
        let demo = users.get("demo").unwrap();
        let shape = UserinfoShape::default();
        let whole = demo.userinfo("profile balance", &shape);
        assert_eq!(
            whole,
            json!({"id": 12345, "username": "demo", "email": "demo@example.com", "quota": 375_000_000,
                "used_quota": 125_000_000, "balance_formatted": "750.00", "created_time": 7, "status": 1})
        );
        let narrow = demo.userinfo("profile", &shape);
        assert_eq!(narrow.get("quota"), None);
        assert_eq!(narrow.get("balance_formatted"), None);
        assert_eq!(narrow["username"], "demo");
        assert_eq!(demo.userinfo("balance", &shape).get("email"), None);
    }
}
