//! The id under which the traces of one cause are found: it comes in with a call and goes on with everything that follows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 128 bits, written as 32 of `0-9a-f` (W3C Trace Context, "trace-id"; AWS X-Ray writes the same bits with dashes).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(u128);

/// It is no trace id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a trace id is 32 of 0-9 and a-f, and not all zero")]
pub struct BadTraceId;

impl TraceId {
    /// `None` for zero, which means "none" (W3C Trace Context).
    pub fn from_bits(bits: u128) -> Option<Self> {
        (bits != 0).then_some(Self(bits))
    }

    pub fn bits(self) -> u128 {
        self.0
    }

    /// Reads `00-{trace}-{parent}-{flags}` (W3C Trace Context, "traceparent"; later versions begin the same way).
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace) = (parts.next()?, parts.next()?);
        (version.len() == 2 && version != "ff").then(|| trace.parse().ok()).flatten()
    }

    /// Reads `Root=1-{8 digits}-{24 digits};…` (AWS X-Ray, "tracing header").
    pub fn from_xray(header: &str) -> Option<Self> {
        let root = header.split(';').find_map(|field| field.trim().strip_prefix("Root="))?;
        root.strip_prefix("1-")?.replacen('-', "", 1).parse().ok()
    }

    /// The same as a `traceparent`, for a call that `parent` names.
    pub fn to_traceparent(self, parent: u64) -> String {
        format!("00-{self}-{:016x}-01", parent.max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl FromStr for TraceId {
    type Err = BadTraceId;

    fn from_str(text: &str) -> Result<Self, BadTraceId> {
        let fine = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = fine.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        bits.and_then(Self::from_bits).ok_or(BadTraceId)
    }
}

super::schema::text_schema!(TraceId, { "type": "string", "pattern": "^[0-9a-f]{32}$" });

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5759e988bd862e3fe1be46a994272793";

    #[test]
    fn both_headers_give_the_same_id() {
        let expected = ID.parse().ok();
        let header = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
        assert_eq!(TraceId::from_traceparent(header), expected);
        let header = "Self=1-67891234-12456789abcdef012345678a;Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
        assert_eq!(TraceId::from_xray(header), expected);
        assert_eq!(
            TraceId::from_traceparent(&TraceId::from_traceparent(header).map_or_else(
                || expected.unwrap().to_traceparent(0),
                |_| unreachable!("an X-Ray header is no traceparent"),
            )),
            expected
        );
    }

    #[test]
    fn what_is_no_id_is_none() {
        for bad in [
            "",
            "00",
            "00-",
            "ff-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
            "00-5759E988BD862E3FE1BE46A994272793-53995c3f42cd8ad8-01",
        ] {
            assert_eq!(TraceId::from_traceparent(bad), None, "{bad}");
        }
        for bad in ["", "Root=", "Root=1-", "Root=1-5759e988", "Root=2-5759e988-bd862e3fe1be46a994272793"] {
            assert_eq!(TraceId::from_xray(bad), None, "{bad}");
        }
        assert_eq!("0".repeat(32).parse::<TraceId>(), Err(BadTraceId));
    }
}
