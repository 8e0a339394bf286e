//! Requests to the whole service: the callback's query, cookies, Fetch Metadata and the other headers, bodies. Up to three in a row.
//!
//! An input is text: messages between lines of `---`, and before them, perhaps, the line `loopback`. `{session}`, `{attempt}`, `{popup}`
//! stand for cookies of this browser, `{state}`, `{popup_state}` for what belongs to them, `{handle}`, `{other}` for the user's sessions.
#![no_main]

use std::mem::ManuallyDrop;

use aihubmix_bff_fuzz::message::messages;
use aihubmix_bff_fuzz::program::{Asked, Program};
use aihubmix_bff_fuzz::rules;
use libfuzzer_sys::{Corpus, fuzz_target};

thread_local! {
    // Not dropped at the end, when what the framework keeps for this thread is gone already.
    static PROGRAMS: ManuallyDrop<[Program; 2]> = ManuallyDrop::new(rules::ORIGINS.map(Program::start));
}

fuzz_target!(|input: &[u8]| -> Corpus {
    PROGRAMS.with(|programs| {
        let [secure, loopback] = &**programs;
        let (program, input) = match input.strip_prefix(b"loopback\n") {
            Some(rest) => (loopback, rest),
            None => (secure, input),
        };
        program.reset();
        let mut sent = false;
        for message in messages(input, 3) {
            let text = program.fill_in(message);
            let (Some(asked), Some(again)) = (Asked::parse(&text), Asked::parse(&text)) else {
                continue;
            };
            sent = true;
            rules::check(program, &asked, &program.send(again));
        }
        if sent { Corpus::Keep } else { Corpus::Reject }
    })
});
