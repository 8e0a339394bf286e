//! The changes that depend on what is stored, as scripts that the server runs in one piece. Called by the store only.
//!
//! Each is a file of its own; its first lines say what it takes and answers.

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
}

/// One script and the name under which a server remembers it.
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

    /// The script over `keys`, which must be of one slot. Sent by its name; by its text to a server that does not know it yet.
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
