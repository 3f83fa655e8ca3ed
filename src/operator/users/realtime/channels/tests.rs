use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

proptest! {
    #[test]
    fn channels_are_renewed_between_half_and_four_fifths_of_their_life(life in 1_i64..200_000, share in any::<f64>()) {
        let renewed = renewal(at(0), at(life), share).as_second();
        prop_assert!((life / 2..=life * 4 / 5).contains(&renewed), "{renewed} of {life}");
    }
}

#[test]
fn channels_that_have_ended_are_renewed_at_once() {
    assert_eq!(renewal(at(100), at(50), 0.5), at(100));
}
