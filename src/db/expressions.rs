//! Expressions that diesel lacks, the same on both databases.

/// `column IN (ids)` that both databases keep prepared: `eq_any` alone is a new statement per list length
/// on SQLite. The list is padded to a few lengths by repeating its last id.
pub fn any_of<T: Copy>(ids: &[T]) -> Vec<T> {
    const LENGTHS: [usize; 6] = [1, 4, 20, 100, 300, 1000];
    let mut padded = ids.to_vec();
    if let Some(last) = ids.last()
        && let Some(length) = LENGTHS.iter().find(|l| **l >= ids.len())
    {
        padded.resize(*length, *last);
    }
    padded
}
