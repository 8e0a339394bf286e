//! The place of a request in a distributed trace (W3C Trace Context, level 1), and whether its spans are exported.
//!
//! The ids are random and not secret. Only what a trusted proxy sends is continued. `tracestate` and `baggage` are neither read nor sent.

use crate::secret::Entropy;

/// Target of the spans that only the exporter of traces reads. The log never shows them.
pub const SPANS: &str = "trace";

/// Length of a `traceparent` of version 00 (W3C Trace Context §3.2.2).
const LENGTH: usize = 55;

/// A request or a call to another server within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    /// Zero when the trace begins here.
    parent_id: u64,
    is_sampled: bool,
}

/// What a `traceparent` says about the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    trace_id: u128,
    span_id: u64,
    is_sampled: bool,
}

impl TraceContext {
    /// Creates the context of a request: in the trace of its caller, or in a new one.
    #[must_use]
    pub fn new(parent: Option<TraceParent>, sampler: Sampler, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 24];
        entropy.fill(&mut bytes);
        let (trace, span) = bytes.split_at(16);
        let fresh = number(trace).max(1);
        let trace_id = parent.map_or(fresh, |parent| parent.trace_id);
        Self {
            trace_id,
            span_id: span_id(span),
            parent_id: parent.map_or(0, |parent| parent.span_id),
            is_sampled: sampler.samples(trace_id, parent.map(|parent| parent.is_sampled)),
        }
    }

    /// Creates the context of a call that this request makes.
    #[must_use]
    pub fn call(&self, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 8];
        entropy.fill(&mut bytes);
        Self {
            span_id: span_id(&bytes),
            parent_id: self.span_id,
            ..*self
        }
    }

    /// Returns the id of the trace.
    #[must_use]
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// Returns the id of this span.
    #[must_use]
    pub const fn span_id(&self) -> u64 {
        self.span_id
    }

    /// Returns the id of the span that caused this one; zero when the trace begins here.
    #[must_use]
    pub const fn parent_id(&self) -> u64 {
        self.parent_id
    }

    /// Returns whether the spans of the trace are exported.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// Returns the id of the trace as 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id_text(&self) -> HexText<32> {
        let mut text = HexText([b'0'; 32]);
        write_hex(&mut text.0, &self.trace_id.to_be_bytes());
        text
    }

    /// Returns the value of `traceparent` (§3.2) that makes the receiver's span a child of this one.
    #[must_use]
    pub fn traceparent(&self) -> HexText<LENGTH> {
        let mut text = HexText([b'0'; LENGTH]);
        let bytes = &mut text.0;
        write_hex(&mut bytes[3..35], &self.trace_id.to_be_bytes());
        write_hex(&mut bytes[36..52], &self.span_id.to_be_bytes());
        for dash in [2, 35, 52] {
            bytes[dash] = b'-';
        }
        if self.is_sampled {
            bytes[54] = b'1';
        }
        text
    }
}

impl TraceParent {
    /// Reads a `traceparent` (§3.2.2). A later version is read as version 00 (§4.3). `None` when it is invalid.
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        let field = |from: usize, to: usize| hex(header.get(from..to)?);
        let has_dashes = [2, 35, 52].iter().all(|at| header.get(*at) == Some(&b'-'));
        let ends_well = match field(0, 2)? {
            0 => header.len() == LENGTH,
            255 => false,
            _ => header.get(LENGTH).is_none_or(|next| *next == b'-'),
        };
        let parent = Self {
            trace_id: field(3, 35)?,
            span_id: u64::try_from(field(36, 52)?).ok()?,
            is_sampled: field(53, 55)? & 1 == 1,
        };
        let is_valid = has_dashes && ends_well && parent.trace_id != 0 && parent.span_id != 0;
        is_valid.then_some(parent)
    }
}

/// ASCII text of a fixed length: hexadecimal digits and dashes.
#[derive(Clone, Copy, Debug)]
pub struct HexText<const N: usize>([u8; N]);

impl<const N: usize> HexText<N> {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the bytes of the text.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }
}

/// Decides whether the spans of a trace are exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    follows_parent: bool,
    /// A trace is sampled when the lower 63 bits of its id are less than this.
    below: u64,
}

impl Sampler {
    /// Creates a sampler of a share of all traces: 0 for none, 1 for all. With `follows_parent` a caller's decision counts first. The decision depends
    /// on the trace's id only, so that all servers of a trace decide alike.
    #[must_use]
    pub fn new(share: f64, follows_parent: bool) -> Self {
        const ALL: u64 = 1 << 63;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "the share is between 0 and 1, and need not be exact"
        )]
        let below = match share {
            share if share >= 1.0 => ALL,
            share if share > 0.0 => (share * ALL as f64) as u64,
            _ => 0,
        };
        Self {
            follows_parent,
            below,
        }
    }

    /// Returns whether the spans of the trace are exported.
    fn samples(self, trace_id: u128, parent: Option<bool>) -> bool {
        match parent {
            Some(is_sampled) if self.follows_parent => is_sampled,
            _ => low_half(trace_id) >> 1 < self.below,
        }
    }
}

impl Default for Sampler {
    /// Exports nothing, and passes a caller's decision on.
    fn default() -> Self {
        Self::new(0.0, true)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
const fn low_half(trace_id: u128) -> u64 {
    trace_id as u64
}

fn number(bytes: &[u8]) -> u128 {
    let append = |number: u128, byte: &u8| number << 8 | u128::from(*byte);
    bytes.iter().fold(0, append)
}

/// Zero is not a valid id.
fn span_id(bytes: &[u8]) -> u64 {
    low_half(number(bytes)).max(1)
}

/// Reads lower-case hexadecimal digits, at most 32.
fn hex(text: &[u8]) -> Option<u128> {
    text.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

fn write_hex(text: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests;
