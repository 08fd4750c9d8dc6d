//! Which addresses names stand for: what a name rule lets through.
//!
//! A rule with a name opens no address by itself. The resolver's answers to this guest's own questions
//! do, and only to it; how many are remembered is bounded.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Addresses that are remembered for one policy. The oldest answer goes first.
pub const MOST_ADDRESSES: usize = 1024;

/// How long the addresses of denied names count as known.
pub(super) const DENIED_AGE: Duration = Duration::from_secs(60);

/// The answers of allowed names.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The numbers of the rules whose names had this answer.
    rules: HashMap<IpAddr, Vec<usize>>,
    order: VecDeque<IpAddr>,
}

impl Answers {
    /// Remembers an answer.
    pub(super) fn add(&mut self, ip: IpAddr, rules: &[usize]) {
        let known = self.rules.entry(ip).or_default();
        if known.is_empty() {
            self.order.push_back(ip);
        }
        known.extend(rules);
        known.sort_unstable();
        known.dedup();
        while self.order.len() > MOST_ADDRESSES {
            if let Some(oldest) = self.order.pop_front() {
                self.rules.remove(&oldest);
            }
        }
    }

    /// The rules that an address is an answer for.
    pub(super) fn of(&self, ip: IpAddr) -> &[usize] {
        self.rules.get(&ip).map_or(&[], |rules| rules)
    }

    /// How many addresses are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}

/// The addresses of denied names, which the host's resolver is asked for now and then.
#[derive(Debug, Default)]
pub(super) struct Denied {
    /// Addresses with the number of the rule.
    pub(super) addresses: HashSet<(IpAddr, usize)>,
    pub(super) asked: Option<Instant>,
}
