//! `aisetu auth`.

mod codes;
mod login;
mod logout;
mod session;
mod status;

use admin_core::auth::WhoAmI;
use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use codes::{RequestCodeArgs, VerifyCodeArgs};
use login::LoginArgs;
use logout::LogoutArgs;
use status::StatusArgs;

// What a command of an operation is for, and the scope that it needs, come from the operation.
#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Sign in, and keep the token for the commands that follow
    #[command(after_help = "Needs no scope: no token is sent.\n\n\
                            The token goes into the keyring of the operating system, or into a file that only you can read where there is no keyring; \
                            `AI_SETU_NO_KEYRING=1` asks for the file. It is kept in the profile `default`, which every command uses when no other \
                            is named, or in the one that `--profile` names. The control plane is that of `--base-url`, of `AI_SETU_API_BASE_URL`, of \
                            the profile, or the hosted service. The token that an earlier sign-in left in the profile is revoked.\n\n\
                            Without a terminal it takes the address by `--email` and reads the code, or the bootstrap token, as one line of \
                            standard input.\n\n\
                            Examples:\n  \
                            aisetu auth login\n  \
                            aisetu auth login --base-url https://aisetu.lab.example --profile lab\n  \
                            aisetu auth login --bootstrap --email ada@example.com --base-url http://127.0.0.1:8080   # the first owner\n  \
                            get-code | aisetu auth login --email bot@example.com --scope admin:read --expires 30d")]
    Login(LoginArgs),
    /// Say who is signed in, with which token, and where it is kept
    #[command(after_help = "Needs no scope: any token will do.\n\n\
                            Exits with 4 if nobody is signed in, or the token is refused.\n\n\
                            Examples:\n  aisetu auth status\n  aisetu auth status --offline -o json | jq -r .token.expiresAt")]
    Status(StatusArgs),
    /// Revoke the token of a profile, and forget it
    #[command(after_help = "Needs no scope: any token may revoke itself.\n\nExamples:\n  \
                            aisetu auth logout\n  aisetu auth logout --profile lab --local")]
    Logout(LogoutArgs),
    #[command(after_help = "`aisetu auth login` asks for a code by itself.\n\nExample:\n  \
                            aisetu auth request-code --email ada@example.com")]
    RequestCode(RequestCodeArgs),
    #[command(
        after_help = "`aisetu auth login` keeps the token by itself; this hands it over. The code is never an argument.\n\n\
                            Examples:\n  \
                            echo \"$CODE\" | aisetu auth verify-code --challenge CHALLENGE --secret-stdin --save-to env:.env#AI_SETU_PAT\n  \
                            aisetu auth verify-code --bootstrap --email ada@example.com --secret-file token.txt --save-to file:pat.txt"
    )]
    VerifyCode(VerifyCodeArgs),
    #[command(after_help = "Example:\n  aisetu auth whoami -o json | jq -r .pat.expiresAt")]
    Whoami,
}

impl AuthCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Login(args) => args.run(context).await,
            Self::Status(args) => args.run(context).await,
            Self::Logout(args) => args.run(context).await,
            Self::RequestCode(args) => args.run(context).await,
            Self::VerifyCode(args) => args.run(context).await,
            Self::Whoami => context.print(&context.execute(WhoAmI {}).await?),
        }
    }
}
