//! `op:VAULT/ITEM#FIELD`.

use admin_local::Overwrites;

use crate::fake::{Fake, SECRET};

const SINK: &str = "op:Private/CI of acme#credential";

/// An `op` whose vault has these items.
fn op(items: &str) -> Fake {
    let fake = Fake::new();
    let does = format!(
        r#"case "$1 $2" in
            "item list") echo '{items}' ;;
            "item create") cat >>"$here/stdin"; echo '{{"id":"abc"}}' ;;
        esac"#
    );
    fake.program("op", &does);
    fake
}

#[test]
fn a_new_item_is_a_template_on_standard_input() {
    for items in ["[]", "", r#"[{"id":"1","title":"CI","category":"LOGIN"},{"id":"2","title":"ci of acme"}]"#] {
        let fake = op(items);
        let place = fake.probe(SINK).unwrap();
        assert_eq!(place.overwrites(), Overwrites::Nothing);
        assert_eq!(fake.calls(), "op [item] [list] [--vault] [Private] [--format] [json]\n");
        assert_eq!(fake.read("stdin"), "", "a probe leaves everything as it was");

        let receipt = place.deliver(&SECRET.into()).unwrap();
        assert_eq!(
            receipt.to_string(),
            "the new item `CI of acme` of the vault `Private` in 1Password, as `credential`"
        );
        fake.assert_hidden();
        assert_eq!(fake.calls(), "op [item] [create] [--vault] [Private] [-]\n");
        let template = format!(
            r#"{{"title":"CI of acme","category":"API_CREDENTIAL","fields":[{{"id":"credential","type":"CONCEALED","label":"credential","value":"{SECRET}"}}]}}"#
        );
        assert_eq!(fake.read("stdin"), template);
    }
}

#[test]
fn an_item_is_never_overwritten() {
    let fake = op(r#"[{"id":"1","title":"CI of acme"},{"id":"2","title":"CI of acme"}]"#);
    insta::assert_snapshot!(fake.refused(SINK), @"
    the vault `Private` in 1Password has `CI of acme` already, and a secret never overwrites an item
    hint: name an item that is not there yet
    ");
    assert_eq!(fake.read("stdin"), "");
}

#[test]
fn a_vault_that_cannot_be_read_is_told() {
    let fake = Fake::new();
    insta::assert_snapshot!(fake.refused(SINK), @"
    there is no program `op` on `PATH`
    hint: install the 1Password CLI: https://developer.1password.com/docs/cli
    ");
    fake.program("op", "echo '[ERROR] You are not currently signed in.' >&2; exit 1");
    insta::assert_snapshot!(fake.refused(SINK), @"
    `op item list` failed (exit status: 1): [ERROR] You are not currently signed in.
    hint: if you are not signed in, run `op signin`
    ");
    fake.program("op", "echo 'ID TITLE'");
    insta::assert_snapshot!(fake.refused(SINK), @"
    what `op item list` printed is not what was expected of it
    hint: look whether it is a recent version of that program
    ");
}

#[test]
fn a_template_that_is_refused_is_not_shown() {
    let fake = op("[]");
    let place = fake.probe(SINK).unwrap();
    fake.program("op", "echo \"invalid JSON: $(cat)\" >&2; exit 1");
    insta::assert_snapshot!(fake.failed(place), @"
    `op item create` failed (exit status: 1); what it said is not shown, because a secret is in it
    hint: if you are not signed in, run `op signin`
    ");
}
