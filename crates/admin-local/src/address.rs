//! How a place is written that both a new secret goes to and a given one comes from.

/// `SERVICE/ACCOUNT` of a keyring. The account may have a `/`.
pub(crate) fn keyring(text: &str) -> Option<(String, String)> {
    let (service, account) = text.split_once('/')?;
    named([service, account]).then(|| (service.to_owned(), account.to_owned()))
}

/// `PATH#FIELD` of Vault. Neither can be taken for a flag, nor the field for a field and its value.
pub(crate) fn vault(text: &str) -> Option<(String, String)> {
    let (path, field) = text.rsplit_once('#')?;
    let fit =
        named([path, field]) && ![path, field].iter().any(|part| part.starts_with(['-', '@'])) && !field.contains('=');
    fit.then(|| (path.to_owned(), field.to_owned()))
}

/// Whether all of them are names that a message can show.
pub(crate) fn named<const N: usize>(parts: [&str; N]) -> bool {
    parts.iter().all(|part| !part.trim().is_empty() && !part.contains(char::is_control))
}
