//! The sink on real sockets, with each of our clients, and with what is none.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use peers::round::{Anchor, Round, Told};
use peers::{bare_h2, naive, schedule, sink};
use request::Seed;
use trace::{Workload, generate_to};

struct Running {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: JoinHandle<sink::Report>,
}

impl Running {
    fn start(count: Option<u64>) -> Self {
        let config = sink::Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            frame_size_max: sink::FRAME_SIZE_MIN,
            count,
            rows_max: 1_000_000,
            spin: false,
            core: None,
        };
        let stopped = Arc::new(AtomicBool::new(false));
        let (ready, address) = mpsc::channel();
        let flag = Arc::clone(&stopped);
        let serve =
            move || sink::serve(&config, &flag, |address| ready.send(address).unwrap()).unwrap();
        let thread = thread::spawn(serve);
        Self { address: address.recv().unwrap(), stopped, thread }
    }

    fn stop(self) -> sink::Report {
        self.stopped.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn bare(to: SocketAddr, shape: &[i32]) -> bare_h2::Config {
    let length = Duration::from_millis(100);
    bare_h2::Config {
        to,
        connections: 2,
        outstanding: 8,
        shape: shape.to_vec(),
        length,
        core: None,
    }
}

#[test]
fn every_request_of_the_bare_client_is_stamped() {
    for shape in [&[1, 4][..], &[1, 3, 64, 64]] {
        let sink = Running::start(None);
        let config = bare(sink.address, shape);
        let sent = bare_h2::run(&config).unwrap();
        let report = sink.stop();
        assert_eq!(report.refusals, Vec::<String>::new());
        assert_eq!((report.connections, report.requests), (2, report.rows.len() as u64));
        assert!(report.requests >= 8 && report.requests >= sent.requests);
        for row in &report.rows {
            assert!(row.first_ns <= row.last_ns);
            assert_eq!(row.body_bytes, bare_h2::body(shape).unwrap().len() as i64);
            assert_eq!(row.deadline_ns, Some(1_700_000_000_000_000_000));
        }
    }
}

#[test]
fn a_naive_client_is_never_early() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.arrow");
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    workload.count = Some(200);
    workload.total_qps = 2000.0;
    std::fs::write(&path, generate_to(Vec::new(), &workload, Seed(1), 1, |_, _| {}).unwrap().out)
        .unwrap();
    let schedule = schedule::read(&path).unwrap();

    let sink = Running::start(Some(schedule.len() as u64));
    let shape = vec![1, 4];
    let timeout = Duration::from_secs(60);
    let config = naive::Config { trace: path, to: sink.address, shape, timeout };
    let sent = naive::run(&config).unwrap();
    // The count ends it, not a signal.
    let report = sink.thread.join().unwrap();
    assert_eq!((sent.ok, sent.failed), (200, 0));

    let told = Told::Epoch { unix_ns: sent.epoch.unix_ns };
    let round = Round::new("naive", report.rows, Some(&schedule), &told, None).unwrap();
    assert_eq!((round.due, round.arrived), (200, 200));
    assert_eq!(round.anchor, Some(Anchor::Told));
    assert!(round.late_us.unwrap().p50 > 0.0);
}

#[test]
fn a_client_that_speaks_something_else_is_closed_and_others_are_served() {
    let sink = Running::start(None);
    let mut stranger = TcpStream::connect(sink.address).unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\nhost: sink\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // Closed, or reset since the sink had not read all of it: either way it ends.
    let _ = stranger.read_to_end(&mut answer);
    let config = bare(sink.address, &[1]);
    bare_h2::run(&config).unwrap();
    let report = sink.stop();
    assert_eq!(report.refusals, ["connection 0: the client does not begin with HTTP/2's preface"]);
    assert!(report.requests > 0);
}

#[test]
fn a_receiver_that_is_not_there_is_an_error() {
    let sink = Running::start(None);
    let address = sink.address;
    sink.stop();
    let error = format!("{:#}", bare_h2::run(&bare(address, &[1])).unwrap_err());
    assert!(error.contains(&address.to_string()), "{error}");
}
