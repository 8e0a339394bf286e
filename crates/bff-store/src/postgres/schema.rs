//! Makes the tables and brings them up to date, one replica at a time. Called by `dial`.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Transaction};

use super::fault::Fault;

/// The schema migrations. Each makes a version of the tables out of the one before; the first starts from an empty database. `bff.schema_version`
/// holds the number of applied migrations. A released migration is never changed; later changes are new migrations. A replica of the release before
/// must be able to work with the tables of a newer one, because both run during an upgrade.
const STEPS: &[&str] = &[include_str!("schema_1.sql")];

/// The lock that one replica holds while it changes the tables: the letters `aBFF`, and 1. Locks with two numbers have no other users by accident.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1631733318, 1)";
/// Reads the catalog, because `to_regclass` may answer from a cache of the time before the lock.
const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = 'bff' AND c.relname = 'schema_version')";
const VERSION: &str = "SELECT version FROM bff.schema_version";
/// Looks for the schema first, because a role without the right to make schemas may use one that was made for it.
const HAS_SCHEMA: &str =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'bff')";

/// Makes the tables if they are missing or older than this program.
///
/// # Errors
/// [`Fault::Newer`] when a newer release has made them, or the failure of a statement. Nothing is changed then.
pub async fn prepare(client: &mut Client) -> Result<(), Fault> {
    prepare_with(client, STEPS).await
}

async fn prepare_with(client: &mut Client, steps: &[&str]) -> Result<(), Fault> {
    // Without a lock first, because nearly always there is nothing to do.
    let exists = client.query_typed(EXISTS, &[]).await.map_err(read)?;
    let version = match yes(&exists) {
        true => number(&client.query_typed(VERSION, &[]).await.map_err(read)?),
        false => 0,
    };
    if is_current(version, steps)? {
        return Ok(());
    }
    let transaction = client.transaction().await.map_err(read)?;
    migrate(&transaction, steps).await?;
    transaction.commit().await.map_err(read)
}

async fn migrate(transaction: &Transaction<'_>, steps: &[&str]) -> Result<(), Fault> {
    transaction.query_typed(LOCK, &[]).await.map_err(read)?;
    let ask = async |statement| transaction.query_typed(statement, &[]).await.map_err(read);
    let version = match yes(&ask(EXISTS).await?) {
        true => number(&ask(VERSION).await?),
        false => {
            if !yes(&ask(HAS_SCHEMA).await?) {
                ask("CREATE SCHEMA bff").await?;
            }
            ask("CREATE TABLE bff.schema_version (version integer NOT NULL)").await?;
            ask("INSERT INTO bff.schema_version VALUES (0)").await?;
            0
        }
    };
    // Another replica may have done it while this one waited for the lock.
    if is_current(version, steps)? {
        return Ok(());
    }
    for step in steps.iter().skip(usize::try_from(version).unwrap_or(0)) {
        transaction.batch_execute(step).await.map_err(read)?;
    }
    let known = known(steps);
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&known, Type::INT4)];
    let store = "UPDATE bff.schema_version SET version = $1";
    let stored = transaction.execute_typed(store, &values).await;
    stored.map(drop).map_err(read)
}

fn is_current(found: i32, steps: &[&str]) -> Result<bool, Fault> {
    let known = known(steps);
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    Ok(found == known)
}

fn known(steps: &[&str]) -> i32 {
    i32::try_from(steps.len()).unwrap_or(i32::MAX)
}

fn yes(rows: &[tokio_postgres::Row]) -> bool {
    rows.first()
        .and_then(|row| row.try_get(0).ok())
        .unwrap_or(false)
}

fn number(rows: &[tokio_postgres::Row]) -> i32 {
    rows.first()
        .and_then(|row| row.try_get(0).ok())
        .unwrap_or(0)
}

fn read(error: Error) -> Fault {
    Fault::from_statement(&error)
}
