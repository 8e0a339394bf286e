//! Tests of the trace context.

use proptest::prelude::*;

use super::*;
use crate::SystemEntropy;

const PARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn context(parent: Option<TraceParent>, sampler: Sampler) -> TraceContext {
    TraceContext::new(parent, sampler, &SystemEntropy)
}

#[test]
fn a_request_continues_its_callers_trace_and_each_call_is_a_span_of_its_own() {
    let parent = TraceParent::parse(PARENT).unwrap();
    let request = context(Some(parent), Sampler::default());
    assert_eq!(
        request.trace_id_text().as_str(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(request.parent_id(), 0x00f0_67aa_0ba9_02b7);
    assert!(request.is_sampled(), "as the caller decided");
    let calls = [request.call(&SystemEntropy), request.call(&SystemEntropy)];
    assert_ne!(calls[0].span_id(), calls[1].span_id());
    for call in calls {
        assert_eq!(call.parent_id(), request.span_id());
        let text = call.traceparent();
        assert!(
            text.as_str()
                .starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        );
        let sent = TraceParent::parse(text.as_bytes()).unwrap();
        assert_eq!(sent.span_id, call.span_id());
        assert!(sent.is_sampled);
    }
}

#[test]
fn a_new_trace_has_an_id_of_its_own_and_is_not_sampled_without_an_exporter() {
    let [one, other] = [(); 2].map(|()| context(None, Sampler::default()));
    assert_ne!(one.trace_id(), other.trace_id());
    assert_eq!(one.parent_id(), 0);
    assert!(!one.is_sampled());
    assert!(one.traceparent().as_str().ends_with("-00"));
}

#[test]
fn a_malformed_traceparent_is_refused() {
    let valid = String::from_utf8(PARENT.to_vec()).unwrap();
    for wrong in [
        "",
        "00",
        &valid[..54],
        &format!("{valid}-"),
        &format!("{valid}0"),
        &valid.to_uppercase(),
        &valid.replace("00-4b", "ff-4b"),
        &valid.replace("00-4b", "0x-4b"),
        &valid.replace('-', "_"),
        &valid.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
        &valid.replace("00f067aa0ba902b7", &"0".repeat(16)),
        &format!("01{}.more", &valid[2..]),
    ] {
        assert_eq!(TraceParent::parse(wrong.as_bytes()), None, "{wrong}");
    }
    for later in ["", "-more"] {
        let later = format!("cc{}{later}", &valid[2..]);
        assert!(TraceParent::parse(later.as_bytes()).is_some(), "{later}");
    }
}

#[test]
fn a_sampler_takes_its_share_and_follows_the_caller_if_it_is_set_to() {
    let parent = TraceParent::parse(PARENT);
    for (share, follows, of_caller, of_new) in [
        (0.0, true, true, false),
        (0.0, false, false, false),
        (1.0, true, true, true),
        (1.0, false, true, true),
        (f64::NAN, false, false, false),
    ] {
        let sampler = Sampler::new(share, follows);
        assert_eq!(context(parent, sampler).is_sampled(), of_caller);
        assert_eq!(context(None, sampler).is_sampled(), of_new);
    }
    let quarter = Sampler::new(0.25, true);
    assert!(quarter.samples(0x1fff_ffff_ffff_ffff, None));
    assert!(!quarter.samples(0x4000_0000_0000_0000, None));
    assert!(!quarter.samples(u128::MAX, None));
    assert!(!quarter.samples(1, Some(false)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _: Option<TraceParent> = TraceParent::parse(&bytes);
    }

    #[test]
    fn what_is_sent_is_read_back(trace_id in 1_u128.., span_id in 1_u64.., is_sampled: bool) {
        let sent = TraceContext { trace_id, span_id, parent_id: 0, is_sampled };
        let read = TraceParent::parse(sent.traceparent().as_bytes());
        prop_assert_eq!(read, Some(TraceParent { trace_id, span_id, is_sampled }));
    }
}
