//! x
use super::*;
pub struct Cluster;
impl Cluster {
    pub async fn start() -> Self {
        Self
    }
    pub fn store(&self) -> RedisStore {
        todo!()
    }
    pub fn clear(&self) {}
}
