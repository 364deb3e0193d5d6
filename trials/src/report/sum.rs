//! What a trial's result says of the laws, wherever in the result it stands.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the histories of a trial came to, together. Controls, which must break a law, are not part of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Messages that somebody tried to send.
    pub(super) sent: u64,
    /// Those that were acknowledged.
    pub(super) acknowledged: u64,
    /// Requests whose outcome nobody learnt.
    pub(super) unknown: u64,
    /// What was broken on purpose, by kind.
    pub(super) faults: BTreeMap<String, u64>,
    /// Broken laws, counted.
    pub(super) broken: BTreeMap<String, u64>,
}

impl Sum {
    /// Of a whole result.
    pub(super) fn of(result: &Value) -> Self {
        let mut sum = Self::default();
        let runs = ["runs", "databases"].iter().filter_map(|key| result[*key].as_array()).flatten();
        let verdicts: Vec<&Value> = if result["verdict"].is_object() {
            vec![&result["verdict"]]
        } else {
            runs.filter(|run| run["flushing"] != "left_out").map(|run| &run["verdict"]).collect()
        };
        if verdicts.is_empty() {
            sum.take(result);
        }
        for verdict in verdicts {
            sum.take(verdict);
        }
        sum
    }

    fn take(&mut self, verdict: &Value) {
        let number = |key: &str| verdict[key].as_u64().unwrap_or_default();
        self.sent += number("sent").max(number("messages"));
        self.acknowledged += number("acknowledged");
        self.unknown += number("unknown");
        add_all(&mut self.faults, &verdict["faults"]);
        add_all(&mut self.broken, &verdict["broken"]);
    }

    /// Adds another trial's.
    pub(super) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        for (mine, others) in [(&mut self.faults, &other.faults), (&mut self.broken, &other.broken)] {
            for (kind, count) in others {
                *mine.entry(kind.clone()).or_default() += count;
            }
        }
    }

    /// How often a law was broken.
    pub(super) fn count(&self, law: &str) -> u64 {
        self.broken.get(law).copied().unwrap_or_default()
    }
}

fn add_all(counts: &mut BTreeMap<String, u64>, more: &Value) {
    for (kind, count) in more.as_object().into_iter().flatten() {
        *counts.entry(kind.clone()).or_default() += count.as_u64().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_verdict_is_found_wherever_a_trial_puts_it() {
        let verdict =
            json!({ "sent": 3, "acknowledged": 2, "faults": { "kill": 1 }, "broken": { "lost": 1 } });
        let of = |result: Value| Sum::of(&result);
        let once = of(json!({ "verdict": verdict, "runs": [{ "verdict": verdict }] }));
        assert_eq!((once.sent, once.acknowledged, once.count("lost")), (3, 2, 1));
        assert_eq!(of(json!({ "databases": [{ "verdict": verdict }] })), once);
        let simulation = json!({ "messages": 3, "acknowledged": 2, "faults": { "kill": 1 },
            "broken": { "lost": 1 } });
        assert_eq!(of(simulation), once);
        let kept = json!({ "flushing": "kept", "verdict": verdict });
        let control = json!({ "flushing": "left_out", "verdict": verdict });
        assert_eq!(of(json!({ "runs": [kept, control] })), once);
    }
}
