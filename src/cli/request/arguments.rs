//! What can be said to `ciba-login request`, and the codes with which it ends.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;

use crate::cli::connection::Credentials;
use crate::cli::qr;
use crate::codes::RequestChannel;
use ciba::{AuthReqId, BindingMessage, Contact};
use messages::texts::Language;
use transmit::LoginHintType;

/// Starts an authentication request, shows its state, and polls until it has ended.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes:
    0  the customer allowed it, and the token is there
   10  the customer refused, or the request was withdrawn, or its link reaches nobody
   11  the request's time ran out
   12  it failed: it could not be started, or not followed to its end, or the customer allowed it
       and the token could not be written (code \"token_not_written\")
    1  the configuration or a file is not usable; nothing was asked for
    2  the arguments are not usable
  130  interrupted by Ctrl-C; the request stays open at the provider

With --json every line is one object with \"event\", and the last one has \"outcome\":
  {\"event\":\"started\",\"auth_req_id\",\"request\",\"expires_in\",\"interval\",\"link\",\"binding_message\",
   \"channel\",\"login_hint_type\",\"code\",\"code_page\"}: the last two with --channel code
  {\"event\":\"resumed\",\"auth_req_id\",\"expires_in\",\"code\",\"code_page\"}, with --resume
  {\"event\":\"reported\",\"by\":\"customer\"|\"link_holder\"}: the customer, signed in, or else
   somebody who has the link says that they are not speaking with an agent
  {\"event\":\"waiting\",\"time_left\",\"next_poll\"}
  {\"event\":\"slow_down\",\"interval\"}
  {\"event\":\"retry\",\"reason\"}
  {\"event\":\"outcome\",\"outcome\":\"token\",\"subject\",\"amr\",\"acr\",\"auth_time\",\"token_type\",
   \"expires_in\",\"scope\",\"token_file\"} and \"signed_in_by\" (\"mail-link\" or \"mail-code\")
   where the customer has signed in by a mail of this site instead of at the provider; with
   --show-tokens \"access_token\",\"id_token\",\"refresh_token\"
  {\"event\":\"outcome\",\"outcome\":\"expired\"|\"interrupted\"}
  {\"event\":\"outcome\",\"outcome\":\"denied\",\"code\"}; code is \"reported\" (the customer, signed in, is
   speaking with no agent), \"withdrawn\" or \"unreachable\" (the link reaches nobody), where the site
   has written that down
  {\"event\":\"outcome\",\"outcome\":\"failed\",\"code\",\"reason\"}; where a limit of the provider
  is in the way also \"limit\" (\"undecided_requests\" or \"pace\") and \"retry_after\"
  {\"event\":\"outcome\",\"outcome\":\"withdrawn\"|\"decided\"|\"unknown\"}, with --withdraw
Where a request has ended, its outcome has \"ending\", which tells apart what is known of the customer
where the site shares the storage, and \"next_step\", a sentence for the agent. \"ending\" is one of
  \"allowed\", \"stopped\", \"reported\", \"wrong_reference\", \"wrong_account\", \"not_answered\",
  \"sign_in_failed\" (with \"sign_in_failures\"), \"not_signed_in\", \"never_opened\", \"late\",
  \"unconfirmed\", \"expired\", \"withdrawn\", \"unreachable\", \"failed\"
Times are in seconds. A member without a value is null.")]
pub(in crate::cli) struct RequestArguments {
    #[command(flatten)]
    pub(super) credentials: Credentials,
    /// Who is asked: an e-mail address, a phone number (+15550100) or a `user_id`.
    #[arg(long, value_name = "HINT", value_parser = NonEmptyStringValueParser::new())]
    #[arg(required_unless_present_any = ["resume", "withdraw"])]
    pub(super) login_hint: Option<String>,
    /// What the hint is: `phone`, `email` or `user_id`. Without it, it is guessed and said.
    #[arg(long, value_name = "TYPE")]
    pub(super) login_hint_type: Option<LoginHintType>,
    /// What both sides see: 1 to 20 characters (50 at Keycloak) of A-Z a-z 0-9 - . _ + / ! ? #, or
    /// "auto" for a new reference.
    #[arg(long, value_name = "TEXT", value_parser = message)]
    pub(super) binding_message: Option<MessageArgument>,
    /// How the request reaches the customer: by a link in an sms or email, by a link that you pass on,
    /// or by a code that you read out and they type on the site's first page. Without it: sms, or code
    /// where brand.sends_links is off.
    #[arg(long)]
    pub(super) channel: Option<RequestChannel>,
    /// How you came to speak with the customer: customer-called, company-called or branch. Where
    /// the site shares the storage, the customer's page says it, and only they know whether it is
    /// true.
    #[arg(long, value_name = "HOW", value_parser = contact)]
    pub(super) contact: Option<Contact>,
    /// The text that is sent with the link. Without it: ours, in the customer's language. Empty: the
    /// provider's own.
    #[arg(long, value_name = "TEXT")]
    pub(super) custom_message: Option<String>,
    /// The customer's language, for our text: en, es, fr, de or ar. Without it: at Keycloak the one that
    /// the realm knows, and else en.
    #[arg(long, value_name = "LANGUAGE")]
    pub(super) language: Option<Language>,
    /// Seconds for which the request shall live; with --resume, for which it is followed where the
    /// site has no record of it.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) requested_expiry: Option<u32>,
    /// What is asked for.
    #[arg(long, default_value = "openid")]
    pub(super) scope: String,
    /// With --channel link or code: write the link as a QR code into this file (.svg or .png), mode 0600.
    #[arg(long, value_name = "FILE", value_parser = qr::check_file)]
    pub(super) qr: Option<PathBuf>,
    /// Show the tokens on the terminal.
    #[arg(long)]
    pub(super) show_tokens: bool,
    /// Write the tokens into this file, mode 0600. It is written whole or not at all; a symbolic link
    /// is refused.
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// Ask nobody: go on following a request that another run has started.
    #[arg(long, value_name = "AUTH_REQ_ID", value_parser = auth_req_id)]
    #[arg(conflicts_with_all = ["login_hint", "binding_message", "contact", "qr"])]
    pub(super) resume: Option<AuthReqId>,
    /// Ask nobody: end a request on the customer's page, and at Keycloak there as well. It works where
    /// the site shares the storage, and until the customer has decided.
    #[arg(long, value_name = "AUTH_REQ_ID", value_parser = auth_req_id)]
    #[arg(conflicts_with_all = ["login_hint", "binding_message", "contact", "qr", "resume"])]
    pub(super) withdraw: Option<AuthReqId>,
    /// Print JSON, one object a line, instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone)]
pub(super) enum MessageArgument {
    Auto,
    Given(BindingMessage),
}

fn message(text: &str) -> Result<MessageArgument, String> {
    if text == "auto" {
        return Ok(MessageArgument::Auto);
    }
    BindingMessage::parse_within(text, BindingMessage::MAX_LENGTH_AT_KEYCLOAK)
        .map(MessageArgument::Given)
        .map_err(|error| error.to_string())
}

fn contact(text: &str) -> Result<Contact, &'static str> {
    let expected = "one of customer-called, company-called, branch is expected";
    text.replace('-', "_").parse().map_err(|_| expected)
}

fn auth_req_id(text: &str) -> Result<AuthReqId, String> {
    AuthReqId::parse(text).map_err(|error| error.to_string())
}
