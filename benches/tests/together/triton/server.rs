//! A Triton that serves models, and logs when it did what with each request.

mod listening;

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::install::Installation;
use super::model::Model;
use crate::programs::poll_until;

/// Asks the kernel for a SIGTERM when this process dies in whatever way, and becomes the server.
const BECOME_SERVER: &str = "\
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
os.execv(sys.argv[1], sys.argv[1:])
";

/// The folder of what it notes of requests.
const TIMESTAMPS: &str = "timestamps";

/// A running server. It ends with this, and with the thread that started it.
pub(crate) struct Server {
    /// Where it takes gRPC.
    pub(crate) address: String,
    process: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts it with its files in `folder`, and waits until it takes requests for these models.
    pub(crate) fn start(installation: &Installation, folder: &Path, models: &[Model]) -> Self {
        for model in models {
            model.write(&folder.join("models"));
        }
        let log = File::create(folder.join("triton.log")).unwrap();
        let mut command = Command::new(installation.python());
        installation.prepare(&mut command);
        command.args(["-c", BECOME_SERVER]).arg(installation.server());
        command.arg("--model-repository=models");
        command.arg("--backend-directory").arg(installation.backends());
        // Port 0: a free one, which nobody can take in between.
        command.args(["--grpc-address=127.0.0.1", "--grpc-port=0"]);
        command.args(["--allow-http=false", "--allow-metrics=false"]);
        fs::create_dir_all(folder.join(TIMESTAMPS)).unwrap();
        // A file for each request, written when it has ended: Triton would write all of them into
        // one at its own end, but not where that ends badly.
        let file = format!("triton,file={TIMESTAMPS}/of");
        for setting in
            ["mode=triton", "level=TIMESTAMPS", "rate=1", &file, "triton,log-frequency=1"]
        {
            command.args(["--trace-config", setting]);
        }
        command.arg("--exit-timeout-secs=5");
        command.current_dir(folder).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        // Its own group, so that what it starts can be ended with it.
        let process = command.process_group(0).spawn().unwrap();
        let mut server = Self { address: String::new(), process, folder: folder.to_owned() };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&mut self) {
        let (mut ended, mut port) = (None, None);
        poll_until(
            || {
                ended = self.process.try_wait().unwrap();
                // Said when all models are ready.
                if self.log().contains("Started GRPCInferenceService") {
                    // Asked again: the kernel's table may change while it is read.
                    port = listening::port_of(self.process.id());
                }
                ended.is_some() || port.is_some()
            },
            "Triton",
        );
        match (ended, port) {
            (None, Some(port)) => self.address = format!("127.0.0.1:{port}"),
            _ => panic!("Triton does not serve, {ended:?}: {}", self.log()),
        }
    }

    fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("triton.log")).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Stops it, and says where its timestamps are.
    pub(crate) fn stop(mut self) -> PathBuf {
        self.end();
        self.folder.join(TIMESTAMPS)
    }

    /// Asks it to end, and ends what is left of it and of all that it started. Now and then an
    /// instance of a model hangs at the end, and Triton leaves it behind.
    fn end(&mut self) {
        let process = Pid::from_child(&self.process);
        if self.process.try_wait().is_ok_and(|status| status.is_none()) {
            // What this returns, as below, says no more than what is waited for.
            let _ = kill_process(process, Signal::TERM);
            self.wait();
        }
        let _ = kill_process_group(process, Signal::KILL);
        self.wait();
    }

    /// Until it has ended, but not for ever.
    fn wait(&mut self) {
        for _ in 0..3_000 {
            if self.process.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
