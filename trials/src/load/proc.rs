//! What processes have cost, read from `/proc`.

use std::collections::HashMap;
use std::fs;

/// A server and, if there is one, its database: each with all the processes that descend from it.
#[derive(Debug, Clone)]
pub struct Measured {
    roots: Vec<u32>,
}

impl Measured {
    /// By process ids.
    pub const fn new(roots: Vec<u32>) -> Self {
        Self { roots }
    }

    /// One process more.
    #[must_use]
    pub fn and(mut self, pid: u32) -> Self {
        self.roots.push(pid);
        self
    }

    /// Seconds of processor time so far, of children that ended too.
    pub fn cpu_seconds(&self) -> f64 {
        let tree = tree(&self.roots);
        tree.iter().map(|pid| cpu_seconds(*pid)).sum()
    }

    /// KiB of memory of the first process alone: what is its own, and its share of what is shared (PSS).
    pub fn memory_kib(&self) -> u64 {
        let file = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let text = self.roots.first().map(file).unwrap_or_default();
        let pss = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        pss.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }
}

/// How many files this process may have open; those it starts inherit that.
pub fn open_files_limit() -> Option<usize> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    if soft == "unlimited" { Some(usize::MAX) } else { soft.parse().ok() }
}

/// Seconds of processor time of this process.
pub fn own_cpu_seconds() -> f64 {
    cpu_seconds(std::process::id())
}

fn tree(roots: &[u32]) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut open = roots.to_vec();
    let mut all = Vec::new();
    while let Some(pid) = open.pop() {
        all.push(pid);
        open.extend(children.remove(&pid).unwrap_or_default());
    }
    all
}

fn cpu_seconds(pid: u32) -> f64 {
    /// Linux counts processor time in hundredths of a second for its users, whatever its own tick is.
    const TICKS_PER_SECOND: f64 = 100.0;
    let fields = stat(pid).unwrap_or_default();
    // proc(5): utime, stime, cutime, cstime are fields 14 to 17, and ours begin with the third.
    let ticks = fields.iter().skip(11).take(4).filter_map(|field| field.parse::<u32>().ok());
    ticks.map(f64::from).sum::<f64>() / TICKS_PER_SECOND
}

/// The fields of `/proc/PID/stat` after the name, which may hold spaces and parentheses itself.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_parent_memory_and_processor_time() {
        let fields = stat(std::process::id()).unwrap();
        assert_eq!(fields[1].parse::<u32>().unwrap(), std::os::unix::process::parent_id());
        let measured = Measured::new(vec![std::process::id()]);
        assert!(measured.memory_kib() > 100);
        assert!(open_files_limit().unwrap() > 10);
        let before = own_cpu_seconds();
        let mut sum = 0_u64;
        while own_cpu_seconds() < before + 0.02 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(measured.cpu_seconds() >= before + 0.02);
    }
}
