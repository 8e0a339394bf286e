//! [`Counting`]: the program under callgrind with the provider double, and the counts of one path.

use std::path::PathBuf;

use actix_web::rt::{System, SystemRunner};

use super::callgrind::{self, Callgrind};
use super::hot_path::HotPath;
use super::visitor::Visitor;
use crate::bench::Bench;
use crate::failure::{Failure, Outcome};
use crate::servers::Server;
use crate::stand::Stand;

/// Requests before a path is counted, because the first ones open connections and fill caches.
const WARM_UP: u16 = 20;
/// Batches of a path. The smallest count of a batch is that of the path, because timers and waiting threads of the program only add instructions.
/// One of nine has hardly any of these.
const BATCHES: usize = 9;

/// The program under callgrind.
pub struct Counting {
    callgrind: Callgrind,
    stand: Stand,
    visitor: Visitor,
    runtime: SystemRunner,
}

/// The count of one path.
pub struct Counted {
    /// Instructions of one request, in the batch with the fewest.
    pub each: u64,
    /// Callgrind's file of that batch.
    pub file: PathBuf,
}

impl Counting {
    /// Starts the program, and signs in.
    ///
    /// # Errors
    /// [`Failure`] when a process does not start, or when it cannot be controlled.
    pub fn start(bench: &mut Bench, server: Server) -> Outcome<Self> {
        let callgrind = Callgrind::new(bench.folder("callgrind")?.0);
        bench.wrapper = callgrind.command();
        let stand = Stand::start(bench, server.into())?;
        let runtime = System::new();
        let visitor = runtime.block_on(Visitor::start(stand.server.port))?;
        callgrind.switch_on(stand.server.pid())?;
        Ok(Self {
            callgrind,
            stand,
            visitor,
            runtime,
        })
    }

    /// Counts one path.
    ///
    /// # Errors
    /// [`Failure`] when a request fails.
    pub fn count(&mut self, path: HotPath) -> Outcome<Counted> {
        let Self {
            callgrind,
            stand,
            visitor,
            runtime,
        } = self;
        let pid = stand.server.pid();
        runtime.block_on(async {
            visitor.prepare(path.visit, requests(path)).await?;
            send(visitor, path, WARM_UP).await?;
            callgrind.reset(pid)?;
            let mut batches = Vec::with_capacity(BATCHES);
            for _ in 0..BATCHES {
                send(visitor, path, path.batch).await?;
                let file = callgrind.dump(pid)?;
                batches.push(Counted {
                    each: callgrind::total(&file)? / u64::from(path.batch),
                    file,
                });
            }
            let least = batches.into_iter().min_by_key(|batch| batch.each);
            least.ok_or_else(|| Failure::new("nothing was counted"))
        })
    }
}

/// Returns the number of requests that counting a path takes.
fn requests(path: HotPath) -> usize {
    let batches = std::iter::repeat_n(path.batch, BATCHES);
    batches.chain([WARM_UP]).map(usize::from).sum()
}

async fn send(visitor: &mut Visitor, path: HotPath, requests: u16) -> Outcome<()> {
    for _ in 0..requests {
        visitor.send(path.visit).await?;
    }
    Ok(())
}
