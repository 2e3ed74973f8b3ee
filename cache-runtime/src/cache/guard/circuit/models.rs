//! Every interleaving of a few callers, by the model checker: `RUSTFLAGS="--cfg loom" cargo test --lib models`.

use ::loom::sync::Arc;
use ::loom::thread;

use super::*;

const PAST: Moment = Moment::BEGINNING;

/// A circuit that will open at the next failure.
fn nearly_open() -> Circuit {
    let circuit = Circuit::default();
    (1..FAILURES).for_each(|_| circuit.fails(Manner::Ordinary, PAST, None));
    circuit
}

fn after_the_pause() -> Moment {
    PAST.plus(PAUSE)
}

#[test]
fn one_of_two_callers_probes() {
    ::loom::model(|| {
        let circuit = Arc::new(nearly_open());
        circuit.fails(Manner::Ordinary, PAST, None);
        let other = Arc::clone(&circuit);

        let there = thread::spawn(move || other.enter(after_the_pause()).is_some());
        let here = circuit.enter(after_the_pause()).is_some();

        assert!(there.join().unwrap() ^ here);
    });
}

#[test]
fn two_failures_at_once_open_it_once() {
    ::loom::model(|| {
        let circuit = Arc::new(nearly_open());
        let other = Arc::clone(&circuit);

        let there = thread::spawn(move || other.fails(Manner::Ordinary, PAST, None));
        circuit.fails(Manner::Ordinary, PAST, None);
        there.join().unwrap();

        assert_eq!((circuit.state(), circuit.openings()), (CircuitState::Open, 1));
    });
}

#[test]
fn an_outage_has_one_number_from_its_beginning() {
    ::loom::model(|| {
        let circuit = Arc::new(nearly_open());
        let (other, third) = (Arc::clone(&circuit), Arc::clone(&circuit));

        let there = thread::spawn(move || other.fails(Manner::Ordinary, PAST, None));
        let seen = thread::spawn(move || third.outage());
        circuit.fails(Manner::Ordinary, PAST, None);
        there.join().unwrap();

        assert!(matches!(seen.join().unwrap(), None | Some(1)));
    });
}

#[test]
fn a_late_success_does_not_close_what_a_failure_has_opened() {
    ::loom::model(|| {
        let circuit = Arc::new(nearly_open());
        circuit.fails(Manner::Ordinary, PAST, None);
        let other = Arc::clone(&circuit);

        let there = thread::spawn(move || other.succeeds(Manner::Ordinary));
        let probe = circuit.enter(after_the_pause()).expect("nobody else probes");
        circuit.fails(probe, after_the_pause(), None);
        there.join().unwrap();

        assert_eq!(circuit.state(), CircuitState::Open);
    });
}

#[test]
fn a_probe_that_was_replaced_decides_nothing() {
    ::loom::model(|| {
        let circuit = Arc::new(nearly_open());
        circuit.fails(Manner::Ordinary, PAST, None);
        let lost = circuit.enter(after_the_pause()).expect("nobody else probes");
        let later = after_the_pause().plus(PROBE_LIMIT);
        let probe = circuit.enter(later).expect("the first probe is lost");
        let other = Arc::clone(&circuit);

        let there = thread::spawn(move || other.fails(lost, later, None));
        circuit.succeeds(probe);
        there.join().unwrap();

        assert_eq!(circuit.state(), CircuitState::Closed);
    });
}
