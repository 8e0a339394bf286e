//! The changes that depend on stored data, as scripts that the server runs atomically. Called by the store only.
//!
//! Each script is a file. Its first lines describe its arguments and its answer.

use std::sync::LazyLock;

use redis::{Cmd, Script};

use super::link::Request;

macro_rules! scripts {
    ($($name:ident = $file:literal)+) => {
        $(pub static $name: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!($file)));)+
    };
}

scripts! {
    CREATE = "create.lua"
    SWAP_TOKENS = "swap_tokens.lua"
    END = "end.lua"
    SET_APP_DATA = "set_app_data.lua"
    TOUCH = "touch.lua"
    DELETE = "delete.lua"
    LEASE = "lease.lua"
    RELEASE = "release.lua"
    INDEX = "index.lua"
    FORGET = "forget.lua"
    MARK_SPENDING = "mark_spending.lua"
    ANNOUNCE = "announce.lua"
    REPLICAS = "replicas.lua"
}

/// One script, and the hash by which a server caches it.
pub struct Lua {
    code: &'static str,
    name: String,
}

impl Lua {
    fn new(code: &'static str) -> Self {
        Self {
            code,
            name: Script::new(code).get_hash().to_owned(),
        }
    }

    /// Makes a request that runs the script over `keys`, which must be in one slot. A server gets its hash, or its text if it does not know it.
    pub fn request(&self, keys: &[&str], arguments: impl Fn(&mut Cmd)) -> Request {
        let command = |verb: &str, script: &str| {
            let mut command = redis::cmd(verb);
            command.arg(script).arg(keys.len()).arg(keys);
            arguments(&mut command);
            command
        };
        Request::once(command("EVALSHA", &self.name)).or_as(command("EVAL", self.code))
    }
}
