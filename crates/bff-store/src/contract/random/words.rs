//! The text of random calls in the message of a failed test.

use std::fmt;

use super::calls::{Bytes, Call, Known};

/// Prints a call as a sentence: `swap the tokens of a, at the right version, to bytes 4`.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create {
                name,
                user,
                created,
                end,
                version,
            } => {
                let user = user.unwrap_or("nobody");
                write!(
                    f,
                    "create {name} of user {user} at {created}, until {end}, version {version}"
                )
            }
            Self::Load(name) => write!(f, "load {name}"),
            Self::SwapTokens(name, known, tokens) => {
                write!(f, "swap the tokens of {name}, {known}, to {tokens:?}")
            }
            Self::SetAppData(name, data) => write!(f, "set the data of {name} to {data:?}"),
            Self::Touch(name, at) => write!(f, "touch {name} at {at}"),
            Self::End(name, known, cause) => write!(f, "end {name}, {known}, by {}", cause.code()),
            Self::Delete(name) => write!(f, "delete {name}"),
            Self::OfUser(user, skip, limit) => {
                write!(f, "list {limit} of user {user} after {skip}")
            }
            Self::All => write!(f, "list all"),
            Self::ByHandle(name) => write!(f, "find {name} by its handle"),
            Self::Lease {
                name,
                holder,
                now,
                ttl,
            } => {
                write!(f, "lease {name} for {holder}, at {now} for {ttl}")
            }
            Self::MarkSpending {
                name,
                known,
                holder,
                now,
                ttl,
            } => {
                write!(f, "mark {name} {known} for {holder}, at {now} for {ttl}")
            }
            Self::Release(name, holder) => write!(f, "release {name} for {holder}"),
            Self::SpendAttempt(tag, until) => write!(f, "spend attempt {tag} until {until}"),
            Self::Sweep(now, unused) => {
                write!(f, "sweep at {now} what was not used since {unused}")
            }
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "at the right version",
            Self::Old => "at the version before",
            Self::Future => "at a version to come",
        })
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}", self.0)
    }
}
