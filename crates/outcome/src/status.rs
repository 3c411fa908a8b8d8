//! How a request ended: one status, and a code where the status alone does not say why.
//!
//! Both lists are closed. A table that names anything else is from a newer format version, and a
//! reader says so instead of guessing.

use std::fmt;

/// Declares a closed list of names, so that a variant and its spelling stand in one place.
macro_rules! closed_list {
    ($(#[$meta:meta])* $list:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $list {
            $($(#[$doc])* $variant,)+
        }

        impl $list {
            /// The whole list, in the order of the table's dictionary.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its spelling in a table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The entry spelt `name`, or `None` where the list has no such entry.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|entry| entry.name() == name)
            }

            /// Its position in [`Self::ALL`].
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }
        }

        impl fmt::Display for $list {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

closed_list! {
    /// How a request ended. Every request of a run ends in exactly one of these.
    Status {
        /// Answered with success; only this one has a latency.
        Ok = "ok",
        /// The scheduler answered that it would not serve it.
        Rejected = "rejected",
        /// The scheduler gave up on its deadline.
        Expired = "expired",
        /// The scheduler could not be reached.
        Unavailable = "unavailable",
        /// No answer within the time the client allows.
        Timeout = "timeout",
        /// Given up before an answer came, by either side.
        Cancelled = "cancelled",
        /// Failed in any other way; the code says how.
        Error = "error",
        /// Never left the client; the code says why.
        Unsent = "unsent",
    }
}

closed_list! {
    /// Why a request ended as it did, where the status alone does not say.
    ///
    /// The gRPC codes keep their canonical spelling in capitals; reasons of our own are in small
    /// letters, so that the two cannot be confused.
    Code {
        /// gRPC 1.
        Cancelled = "CANCELLED",
        /// gRPC 2.
        Unknown = "UNKNOWN",
        /// gRPC 3.
        InvalidArgument = "INVALID_ARGUMENT",
        /// gRPC 4.
        DeadlineExceeded = "DEADLINE_EXCEEDED",
        /// gRPC 5.
        NotFound = "NOT_FOUND",
        /// gRPC 6.
        AlreadyExists = "ALREADY_EXISTS",
        /// gRPC 7.
        PermissionDenied = "PERMISSION_DENIED",
        /// gRPC 8.
        ResourceExhausted = "RESOURCE_EXHAUSTED",
        /// gRPC 9.
        FailedPrecondition = "FAILED_PRECONDITION",
        /// gRPC 10.
        Aborted = "ABORTED",
        /// gRPC 11.
        OutOfRange = "OUT_OF_RANGE",
        /// gRPC 12.
        Unimplemented = "UNIMPLEMENTED",
        /// gRPC 13.
        Internal = "INTERNAL",
        /// gRPC 14.
        Unavailable = "UNAVAILABLE",
        /// gRPC 15.
        DataLoss = "DATA_LOSS",
        /// gRPC 16.
        Unauthenticated = "UNAUTHENTICATED",
        /// Its tensor was not ready in time to be sent.
        NotPrepared = "not_prepared",
        /// As many requests as the client allows were already in flight.
        InFlightLimit = "in_flight_limit",
        /// The run was cut short before it could be sent or answered.
        CutShort = "cut_short",
        /// There was no connection to send it on.
        NotConnected = "not_connected",
        /// An answer came that could not be understood.
        BadReply = "bad_reply",
        /// The policy still held it when the run was over.
        NeverServed = "never_served",
        /// Its deadline had passed before it could be sent.
        Stale = "stale",
    }
}

impl Code {
    /// The code of this gRPC number, or `None` for 0 (OK) and for numbers gRPC does not define.
    #[must_use]
    pub fn from_grpc(number: i32) -> Option<Self> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        Self::ALL.get(index).copied().filter(|code| code.grpc().is_some())
    }

    /// Its gRPC number, or `None` where it is a reason of our own.
    #[must_use]
    pub const fn grpc(self) -> Option<i32> {
        if self.index() < 16 { Some(self.index() as i32 + 1) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_entries_are_inverse() {
        for &status in Status::ALL {
            assert_eq!(Status::from_name(status.name()), Some(status));
            assert_eq!(Status::ALL[status.index()], status);
        }
        for &code in Code::ALL {
            assert_eq!(Code::from_name(code.name()), Some(code));
            assert_eq!(Code::ALL[code.index()], code);
        }
        assert_eq!(Status::from_name("OK"), None);
        assert_eq!(Code::from_name(""), None);
    }

    #[test]
    fn grpc_numbers_are_canonical() {
        assert_eq!(Code::from_grpc(0), None);
        assert_eq!(Code::from_grpc(4), Some(Code::DeadlineExceeded));
        assert_eq!(Code::from_grpc(14), Some(Code::Unavailable));
        assert_eq!(Code::from_grpc(16), Some(Code::Unauthenticated));
        for number in [i32::MIN, -1, 17, i32::MAX] {
            assert_eq!(Code::from_grpc(number), None);
        }
        assert_eq!(Code::ALL.iter().filter(|code| code.grpc().is_some()).count(), 16);
    }

    #[test]
    fn capitals_are_grpcs_alone() {
        for code in Code::ALL {
            let capitals = code.name().chars().all(|letter| !letter.is_ascii_lowercase());
            assert_eq!(capitals, code.grpc().is_some(), "{code}");
        }
    }
}
