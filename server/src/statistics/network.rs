//! What a reader of the tables can work out about a number that is not shown.
//!
//! Sums make a network: a number is what flows along an edge, and what flows into a node flows out of it. A total
//! flows into its parts, and they flow on into the next total. A reader knows the shown numbers, the sums, and
//! that no number is below zero; whatever flow agrees with that may be the true one. So the least and the most that
//! a hidden number can be are two flow problems, and because flows in a network with whole capacities are whole,
//! the answer is exact (Fischetti and Salazar-González treat cell suppression in this way).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::SHOWN_FROM;

/// One number; no edge leads from a node to itself.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    from: usize,
    to: usize,
    value: u64,
    /// How much its being shown is worth against that of others.
    worth: u64,
    hidden: bool,
    /// Decided by an earlier table: hidden there, or out already.
    decided: bool,
}

/// Numbers and their sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    edges: Vec<Edge>,
    /// The edges that touch each node.
    nodes: Vec<Vec<usize>>,
}

/// As much as any number can rise: more than every flow there is.
const ANY: u64 = u64::MAX / 4;

/// A step along an edge: the number rises, or it falls.
#[derive(Clone, Copy)]
struct Step {
    edge: usize,
    rises: bool,
    to: usize,
    room: u64,
}

impl Network {
    /// A new node: a sum.
    pub(super) fn node(&mut self) -> usize {
        self.nodes.push(Vec::new());
        self.nodes.len() - 1
    }

    /// A number that still can be shown or hidden. One of greater worth is hidden later.
    pub(super) fn number(&mut self, from: usize, to: usize, value: u64, worth: u64) -> usize {
        self.edge(Edge { from, to, value, worth, hidden: false, decided: false })
    }

    /// A number about which an earlier table decided.
    pub(super) fn decided(&mut self, from: usize, to: usize, value: u64, hidden: bool) -> usize {
        self.edge(Edge { from, to, value, worth: 0, hidden, decided: true })
    }

    fn edge(&mut self, edge: Edge) -> usize {
        let number = self.edges.len();
        self.nodes[edge.from].push(number);
        self.nodes[edge.to].push(number);
        self.edges.push(edge);
        number
    }

    /// The number if it is shown.
    pub(super) fn shown(&self, number: usize) -> Option<u64> {
        self.edges.get(number).filter(|edge| !edge.hidden).map(|edge| edge.value)
    }

    /// Hides every number under [`SHOWN_FROM`], and then as little else as it finds, until a reader who knows all
    /// that is shown can tell no hidden number, and must take each of those under [`SHOWN_FROM`] to be anything from
    /// 0 to [`SHOWN_FROM`] - 1 at least.
    ///
    /// Zero is hidden like one to four: else whatever is hidden would be known to be somebody.
    pub(super) fn conceal(&mut self) {
        for edge in &mut self.edges {
            edge.hidden |= !edge.decided && edge.value < SHOWN_FROM;
        }
        // What is safe stays safe when more is hidden, so each number is looked at until it is.
        let mut unsure: Vec<usize> =
            (0..self.edges.len()).filter(|number| self.edges[*number].hidden).collect();
        while let Some(number) = unsure.last() {
            match self.betrayers(*number) {
                Some(betrayers) => {
                    for number in betrayers {
                        self.edges[number].hidden = true;
                        unsure.insert(0, number);
                    }
                }
                None => {
                    unsure.pop();
                }
            }
        }
    }

    /// The shown numbers that betray a hidden one: those of the cheapest way around them. `None` when it is safe,
    /// or when all that can be hidden is.
    fn betrayers(&self, number: usize) -> Option<Vec<usize>> {
        let edge = &self.edges[number];
        let rises = |by| self.narrow(number, edge.to, edge.from, by);
        let falls = |by| self.narrow(number, edge.from, edge.to, by);
        if edge.value < SHOWN_FROM {
            rises(SHOWN_FROM - 1 - edge.value).or_else(|| falls(edge.value))
        } else {
            falls(1).and(rises(1))
        }
    }

    /// What stands in the way when `wanted` cannot flow from `start` to `end` along hidden numbers, `without` one.
    fn narrow(&self, without: usize, start: usize, end: usize, wanted: u64) -> Option<Vec<usize>> {
        let mut room = self.rooms(without);
        let mut flowed = 0;
        while flowed < wanted {
            match self.way(&room, start, end) {
                Some(way) => {
                    let fits = way.iter().map(|step| step.room).min().unwrap_or(0).min(wanted - flowed);
                    for step in way {
                        let (risen, fallen) = &mut room[step.edge];
                        let (less, more) = if step.rises { (risen, fallen) } else { (fallen, risen) };
                        *less -= fits;
                        *more += fits;
                    }
                    flowed += fits;
                }
                None => return self.cheapest(&room, start, end),
            }
        }
        None
    }

    /// How far each hidden number can rise and fall; a shown one cannot.
    fn rooms(&self, without: usize) -> Vec<(u64, u64)> {
        let room = |(number, edge): (usize, &Edge)| {
            if edge.hidden && number != without { (ANY, edge.value) } else { (0, 0) }
        };
        self.edges.iter().enumerate().map(room).collect()
    }

    fn steps<'a>(&'a self, room: &'a [(u64, u64)], at: usize) -> impl Iterator<Item = Step> + 'a {
        self.nodes[at].iter().map(move |number| {
            let (edge, (rise, fall)) = (&self.edges[*number], room[*number]);
            if edge.from == at {
                Step { edge: *number, rises: true, to: edge.to, room: rise }
            } else {
                Step { edge: *number, rises: false, to: edge.from, room: fall }
            }
        })
    }

    /// The shortest way along hidden numbers that still have room.
    fn way(&self, room: &[(u64, u64)], start: usize, end: usize) -> Option<Vec<Step>> {
        let mut came: Vec<Option<(usize, Step)>> = vec![None; self.nodes.len()];
        let mut next = VecDeque::from([start]);
        while let Some(at) = next.pop_front() {
            for step in self.steps(room, at).filter(|step| step.room > 0) {
                if step.to != start && came[step.to].is_none() {
                    came[step.to] = Some((at, step));
                    next.push_back(step.to);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = end;
        while at != start {
            let (from, step) = came[at]?;
            way.push(step);
            at = from;
        }
        Some(way)
    }

    /// The shown numbers on the way that costs the least to hide.
    fn cheapest(&self, room: &[(u64, u64)], start: usize, end: usize) -> Option<Vec<usize>> {
        let opened: Vec<(u64, u64)> = self
            .edges
            .iter()
            .zip(room)
            .map(|(edge, room)| if edge.hidden || edge.decided { *room } else { (ANY, edge.value) })
            .collect();
        let mut cost: Vec<Option<u64>> = vec![None; self.nodes.len()];
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.nodes.len()];
        let mut next = BinaryHeap::from([Reverse((0, start))]);
        cost[start] = Some(0);
        while let Some(Reverse((so_far, at))) = next.pop() {
            if cost[at] != Some(so_far) {
                continue;
            }
            for step in self.steps(&opened, at).filter(|step| step.room > 0) {
                let edge = &self.edges[step.edge];
                let then = so_far + if edge.hidden { 0 } else { edge.worth };
                if cost[step.to].is_none_or(|known| then < known) {
                    cost[step.to] = Some(then);
                    came[step.to] = Some((at, step.edge));
                    next.push(Reverse((then, step.to)));
                }
            }
        }
        let mut betrayers = Vec::new();
        let mut at = end;
        while at != start {
            let (from, number) = came[at]?;
            if !self.edges[number].hidden {
                betrayers.push(number);
            }
            at = from;
        }
        (!betrayers.is_empty()).then_some(betrayers)
    }
}
