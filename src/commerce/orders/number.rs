//! Order numbers for people: `260712-7K3F9QXB` is the day, seven random digits and a check character.
//! It does not tell how many orders there were, can be read aloud, and a mistyped one is no other order.

use crate::error::Result;
use crate::types::Timestamp;

/// Crockford's base 32 without its last letter: a prime number of digits, so that the check character finds
/// every wrong digit and every two swapped.
const DIGITS: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRSTVWXY";
const RANDOM_DIGITS: usize = 7;

/// A new number for an order of this moment, from 35 random bits.
pub fn new(now: Timestamp) -> Result<String> {
    let mut number = now.to_chrono().format("%y%m%d-").to_string();
    let mut seed = u64::from_le_bytes(crate::commerce::secrets::random::<8>()?);
    for _ in 0..RANDOM_DIGITS {
        let digit = usize::try_from(seed % 31).unwrap_or(0);
        seed /= 31;
        number.push(DIGITS.get(digit).copied().map_or('0', char::from));
    }
    let check = check_character(&number).unwrap_or('0');
    number.push(check);
    Ok(number)
}

/// A number as somebody wrote it, in its own form: any case, without its hyphen, O for 0, I and L for 1.
/// None when its check character does not fit.
pub fn read(text: &str) -> Option<String> {
    let mut digits: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let check = digits.pop()?;
    if digits.len() != 6 + RANDOM_DIGITS || !digits.iter().take(6).all(char::is_ascii_digit) {
        return None;
    }
    let mut number: String = digits.iter().take(6).collect();
    number.push('-');
    number.extend(digits.iter().skip(6));
    (check_character(&number)? == check).then(|| {
        number.push(check);
        number
    })
}

/// Each digit times its place, modulo 31.
fn check_character(digits: &str) -> Option<char> {
    let mut sum = 0usize;
    for (place, digit) in digits.bytes().filter(|b| *b != b'-').enumerate() {
        let value = DIGITS.iter().position(|d| *d == digit)?;
        sum = (sum + (place + 1) * value) % 31;
    }
    DIGITS.get(sum).copied().map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-07-12T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn can_be_read_as_people_write_it() {
        let number = new(now()).unwrap();
        assert!(number.starts_with("260712-") && number.len() == 15, "{number}");
        assert_eq!(read(&number.to_lowercase()), Some(number.clone()));
        assert_eq!(read(&number.replace('-', " ").replace('0', "o").replace('1', "l")), Some(number.clone()));
        assert_eq!(read("260712-"), None);
        assert_eq!(read("일이삼"), None);
        assert_eq!(read(""), None);
    }

    proptest! {
        #[test]
        fn a_wrong_digit_or_two_swapped_are_found(place in 7usize..15, other in 0usize..31) {
            let number = new(now()).unwrap();
            let mut wrong: Vec<u8> = number.bytes().collect();
            wrong[place] = DIGITS[other];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(read(&wrong).is_some(), wrong == number);
            let mut swapped: Vec<u8> = number.bytes().collect();
            if place < 13 {
                swapped.swap(place, place + 1);
                let swapped = String::from_utf8(swapped).unwrap();
                prop_assert_eq!(read(&swapped).is_some(), swapped == number);
            }
        }
    }
}
