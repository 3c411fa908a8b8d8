//! How durations and tiers are written in JSON: as the integers the tables use.

/// A duration as whole nanoseconds.
pub(super) mod nanos {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    pub(in crate::workload) fn serialize<S: Serializer>(
        length: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let nanos = u64::try_from(length.as_nanos()).map_err(ser::Error::custom)?;
        serializer.serialize_u64(nanos)
    }

    pub(in crate::workload) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos).map_err(de::Error::custom)
    }
}

/// A tier as its number.
pub(super) mod tier {
    use request::Tier;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(in crate::workload) fn serialize<S: Serializer>(
        tier: &Tier,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(tier.number())
    }

    pub(in crate::workload) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Tier, D::Error> {
        let number = i64::deserialize(deserializer)?;
        Tier::from_number(number)
            .ok_or_else(|| de::Error::custom(format!("tier {number} is not 1, 2 or 3")))
    }
}
