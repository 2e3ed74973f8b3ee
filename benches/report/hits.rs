//! Hits in memory: every subject at every task, on one thread and on two.

use cache_benches::subject::{BY_HAND, BY_HAND_ASYNC, SUBJECTS, Subject, Task};

use super::measure::{Contestant, Times, compare};

/// The times of all who do one task.
struct Field {
    task: Task,
    subjects: Vec<&'static Subject>,
    times: Times,
}

/// Hits, measured on so many threads.
pub(crate) struct Hits {
    /// How many threads asked at once.
    pub(crate) threads: usize,
    fields: Vec<Field>,
}

/// One subject at one task.
#[derive(Clone, Copy)]
pub(crate) struct Hit {
    /// Nanoseconds; the median.
    pub(crate) nanoseconds: f64,
    /// Compared with the lookup by hand of the same kind; the median of the rounds.
    pub(crate) to_hand: f64,
}

impl Hits {
    /// Measures all.
    pub(crate) fn measure(tasks: &[Task], rounds: usize, threads: usize) -> Self {
        let fields = tasks.iter().map(|task| Field::measure(*task, rounds, threads)).collect();
        Self { threads, fields }
    }

    /// The tasks that were measured.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = Task> {
        self.fields.iter().map(|field| field.task)
    }

    /// How a subject did; `None` if it cannot do the task.
    pub(crate) fn of(&self, subject: &Subject, task: Task) -> Option<Hit> {
        let field = self.field(task)?;
        let hand = if subject.is_async { BY_HAND_ASYNC } else { BY_HAND };
        let (subject, hand) = (field.place(subject)?, field.place(hand)?);
        let (nanoseconds, to_hand) = (field.times.median(subject), field.times.ratio(subject, hand));
        Some(Hit { nanoseconds, to_hand })
    }

    /// How many times as long as `to` a subject took: the median of the rounds.
    pub(crate) fn ratio(&self, of: &Subject, to: &Subject, task: Task) -> f64 {
        let field = self.field(task).expect("the task was measured");
        let place = |subject| field.place(subject).expect("the subject does the task");
        field.times.ratio(place(of), place(to))
    }

    fn field(&self, task: Task) -> Option<&Field> {
        self.fields.iter().find(|field| field.task == task)
    }
}

impl Field {
    fn measure(task: Task, rounds: usize, threads: usize) -> Self {
        let able = SUBJECTS.iter().filter_map(|subject| Some((*subject, subject.does(task)?)));
        let (subjects, hits): (Vec<_>, Vec<_>) = able.unzip();
        let contestants: Vec<_> = hits.into_iter().map(Contestant::new).collect();
        let times = compare(&contestants, rounds, threads);
        Self { task, subjects, times }
    }

    fn place(&self, subject: &Subject) -> Option<usize> {
        self.subjects.iter().position(|known| known.id() == subject.id())
    }
}
