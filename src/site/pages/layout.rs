//! The frame of every page: head, brand, the card, and the foot.

use axum::http::StatusCode;
use leptos::either::{Either, EitherOf5};
use leptos::prelude::*;

use super::{Page, PageContext, Scripts};
use crate::site::look::{Assets, LogoImage, Style};
use front::{Expiry, Passkey};
use messages::phone;
use messages::texts::{Language, Words};

/// What a page tells its frame.
#[derive(Debug, Default)]
pub(super) struct Frame {
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
}

/// Renders a page.
pub(super) fn page(context: &PageContext, frame: Frame, body: impl IntoView + 'static) -> Page {
    let language = context.words.language();
    let status = frame.status;
    let islands = (frame.scripts == Scripts::Islands).then(|| {
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
                <main id="main">{body.into_view()}</main>
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
        None => ("/favicon.svg".to_owned(), "image/svg+xml"),
    };
    let sheet = linked.map(|address| view! { <link rel="stylesheet" href=address/> });
    let rules = inline.map(|rules| view! { <style>{rules}</style> });
    let watching = frame.watches.then(|| watch(&context));
    let scripts = match frame.scripts {
        Scripts::None => EitherOf5::A(()),
        Scripts::Islands => EitherOf5::B(islands(&context)),
        Scripts::LookAgain => EitherOf5::C(look_again(&context)),
        Scripts::Copy => EitherOf5::D(copy(&context)),
        Scripts::MendLink => EitherOf5::E(mend_link(&context)),
    };
    let reload = assets.reload_port.map(|port| {
        let script = format!(
            "new WebSocket('ws://'+location.hostname+':{port}/live_reload')\
             .onmessage=()=>location.reload()"
        );
        view! { <script nonce=context.nonce.clone()>{script}</script> }
    });
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
            {reload}
        </head>
    }
}

/// Wakes the islands when the browser has nothing better to do, half a second after the page at the
/// latest, and lets them come after everything that is seen. A press on a passkey's button that comes earlier is held, shown as busy and left to the
/// island (`front::passkey`); sent as it is, it would bring nothing back. Where the islands do not
/// come or cannot run (an old browser, a lockdown, a network that breaks off) the buttons go, the
/// page says so, and the other ways stay.
const WAKE: &str = "const p=document.querySelector('[data-passkey]'),\
    lost=()=>{if(p&&!('awake'in p.dataset)&&p.dataset.state!='away'){\
    p.dataset.state='away';p.ariaBusy='false';\
    if(!p.closest('details'))document.querySelector('details')?.setAttribute('open','');\
    if(p.dataset.asked)document.querySelector('.said').focus();\
    fetch(p.dataset.fault+'?what=no-wasm',{method:'POST'}).catch(()=>{})}},\
    wake=async()=>{try{\
    const[m,w]=await Promise.all([import('{script}'),fetch('{wasm}',{priority:'low'})]);\
    await m.default({module_or_path:w});m.hydrate();\
    for(const e of document.querySelectorAll('leptos-island'))m[e.dataset.component]?.(e)\
    }catch(e){lost();console.error(e)}};\
    p?.addEventListener('submit',e=>{if(!('awake'in p.dataset)){e.preventDefault();\
    p.dataset.asked=e.target.dataset.purpose;p.dataset.state='busy';p.ariaBusy='true';\
    setTimeout(lost,1e4)}});\
    'requestIdleCallback'in window?requestIdleCallback(wake,{timeout:500}):wake()";

/// The tags that wake the islands.
///
/// Leptos's own component reads the built names from disk for each page and walks the whole
/// document for nested islands; ours are flat and the names are known.
fn islands(context: &PageContext) -> impl IntoView + use<> {
    let Assets { script, wasm, .. } = &context.look.assets;
    let start = WAKE.replace("{script}", script).replace("{wasm}", wasm);
    view! {
        <link rel="modulepreload" href=script.clone() fetchpriority="low"/>
        <script type="module" nonce=context.nonce.clone()>
            {start}
        </script>
    }
}

/// Looks every two seconds whether the page says something else by now (its status is no longer 202)
/// and only then opens it: whoever reads, or hears the page read, is not sent back to its start. An
/// answer that is none of our pages, such as a gateway's 502, never takes the page's place.
fn look_again(context: &PageContext) -> impl IntoView + use<> {
    let script = "const look=async()=>{try{const a=await fetch(location.href);\
         if(a.status!==202&&a.headers.has('content-language'))return location.replace(a.url)}catch{}setTimeout(look,2000)};\
         setTimeout(look,1000)";
    view! { <script type="module" nonce=context.nonce.clone()>{script}</script> }
}

/// Asks how far another screen has come when this one is looked at again, and every four seconds for
/// half an hour, and shows what fits. Nothing else on the page changes.
fn watch(context: &PageContext) -> impl IntoView + use<> {
    let script = "const e=document.querySelector('[data-watch]');let n=450;\
         const look=async()=>{if(document.hidden||n<1)return;n--;try{const a=await fetch(e.dataset.watch);\
         if(a.ok){const w=await a.text();for(const p of e.children)p.hidden=p.dataset.progress!==w;\
         if(w==='done')n=0}}catch{}};\
         document.addEventListener('visibilitychange',look);addEventListener('pageshow',look);setInterval(look,4000)";
    view! { <script type="module" nonce=context.nonce.clone()>{script}</script> }
}

/// Shows the button that copies, where the browser can, and says when it has.
fn copy(context: &PageContext) -> impl IntoView + use<> {
    let script = "const b=document.querySelector('[data-copy]'),f=document.getElementById(b.dataset.copy);\
         if(navigator.clipboard){b.hidden=false;b.addEventListener('click',async()=>{\
         try{await navigator.clipboard.writeText(f.value)}catch{return f.select()}\
         document.querySelector('[data-copied]').hidden=false})}";
    view! { <script type="module" nonce=context.nonce.clone()>{script}</script> }
}

/// Opens a link again in which `&` was escaped as a number (`&#38;`) and stayed so: what stands
/// behind it is the fragment, which only a browser sees. It goes nowhere but to the same page.
fn mend_link(context: &PageContext) -> impl IntoView + use<> {
    let script = "const l=location,s=/&?#(?:0*38|x0*26);/gi,h=l.href.split(s);\
         if(h.length>1){h[0]+=h[0].includes('?')?'&':'?';l.replace(h[0]+h.slice(1).join('&'))}\
         else if(l.search.endsWith('&')&&!l.hash)l.replace(l.pathname+l.search.slice(0,-1))";
    view! { <script type="module" nonce=context.nonce.clone()>{script}</script> }
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
        let text = super::parts::isolated(
            words.isolated("footer-call", &[("phone", phone.into())]),
            words.language(),
        );
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
