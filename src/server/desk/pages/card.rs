//! The requests of the shift: those that are open as cards, those that have ended as lines.

use leptos::prelude::*;
use url::Url;

use super::{clock, until};
use crate::server::desk::journey::Journey;
use crate::server::desk::live::Sides;
use crate::server::desk::requests::{DeskRequest, Ending};
use crate::server::transmit::{Channel, LoginHintType};

/// What a card knows.
#[derive(Debug)]
pub struct Card {
    /// The request.
    pub request: DeskRequest,
    /// What the customer has done, as far as the site has written it down.
    pub journey: Journey,
    /// The link that the agent delivers, while it is of use.
    pub link: Option<Url>,
}

/// Renders an agent's requests, the newest first. The newest and every open one have a card.
pub fn live(requests: Vec<Card>, sides: Sides) -> String {
    let mut cards = Vec::new();
    let mut lines = Vec::new();
    for (position, card) in requests.into_iter().enumerate() {
        if position == 0 || card.request.ending.is_none() {
            cards.push(view(card, sides).into_any());
        } else {
            lines.push(line(&card).into_any());
        }
    }
    let empty = cards.is_empty().then(|| {
        view! {
            <div class="empty" data-part="empty">
                <p>"Nobody has been asked yet."</p>
                <p class="hint">"A request that you send appears here, and follows the customer step by step."</p>
            </div>
        }
    });
    let history = (!lines.is_empty()).then(|| {
        view! {
            <section class="history" data-part="history" aria-labelledby="history-title">
                <h3 id="history-title">"Earlier in this shift"</h3>
                <ul>{lines}</ul>
            </section>
        }
    });
    let content = view! { {empty} {cards} {history} };
    Owner::new().with(|| content.to_html())
}

/// How a request stands, in one word for the eye and one sentence for everybody.
struct Standing {
    class: &'static str,
    word: &'static str,
    sentence: String,
}

fn standing(card: &Card) -> Standing {
    let Card { request, journey, .. } = card;
    let Some((ending, _)) = request.ending else {
        let (word, sentence) = if request.is_disturbed {
            ("Interrupted", "The provider cannot be reached. The desk keeps trying.")
        } else if journey.decided_at.is_some() {
            ("Answered", "The customer has answered. The provider is asked for it.")
        } else if journey.signed_in_at.is_some() {
            ("Deciding", "The customer has signed in and decides now.")
        } else if journey.opened_at.is_some() {
            ("Opened", "The customer has opened the link and signs in.")
        } else {
            let sentence = match request.order.channel {
                Channel::Link => "Give the customer the link or let them scan it.",
                Channel::Sms | Channel::Email => "Sent. The customer has not opened the link yet.",
            };
            ("Waiting", sentence)
        };
        let class = if request.is_disturbed { "open disturbed" } else { "open" };
        return Standing { class, word, sentence: sentence.into() };
    };
    let (class, word, sentence) = match ending {
        Ending::Allowed => ("allowed", "Allowed", "The customer has allowed it.".into()),
        Ending::Denied => ("denied", "Refused", "The customer has refused. Do not go on.".into()),
        Ending::Expired => {
            ("over", "Expired", "The time ran out before the customer decided.".into())
        }
        Ending::Failed => (
            "over",
            "Failed",
            "This request could not be followed to its end. Send it again.".into(),
        ),
        Ending::Left => (
            "over",
            "Not followed",
            "You stopped following it. The provider knows no way to cancel: the link stays open \
             until its time is over, but nobody fetches what it grants."
                .into(),
        ),
    };
    Standing { class, word, sentence }
}

fn view(card: Card, sides: Sides) -> impl IntoView {
    let Standing { class, word, sentence } = standing(&card);
    let Card { request, journey, link } = card;
    let id = request.id.clone();
    let title = format!("reference-{id}");
    let part = |name: &str| format!("{name}-{id}");
    let is_open = request.ending.is_none();
    let report = journey.reported_at.map(|at| {
        view! {
            <p class="report" role="alert">
                <strong>"The customer says that they are not speaking with us"</strong>
                " ("{clock(at)}"). Stop, and make sure whom you are speaking with."
            </p>
        }
    });
    let replaced = request.replaced_by.as_ref().map(|_| {
        view! { <p class="hint">"A newer request has taken its place."</p> }
    });
    let subject = request.subject.clone().map(|subject| {
        view! {
            <p class="token">
                "Token received: yes. Customer "
                <bdi class="mono" translate="no">{subject}</bdi>
            </p>
        }
    });
    let time = is_open.then(|| {
        view! {
            <div class="time">
                <progress
                    max=(request.expires_at - request.created_at).to_string()
                    data-from=request.created_at.to_string()
                    data-end=request.expires_at.to_string()
                    aria-hidden="true"
                ></progress>
                <p>
                    <span class="left">{until(request.expires_at)}</span>
                    <span class="next" data-part=part("next") data-next=request.next_poll_at.to_string()></span>
                </p>
            </div>
        }
    });
    let reference = request.order.binding_message.to_string();
    let delivery = link.map(|link| deliver(&id, &link));
    view! {
        <article class=format!("card {class}") data-part=part("card") aria-labelledby=title.clone()>
            <header data-part=part("head")>
                <h3 class="reference" id=title.clone()><bdi dir="ltr" translate="no">{reference}</bdi></h3>
                <p class="state">{word}</p>
                {whom(&request)}
            </header>
            <div data-part=part("alarm")>{report}</div>
            <ol class="journey" data-part=part("journey")>{steps(&request, &journey)}</ol>
            <div class="standing" data-part=part("standing") role="status">
                <p class="sentence">{sentence}</p>
                {subject}
                {replaced}
            </div>
            {time}
            {delivery}
            <footer data-part=part("actions")>{actions(&request, sides)}</footer>
        </article>
    }
}

fn whom(request: &DeskRequest) -> impl IntoView + use<> {
    let order = &request.order;
    let kind = match order.login_hint_type {
        LoginHintType::Phone => "a phone number",
        LoginHintType::Email => "an e-mail address",
        LoginHintType::UserId => "a user ID",
    };
    let taken = if order.type_guessed { "taken for " } else { "" };
    let by = match order.channel {
        Channel::Sms => "by SMS",
        Channel::Email => "by e-mail",
        Channel::Link => "by link",
    };
    let text = order.custom_message.clone().map(|text| {
        view! { <span class="text">"\u{201c}"<bdi>{text}</bdi>"\u{201d}"</span> }
    });
    view! {
        <p class="whom">
            <bdi class="hint-value" translate="no">{order.login_hint.clone()}</bdi>
            <span>{format!("{taken}{kind}, {by}")}</span>
            {text}
        </p>
    }
}

/// The way of a request: each step with its time, once it is taken.
fn steps(request: &DeskRequest, journey: &Journey) -> impl IntoView + use<> {
    let answered = match request.ending {
        Some((Ending::Allowed | Ending::Denied, at)) => Some(at),
        _ => journey.decided_at,
    };
    let stopped = matches!(request.ending, Some((Ending::Denied, _)));
    // What the site has not written down and yet must have happened is passed, without a time.
    let taken = [Some(request.created_at), journey.opened_at, journey.signed_in_at, answered];
    let last = taken.iter().rposition(Option::is_some).unwrap_or_default();
    let labels = ["Sent", "Opened", "Signed in", "Answered"];
    labels
        .into_iter()
        .zip(taken)
        .enumerate()
        .map(|(position, (label, at))| {
            let class = match position {
                3 if answered.is_some() && stopped => "done stop",
                position if position <= last => "done",
                position if position == last + 1 && request.ending.is_none() => "now",
                _ => "",
            };
            let at = at.map(clock);
            view! { <li class=class><span class="label">{label}</span>{at}</li> }
        })
        .collect_view()
}

/// The link, for the agent to deliver.
fn deliver(id: &str, link: &Url) -> impl IntoView + use<> {
    let picture = format!("/desk/requests/{id}/qr.svg");
    let page = format!("/desk/requests/{id}/qr");
    let field = format!("link-{id}");
    view! {
        <div class="deliver" data-part=format!("deliver-{id}")>
            <a class="qr" href=page target="_blank" rel="noopener">
                <img src=picture alt="QR code of the link. Opens large, for the counter" width="112" height="112"/>
            </a>
            <div class="field">
                <label for=field.clone()>"Link for the customer"</label>
                <input id=field.clone() class="mono" readonly value=link.to_string()/>
                <p class="row">
                    <button class="small" type="button" data-copy=field hidden>"Copy"</button>
                    <a class="small" href=link.to_string() target="_blank" rel="noopener noreferrer" data-window>"Open"</a>
                </p>
            </div>
        </div>
    }
}

fn actions(request: &DeskRequest, sides: Sides) -> impl IntoView + use<> {
    let button = |action: &'static str, label: &'static str, class: &'static str| {
        let address = format!("/desk/requests/{}/{action}", request.id);
        view! {
            <form method="post" action=address>
                <input type="hidden" name="sides" value=sides.as_str()/>
                <button class=class>{label}</button>
            </form>
        }
    };
    let is_open = request.ending.is_none();
    let was_allowed = matches!(request.ending, Some((Ending::Allowed, _)));
    let again = (request.replaced_by.is_none() && !was_allowed)
        .then(|| button("again", "Send again", "small"));
    let leave = is_open.then(|| button("leave", "Stop following", "small quiet"));
    view! { {again} {leave} }
}

fn line(card: &Card) -> impl IntoView + use<> {
    let Standing { class, word, .. } = standing(card);
    let Card { request, journey, .. } = card;
    let reported = journey.reported_at.map(|_| view! { <span class="flag">"reported"</span> });
    view! {
        <li class=class>
            {clock(request.created_at)}
            <bdi class="reference" dir="ltr" translate="no">
                {request.order.binding_message.to_string()}
            </bdi>
            <bdi class="who" translate="no">{request.order.login_hint.clone()}</bdi>
            <span class="state">{word}</span>
            {reported}
        </li>
    }
}
