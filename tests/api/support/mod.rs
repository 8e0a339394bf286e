//! The program's binary, and the helpers of `bff-testing` that the tests use.

pub mod every_answer;
pub mod scripted_provider;
pub mod words;

pub use bff_testing::{
    Addresses, Answer, Binary, Browser, Certificate, EventStream, Fleet, Initiator, Nginx,
    OpenConnection, Passed, PgBouncer, PostgresServer, Program, RedisServer, Replicas, Request,
    SandboxControl, approve, assert_log_keeps_secrets, client, exchange, fetch, free_port,
    is_ready, navigation, parameter, provider, send, settled_log, with_parameter,
};
pub use words::english;

/// The program as it was built.
pub const BINARY: Binary = Binary(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));

/// Time limits that no call of a test reaches, also on a busy machine.
pub const LONG_LIMITS: [(&str, &str); 4] = [
    ("BFF_PROVIDER__TOTAL_TIMEOUT", "60s"),
    ("BFF_PROVIDER__CONNECT_TIMEOUT", "60s"),
    ("BFF_PROVIDER__REFRESH_TIMEOUT", "60s"),
    ("BFF_SERVER__SHUTDOWN_GRACE", "60s"),
];

/// Time limits that a call to a provider that does not answer reaches soon. Other calls may reach them too, on a busy machine.
pub const SHORT_LIMITS: [(&str, &str); 3] = [
    ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
    ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
    ("BFF_PROVIDER__REFRESH_TIMEOUT", "2s"),
];

/// The document for operators.
pub const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// The nginx configuration that operators are advised to use.
pub const NGINX: &str = include_str!("../../../deploy/nginx/aihubmix-bff.conf");
