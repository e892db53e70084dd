//! The page that it is all about: allow or stop, at equal weight; and the one for somebody who is
//! not speaking with an agent at all.

use leptos::either::Either;
use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{
    Advice, Call, Doubt, ErrorSummary, HandleField, Heading, Refusal, TimeLeft, pieces, question,
    say,
};
use super::pick::{self, Pick, PickField};
use super::{Page, PageContext, Scripts};
use crate::site::paths;
use ciba::{BindingMessage, Contact, Decision, RequestHandle};
use messages::texts::Words;

/// What the page knows.
#[derive(Debug, Hash)]
pub struct DecisionInput<'a> {
    /// The request.
    pub handle: &'a RequestHandle,
    /// The text that came with the link.
    pub message: Option<&'a BindingMessage>,
    /// The references to pick from, where the true one is not shown.
    pub pick: Option<Pick<'a>>,
    /// The name of the client that asks, where the provider has said all of this itself.
    pub client: Option<&'a str>,
    /// Who called whom, where the agent has said so.
    pub contact: Option<Contact>,
    /// What the agent will be able to do.
    pub abilities: &'a Abilities,
    /// The seconds until the request runs out, where that is known.
    pub seconds_left: Option<u32>,
    /// Whether somebody with this link has said that they are not speaking with an agent.
    pub doubted: bool,
    /// Whose answer it is.
    pub account: Account<'a>,
}

/// Whose answer it is, by a name or an address of the account that its owner knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account<'a> {
    /// Somebody is signed in.
    SignedIn {
        /// The account, where there is a name for it.
        account: Option<&'a str>,
        /// Whether it was by a mail of ours, and not at the provider.
        by_mail: bool,
    },
    /// The press signs them in, by the link of a mail that was opened.
    ByPress {
        /// Where the answer is sent.
        action: &'a str,
        /// To whom the mail went, masked.
        address: &'a str,
        /// Whether the mail is ours, and signs nobody in at the provider.
        by_our_mail: bool,
    },
}

impl Account<'_> {
    fn view(self, words: &Words, handle: &RequestHandle) -> impl IntoView + use<> {
        let said = |id, account: &str| {
            let account = [("account", account.into())];
            view! { <p>{say(words, id, &account)}</p> }
        };
        let switch = words.text("decision-switch");
        match self {
            Self::SignedIn { account, by_mail } => Either::Left(account.map(|account| {
                let id =
                    if by_mail { "decision-signed-in-by-mail" } else { "decision-signed-in-as" };
                view! {
                    <form class="account" method="post" action=paths::switch_account(handle)>
                        <HandleField handle=handle.clone()/>
                        {said(id, account)}
                        <button class="link">{switch}</button>
                    </form>
                }
            })),
            Self::ByPress { address, by_our_mail, .. } => {
                let id =
                    if by_our_mail { "decision-answers-by-mail" } else { "decision-answers-as" };
                Either::Right(view! {
                    <div class="account">
                        {said(id, address)}
                        <a href=paths::request(handle)>{switch}</a>
                    </div>
                })
            }
        }
    }
}

/// What the agent will be able to do, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Abilities {
    /// The site was not told.
    Unstated,
    /// The scopes that the agent's request names.
    Scopes(Vec<String>),
}

impl Abilities {
    /// Those of these scopes; none: the site was not told.
    pub fn of(scopes: &[String]) -> Self {
        if scopes.is_empty() { Self::Unstated } else { Self::Scopes(scopes.to_vec()) }
    }

    /// Whether the agent learns with whom they speak, and nothing else.
    pub(super) fn are_identity_only(&self) -> bool {
        matches!(self, Self::Scopes(scopes) if scopes.len() == 1 && scopes[0] == "openid")
    }

    pub(super) fn view(&self, words: &Words) -> impl IntoView + use<> {
        let texts = match self {
            Self::Scopes(scopes) if !scopes.is_empty() => {
                scopes.iter().map(|scope| words.ability(scope)).collect()
            }
            _ => vec![words.pieces("ability-unstated", &[])],
        };
        let language = words.language();
        let items = texts
            .into_iter()
            .map(|text| view! { <li>{pieces(text, language)}</li> })
            .collect_view();
        view! {
            <div class="abilities">
                <h2>{say(words, "decision-what", &[])}</h2>
                <ul>{items}</ul>
            </div>
        }
    }
}

/// Renders the decision page.
pub fn render(context: &PageContext, input: &DecisionInput<'_>) -> Page {
    let words = &context.words;
    let title = words.text(if input.abilities.are_identity_only() {
        "decision-title-identity"
    } else {
        "decision-title"
    });
    let scripts = Scripts::islands(false, input.seconds_left.is_some());
    let missing = input.pick.is_some_and(|pick| pick.missing);
    let frame = Frame {
        name: "decision".into(),
        title: title.clone(),
        form_error: missing,
        scripts,
        answers: true,
        ..Frame::default()
    };
    let error = missing.then(|| {
        let text = words.text("mail-pick-missing");
        view! { <ErrorSummary words=words.clone() field=pick::FIRST text/> }
    });
    let question = match input.pick {
        Some(Pick { choices, missing }) => {
            let title = words.text("mail-pick-title");
            Either::Left(view! {
                <PickField words=words.clone() choices=choices.to_vec() missing>
                    <span id="question">{title}</span>
                </PickField>
            })
        }
        None => Either::Right(view! {
            <p class="question" id="question">{question(words, input.message.is_some())}</p>
        }),
    };
    let action = match input.account {
        Account::SignedIn { .. } => paths::decide(),
        Account::ByPress { action, .. } => action.to_owned(),
    };
    let body = view! {
        {error}
        <Heading below_notice=missing>{title}</Heading>
        <Call
            context=context.clone()
            message=input.message.cloned()
            contact=input.contact
            asked=true
            client=input.client.map(str::to_owned)
            picks=input.pick.is_some()
        />
        <Doubt words=words.clone() doubted=input.doubted/>
        {input.abilities.view(words)}
        <form class="decision" method="post" action=action novalidate=input.pick.is_some()>
            <HandleField handle=input.handle.clone()/>
            {question}
            <div class="decide" role="group" aria-labelledby="question">
                <button class="button allow" name="decision" value=Decision::Approve.as_str()>
                    {words.text("decision-allow")}
                </button>
                <button class="button deny" name="decision" value=Decision::Deny.as_str()>
                    {words.text("decision-deny")}
                </button>
            </div>
            // Always there and empty at first, so that a screen reader hears what comes into it.
            <div role="status" data-slow>
                <p class="notice" hidden>{words.text("decision-slow")}</p>
            </div>
        </form>
        <Refusal words=words.clone() handle=input.handle.clone()/>
        <TimeLeft words=words.clone() seconds=input.seconds_left/>
        {input.account.view(words, input.handle)}
    };
    page(context, frame, body)
}

/// Renders the page for somebody who is not speaking with an agent. `stops`: they are signed in, and
/// the button stops the request at the provider; for everybody else it is a report.
pub fn not_on_a_call(context: &PageContext, handle: &RequestHandle, stops: bool) -> Page {
    let words = &context.words;
    let (lead, button) = if stops {
        ("not-on-a-call-lead", "not-on-a-call-stop")
    } else {
        ("not-on-a-call-report-lead", "not-on-a-call-report")
    };
    let title = words.text("not-on-a-call-title");
    let frame = Frame { name: "not-on-a-call".into(), title: title.clone(), ..Frame::default() };
    let body = view! {
        <Heading>{title}</Heading>
        <p class="lead">{words.text(lead)}</p>
        <form method="post" action=paths::not_on_a_call(handle)>
            <HandleField handle=handle.clone()/>
            <button class="button deny">{words.text(button)}</button>
        </form>
        <Advice words=words.clone()/>
        <p class="aside"><a href=paths::request(handle)>{words.text("not-on-a-call-back")}</a></p>
    };
    page(context, frame, body)
}
