//! The program's binary, and the helpers of `bff-testing` that the tests use.

pub mod every_answer;
pub mod scripted_provider;
pub mod words;

pub use bff_testing::{
    Addresses, Answer, Binary, Browser, Certificate, Fleet, Initiator, Nginx, OpenConnection,
    Passed, Program, RedisServer, Replicas, Request, SandboxControl, approve,
    assert_log_keeps_secrets, client, exchange, fetch, free_port, is_ready, navigation, parameter,
    provider, send, with_parameter,
};
pub use words::english;

/// The program as it was built.
pub const BINARY: Binary = Binary(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));

/// The document with the nginx configuration that operators are advised to use.
pub const OPERATIONS: &str = include_str!("../../../docs/operations.md");
