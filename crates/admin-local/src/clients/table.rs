//! The table of clients: where each keeps its list of servers, and how it writes one down.

use super::places::Place;

/// A program that starts servers of the Model Context Protocol for its agent.
#[derive(Debug)]
pub struct Client {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What it is called on the path.
    pub(super) programs: &'static [&'static str],
    /// What is there once it has been started.
    pub(super) trace: Place,
    /// The file for all projects of the user.
    pub(super) user: Place,
    /// The file for one project; the first one if none is there. Empty: it has none.
    pub(super) project: &'static [&'static str],
    pub(super) format: Format,
}

/// The format of a file.
#[derive(Debug)]
pub(super) enum Format {
    /// JSON, in which comments and trailing commas are let be.
    Json(Layout),
    /// TOML, with a table `mcp_servers.NAME` for each server.
    Toml,
}

/// How a JSON file writes down servers.
#[derive(Debug)]
pub(super) struct Layout {
    /// The object of the servers.
    pub(super) servers: &'static str,
    /// Whether the arguments stand in `command`, behind the program; else they stand in `args`.
    pub(super) joined: bool,
    /// What stands before the command, as JSON.
    pub(super) before: &'static [(&'static str, &'static str)],
    /// What stands behind the arguments, as JSON.
    pub(super) after: &'static [(&'static str, &'static str)],
}

impl Layout {
    /// `{ "mcpServers": { NAME: { "command", "args" } } }`, as Claude Desktop began it.
    const PLAIN: Self = Self { servers: "mcpServers", joined: false, before: &[], after: &[] };
    /// The same with the transport.
    const STDIO: Self = Self { before: &[("type", "\"stdio\"")], ..Self::PLAIN };
}

/// Every path and shape is the one of the client's own documentation, which the comment names.
pub(super) const CLIENTS: &[Client] = &[
    // code.claude.com/docs/en/mcp, "MCP installation scopes": `claude mcp add --scope user|project` writes these two files. That
    // `CLAUDE_CONFIG_DIR` moves the first is not in the documentation, but in what the program does.
    Client {
        name: "claude-code",
        title: "Claude Code",
        programs: &["claude"],
        trace: Place::home(".claude", &[""]).moved_by("CLAUDE_CONFIG_DIR"),
        user: Place::home("", &[".claude.json"]).moved_by("CLAUDE_CONFIG_DIR"),
        project: &[".mcp.json"],
        format: Format::Json(Layout::STDIO),
    },
    // modelcontextprotocol.io/docs/develop/connect-local-servers, for macOS and Windows; for Linux docs/installation-guides/install-claude.md
    // of github/github-mcp-server.
    Client {
        name: "claude-desktop",
        title: "Claude Desktop",
        programs: &[],
        trace: Place::app_data("Claude", &[""]),
        user: Place::app_data("Claude", &["claude_desktop_config.json"]),
        project: &[],
        format: Format::Json(Layout::PLAIN),
    },
    // cursor.com/docs/context/mcp, "Configuration locations".
    Client {
        name: "cursor",
        title: "Cursor",
        programs: &["cursor", "cursor-agent"],
        trace: Place::home(".cursor", &[""]),
        user: Place::home(".cursor", &["mcp.json"]),
        project: &[".cursor/mcp.json"],
        format: Format::Json(Layout::STDIO),
    },
    // code.visualstudio.com/docs/copilot/reference/mcp-configuration: `mcp.json` in the user's profile or in `.vscode`. Where the default
    // profile is: src/vs/platform/environment/node/userDataPath.ts of microsoft/vscode.
    Client {
        name: "vscode",
        title: "VS Code",
        programs: &["code"],
        trace: Place::app_data("", &["Code"]).moved_by("VSCODE_APPDATA"),
        user: Place::app_data("", &["Code/User/mcp.json"]).moved_by("VSCODE_APPDATA"),
        project: &[".vscode/mcp.json"],
        format: Format::Json(Layout { servers: "servers", ..Layout::STDIO }),
    },
    // developers.openai.com/codex/mcp and docs/config.md of openai/codex. The file of a project counts once the project is trusted.
    Client {
        name: "codex",
        title: "Codex",
        programs: &["codex"],
        trace: Place::home(".codex", &[""]).moved_by("CODEX_HOME"),
        user: Place::home(".codex", &["config.toml"]).moved_by("CODEX_HOME"),
        project: &[".codex/config.toml"],
        format: Format::Toml,
    },
    // docs/tools/mcp-server.md of google-gemini/gemini-cli, and packages/core/src/utils/paths.ts for its home.
    Client {
        name: "gemini",
        title: "Gemini CLI",
        programs: &["gemini"],
        trace: Place::home("", &[".gemini"]).moved_by("GEMINI_CLI_HOME"),
        user: Place::home("", &[".gemini/settings.json"]).moved_by("GEMINI_CLI_HOME"),
        project: &[".gemini/settings.json"],
        format: Format::Json(Layout::PLAIN),
    },
    // opencode.ai/docs/mcp-servers and opencode.ai/docs/config. It reads both names, and follows XDG on every system.
    Client {
        name: "opencode",
        title: "OpenCode",
        programs: &["opencode"],
        trace: Place::xdg("opencode", &[""]),
        user: Place::xdg("opencode", &["opencode.json", "opencode.jsonc"]),
        project: &["opencode.json", "opencode.jsonc"],
        format: Format::Json(Layout {
            servers: "mcp",
            joined: true,
            before: &[("type", "\"local\"")],
            after: &[("enabled", "true")],
        }),
    },
    // docs.windsurf.com/windsurf/cascade/mcp. Its plugin for other editors has a file of its own.
    Client {
        name: "windsurf",
        title: "Windsurf",
        programs: &["windsurf"],
        trace: Place::home(".codeium/windsurf", &[""]),
        user: Place::home(".codeium/windsurf", &["mcp_config.json"]),
        project: &[],
        format: Format::Json(Layout::PLAIN),
    },
    // content/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers.md of github/docs. `stdio` is the same to it as its own
    // `local`, and Claude Code, which reads the same file in a project, knows it too.
    Client {
        name: "copilot-cli",
        title: "Copilot CLI",
        programs: &["copilot"],
        trace: Place::home(".copilot", &[""]).moved_by("COPILOT_HOME"),
        user: Place::home(".copilot", &["mcp-config.json"]).moved_by("COPILOT_HOME"),
        project: &[".mcp.json"],
        format: Format::Json(Layout { after: &[("tools", "[\"*\"]")], ..Layout::STDIO }),
    },
];
