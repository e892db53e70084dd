//! The frame of every page: head, brand, the card, and the foot.

use std::borrow::Cow;

use axum::http::StatusCode;
use leptos::either::{Either, EitherOf5};
use leptos::prelude::*;

use super::{Page, PageContext, Scripts, scripts};
use crate::site::look::{ICON_TYPE, LogoImage, Style};
use front::{Expiry, Passkey};
use messages::phone;
use messages::texts::{Language, Words};

/// What a page tells its frame.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// The page's name, for tests and for whoever looks at one: it stays when words change.
    pub(super) name: Cow<'static, str>,
    /// The title, without the company.
    pub(super) title: String,
    /// The HTTP status; 200 where nothing is said.
    pub(super) status: StatusCode,
    /// Whether a form of the page came back with an error: the title then says so first.
    pub(super) form_error: bool,
    /// The script that it loads.
    pub(super) scripts: Scripts,
    /// Whether it watches how far another screen has come.
    pub(super) watches: bool,
    /// Whether it says that an answer is slow to come back.
    pub(super) answers: bool,
}

/// Renders a page.
pub(super) fn page(context: &PageContext, frame: Frame, body: impl IntoView + 'static) -> Page {
    let language = context.words.language();
    let status = frame.status;
    let name = frame.name.clone();
    let islands = matches!(frame.scripts, Scripts::Islands | Scripts::IslandsLater).then(|| {
        view! {
            <Passkey/>
            <Expiry/>
        }
    });
    let document = view! {
        <!DOCTYPE html>
        <html lang=language.tag() dir=language.direction().as_str()>
            <Head context=context.clone() frame/>
            <body>
                <Brand context=context.clone()/>
                <main id="main" data-page=name>{body.into_view()}</main>
                <Foot context=context.clone()/>
                {islands}
            </body>
        </html>
    };
    // Own reactive owner: its state is freed with the page.
    let html = Owner::new().with(|| document.to_html());
    Page { status, language, html }
}

#[component]
fn Head(context: PageContext, frame: Frame) -> impl IntoView {
    let words = &context.words;
    let title = words.plain("title-with-company", &[("title", frame.title.into())]);
    let title = if frame.form_error {
        words.plain("title-with-error", &[("title", title.into())])
    } else {
        title
    };
    let assets = &context.look.assets;
    let Style { linked, inline, .. } = context.look.style.clone();
    let (icon, icon_type) = match &context.look.logo {
        Some(logo) => (logo.path.clone(), logo.media_type),
        None => (assets.icon.clone(), ICON_TYPE),
    };
    let sheet = linked.map(|address| view! { <link rel="stylesheet" href=address/> });
    let rules = inline.map(|rules| view! { <style>{rules}</style> });
    let watching = frame.watches.then(|| scripts::watch(&context));
    let answering = frame.answers.then(|| scripts::slow(&context));
    let scripts = match frame.scripts {
        Scripts::None => EitherOf5::A(()),
        Scripts::Islands => EitherOf5::B(scripts::islands(&context, true)),
        Scripts::IslandsLater => EitherOf5::B(scripts::islands(&context, false)),
        Scripts::LookAgain => EitherOf5::C(scripts::look_again(&context)),
        Scripts::Copy => EitherOf5::D(scripts::copy(&context)),
        Scripts::MendLink => EitherOf5::E(scripts::mend_link(&context)),
    };
    let reload = assets.reload_port.map(|port| scripts::reload(&context, port));
    view! {
        <head>
            <meta charset="utf-8"/>
            <title>{title}</title>
            <meta name="viewport" content="width=device-width,initial-scale=1"/>
            // A reference that looks like a number or a date must not become a link.
            <meta name="format-detection" content="telephone=no,date=no,address=no,email=no"/>
            <meta name="referrer" content="same-origin"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="robots" content="noindex"/>
            <link rel="icon" href=icon type=icon_type/>
            {sheet}
            {rules}
            {scripts}
            {watching}
            {answering}
            {reload}
        </head>
    }
}

#[component]
fn Brand(context: PageContext) -> impl IntoView {
    let company = context.words.company().to_owned();
    let mark = if let Some(LogoImage { path, width, dark, .. }) = context.look.logo.clone() {
        // A logo that was drawn for white paper stays on it in a dark page.
        let frame = dark.is_none().then_some("plate");
        let dark = dark.map(|dark| {
            view! { <source srcset=dark media="(prefers-color-scheme: dark)"/> }
        });
        Either::Left(view! {
            <picture class=frame>
                {dark}
                <img src=path alt=company translate="no" width=width height=LogoImage::HEIGHT/>
            </picture>
        })
    } else {
        let initial: String = company.chars().take(1).collect();
        Either::Right(view! {
            <span class="mark" aria-hidden="true">{initial}</span>
            <bdi class="name" translate="no">{company}</bdi>
        })
    };
    view! { <header class="brand">{mark}</header> }
}

#[component]
fn Foot(context: PageContext) -> impl IntoView {
    let words = context.words.clone();
    let phone = words.support_phone().and_then(|phone| {
        let address = phone::tel_uri(phone).ok()?;
        let text = super::parts::say(&words, "footer-call", &[("phone", phone.into())]);
        Some(view! { <li><a href=address>{text}</a></li> })
    });
    let link = |address: &Option<String>, id| {
        address.clone().map(|address| view! { <li><a href=address>{words.text(id)}</a></li> })
    };
    let help = link(&context.look.help_url, "footer-help");
    let privacy = link(&context.look.privacy_url, "footer-privacy");
    let switch = context.path.clone().map(|path| {
        view! { <LanguageSwitch words=context.words.clone() path/> }
    });
    view! {
        <footer>
            <ul class="links">{phone}{help}{privacy}</ul>
            {switch}
        </footer>
    }
}

#[component]
fn LanguageSwitch(words: Words, path: String) -> impl IntoView {
    let current = words.language();
    let join = if path.contains('?') { '&' } else { '?' };
    let links = Language::ALL
        .into_iter()
        .map(|language| {
            let tag = language.tag();
            let here = (language == current).then_some("true");
            view! {
                <li>
                    <a href=format!("{path}{join}ui_locales={tag}") lang=tag hreflang=tag aria-current=here>
                        {language.name()}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-label=words.text("language-label")>
            <ul class="links">{links}</ul>
        </nav>
    }
}
