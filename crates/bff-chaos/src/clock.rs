//! The machine's time, to set what users saw beside what the logs say.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since 1970.
pub type Moment = f64;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "it is compared with the time in the logs of other processes"
)]
pub fn now() -> Moment {
    moment(OffsetDateTime::now_utc())
}

/// The time at the beginning of a log line.
pub fn written(text: &str) -> Option<Moment> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(moment)
}

fn moment(at: OffsetDateTime) -> Moment {
    let nanos = at.unix_timestamp_nanos();
    // A double holds microseconds until long after this program is gone.
    #[expect(clippy::cast_precision_loss, reason = "microseconds are enough")]
    let micros = (nanos / 1_000) as f64;
    micros / 1e6
}
