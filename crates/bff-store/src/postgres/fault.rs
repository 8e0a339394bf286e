//! Classifies failures of PostgreSQL: whether the statement may have been executed, and what the log may contain.
//!
//! A description contains only this program's own words and PostgreSQL's error code, never a statement, a value, an address or a login. Called by the
//! link and what is below it.

use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// Why a statement has no answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// There was no connection, for this reason, so the statement was not sent.
    NoConnection(&'static str),
    /// A newer release has made the tables.
    Newer {
        /// The version of the tables.
        found: i32,
        /// The newest version that this program knows.
        known: i32,
    },
    /// PostgreSQL, or a pooler, answered with an error.
    Refused(SqlState),
    /// The connection ended before the answer.
    Lost,
    /// There was no answer in time.
    Silent,
}

impl Fault {
    /// Reads the error of a statement.
    pub fn from_statement(error: &tokio_postgres::Error) -> Self {
        error
            .code()
            .map_or(Self::Lost, |code| Self::Refused(code.clone()))
    }

    /// Reads the error of an attempt to connect.
    pub fn from_dial(error: &tokio_postgres::Error) -> Self {
        if let Some(code) = error.code() {
            return Self::Refused(code.clone());
        }
        let source = std::error::Error::source(error);
        let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
        Self::NoConnection(match io.map(std::io::Error::kind) {
            Some(std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::NotFound) => {
                "PostgreSQL refuses connections"
            }
            // rustls reports a certificate that it does not accept as invalid data.
            Some(std::io::ErrorKind::InvalidData) => {
                "the TLS certificate of PostgreSQL is not accepted"
            }
            Some(std::io::ErrorKind::TimedOut) => "PostgreSQL does not answer in time",
            _ => "the connection to PostgreSQL failed",
        })
    }

    /// Reports whether PostgreSQL refused the statement for this reason.
    pub fn is(&self, state: &SqlState) -> bool {
        matches!(self, Self::Refused(code) if code == state)
    }

    /// Returns true when the statement was not executed, but may be executed soon, perhaps over another connection.
    pub fn is_put_off(&self) -> bool {
        match self {
            Self::NoConnection(_) => true,
            Self::Refused(code) => {
                *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || *code == SqlState::T_R_SERIALIZATION_FAILURE
                    || *code == SqlState::T_R_DEADLOCK_DETECTED
                    || *code == SqlState::CANNOT_CONNECT_NOW
                    || *code == SqlState::TOO_MANY_CONNECTIONS
                    || self.is_of_missing_tables()
            }
            Self::Newer { .. } | Self::Lost | Self::Silent => false,
        }
    }

    /// Returns true when another connection may solve the failure.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Lost | Self::Silent => true,
            _ => self.is_put_off() || self.ends_connection(),
        }
    }

    /// Returns true when the connection is of no more use.
    pub fn ends_connection(&self) -> bool {
        match self {
            Self::Lost | Self::Silent => true,
            // Class 08 is of the connection, also in every message of a pooler; class 57 is of a server that stops.
            Self::Refused(code) => {
                *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || code.code().starts_with("08")
                    || code.code().starts_with("57")
                    || self.is_of_missing_tables()
            }
            Self::NoConnection(_) | Self::Newer { .. } => false,
        }
    }

    /// Returns true when the tables are not there, perhaps because the database was replaced.
    pub fn is_of_missing_tables(&self) -> bool {
        self.is(&SqlState::UNDEFINED_TABLE) || self.is(&SqlState::INVALID_SCHEMA_NAME)
    }

    /// Describes the failure for the log.
    pub fn describe(&self) -> StoreError {
        StoreError::new(match self {
            Self::NoConnection(why) => (*why).to_owned(),
            Self::Newer { found, known } => newer(*found, *known),
            Self::Lost => "the connection to PostgreSQL failed".to_owned(),
            Self::Silent => "PostgreSQL does not answer in time".to_owned(),
            Self::Refused(code) => refused(code),
        })
    }
}

/// Says that a newer release has made the tables, and the remedy.
pub fn newer(found: i32, known: i32) -> String {
    format!(
        "the database was written by a newer release (schema {found}, this one knows {known}); run that release, or name another database"
    )
}

fn refused(code: &SqlState) -> String {
    let is_login = code.code().starts_with("28");
    if is_login {
        return "PostgreSQL refuses the login".to_owned();
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return "PostgreSQL refused a statement: 42501; give the role the rights in docs/operations.md".to_owned();
    }
    let is_code = code.code().bytes().all(|b| b.is_ascii_alphanumeric());
    let code = if is_code { code.code() } else { "unknown" };
    format!("PostgreSQL refused a statement: {code}")
}
