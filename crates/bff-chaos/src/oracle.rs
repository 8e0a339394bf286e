//! Judges every answer that a user gets, and remembers what must not have happened. It knows of each user only what the user knows: who
//! they are, whether they signed in, and whether they asked to be signed out.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::client::{Answer, Cut};
use super::clock::{Moment, now};

/// URL of the top-up page, as the provider sends it to every user. Its host is allowed by default.
pub const TOPUP: &str = "https://aihubmix.com/pay";

/// What a call was for, and so what a right answer to it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Page,
    Info,
    Session,
    Sessions,
    Refresh,
    Topup,
    TopupPage,
}

/// What a call means for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The right answer.
    Right,
    /// The program or what it needs is not there for the moment.
    Later,
    /// No user is signed in.
    SignedOut,
}

/// A session that ended without a request of its user.
#[derive(Clone, Debug)]
pub struct Loss {
    pub user: String,
    /// When the user signed in, and when they learned of it.
    pub since: Moment,
    pub at: Moment,
    /// How they learned: the call, the answer, the replica.
    pub told: String,
}

#[derive(Default)]
struct Seen {
    counts: BTreeMap<String, u64>,
    wrong: Vec<String>,
    unfit: Vec<String>,
    losses: Vec<Loss>,
    /// What was broken, and when.
    faults: Vec<String>,
    /// When each replica was not there.
    down: Vec<(String, Moment, Moment)>,
}

/// Shared by all users and by the tasks that break things.
#[derive(Default)]
pub struct Oracle(Mutex<Seen>);

impl Oracle {
    /// Takes note of an answer, or of none.
    pub fn judge(
        &self,
        user: &str,
        ask: Ask,
        base: &str,
        begun: Moment,
        end: Result<&Answer, Cut>,
    ) -> Meaning {
        let answer = match end {
            Ok(answer) => answer,
            Err(cut) => {
                self.cut(base, begun, cut);
                return Meaning::Later;
            }
        };
        let told = || {
            format!(
                "{user}: {ask:?} at {base}: {} {} {}",
                answer.status,
                answer.header("x-request-id"),
                excerpt(answer)
            )
        };
        match answer.status {
            200 | 303 => match read(user, ask, answer) {
                Some(meaning) => {
                    self.count(if meaning == Meaning::Right {
                        "right"
                    } else {
                        "signed out"
                    });
                    meaning
                }
                None => {
                    self.note(|seen| seen.wrong.push(told()));
                    Meaning::Later
                }
            },
            401 => Meaning::SignedOut,
            _ => {
                self.refusal(answer, told);
                Meaning::Later
            }
        }
    }

    /// Takes note of an answer that is neither right nor an end of a session: it must say to come back later.
    pub fn refusal(&self, answer: &Answer, told: impl FnOnce() -> String) {
        let is_fit = matches!(answer.status, 503 | 504)
            && answer
                .header("retry-after")
                .parse::<u32>()
                .is_ok_and(|seconds| seconds > 0);
        let error = answer.json()["error"].as_str().unwrap_or("page").to_owned();
        self.count(&format!("{} {error}", answer.status));
        if !is_fit {
            self.note(|seen| seen.unfit.push(told()));
        }
    }

    /// Takes note of a call without an answer: that is right only where the replica was killed meanwhile.
    pub fn cut(&self, base: &str, begun: Moment, cut: Cut) {
        let at = now();
        self.note(|seen| {
            let was_down = seen
                .down
                .iter()
                .any(|(name, from, until)| name == base && *from <= at && begun <= *until);
            let what = if was_down {
                "refused or cut by a killed replica"
            } else {
                "cut without a cause"
            };
            *seen.counts.entry(what.to_owned()).or_default() += 1;
            if !was_down {
                seen.unfit.push(format!("{base}: no answer: {cut:?}"));
            }
        });
    }

    /// A session ended although its user did not ask for it.
    pub fn lost(&self, loss: Loss) {
        self.note(|seen| seen.losses.push(loss));
    }

    /// An answer that must never be given.
    pub fn wrong(&self, what: String) {
        self.note(|seen| seen.wrong.push(what));
    }

    /// A replica is killed now.
    pub fn down(&self, base: &str) {
        self.note(|seen| seen.down.push((base.to_owned(), now(), f64::INFINITY)));
    }

    /// It is there again.
    pub fn up(&self, base: &str) {
        let at = now();
        self.note(|seen| {
            for (name, _, until) in &mut seen.down {
                if name == base && until.is_infinite() {
                    *until = at;
                }
            }
        });
    }

    /// One more of these.
    pub fn count(&self, what: &str) {
        self.note(|seen| *seen.counts.entry(what.to_owned()).or_default() += 1);
    }

    /// Something is broken on purpose, or whole again.
    pub fn fault(&self, what: &str) {
        let line = format!("{:.3} {what}\n", now());
        self.note(|seen| seen.faults.push(line));
    }

    /// What was broken, and when: one line each.
    pub fn faults(&self) -> String {
        self.take(|seen| &mut seen.faults).concat()
    }

    /// How often everything happened.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.take(|seen| &mut seen.counts)
    }

    /// Answers with another user's data, answers that mean nothing, and sessions that came back after their end.
    pub fn wrong_answers(&self) -> Vec<String> {
        self.take(|seen| &mut seen.wrong)
    }

    /// Failed calls that are no 503 or 504 with `Retry-After`.
    pub fn unfit_answers(&self) -> Vec<String> {
        self.take(|seen| &mut seen.unfit)
    }

    /// Every session that ended without a request of its user.
    pub fn losses(&self) -> Vec<Loss> {
        self.take(|seen| &mut seen.losses)
    }

    /// When replicas were killed.
    pub fn kills(&self) -> Vec<(String, Moment, Moment)> {
        self.take(|seen| &mut seen.down)
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.lock().expect("no task panics with it"));
    }

    fn take<T: Default>(&self, part: impl FnOnce(&mut Seen) -> &mut T) -> T {
        std::mem::take(part(&mut self.0.lock().expect("no task panics with it")))
    }
}

/// What a whole answer says; `None` when it is not for this user, or not an answer to this.
fn read(user: &str, ask: Ask, answer: &Answer) -> Option<Meaning> {
    let json = answer.json();
    let right = match ask {
        Ask::Info => json["username"] == user,
        Ask::Session if json["authenticated"] == false => return Some(Meaning::SignedOut),
        Ask::Session => json["user"]["username"] == user,
        Ask::Sessions => json.to_string().contains("\"current\":true"),
        Ask::Refresh => json["refreshed"].is_boolean(),
        Ask::Topup => json["topup_url"] == TOPUP,
        Ask::TopupPage => match answer.header("location") {
            "/" => return Some(Meaning::SignedOut),
            location => location == TOPUP,
        },
        Ask::Page => {
            let page = answer.text();
            if page.contains("data-state=\"signed_out\"") {
                return Some(Meaning::SignedOut);
            }
            page.contains(&format!("data-user=\"{user}\""))
                && (page.contains("data-state=\"signed_in\"")
                    || page.contains("data-state=\"account_pending\"")
                    || page.contains("data-state=\"account_unavailable\""))
        }
    };
    right.then_some(Meaning::Right)
}

fn excerpt(answer: &Answer) -> String {
    answer.text().chars().take(160).collect()
}
