//! How old somebody counts as. In Korea one is no juvenile from 1 January of the year on in which one comes of 19
//! (청소년보호법 §2, no. 1); elsewhere, and for other things, the birthday counts.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};

use crate::config::AgeRule;

/// When somebody was born, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Born {
    /// The year.
    pub year: i32,
    /// Month and day, where the rule needs them.
    pub day: Option<(u32, u32)>,
}

impl Born {
    /// As much of a date as the rule needs.
    pub fn of(date: NaiveDate, rule: AgeRule) -> Self {
        let day = match rule {
            AgeRule::CalendarYear => None,
            AgeRule::Birthday => Some((date.month(), date.day())),
        };
        Self { year: date.year(), day }
    }
}

/// How old somebody counts as at a moment, where the day begins `utc_offset_minutes` before UTC's.
pub fn counted_age(born: Born, rule: AgeRule, utc_offset_minutes: i32, at: DateTime<Utc>) -> i32 {
    let offset = FixedOffset::east_opt(utc_offset_minutes.saturating_mul(60));
    let today = offset.map_or_else(|| at.date_naive(), |offset| at.with_timezone(&offset).date_naive());
    let years = today.year().saturating_sub(born.year);
    let age = match (rule, born.day) {
        (AgeRule::CalendarYear, _) => years,
        // On 29 February: in other years from 1 March on.
        (AgeRule::Birthday, Some(day)) if (today.month(), today.day()) >= day => years,
        // Of whom only the year is known, one knows that they have not had a birthday yet.
        (AgeRule::Birthday, _) => years.saturating_sub(1),
    };
    age.max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEOUL: i32 = 9 * 60;

    fn age(born: (i32, Option<(u32, u32)>), rule: AgeRule, at: &str) -> i32 {
        counted_age(Born { year: born.0, day: born.1 }, rule, SEOUL, DateTime::parse_from_rfc3339(at).unwrap().to_utc())
    }

    #[test]
    fn the_korean_rule_counts_years_from_new_year_in_seoul() {
        let of = |at| age((2007, None), AgeRule::CalendarYear, at);
        assert_eq!(of("2025-12-31T23:59:59+09:00"), 18);
        assert_eq!(of("2026-01-01T00:00:00+09:00"), 19, "whatever the birthday");
        assert_eq!(of("2025-12-31T15:00:00Z"), 19, "midnight in Seoul is 15:00 in UTC");
        assert_eq!(of("2025-12-31T14:59:59Z"), 18);
        assert_eq!(age((2007, Some((12, 31))), AgeRule::CalendarYear, "2026-01-01T00:00:00+09:00"), 19);
    }

    #[test]
    fn by_birthday_it_is_the_day_itself() {
        let of = |at| age((2007, Some((11, 20))), AgeRule::Birthday, at);
        assert_eq!(of("2026-11-19T23:59:59+09:00"), 18);
        assert_eq!(of("2026-11-20T00:00:00+09:00"), 19);
        assert_eq!(of("2026-12-31T00:00:00+09:00"), 19);
        assert_eq!(of("2027-01-01T00:00:00+09:00"), 19);
    }

    #[test]
    fn of_a_leap_day_the_birthday_is_the_first_of_march() {
        let of = |at| age((2008, Some((2, 29))), AgeRule::Birthday, at);
        assert_eq!(of("2027-02-28T23:59:59+09:00"), 18);
        assert_eq!(of("2027-03-01T00:00:00+09:00"), 19);
        assert_eq!(of("2028-02-29T00:00:00+09:00"), 20);
    }

    #[test]
    fn a_year_alone_is_not_read_as_a_birthday() {
        assert_eq!(age((2007, None), AgeRule::Birthday, "2026-12-31T12:00:00+09:00"), 18);
        assert_eq!(age((2007, None), AgeRule::Birthday, "2027-01-01T12:00:00+09:00"), 19);
        assert_eq!(age((2030, None), AgeRule::CalendarYear, "2026-01-01T12:00:00+09:00"), 0, "not born yet");
    }

    #[test]
    fn no_more_is_kept_than_the_rule_needs() {
        let date = NaiveDate::from_ymd_opt(2007, 11, 20).unwrap();
        assert_eq!(Born::of(date, AgeRule::CalendarYear), Born { year: 2007, day: None });
        assert_eq!(Born::of(date, AgeRule::Birthday), Born { year: 2007, day: Some((11, 20)) });
    }
}
