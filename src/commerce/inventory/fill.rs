//! How much of a backorder free stock can fill.

use super::shelf::Level;

/// Of what one reservation waits for, what the level can give it now.
pub(super) fn filled(level: Level, waiting: i32) -> i32 {
    level.free().min(level.backordered).min(waiting).max(0)
}

#[cfg(test)]
mod tests {
    use super::super::shelf::Change;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn filling_first_come_never_promises_twice(on_hand in 0i32..100, reserved in 0i32..100, queue in prop::collection::vec(1i32..20, 0..10)) {
            let reserved = reserved.min(on_hand);
            let mut level = Level { on_hand, reserved, backordered: queue.iter().sum() };
            let free = level.free();
            let mut given = Vec::new();
            for waiting in &queue {
                let n = filled(level, *waiting);
                level = level.after(&Change { reserved: n, backordered: -n, ..Change::default() }).expect("possible");
                given.push(n);
            }
            prop_assert_eq!(given.iter().sum::<i32>(), free.min(queue.iter().sum()));
            // Whoever came first has all before the next gets any.
            let first_short = queue.iter().zip(&given).position(|(w, g)| g < w).unwrap_or(queue.len());
            prop_assert!(given.iter().skip(first_short + 1).all(|g| *g == 0));
        }
    }
}
