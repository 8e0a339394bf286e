//! The world of the sandbox behind one mutex, and the file that a part of it is kept in. Handlers ask
//! with [`Shared::with`] and change what must outlive a restart with [`Shared::change`].

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;
use tokio::sync::watch;

use super::answers::Answers;
use super::clients::Client;
use super::clock::Clock;
use super::faults::Faults;
use super::journal::{Event, Journal};
use super::knobs::Knobs;
use super::opaque::Digest;
use super::pages::Pages;
use super::world::{Kept, World};

/// The one state of a running sandbox, shared by all its handlers.
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Announces that the log grew or that faults were cleared.
    news: watch::Sender<()>,
    state_file: Option<PathBuf>,
    /// The folder of the answers of the API.
    pub(crate) answers: Option<PathBuf>,
    pub(crate) clock: Clock,
    pub(crate) base_url: String,
    pub(crate) developer_token: Digest,
    pub(crate) pages: Pages,
}

/// What a [`Shared`] is made of.
pub(crate) struct Parts {
    pub(crate) base_url: String,
    pub(crate) developer_token: Digest,
    pub(crate) clients: Vec<Client>,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) answers: Option<PathBuf>,
    pub(crate) pages: Pages,
}

impl Shared {
    /// The state as the file has it, or a new one.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or its folder cannot be made.
    pub(crate) fn load(parts: Parts) -> io::Result<Self> {
        let clock = Clock::default();
        let kept = match &parts.state_file {
            Some(path) => read(path)?,
            None => None,
        };
        let world = World {
            kept: kept.unwrap_or_else(|| Kept::new(clock.now())),
            configured_clients: parts.clients,
            knobs: Knobs::default(),
            faults: Faults::default(),
            answers: Answers::default(),
            journal: Journal::default(),
        };
        Ok(Self {
            world: Mutex::new(world),
            news: watch::Sender::new(()),
            state_file: parts.state_file,
            answers: parts.answers,
            clock,
            base_url: parts.base_url,
            developer_token: parts.developer_token,
            pages: parts.pages,
        })
    }

    /// Looks at the world, or changes what need not outlive a restart. The second argument is the time.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut World, i64) -> T) -> T {
        look(&mut self.lock(), self.clock.now())
    }

    /// Changes the world and saves what must outlive a restart before a caller sees the result.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World, i64) -> T) -> T {
        let mut world = self.lock();
        let result = change(&mut world, self.clock.now());
        if let Some(path) = &self.state_file
            && let Err(error) = write(path, &world.kept)
        {
            tracing::warn!(path = %path.display(), %error, "the sandbox's state could not be saved");
        }
        result
    }

    /// Writes a call down in the log.
    pub(crate) fn record(&self, event: Event) {
        self.with(|world, now| world.journal.record(event, now));
        self.announce();
    }

    /// Wakes all tasks that wait for the log or for a fault to be cleared.
    pub(crate) fn announce(&self) {
        self.news.send_replace(());
    }

    /// Hears of every change of the log and of the faults from now on.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Waits until the fault is cleared.
    pub(crate) async fn until_cleared(&self, fault: u64) {
        let mut news = self.listen();
        while self.with(|world, _| world.faults.has(fault)) {
            if news.changed().await.is_err() {
                return;
            }
        }
    }

    /// Everything as it was at the very first start.
    pub(crate) fn reset(&self) {
        self.clock.reset();
        self.change(|world, now| {
            world.kept = Kept::new(now);
            world.knobs = Knobs::default();
            world.faults.clear_all();
            world.answers.clear();
            world.journal.clear();
        });
        self.announce();
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A handler that panicked left nothing half done that matters to a stand-in.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> io::Result<Option<Kept>> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the file in one step, so that a crash leaves the old one or the new one. Only its owner can read either.
fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let mut draft = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    draft.write_all(&serde_json::to_vec(kept)?)?;
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    Ok(())
}
