//! The models that Triton serves in these tests: one service, and queues of several kinds.

use std::fs;
use std::path::Path;

/// A model, as the trace and the server name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    /// Fields of `dynamic_batching`.
    batching: &'static str,
    /// Fields of its `default_queue_policy`.
    queue: &'static str,
}

const LEVELS: &str = "priority_levels: 3 default_priority_level: 3";

/// First come, first served.
pub(crate) const PLAIN: Model = Model { name: "plain", batching: "", queue: "" };

/// By the priority that requests name; what they say of a timeout counts for nothing.
pub(crate) const PRIORITY: Model = Model { name: "priority", batching: LEVELS, queue: "" };

/// By priority, and each waits no longer than its own timeout.
pub(crate) const TIMEOUT: Model =
    Model { name: "timeout", batching: LEVELS, queue: "allow_timeout_override: true" };

/// Whoever finds so many waiting is refused. Seen with it: pauses of half a second, as with one
/// instance; so how requests end is all that a run at it tells.
pub(crate) const BOUNDED: Model =
    Model { name: "bounded", batching: "", queue: "max_queue_size: 8" };

const CONFIG: &str = include_str!("config.pbtxt");
/// That of the example, which sleeps.
const PYTHON: &str = include_str!("../../../../examples/targets/triton/models/sleeper/1/model.py");

impl Model {
    /// Writes it into a repository of models.
    pub(crate) fn write(&self, repository: &Path) {
        let folder = repository.join(self.name);
        fs::create_dir_all(folder.join("1")).unwrap();
        fs::write(folder.join("1/model.py"), PYTHON).unwrap();
        fs::write(folder.join("config.pbtxt"), self.config()).unwrap();
    }

    fn config(&self) -> String {
        let Self { name, batching, queue } = self;
        format!(
            "name: \"{name}\"\n{CONFIG}dynamic_batching {{ {batching} default_queue_policy {{ \
             timeout_action: REJECT default_timeout_microseconds: 2000000 {queue} }} }}\n"
        )
    }
}
