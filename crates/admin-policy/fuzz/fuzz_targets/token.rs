//! A token: what is minted parses, a changed character is found, and no text that is none is taken for one.
#![no_main]

use admin_token::{TokenKind, find, mint, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u8, u64, u8, char)| {
    let (text, kind, seed, place, with) = input;
    let kind = TokenKind::ALL[usize::from(kind) % TokenKind::ALL.len()];
    for text in [text.to_owned(), format!("{}{text}", kind.prefix())] {
        find(&text);
        if let Ok(token) = parse(&text) {
            assert_eq!((token.secret().expose(), TokenKind::of(&text)), (text.as_str(), Some(token.kind())));
        }
    }
    let mut state = seed;
    let token = mint(kind, |buffer| {
        buffer.fill_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
    });
    let minted = token.secret().expose();
    assert_eq!(parse(minted).map(|token| token.kind()), Ok(kind));
    assert!(find(&format!("{text} {minted}")).is_some());
    assert!(!format!("{token:?}").contains(minted));
    let place = kind.prefix().len() + usize::from(place) % 36;
    let changed: String = minted.chars().enumerate().map(|(at, c)| if at == place { with } else { c }).collect();
    assert_eq!(parse(&changed).is_ok(), changed == minted);
});
