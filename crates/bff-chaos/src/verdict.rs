//! Says of every lost session whether this program lost it. There is one loss that no client can prevent: the provider spent the refresh token and
//! the answer with the new one was destroyed. That is believed only where the provider's log and the replicas' logs both say so.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::clock::{Moment, written};
use super::oracle::Loss;
use super::provider_log::Event;

/// New tokens are offered so long to a store that fails, in seconds.
const LONGEST_SAVE: Moment = 40.0;
/// Between the provider's answer and the log line, and between that and the save, there is next to nothing; but the machine is busy.
const AT_ONCE: Moment = 3.0;

/// What a replica wrote about one refresh.
struct Line {
    event: String,
    replica: PathBuf,
    at: Moment,
}

/// What the logs say.
pub struct Evidence {
    refreshes: Vec<Event>,
    lines: HashMap<String, Vec<Line>>,
    /// Log file of a replica, and when it was killed.
    kills: Vec<(PathBuf, Moment)>,
}

/// Why a session was lost.
pub enum Verdict {
    /// The answer with the new refresh token was destroyed; how.
    WithTheAnswer(String),
    /// Any other reason.
    Accidental(String),
}

impl Evidence {
    /// From the provider's events, the replicas' log files, and the kills.
    pub fn gather(events: Vec<Event>, logs: &[PathBuf], kills: Vec<(PathBuf, Moment)>) -> Self {
        let mut lines: HashMap<String, Vec<Line>> = HashMap::new();
        for replica in logs {
            let text = fs::read_to_string(replica).expect("the log can be read");
            for line in text
                .lines()
                .filter(|line| line.contains("\"refresh") || line.contains("tokens_not_saved"))
            {
                let json: Value = serde_json::from_str(line).unwrap_or_default();
                let id = json["span"]["request_id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                lines.entry(id).or_default().push(Line {
                    event: json["event"].as_str().unwrap_or_default().to_owned(),
                    replica: replica.clone(),
                    at: json["timestamp"].as_str().and_then(written).unwrap_or(0.0),
                });
            }
        }
        let refreshes = events
            .into_iter()
            .filter(Event::is_granted_refresh)
            .collect();
        Self {
            refreshes,
            lines,
            kills,
        }
    }

    /// What became of a session.
    pub fn judge(&self, loss: &Loss) -> Verdict {
        // Without the answer that the user had to the login, no refresh of this session can have been lost.
        let mut own = self.refreshes.iter().filter(|event| {
            event.user.as_ref() == Some(&loss.user)
                && event.seen >= loss.since
                && event.seen <= loss.at + 1.0
        });
        let Some(last) = own.next_back() else {
            return Verdict::Accidental("no refresh was ever granted".to_owned());
        };
        let id = last.request_id.as_deref().unwrap_or_default();
        let told = format!(
            "refresh {} for request {id}, fault {:?}",
            last.id, last.fault
        );
        let nothing = Vec::new();
        let lines = self.lines.get(id).unwrap_or(&nothing);
        let says = |event: &str| lines.iter().find(|line| line.event == event);
        if says("refresh_failed").is_some() {
            return Verdict::WithTheAnswer(format!("{told}: its answer did not arrive"));
        }
        let Some(refreshed) = says("refreshed") else {
            // A running replica logs how each refresh ended.
            let killed = self.killed(None, last.seen - AT_ONCE, last.seen + AT_ONCE);
            return match killed {
                true => Verdict::WithTheAnswer(format!(
                    "{told}: who asked was killed before the answer"
                )),
                false => Verdict::Accidental(format!(
                    "{told}: no replica was killed, and none has logged its end"
                )),
            };
        };
        let save = if says("tokens_not_saved").is_some() {
            LONGEST_SAVE
        } else {
            AT_ONCE
        };
        if self.killed(Some(&refreshed.replica), refreshed.at, refreshed.at + save) {
            return Verdict::WithTheAnswer(format!(
                "{told}: who asked was killed before the new tokens were stored"
            ));
        }
        Verdict::Accidental(format!(
            "{told}: the answer arrived at {}",
            refreshed.replica.display()
        ))
    }

    fn killed(&self, replica: Option<&PathBuf>, from: Moment, until: Moment) -> bool {
        self.kills.iter().any(|(log, at)| {
            replica.is_none_or(|replica| replica == log) && (from..=until).contains(at)
        })
    }
}
