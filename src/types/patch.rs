//! A field of a merge patch (RFC 7396) that can be cleared: absent stays, null clears, a value replaces.

use std::borrow::Cow;

use async_graphql::{InputType, InputValueError, InputValueResult, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a field that stays is written: in the digest of a request, and by nobody else.
pub const KEEP: &str = "keep";

/// What a merge patch says of an optional field. The field itself carries `#[serde(default)]` and
/// `#[schema(value_type = Option<T>)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not named: stays.
    #[default]
    Keep,
    /// Null: cleared.
    Clear,
    /// Replaced.
    Set(T),
}

impl<T> Patch<T> {
    /// Does it to a field.
    pub fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *to = None,
            Self::Set(value) => *to = Some(value),
        }
    }

    /// The same of another type.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(f(value)),
        }
    }

    /// Whether it stays.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new value, if it has one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

/// What is known replaces, what is not is cleared: for sources that say everything, such as files.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    /// For the digest of an idempotent request: the three cases differ.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => serializer.serialize_str(KEEP),
            Self::Clear => serializer.serialize_none(),
            Self::Set(value) => serializer.serialize_newtype_struct("Set", &[value]),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: InputType> InputType for Patch<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }
    fn qualified_type_name() -> String {
        T::type_name().to_string()
    }
    fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
        T::create_type_info(registry);
        T::type_name().to_string()
    }
    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            None => Ok(Self::Keep),
            Some(Value::Null) => Ok(Self::Clear),
            value => T::parse(value).map(Self::Set).map_err(InputValueError::propagate),
        }
    }
    fn to_value(&self) -> Value {
        self.value().map_or(Value::Null, InputType::to_value)
    }
    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.value().and_then(InputType::as_raw_value)
    }
}

impl<T: validator::ValidateLength<u64>> validator::ValidateLength<u64> for Patch<T> {
    fn length(&self) -> Option<u64> {
        self.value().and_then(validator::ValidateLength::length)
    }
}

impl<T: PartialOrd> validator::ValidateRange<T> for Patch<T> {
    fn greater_than(&self, max: T) -> Option<bool> {
        self.value().map(|v| *v > max)
    }
    fn less_than(&self, min: T) -> Option<bool> {
        self.value().map(|v| *v < min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Serialize, validator::Validate)]
    struct Form {
        #[serde(default)]
        #[validate(range(min = 1, max = 9))]
        limit: Patch<i32>,
        #[serde(default)]
        #[validate(length(max = 3))]
        name: Patch<String>,
    }

    fn read(json: &str) -> Form {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn tells_absent_from_null_from_a_value() {
        let mut limit = Some(5);
        read("{}").limit.apply(&mut limit);
        assert_eq!(limit, Some(5));
        read(r#"{"limit": 7}"#).limit.apply(&mut limit);
        assert_eq!(limit, Some(7));
        read(r#"{"limit": null}"#).limit.apply(&mut limit);
        assert_eq!(limit, None);
        let digests = ["{}", r#"{"limit":null}"#, r#"{"limit":7}"#].map(|json| serde_json::to_string(&read(json)).unwrap());
        assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2], "{digests:?}");
    }

    #[test]
    fn validates_the_value_it_has() {
        use validator::Validate;
        for (json, valid) in
            [("{}", true), (r#"{"limit":null,"name":null}"#, true), (r#"{"limit":10}"#, false), (r#"{"name":"long"}"#, false)]
        {
            assert_eq!(read(json).validate().is_ok(), valid, "{json}");
        }
    }
}
