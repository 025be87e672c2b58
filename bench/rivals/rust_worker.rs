//! Worker: Rust's std::process.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

struct Worker {
    settings: HashMap<String, String>,
}

impl Worker {
    fn text(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", |value| value.as_str())
    }

    fn number(&self, key: &str, absent: usize) -> usize {
        self.settings.get(key).map_or(absent, |value| value.parse().expect("a number"))
    }

    fn limit(&self) -> Duration {
        Duration::from_millis(self.number("maxMs", 1000) as u64)
    }

    fn command(&self, file: &str) -> Command {
        let mut command = Command::new(file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn target(&self) -> Command {
        let mut command = self.command(self.text("target"));
        if !self.text("targetArgument").is_empty() {
            command.arg(self.text("targetArgument"));
        }
        if self.settings.contains_key("uid") {
            let id = self.number("uid", 0) as u32;
            command.uid(id).gid(id);
        }
        command
    }

    fn one(&self, is_pipe: bool) -> (u128, u128) {
        let begin = Instant::now();
        let mut command = self.target();
        if is_pipe {
            command.stdout(Stdio::piped());
        }
        let mut child = command.spawn().expect("spawn");
        let call = begin.elapsed().as_nanos();
        if let Some(mut output) = child.stdout.take() {
            let mut all = Vec::new();
            output.read_to_end(&mut all).expect("read");
            assert_eq!(all.len(), self.number("targetArgument", 0));
        }
        assert!(child.wait().expect("wait").success());
        (call, begin.elapsed().as_nanos())
    }

    fn latency(&self) {
        let is_pipe = self.text("mode") == "pipe";
        let begin = Instant::now();
        for _ in 0..self.number("warmup", 0) {
            if begin.elapsed() > self.limit() {
                break;
            }
            self.one(is_pipe);
        }
        let mut times = Vec::new();
        let begin = Instant::now();
        while times.len() < self.number("iterations", 100) && (times.is_empty() || begin.elapsed() < self.limit()) {
            times.push(self.one(is_pipe));
        }
        let call: Vec<_> = times.iter().map(|time| time.0).collect();
        let seen: Vec<_> = times.iter().map(|time| time.1).collect();
        println!("{{\"call\":{call:?},\"seen\":{seen:?}}}");
    }

    /// One thread per start that is under way: the standard library has no other way.
    fn throughput(&self) {
        let total = self.number("iterations", 100);
        let lanes = self.number("concurrency", 1).min(total);
        let ended = AtomicUsize::new(0);
        let begin = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..lanes {
                scope.spawn(|| {
                    for _ in 0..total / lanes {
                        if begin.elapsed() > self.limit() {
                            break;
                        }
                        assert!(self.target().status().expect("spawn").success());
                        ended.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        println!("{{\"perSecond\":{}}}", ended.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64());
    }
}

fn main() {
    let settings = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    let worker = Worker { settings };
    let fds: Vec<File> = (0..worker.number("fds", 0)).map(|_| File::open("/dev/null").expect("open")).collect();
    let memory: Vec<Vec<u8>> = (0..worker.number("memoryMb", 0) / 50).map(|_| vec![1; 50 << 20]).collect();
    let mut sleepers: Vec<Child> =
        (0..worker.number("children", 0)).map(|_| worker.command(worker.text("sleeper")).spawn().expect("spawn")).collect();
    if worker.text("mode") == "throughput" {
        worker.throughput();
    } else {
        worker.latency();
    }
    for sleeper in &mut sleepers {
        sleeper.kill().expect("kill");
    }
    for sleeper in &mut sleepers {
        sleeper.wait().expect("wait");
    }
    drop((fds, memory));
}
