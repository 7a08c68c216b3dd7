//! Where a call may come from: IP addresses and CIDR blocks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// How many leading bits of an IPv6 address say that it is an IPv4 address in disguise (`::ffff:0:0/96`, RFC 4291, 2.5.5.2).
const MAPPED: u8 = 96;

/// An IP address, or all that share a prefix with one. It is kept in its one usual form: `192.168.1.1/24` is `192.168.1.0/24`, and
/// `::ffff:1.2.3.4` is `1.2.3.4`.
///
/// ```
/// let block: admin_policy::IpBlock = "::ffff:192.168.1.1/120".parse()?;
/// assert_eq!(block.to_string(), "192.168.1.0/24");
/// assert!(block.contains("192.168.1.77".parse().unwrap()));
/// # Ok::<(), admin_policy::IpBlockError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpBlock(IpNet);

/// A text that is no address and no block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IpBlockError {
    /// Neither an address nor an address, a slash and a number.
    #[error("`{0}` is no IP address such as 192.0.2.7 or 2001:db8::7, and no block such as 192.0.2.0/24")]
    Malformed(String),
    /// More bits than such an address has.
    #[error("`{given}` has a prefix of {prefix} bits; it may have 0 to {most}")]
    Prefix {
        /// The text.
        given: String,
        /// What stands after the slash.
        prefix: u32,
        /// How many bits there are.
        most: u8,
    },
}

impl IpBlock {
    /// Whether the address is one of them. An IPv4 address in the form of IPv6 is that IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        // In one comparison of bits, where `IpNet` makes the first and the last address of the block each time.
        match (self.0, address.to_canonical()) {
            (IpNet::V4(own), IpAddr::V4(given)) => {
                (own.addr().to_bits() ^ given.to_bits()).leading_zeros() >= own.prefix_len().into()
            }
            (IpNet::V6(own), IpAddr::V6(given)) => {
                (own.addr().to_bits() ^ given.to_bits()).leading_zeros() >= own.prefix_len().into()
            }
            _ => false,
        }
    }
}

impl FromStr for IpBlock {
    type Err = IpBlockError;

    fn from_str(text: &str) -> Result<Self, IpBlockError> {
        let malformed = || IpBlockError::Malformed(shown(text));
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| malformed())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            Some(digits) if (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let prefix: u32 = digits.parse().map_err(|_| malformed())?;
                let fits = u8::try_from(prefix).ok().filter(|prefix| *prefix <= most);
                fits.ok_or_else(|| IpBlockError::Prefix { given: shown(text), prefix, most })?
            }
            Some(_) => return Err(malformed()),
        };
        let block = match (address.to_canonical(), address) {
            (IpAddr::V4(inner), IpAddr::V6(_)) if prefix >= MAPPED => {
                Ipv4Net::new(inner, prefix - MAPPED).map(IpNet::V4)
            }
            _ => IpNet::new(address, prefix),
        };
        block.map(|block| Self(block.trunc())).map_err(|_| malformed())
    }
}

impl fmt::Display for IpBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl From<Ipv4Addr> for IpBlock {
    fn from(address: Ipv4Addr) -> Self {
        Self(IpNet::from(IpAddr::V4(address)))
    }
}

/// A given text for a message: short, and without what a terminal would act on.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_block_has_one_form() {
        for (given, form) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4/32", "1.2.3.4"),
            ("192.168.1.1/24", "192.168.1.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("::ffff:1.2.3.4/128", "1.2.3.4"),
            ("::ffff:192.168.1.1/120", "192.168.1.0/24"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
            ("2001:db8::7/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            let block: IpBlock = given.parse().unwrap();
            assert_eq!(block.to_string(), form, "{given}");
            assert_eq!(form.parse(), Ok(block));
        }
    }

    #[test]
    fn what_is_none_is_told_with_the_bound() {
        let refused = |text: &str| text.parse::<IpBlock>().unwrap_err().to_string();
        assert_eq!(refused("10.0.0.0/33"), "`10.0.0.0/33` has a prefix of 33 bits; it may have 0 to 32");
        assert_eq!(
            refused("::ffff:1.2.3.4/130"),
            "`::ffff:1.2.3.4/130` has a prefix of 130 bits; it may have 0 to 128"
        );
        for text in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "01.2.3.4",
            "1.2.3.4/",
            "1.2.3.4/-1",
            "1.2.3.4/+8",
            "1.2.3.4/8/8",
            "1.2.3.4/9999999999",
            " 1.2.3.4",
            "fe80::1%eth0",
            "[::1]",
            "example.com",
            "1.2.3.4:80",
        ] {
            assert!(refused(text).contains("is no IP address"), "{text}");
        }
        assert!(!refused(&"\u{1b}".repeat(500)).contains('\u{1b}'));
    }

    /// What a peer got wrong: a block was stored as text and compared as text, so nothing ever matched it.
    #[test]
    fn a_block_matches_what_is_in_it_and_nothing_else() {
        let contains =
            |block: &str, address: &str| block.parse::<IpBlock>().unwrap().contains(address.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.1.1") && !contains("10.0.0.0/8", "::10.1.1.1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1") && !contains("2001:db8::/32", "2001:db9::1"));
        // An IPv4 address is no IPv6 address: whoever means both says both.
        assert!(contains("::/0", "::1") && !contains("::/0", "1.2.3.4") && !contains("::/0", "::ffff:1.2.3.4"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            if let Ok(block) = text.parse::<IpBlock>() {
                prop_assert_eq!(block.to_string().parse(), Ok(block));
            }
        }

        #[test]
        fn an_ipv4_address_is_the_same_in_the_form_of_ipv6(address: Ipv4Addr, of: Ipv4Addr, prefix in 0_u8..=32) {
            let mapped = address.to_ipv6_mapped();
            let block: IpBlock = format!("{of}/{prefix}").parse().unwrap();
            let same: IpBlock = format!("{}/{}", of.to_ipv6_mapped(), prefix + MAPPED).parse().unwrap();
            prop_assert_eq!(block, same);
            prop_assert_eq!(block.contains(address.into()), block.contains(mapped.into()));
            let bits = |address: Ipv4Addr| u64::from(address.to_bits()) >> (32 - prefix);
            prop_assert_eq!(block.contains(address.into()), bits(address) == bits(of));
        }
    }
}
