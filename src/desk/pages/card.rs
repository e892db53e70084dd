//! The requests of the shift: those that are open as cards, those that have ended as lines.

use leptos::prelude::*;
use url::Url;

use super::times::{clock, until};
use crate::codes::{AgentCode, RequestChannel};
use crate::desk::requests::DeskRequest;
use crate::desk::sides::Sides;
use crate::records::{Closed, CustomerSteps, Ending, EndingText, Reporter};
use ciba::Contact;
use messages::texts::Words;
use transmit::LoginHintType;

/// What a card knows.
#[derive(Debug)]
pub struct Card {
    /// The request.
    pub request: DeskRequest,
    /// The link that the agent delivers, while it is of use.
    pub link: Option<Url>,
    /// The code that the agent reads out, while it is of use, and the page that takes it.
    pub code: Option<(AgentCode, Url)>,
}

/// Renders an agent's requests, the newest first. The newest and every open one have a card.
pub fn live(requests: Vec<Card>, sides: Sides, words: &Words) -> String {
    let mut cards = Vec::new();
    let mut lines = Vec::new();
    for (position, card) in requests.into_iter().enumerate() {
        if position == 0 || card.request.ending.is_none() {
            cards.push(view(card, sides, words).into_any());
        } else {
            lines.push(line(&card, words).into_any());
        }
    }
    let empty = cards.is_empty().then(|| {
        view! {
            <div class="empty" data-part="empty">
                <p>{words.text("desk-empty")}</p>
                <p class="hint">{words.text("desk-empty-hint")}</p>
            </div>
        }
    });
    let history = (!lines.is_empty()).then(|| {
        view! {
            <section class="history" data-part="history" aria-labelledby="history-title">
                <h3 id="history-title">{words.text("desk-history")}</h3>
                <ul>{lines}</ul>
            </section>
        }
    });
    let content = view! { {empty} {cards} {history} };
    Owner::new().with(|| content.to_html())
}

/// How a request stands: one word for the eye, and what happened and what to do for everybody.
struct CardStatus {
    /// The same in one word for programs.
    name: &'static str,
    class: &'static str,
    word: String,
    sentence: String,
    ending: Option<Ending>,
}

fn card_status(card: &Card, words: &Words) -> CardStatus {
    let request = &card.request;
    let steps = request.steps;
    if let Some((closed, _)) = request.ending {
        let ending = Ending::of(closed, Some(&steps));
        let class = match ending {
            Ending::Allowed => "allowed",
            Ending::Stopped | Ending::Reported(_) | Ending::WrongReference => "denied",
            _ => "over",
        };
        let EndingText { word, text, next } = ending.say(words);
        return CardStatus {
            name: ending.as_str(),
            class,
            word,
            sentence: format!("{text} {next}"),
            ending: Some(ending),
        };
    }
    let (name, word, sentence) = if request.is_disturbed {
        ("interrupted", "desk-interrupted", "desk-interrupted-text")
    } else if steps.answered_at().is_some() {
        ("answered", "desk-answered", "desk-answered-text")
    } else if steps.wrong_account_at.is_some() {
        ("wrong-account", "ending-account", "ending-account-text")
    } else if steps.signed_in_at.is_some() {
        ("deciding", "desk-deciding", "desk-deciding-text")
    } else if steps.opened_at.is_some() {
        ("opened", "desk-opened", "desk-opened-text")
    } else {
        let sentence = match request.order.channel {
            RequestChannel::Link => "desk-waiting-link",
            RequestChannel::Code => "desk-waiting-code",
            RequestChannel::Sms | RequestChannel::Email => "desk-waiting-text",
        };
        ("waiting", "desk-waiting", sentence)
    };
    let class = if request.is_disturbed { "open disturbed" } else { "open" };
    let (word, sentence) = (words.text(word), words.text(sentence));
    CardStatus { name, class, word, sentence, ending: None }
}

fn view(card: Card, sides: Sides, words: &Words) -> impl IntoView + use<> {
    let CardStatus { name, class, word, sentence, ending } = card_status(&card, words);
    let ending = ending.map(Ending::as_str);
    let Card { request, link, code } = card;
    let steps = request.steps;
    let id = request.id.clone();
    let title = format!("reference-{id}");
    let part = |name: &str| format!("{name}-{id}");
    let is_open = request.ending.is_none();
    let report = steps.alarm().map(|alarm| alarm_view(alarm, &steps, words));
    let replaced = request.replaced_by.as_ref().map(|_| {
        view! { <p class="hint">{words.text("desk-replaced")}</p> }
    });
    let by_mail = steps.signed_in_by.map(|way| {
        view! {
            <p class="hint" data-signed-in-by=way.as_str()>{words.text("desk-signed-in-by-mail")}</p>
        }
    });
    let subject = request.subject.clone().map(|subject| {
        view! {
            <p class="token">
                {words.text("desk-token")}" "
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
                    <span class="left">{until(request.expires_at, words)}</span>
                    <span class="next" data-part=part("next") data-next=request.next_poll_at.to_string()></span>
                </p>
            </div>
        }
    });
    let reference = request.order.binding_message.to_string();
    let code = code.map(|(code, page)| read_out(&id, &code, &page, words));
    let delivery = link.map(|link| deliver(&id, &link, words));
    view! {
        <article class=format!("card {class}") data-part=part("card") data-status=name data-ending=ending aria-labelledby=title.clone()>
            <header data-part=part("head")>
                <h3 class="reference" id=title.clone()><bdi dir="ltr" translate="no">{reference}</bdi></h3>
                <p class="state">{word}</p>
                {whom(&request, words)}
            </header>
            <div data-part=part("alarm")>{report}</div>
            <ol class="journey" data-part=part("journey")>{way(&request, words)}</ol>
            <div class="standing" data-part=part("standing") role="status">
                <p class="sentence">{sentence}</p>
                {by_mail}
                {subject}
                {replaced}
            </div>
            {time}
            {code}
            {delivery}
            <footer data-part=part("actions")>{actions(&request, sides, words)}</footer>
        </article>
    }
}

fn whom(request: &DeskRequest, words: &Words) -> impl IntoView + use<> {
    let order = &request.order;
    let kind = match (order.login_hint_type, order.type_guessed) {
        (LoginHintType::Phone, true) => "desk-taken-phone",
        (LoginHintType::Phone, false) => "desk-kind-phone",
        (LoginHintType::Email, true) => "desk-taken-email",
        (LoginHintType::Email, false) => "desk-kind-email",
        (LoginHintType::UserId, true) => "desk-taken-user",
        (LoginHintType::UserId, false) => "desk-kind-user",
    };
    let channel = match order.channel {
        RequestChannel::Sms => "desk-by-sms",
        RequestChannel::Email => "desk-by-email",
        RequestChannel::Link => "desk-by-link",
        RequestChannel::Code => "desk-by-code",
    };
    let values = [("kind", words.text(kind).into()), ("channel", words.text(channel).into())];
    let how = words.plain("desk-whom", &values);
    let contact = order.contact.map(|contact| {
        let label = match contact {
            Contact::CustomerCalled => "desk-contact-customer",
            Contact::CompanyCalled => "desk-contact-company",
            Contact::Branch => "desk-contact-branch",
        };
        view! { <span class="contact" data-contact=contact.as_str()>{words.text(label)}</span> }
    });
    let text = order.custom_message.clone().map(|text| {
        view! { <span class="text">"\u{201c}"<bdi>{text}</bdi>"\u{201d}"</span> }
    });
    view! {
        <p class="whom">
            <bdi class="hint-value" translate="no">{order.login_hint.clone()}</bdi>
            <span>{how}</span>
            {contact}
            {text}
        </p>
    }
}

/// The way of a request: each step with its time, once it is taken.
fn way(request: &DeskRequest, words: &Words) -> impl IntoView + use<> {
    let steps = request.steps;
    let answered = match request.ending {
        Some((Closed::Allowed | Closed::Denied, at)) => Some(at),
        _ => steps.answered_at(),
    };
    let stopped = matches!(request.ending, Some((Closed::Denied, _)));
    // What the site has not written down and yet must have happened is passed, without a time.
    let taken = [Some(request.created_at), steps.opened_at, steps.signed_in_at, answered];
    let last = taken.iter().rposition(Option::is_some).unwrap_or_default();
    let labels = ["desk-way-sent", "desk-way-opened", "desk-way-signed-in", "desk-way-answered"];
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
            view! { <li class=class><span class="label">{words.text(label)}</span>{at}</li> }
        })
        .collect_view()
}

/// The code, for the agent to read out, and where the customer types it.
fn read_out(id: &str, code: &AgentCode, page: &Url, words: &Words) -> impl IntoView + use<> {
    let address = page.as_str().trim_end_matches('/').to_owned();
    let how = words.plain("desk-spoken-code-how", &[("address", address.into())]);
    view! {
        <div class="read-out" data-part=format!("code-{id}")>
            <p class="hint">{words.text("desk-spoken-code")}</p>
            <p class="reference"><bdi dir="ltr" translate="no" data-code>{code.to_string()}</bdi></p>
            <p class="hint">{how}</p>
        </div>
    }
}

/// The link, for the agent to deliver.
fn deliver(id: &str, link: &Url, words: &Words) -> impl IntoView + use<> {
    let picture = format!("/desk/requests/{id}/qr.svg");
    let page = format!("/desk/requests/{id}/qr");
    let field = format!("link-{id}");
    let what = words.text("desk-qr");
    view! {
        <div class="deliver" data-part=format!("deliver-{id}")>
            <a class="qr" href=page target="_blank" rel="noopener">
                <img src=picture alt=what width="112" height="112"/>
            </a>
            <div class="field">
                <label for=field.clone()>{words.text("desk-link")}</label>
                <input id=field.clone() class="mono" readonly value=link.to_string()/>
                <p class="row">
                    <button class="small" type="button" data-copy=field hidden>{words.text("desk-copy")}</button>
                    <a class="small" href=link.to_string() target="_blank" rel="noopener noreferrer" data-window>{words.text("desk-open")}</a>
                </p>
            </div>
        </div>
    }
}

fn actions(request: &DeskRequest, sides: Sides, words: &Words) -> impl IntoView + use<> {
    let button = |action: &str, label: &str, class: &'static str| {
        let label = words.text(label);
        let address = format!("/desk/requests/{}/{action}", request.id);
        view! {
            <form method="post" action=address>
                <input type="hidden" name="sides" value=sides.as_str()/>
                <button class=class>{label}</button>
            </form>
        }
    };
    let is_open = request.ending.is_none();
    let was_allowed = matches!(request.ending, Some((Closed::Allowed, _)));
    let again = (request.replaced_by.is_none() && !was_allowed)
        .then(|| button("again", "desk-again", "small"));
    let leave = is_open.then(|| button("leave", "desk-withdraw", "small quiet"));
    view! { {again} {leave} }
}

/// What the agent has to know at once, whatever comes of the request.
fn alarm_view(alarm: Ending, steps: &CustomerSteps, words: &Words) -> impl IntoView + use<> {
    let (sentence, at) = match alarm {
        Ending::Reported(Reporter::Customer) => ("desk-report", steps.reported_at),
        // Nobody is named who was not proved.
        Ending::Reported(Reporter::LinkHolder) => ("desk-report-unproved", steps.reported_at),
        _ => ("desk-wrong-reference", steps.wrong_reference_at),
    };
    view! {
        <p class="report" role="alert" data-alarm=alarm.as_str()>
            <strong>{words.text(sentence)}</strong>
            " ("{at.map(clock)}"). "{words.text("desk-report-advice")}
        </p>
    }
}

fn line(card: &Card, words: &Words) -> impl IntoView + use<> {
    let CardStatus { class, word, ending, .. } = card_status(card, words);
    let ending = ending.map(Ending::as_str);
    let request = &card.request;
    let reported = request
        .steps
        .reported_at
        .map(|_| view! { <span class="flag">{words.text("desk-reported")}</span> });
    view! {
        <li class=class data-ending=ending>
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
