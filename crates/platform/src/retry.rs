//! When something that failed for a reason that passes is tried again.

/// Seconds before a second try; servers that greylist or throttle want some.
const SHORTEST: i64 = 5;

/// The longest pause: what is kept for a day is tried about a hundred times.
const LONGEST: i64 = 15 * 60;

/// Seconds until the next try of what was first tried `age` seconds ago: half of its age, so that the
/// pauses grow with the outage. Within ten minutes that is twelve tries, the last of them late.
pub fn pause(age: i64) -> i64 {
    (age / 2).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_leave_no_long_gap_at_the_end() {
        let mut tries = vec![0];
        while let Some(next) = tries.last().map(|age| age + pause(*age)).filter(|age| *age < 600) {
            tries.push(next);
        }
        assert_eq!(tries, [0, 5, 10, 15, 22, 33, 49, 73, 109, 163, 244, 366, 549]);
        assert_eq!(pause(24 * 60 * 60), LONGEST);
    }
}
