//! A block of addresses: one form, and exactly the addresses that share its prefix.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use admin_policy::IpBlock;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let block: IpBlock = match text.parse::<IpBlock>() {
        Ok(block) => block,
        Err(error) => {
            let told = error.to_string();
            assert!(told.chars().count() < 1_000 && !told.contains(char::is_control), "{told:?}");
            return;
        }
    };
    let shown = block.to_string();
    assert_eq!(shown.parse(), Ok(block), "{text:?} {shown}");
    let (own, prefix) = match shown.split_once('/') {
        Some((own, prefix)) => (own, prefix.parse::<u32>().unwrap()),
        None => (shown.as_str(), 128),
    };
    let own: IpAddr = own.parse().unwrap();
    assert!(block.contains(own), "{shown}");
    // The addresses that differ from the block in one bit.
    match own {
        IpAddr::V4(own) => {
            for bit in 0..32 {
                let other = Ipv4Addr::from_bits(own.to_bits() ^ 1 << bit);
                let within = prefix <= 31 - bit;
                assert_eq!(block.contains(other.into()), within, "{shown} {other}");
                assert_eq!(block.contains(other.to_ipv6_mapped().into()), within, "{shown} {other} as IPv6");
            }
        }
        IpAddr::V6(own) => {
            for bit in 0..128 {
                let other = Ipv6Addr::from_bits(own.to_bits() ^ 1 << bit);
                let within = prefix <= 127 - bit && other.to_ipv4_mapped().is_none();
                assert_eq!(block.contains(other.into()), within, "{shown} {other}");
            }
        }
    }
});
