//! Priority.

use std::fmt;

/// Priority of a request. A smaller number is more urgent, and so is the smaller value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tier {
    /// Tier 1.
    Vip = 1,
    /// Tier 2.
    Premium = 2,
    /// Tier 3.
    Free = 3,
}

impl Tier {
    /// All tiers, most urgent first.
    pub const ALL: [Self; 3] = [Self::Vip, Self::Premium, Self::Free];

    /// The tier of this number, or `None` where there is none.
    #[inline]
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Vip),
            2 => Some(Self::Premium),
            3 => Some(Self::Free),
            _ => None,
        }
    }

    /// Its number: 1, 2 or 3.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name, as documents spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vip => "VIP",
            Self::Premium => "Premium",
            Self::Free => "Free",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_tiers_are_inverse() {
        for tier in Tier::ALL {
            assert_eq!(Tier::from_number(i64::from(tier.number())), Some(tier));
        }
        for number in [i64::MIN, -1, 0, 4, 257, i64::MAX] {
            assert_eq!(Tier::from_number(number), None);
        }
    }

    #[test]
    fn a_more_urgent_tier_is_smaller() {
        assert!(Tier::Vip < Tier::Premium && Tier::Premium < Tier::Free);
    }
}
