//! Whether an agent drives this program: what is printed then goes into the context of a model.

use admin_core::env::Environment;

/// `0` says that no agent drives this program, anything else that one does; unset = it is looked for.
pub const AI_SETU_AGENT: &str = "AI_SETU_AGENT";

/// What agents set in the shells that they run commands in, as their own documentation and the command lines of others have it.
/// What an editor sets in the terminals of people too is not among them.
const MARKS: [(&str, &str); 20] = [
    ("CLAUDECODE", "Claude Code"),
    ("CLAUDE_CODE_ENTRYPOINT", "Claude Code"),
    ("CODEX_SANDBOX", "Codex"),
    ("CODEX_SANDBOX_NETWORK_DISABLED", "Codex"),
    ("CODEX_THREAD_ID", "Codex"),
    ("CODEX_CI", "Codex"),
    ("CODEX_INTERNAL_ORIGINATOR_OVERRIDE", "Codex"),
    ("CURSOR_AGENT", "Cursor"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("OPENCODE", "opencode"),
    ("CLINE_ACTIVE", "Cline"),
    ("ANTIGRAVITY_CLI_ALIAS", "Antigravity"),
    ("AUGMENT_AGENT", "Augment"),
    ("HERMES_AGENT", "Hermes"),
    ("OPENCLAW_SHELL", "OpenClaw"),
    ("COPILOT_AGENT", "Copilot"),
    ("COPILOT_CLI", "Copilot"),
    ("CRUSH", "Crush"),
    ("GOOSE_TERMINAL", "goose"),
    ("QWEN_CODE", "Qwen Code"),
];

/// The agent that drives this program, if one does.
pub fn agent(environment: &Environment) -> Option<String> {
    match environment.get(AI_SETU_AGENT).as_deref() {
        Some("0" | "false") => return None,
        Some(_) => return Some("an agent".to_owned()),
        None => {}
    }
    let named = MARKS.iter().find(|(variable, _)| environment.get(variable).is_some());
    // The variable that agents agree on says the name.
    named.map(|(_, name)| (*name).to_owned()).or_else(|| environment.get("AI_AGENT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&'static str, &'static str)]) -> Option<String> {
        let variables = variables.to_vec();
        agent(&Environment::new(move |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }))
    }

    #[test]
    fn an_agent_is_known_by_its_mark_and_the_user_has_the_last_word() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("CLAUDECODE", "1")]).as_deref(), Some("Claude Code"));
        assert_eq!(found(&[("COPILOT_AGENT", "1")]).as_deref(), Some("Copilot"));
        assert_eq!(found(&[("GOOSE_TERMINAL", "1")]).as_deref(), Some("goose"));
        assert_eq!(found(&[("AI_AGENT", "goose")]).as_deref(), Some("goose"));
        assert_eq!(found(&[("CLAUDECODE", "1"), (AI_SETU_AGENT, "0")]), None);
        assert_eq!(found(&[(AI_SETU_AGENT, "1")]).as_deref(), Some("an agent"));
        assert_eq!(found(&[("CLAUDECODE", "")]), None, "an empty variable is unset");
    }
}
