//! Phone numbers: E.164, as the world's numbering plans have them. The plans (libphonenumber's) are read into memory
//! when the first number is.

use rlibphonenumber::{PhoneNumber as Parsed, PhoneNumberFormat, PhoneNumberType, Region};

use super::Country;

/// The longest text that may be a number.
const LONGEST: usize = 40;

/// Why a text is not a number that can be sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Not a number of any country.
    #[error("Not a phone number: +82 10 1234 5678, or as it is dialled in the channel's country.")]
    Invalid,
    /// A number that costs whoever calls it, or that no message reaches.
    #[error("Messages reach mobile numbers only.")]
    NotMobile,
}

/// A number that a message can reach.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    e164: String,
    calling_code: u16,
    national: String,
    country: Option<Country>,
}

impl PhoneNumber {
    /// Reads a number: with its country's code (`+82 10 1234 5678`), or as it is dialled in `home`.
    pub fn parse(text: &str, home: Option<Country>) -> Result<Self, PhoneError> {
        let text = text.trim();
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')' | ' ' | '/');
        // Letters, extensions and other scripts' digits would be read as well; nobody's mobile phone has them.
        if text.is_empty() || text.len() > LONGEST || !text.chars().all(is_number) {
            return Err(PhoneError::Invalid);
        }
        let home = home.and_then(|country| Region::from_code(country.as_str()).ok());
        let parsed = Parsed::parse(text, home).map_err(|_| PhoneError::Invalid)?;
        if !parsed.is_valid() {
            return Err(PhoneError::Invalid);
        }
        if !matches!(parsed.get_type(), PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile) {
            return Err(PhoneError::NotMobile);
        }
        Ok(Self {
            e164: parsed.format_as(PhoneNumberFormat::E164).into_owned(),
            calling_code: u16::try_from(parsed.country_code).map_err(|_| PhoneError::Invalid)?,
            national: parsed.get_national_significant_number(),
            country: parsed.get_region_code().and_then(|region| Country::parse(&region.to_string())),
        })
    }

    /// `+821012345678`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The country's calling code: 82.
    pub fn calling_code(&self) -> u16 {
        self.calling_code
    }

    /// Without the country's code, and without what is dialled before it within the country: `1012345678`.
    pub fn national(&self) -> &str {
        &self.national
    }

    /// The country whose plan it is of.
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// As it may be shown to whoever is not known to own it: `+82********78`.
    pub fn masked(&self) -> String {
        let code = self.calling_code.to_string().len().saturating_add(1);
        let last = self.e164.len().saturating_sub(2);
        self.e164.char_indices().map(|(at, c)| if at < code || at >= last { c } else { '*' }).collect()
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, PhoneError> {
        PhoneNumber::parse(text, Some(Country::KR)).map(|number| number.e164().to_owned())
    }

    #[test]
    fn one_number_has_one_form() {
        for text in ["+82 10-1234-5678", "010-1234-5678", "01012345678", "+82 010 1234 5678", " +821012345678 ", "00782 10 1234 5678"] {
            assert!(matches!(read(text).as_deref(), Ok("+821012345678") | Err(PhoneError::Invalid)), "{text}: {:?}", read(text));
        }
        assert_eq!(read("010-1234-5678").as_deref(), Ok("+821012345678"));
        assert_eq!(read("+1 587-530-2271").as_deref(), Ok("+15875302271"));
        let number = PhoneNumber::parse("+821012345678", None).unwrap();
        assert_eq!((number.calling_code(), number.national(), number.country()), (82, "1012345678", Some(Country::KR)));
        assert_eq!(format!("{number:?}"), "+82********78");
    }

    #[test]
    fn what_no_message_reaches_is_refused() {
        assert_eq!(read("02-1234-5678"), Err(PhoneError::NotMobile), "a line in Seoul");
        assert_eq!(read("060-700-1234"), Err(PhoneError::NotMobile), "one that costs whoever calls it");
        for text in ["", "010", "mina", "010-1234-567a", "+82 10 1234 5678 ext. 5", "٠١٠١٢٣٤٥٦٧٨", "+999123456789", &"1".repeat(41)]
        {
            assert_eq!(read(text), Err(PhoneError::Invalid), "{text}");
        }
        assert_eq!(PhoneNumber::parse("010-1234-5678", None), Err(PhoneError::Invalid), "of which country?");
    }
}
