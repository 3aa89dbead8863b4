//! A script of calls into the front door of a live gateway: sign-ins in any order, and what follows them.

mod actor;
mod key;
mod words;
mod world;

use std::sync::LazyLock;

use actor::Actor;
pub use world::World;

use super::bytes::Bytes;

/// More than any sign-in needs; keeps one run short.
const MOST_STEPS: usize = 60;

/// The same as [`World::run`], in a world that is there as long as the process.
pub fn run(data: &[u8]) {
    static WORLD: LazyLock<World> = LazyLock::new(World::new);
    WORLD.run(data);
}

impl World {
    /// Plays the script on one connection. Whoever did not give the right proof must have no session of an account,
    /// every question is answered, every refusal has a code, and all is let go of in the end.
    pub fn run(&self, data: &[u8]) {
        self.block_on(async {
            let mut bytes = Bytes::new(data);
            let mut actor = Actor::enter(self);
            for _ in 0..MOST_STEPS {
                if bytes.is_empty() || !actor.step(&mut bytes).await {
                    break;
                }
            }
            actor.leave().await;
            self.is_at_rest().await;
        });
    }
}
