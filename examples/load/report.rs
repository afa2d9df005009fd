//! What came of calls: counts, rates, latencies, errors by code; as a table or as JSON.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::http::Fault;

/// Latencies are told up to here.
const LONGEST: Duration = Duration::from_secs(600);
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// Calls of one kind.
pub struct Row {
    latencies: Histogram<u64>,
    errors: BTreeMap<String, (u64, String)>,
}

/// Calls by kind.
#[derive(Default)]
pub struct Tally {
    pub rows: BTreeMap<String, Row>,
    /// When the last one ended.
    pub last: Option<Instant>,
    /// How long calls were counted.
    pub seconds: f64,
    /// Calls of an open loop that were due and that no connection was free to make.
    pub unsent: u64,
}

/// What was asked for.
pub struct Summary {
    pub workload: String,
    pub api: String,
    pub connections: u32,
    pub rate: Option<f64>,
    pub seconds: f64,
}

/// What is printed.
pub struct Report {
    pub summary: Summary,
    pub tally: Tally,
    /// More lines for people, and the same for programs.
    pub notes: Vec<String>,
    pub more: Value,
    /// What was not as it must be.
    pub wrong: Vec<String>,
}

impl Default for Row {
    fn default() -> Self {
        let latencies = Histogram::new_with_bounds(1, LONGEST.as_micros() as u64, 3).unwrap();
        Self { latencies, errors: BTreeMap::new() }
    }
}

impl Row {
    pub fn count(&self) -> u64 {
        self.latencies.len()
    }

    pub fn failures(&self) -> u64 {
        self.errors.values().map(|(count, _)| count).sum()
    }

    /// Milliseconds that a share of the calls took at most.
    pub fn millis(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1000.0
    }

    pub fn record(&mut self, elapsed: Duration) {
        self.latencies.saturating_record(elapsed.as_micros() as u64);
    }
}

impl Tally {
    pub fn row(&mut self, name: &str) -> &mut Row {
        if !self.rows.contains_key(name) {
            self.rows.insert(name.to_owned(), Row::default());
        }
        self.rows.get_mut(name).unwrap()
    }

    pub fn done(&mut self, name: &str, elapsed: Duration) {
        self.row(name).record(elapsed);
    }

    pub fn failed(&mut self, name: &str, fault: &Fault) {
        let errors = &mut self.row(name).errors;
        match errors.get_mut(&fault.code) {
            Some((count, _)) => *count += 1,
            None => drop(errors.insert(fault.code.clone(), (1, fault.detail.clone()))),
        }
    }

    pub fn add(&mut self, other: Self) {
        for (name, row) in other.rows {
            let own = self.row(&name);
            own.latencies.add(row.latencies).unwrap();
            for (code, (count, detail)) in row.errors {
                own.errors.entry(code).or_insert((0, detail)).0 += count;
            }
        }
        self.last = self.last.max(other.last);
        self.seconds += other.seconds;
        self.unsent += other.unsent;
    }

    /// Good answers a second.
    pub fn rate(&self, name: &str) -> f64 {
        self.rows.get(name).map_or(0.0, |row| row.count() as f64 / self.seconds.max(f64::MIN_POSITIVE))
    }
}

impl Report {
    pub fn of(summary: Summary, tally: Tally) -> Self {
        Self { summary, tally, notes: Vec::new(), more: json!({}), wrong: Vec::new() }
    }

    pub fn is_good(&self) -> bool {
        let rows = || self.tally.rows.values();
        // At the end of an open loop as many calls may be due as there are connections.
        let kept_up = self.tally.unsent <= u64::from(self.summary.connections);
        self.wrong.is_empty() && kept_up && rows().any(|row| row.count() > 0) && rows().all(|row| row.errors.is_empty())
    }

    pub fn print(&self, as_json: bool) {
        if as_json {
            println!("{:#}", self.json());
        } else {
            self.table();
        }
    }

    fn table(&self) {
        let Summary { workload, api, connections, rate, seconds } = &self.summary;
        let pace = rate.map_or_else(|| "closed loop".to_owned(), |rate| format!("open loop of {rate}/s"));
        println!("{workload} by {api}: {connections} connections, {pace}, {seconds} s");
        if !self.tally.rows.is_empty() {
            println!(
                "{:<18} {:>10} {:>11} {:>10} {:>10} {:>10} {:>10} {:>10} {:>8}",
                "", "requests", "rate/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "errors"
            );
        }
        for (name, row) in &self.tally.rows {
            let cells: String = QUANTILES.iter().map(|(_, share)| format!(" {:>10.3}", row.millis(*share))).collect();
            let (max, rate) = (row.latencies.max() as f64 / 1000.0, self.tally.rate(name));
            println!("{name:<18} {:>10} {rate:>11.1}{cells} {max:>10.3} {:>8}", row.count() + row.failures(), row.failures());
        }
        for (name, row) in &self.tally.rows {
            for (code, (count, detail)) in &row.errors {
                println!("{count:>8} x {code} in {name}, the first: {}", detail.chars().take(400).collect::<String>());
            }
        }
        if self.tally.unsent > 0 {
            println!("{} calls were due and no connection was free to make them", self.tally.unsent);
        }
        self.notes.iter().for_each(|note| println!("{note}"));
        self.wrong.iter().for_each(|wrong| println!("WRONG: {wrong}"));
    }

    fn json(&self) -> Value {
        let Summary { workload, api, connections, rate, seconds } = &self.summary;
        let row = |(name, row): (&String, &Row)| {
            let codes: BTreeMap<&String, u64> = row.errors.iter().map(|(code, (count, _))| (code, *count)).collect();
            let latencies: serde_json::Map<String, Value> =
                QUANTILES.iter().map(|(name, share)| ((*name).to_owned(), json!(row.millis(*share)))).collect();
            json!({
                "name": name, "requests": row.count() + row.failures(), "rate": self.tally.rate(name), "latency_ms": latencies,
                "max_ms": row.latencies.max() as f64 / 1000.0, "errors": row.failures(), "codes": codes,
            })
        };
        json!({
            "workload": workload, "api": api, "connections": connections, "rate_wanted": rate, "seconds": seconds,
            "rows": self.tally.rows.iter().map(row).collect::<Vec<_>>(), "unsent": self.tally.unsent,
            "more": self.more, "wrong": self.wrong, "good": self.is_good(),
        })
    }
}
