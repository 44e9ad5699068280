//! Figures: percentiles, rates, memory, and the table they are printed as.

use std::time::Duration;

/// Rows in the order they came, printed as Markdown.
#[derive(Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    /// Also told at once, because the whole takes minutes.
    pub fn row(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        eprintln!("{name}: {value}");
        self.0.push((name, value));
    }

    pub fn print(&self) {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        println!("| {:width$} | value |", "figure");
        println!("|-{}-|---|", "-".repeat(width));
        for (name, value) in &self.0 {
            println!("| {name:width$} | {value} |");
        }
    }
}

/// Durations, to be asked for percentiles.
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn of(mut durations: Vec<Duration>) -> Samples {
        durations.sort_unstable();
        Samples(durations)
    }

    /// `50` is the median. Zero when there are none.
    pub fn percentile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or_default()
    }

    /// `1.20 / 9.80 ms`: the median and the 99th percentile.
    pub fn ms(&self) -> String {
        let [median, p99] = [50, 99].map(|percent| self.percentile(percent).as_secs_f64() * 1e3);
        format!("{median:.2} / {p99:.2} ms")
    }

    pub fn us(&self) -> String {
        let [median, p99] = [50, 99].map(|percent| self.percentile(percent).as_secs_f64() * 1e6);
        format!("{median:.1} / {p99:.1} µs")
    }
}

pub fn per_second(count: u64, time: Duration) -> f64 {
    // Counts here are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let count = count as f64;
    count / time.as_secs_f64().max(1e-9)
}

/// A line of `/proc/<process>/status` in MB; none where the system has no such file.
fn memory_mb(process: &str, line: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let found = status.lines().find_map(|text| text.strip_prefix(line))?;
    let kib: f64 = found.trim_start_matches(':').trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

pub fn resident_mb(process: u32) -> Option<f64> {
    memory_mb(&process.to_string(), "VmRSS")
}

/// The most that this process held since `forget_peak_memory`.
pub fn peak_mb() -> Option<f64> {
    memory_mb("self", "VmHWM")
}

/// The peak is counted from here on. Without the right to it, from the start of the process.
pub fn forget_peak_memory() {
    // 5 resets the peak, says proc(5).
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Time on cores: what a figure of a busy machine can be judged by.
#[derive(Clone, Copy, Default)]
pub struct CoreTime(Duration);

impl CoreTime {
    pub fn of_process(process: u32) -> CoreTime {
        CoreTime::read(&format!("/proc/{process}/stat"))
    }

    /// Of the thread of this process that has the name; nothing when there is none.
    pub fn of_thread(name: &str) -> CoreTime {
        let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let mut folders = threads.map(|thread| thread.path());
        let named = folders.find(|folder| {
            std::fs::read_to_string(folder.join("comm")).is_ok_and(|comm| comm.trim() == name)
        });
        named.map_or_else(CoreTime::default, |folder| {
            CoreTime::read(&folder.join("stat").to_string_lossy())
        })
    }

    /// proc(5): the 14th and 15th field, in hundredths of a second; the second one, in brackets,
    /// may hold blanks.
    fn read(path: &str) -> CoreTime {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u64 =
            fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        CoreTime(Duration::from_millis(ticks * 10))
    }

    /// `12.3 s`
    pub fn since(self, before: CoreTime) -> String {
        format!("{:.1} s", self.0.saturating_sub(before.0).as_secs_f64())
    }

    /// `410 µs`
    pub fn each_since(self, before: CoreTime, count: u64) -> String {
        let each = self.0.saturating_sub(before.0).as_micros() / u128::from(count.max(1));
        format!("{each} µs")
    }
}

pub fn megabytes(value: Option<f64>) -> String {
    value.map_or_else(|| "not known here".to_owned(), |mb| format!("{mb:.0} MB"))
}
