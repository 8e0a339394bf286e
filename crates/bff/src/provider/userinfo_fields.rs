//! Renames members of a userinfo response, for a provider whose names differ from those that the definition reads (`oauth.userinfo_fields`).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::config::FieldName;
use crate::domain::provider::ProviderResponse;

/// Renames members of the object in the body, from the provider's names to ours. A member that has our name already is replaced. Values stay as the
/// provider wrote them. A body that is no JSON object stays unchanged.
pub(super) fn rename(response: &mut ProviderResponse, fields: &[FieldName]) {
    let renamed = response.text().and_then(|text| {
        let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
        let found: Vec<_> = fields
            .iter()
            .filter_map(|field| Some((field.ours.clone(), members.remove(&field.theirs)?)))
            .collect();
        members.extend(found);
        serde_json::to_vec(&members).ok()
    });
    if let Some(body) = renamed {
        response.body = body;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(body: &str, fields: &[(&str, &str)]) -> String {
        let field = |(ours, theirs): &(&str, &str)| FieldName {
            ours: (*ours).to_owned(),
            theirs: (*theirs).to_owned(),
        };
        let mut response = ProviderResponse {
            status: 200,
            body: body.as_bytes().to_vec(),
            ..ProviderResponse::default()
        };
        let fields: Vec<_> = fields.iter().map(field).collect();
        rename(&mut response, &fields);
        response.text().unwrap().to_owned()
    }

    #[test]
    fn members_get_the_names_that_the_app_reads_and_keep_their_values() {
        let fields = [("id", "sub"), ("username", "name")];
        for (body, expected) in [
            (
                r#"{"sub":12345678901234567890.10,"name":"a\u00e9","email":"e"}"#,
                r#"{"email":"e","id":12345678901234567890.10,"username":"a\u00e9"}"#,
            ),
            (r#"{"id":1,"sub":2}"#, r#"{"id":2}"#),
            (r#"{"id":1}"#, r#"{"id":1}"#),
            ("[]", "[]"),
            ("<html>", "<html>"),
        ] {
            assert_eq!(renamed(body, &fields), expected, "{body}");
        }
    }

    #[test]
    fn two_names_can_be_exchanged() {
        let fields = [("a", "b"), ("b", "a")];
        assert_eq!(renamed(r#"{"a":1,"b":2}"#, &fields), r#"{"a":2,"b":1}"#);
    }
}
