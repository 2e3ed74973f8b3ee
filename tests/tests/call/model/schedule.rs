//! Schedules: every sequence of choices, one after the other, each found by running it.

/// The choices of one run: those of the run before as far as they are to be kept, then always the first.
pub(super) struct Schedule {
    /// What was chosen, of how many.
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Schedule {
    /// The next choice; `None` if there is none.
    pub(super) fn choose<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        if choices.is_empty() {
            return None;
        }
        if self.at == self.taken.len() {
            self.taken.push((0, choices.len()));
        }
        let (chosen, among) = self.taken[self.at];
        assert_eq!(among, choices.len(), "a run with the same choices goes the same way");
        self.at += 1;
        Some(&choices[chosen])
    }

    /// What was chosen.
    pub(super) fn taken(&self) -> Vec<usize> {
        self.taken.iter().map(|(chosen, _)| *chosen).collect()
    }

    /// Goes back to the last choice that has an alternative; whether there is one.
    fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, among)) = self.taken.pop() {
            if chosen + 1 < among {
                self.taken.push((chosen + 1, among));
                return true;
            }
        }
        false
    }
}

/// Runs every schedule; how many there are.
pub(super) fn explore(mut run: impl FnMut(&mut Schedule)) -> u64 {
    let mut schedule = Schedule { taken: Vec::new(), at: 0 };
    let mut runs = 0;
    loop {
        run(&mut schedule);
        runs += 1;
        if !schedule.advance() {
            return runs;
        }
    }
}
