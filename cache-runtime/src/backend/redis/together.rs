//! Many operations at once, on the caller's own task.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// An operation, or what came of it.
enum Step<F: Future> {
    Running(Pin<Box<F>>),
    Done(F::Output),
}

/// What comes of all of them, in their order.
///
/// All are polled whenever one is woken: for as many as one request names, no more.
pub(super) async fn together<F: Future>(operations: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F::Output: Unpin,
{
    let mut steps: Vec<_> = operations.into_iter().map(|step| Step::Running(Box::pin(step))).collect();
    poll_fn(|context| {
        let mut running = 0;
        for step in &mut steps {
            if let Step::Running(operation) = step {
                match operation.as_mut().poll(context) {
                    Poll::Ready(output) => *step = Step::Done(output),
                    Poll::Pending => running += 1,
                }
            }
        }
        if running == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let output = |step| match step {
        Step::Done(output) => output,
        Step::Running(_) => unreachable!("none is running"),
    };
    steps.into_iter().map(output).collect()
}
