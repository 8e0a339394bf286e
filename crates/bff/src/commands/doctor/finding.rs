//! The checks of the command `doctor`, and what a check finds.

use serde_json::{Value, json};

/// The page with a section for each check.
const PAGE: &str = "docs/doctor.md";

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// A check. Its name is that of its section in docs/doctor.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Check {
            $($(#[$doc])* $name,)+
        }

        impl Check {
            /// Every check, in the order in which they run.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

checks! {
    /// Every setting is valid.
    Settings = "settings",
    /// The sealing keys can be read.
    Keys = "keys",
    /// The system allows as many open files as the limits need.
    OpenFiles = "open_files",
    /// There are root certificates.
    RootCertificates = "root_certificates",
    /// The address of the collector fits the protocol.
    Telemetry = "telemetry",
    /// Only the owner can read the program's files.
    Folders = "folders",
    /// There is space on the disk of the session file.
    Disk = "disk",
    /// The session file is on a local disk.
    FileSystem = "file_system",
    /// The store takes, returns and forgets a record.
    Store = "store",
    /// The account of the store may run every command.
    StoreRights = "store_rights",
    /// The store drops no session when its memory is full.
    StoreEviction = "store_eviction",
    /// The store keeps its data through a restart.
    StorePersistence = "store_persistence",
    /// The store answers soon.
    StoreLatency = "store_latency",
    /// The replicas have the same settings.
    Replicas = "replicas",
    /// The provider answers.
    Provider = "provider",
    /// The provider's certificate is valid for some time.
    ProviderCertificate = "provider_certificate",
    /// The clock agrees with that of the provider.
    Clock = "clock",
    /// The provider accepts the credentials.
    Client = "client",
    /// The provider accepts the redirect URI.
    RedirectUri = "redirect_uri",
    /// The public origin leads to this program.
    PublicOrigin = "public_origin",
    /// No request goes in a circle.
    ProxyLoop = "proxy_loop",
    /// The proxy says which scheme the client used.
    ProxyScheme = "proxy_scheme",
    /// The proxy says who the client is.
    ProxyClient = "proxy_client",
    /// The proxy passes `Host` on.
    ProxyHost = "proxy_host",
    /// The proxy passes `Origin` on.
    ProxyOrigin = "proxy_origin",
    /// The proxy passes Fetch Metadata on.
    ProxyFetchMetadata = "proxy_fetch_metadata",
    /// The proxy passes large cookies on.
    ProxyCookies = "proxy_cookies",
    /// The proxy passes a large response head on.
    ProxyHeaders = "proxy_headers",
    /// The proxy does not collect a stream.
    ProxyStream = "proxy_stream",
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Something to know. It does not make the command fail.
    Note,
    Failed,
}

/// What a check found, in words of this program, without a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    check: Check,
    verdict: Verdict,
    what: String,
    fix: String,
}

impl Check {
    /// Makes a finding that needs nothing.
    pub fn good(self, what: impl Into<String>) -> Finding {
        self.finding(Verdict::Good, what.into(), String::new())
    }

    /// Makes a finding that the operator should know about.
    pub fn note(self, what: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Verdict::Note, what.into(), fix.into())
    }

    /// Makes a finding of a fault.
    pub fn failed(self, what: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Verdict::Failed, what.into(), fix.into())
    }

    /// Makes a finding of an error of this program, whose text is `problem; remedy`.
    pub fn error(self, error: &impl ToString) -> Finding {
        let error = error.to_string();
        let (what, fix) = error.split_once("; ").unwrap_or((&error, "see the page"));
        self.failed(what, fix)
    }

    fn finding(self, verdict: Verdict, what: String, fix: String) -> Finding {
        Finding {
            check: self,
            verdict,
            what,
            fix,
        }
    }
}

impl Finding {
    /// Returns whether the check failed.
    pub fn is_failed(&self) -> bool {
        self.verdict == Verdict::Failed
    }

    /// Returns whether the finding needs nothing.
    pub fn is_good(&self) -> bool {
        self.verdict == Verdict::Good
    }

    /// Returns the finding as one line of text.
    pub fn line(&self) -> String {
        let word = match self.verdict {
            Verdict::Good => "ok    ",
            Verdict::Note => "note  ",
            Verdict::Failed => "failed",
        };
        let line = format!("{word} {}: {}", self.check.name(), self.what);
        if self.fix.is_empty() {
            return line;
        }
        format!("{line}; {} ({})", self.fix, self.link())
    }

    /// Returns the finding as an object.
    pub fn json(&self) -> Value {
        json!({
            "check": self.check.name(),
            "ok": !self.is_failed(),
            "what": self.what,
            "fix": self.fix,
            "link": self.link(),
        })
    }

    fn link(&self) -> String {
        format!("{PAGE}#{}", self.check.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_section_of_its_own_and_no_other_has_one() {
        let page = include_str!("../../../../../docs/doctor.md");
        let sections = page.lines().filter_map(|line| line.strip_prefix("### "));
        let sections: Vec<&str> = sections.collect();
        let checks: Vec<&str> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(sections, checks);
    }

    #[test]
    fn a_line_names_the_remedy_and_its_page() {
        let failed = Check::Disk.failed("it is full", "make room");
        assert_eq!(
            failed.line(),
            "failed disk: it is full; make room (docs/doctor.md#disk)"
        );
        assert_eq!(failed.json()["ok"], false);
        let good = Check::Disk.good("it is empty");
        assert_eq!(good.line(), "ok     disk: it is empty");
        assert_eq!(good.json()["ok"], true);
        assert_eq!(Check::Disk.note("", "").json()["ok"], true);
    }
}
