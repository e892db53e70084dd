//! Customers who decide while processes die: two instances of the program behind Debian's nginx with the
//! file of `contrib/`, a provider of its own, and PostgreSQL, all killed at moments that a seed says, and
//! restarted one after the other. For each customer the page, the press, the provider and the token have
//! to say the same.
//!
//! `CHAOS_SECONDS` says for how long, `CHAOS_SEED` with which seed; `make chaos` runs it for an hour.

mod customer;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ciba_login::demo::Demo;
use serde_json::Value;
use tokio::time::sleep;

use self::customer::{Customer, End};
use crate::contrib::Instance;
use crate::model::{Seeded, number};
use crate::support::nginx::{Nginx, Places};
use crate::support::program::variables;
use crate::support::{Postgres, http};

/// How many customers are there at the same time.
const CUSTOMERS: u64 = 60;

/// How long a customer under way may need after the last fault.
const LAST: Duration = Duration::from_secs(120);

/// What all of them share.
struct Stage {
    nginx: Nginx,
    /// The site, as browsers see it.
    site: String,
    /// The provider, as the agent's client sees it.
    provider: String,
    demo: Demo,
    /// The newest mail to each address: its link.
    mails: Mutex<BTreeMap<String, String>>,
    is_over: AtomicBool,
    /// Until when the last of them have to come to their end.
    ends: Mutex<Option<Instant>>,
}

impl Stage {
    /// Reads the outbox as long as anybody waits for mail.
    async fn read_mails(&self) {
        let outbox = format!("{}/demo/outbox?last=150", self.provider);
        loop {
            if let Ok(answer) = http().get(&outbox).send().await
                && let Ok(items) = answer.json::<Vec<Value>>().await
            {
                let mut mails = self.mails.lock().unwrap();
                for item in items {
                    let link = item["links"][0].as_str().unwrap_or_default();
                    let link = link.replacen(&self.site, "", 1);
                    mails.insert(item["to"].as_str().unwrap().to_owned(), link);
                }
            }
            sleep(Duration::from_millis(250)).await;
        }
    }

    /// Whether somebody who is not finished by now has been forgotten.
    fn is_too_late(&self) -> bool {
        self.ends.lock().unwrap().is_some_and(|end| Instant::now() > end)
    }
}

/// What was done to them.
#[derive(Debug, Default)]
struct Faults {
    sites_killed: u32,
    providers_killed: u32,
    databases_killed: u32,
    rolling_restarts: u32,
}

/// The processes.
struct Machines {
    sites: [Instance; 2],
    provider: Instance,
    postgres: Postgres,
}

impl Machines {
    /// As a service manager does it: whoever has ended is started again.
    fn restart_the_dead(&mut self) {
        for instance in self.sites.iter_mut().chain([&mut self.provider]) {
            let process = instance.process.as_mut().unwrap();
            if process.try_wait().unwrap().is_some() {
                instance.start();
            }
        }
    }

    /// Waits, and starts again whoever ends meanwhile.
    async fn watch(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.restart_the_dead();
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn fault(&mut self, seeded: &Seeded, done: &mut Faults) {
        let pause = Duration::from_millis(seeded.pick(&[50, 500, 1500, 3000]));
        match seeded.pick(&[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4]) {
            kind @ (0 | 1) => {
                kill(&mut self.sites[kind]);
                sleep(pause).await;
                done.sites_killed += 1;
            }
            2 => {
                kill(&mut self.provider);
                sleep(pause).await;
                done.providers_killed += 1;
            }
            3 => {
                self.postgres.kill_and_restart(pause).await;
                done.databases_killed += 1;
            }
            _ => {
                for site in 0..self.sites.len() {
                    self.restart_the_dead();
                    self.sites[site].is_ready().await;
                    self.sites[site].restart().await;
                    self.watch(Duration::from_secs(1)).await;
                }
                done.rolling_restarts += 1;
            }
        }
    }
}

fn kill(instance: &mut Instance) {
    let process = instance.process.as_mut().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Starts everything, with what the demo has made.
async fn begin(folders: [&std::path::Path; 2]) -> (Machines, Stage) {
    let postgres = Postgres::start_to_be_killed().await;
    let [public, first, second, provider, hidden, desk, management] =
        [(); 7].map(|()| Nginx::free_port());
    let site = format!("https://login.localhost:{public}");
    let at_provider = format!("http://localhost:{provider}");
    let directory = folders[0].join("demo");
    let mut provider_instance = Instance {
        port: hidden,
        folder: folders[0].to_owned(),
        variables: vec![
            ("CIBA_LOGIN_DEMO__ENABLED", "true".into()),
            ("CIBA_LOGIN_DEMO__DIRECTORY", directory.display().to_string()),
            ("CIBA_LOGIN_SITE__PUBLIC_URL", site.clone()),
            ("CIBA_LOGIN_PROVIDER__ADDRESS", format!("127.0.0.1:{provider}")),
            ("CIBA_LOGIN_PROVIDER__PUBLIC_URL", at_provider.clone()),
            ("CIBA_LOGIN_DESK__ADDRESS", format!("127.0.0.1:{desk}")),
            ("CIBA_LOGIN_MANAGEMENT__ADDRESS", format!("127.0.0.1:{management}")),
            ("CIBA_LOGIN_STORAGE__URL", postgres.database("provider").await),
        ],
        process: None,
    };
    provider_instance.start();
    provider_instance.is_ready().await;
    let demo = std::fs::read(directory.join("demo.json")).unwrap();
    let demo: Demo = serde_json::from_slice(&demo).unwrap();

    let mut common: Vec<_> = variables(&at_provider).into();
    common.extend([
        ("CIBA_LOGIN_PROVIDER__ISSUER", at_provider.clone()),
        ("CIBA_LOGIN_PROVIDER__APP_ID", demo.app_id.clone()),
        ("CIBA_LOGIN_PROVIDER__CLIENT_ID", demo.client_id.clone()),
        ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", demo.client_secret.clone()),
        ("CIBA_LOGIN_SITE__PUBLIC_URL", site.clone()),
        ("CIBA_LOGIN_SITE__TRUSTED_PROXIES", r#"["127.0.0.1"]"#.into()),
        ("CIBA_LOGIN_STORAGE__URL", postgres.database("sites").await),
        ("CIBA_LOGIN_SESSION__SEALING_KEY", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=".into()),
        ("CIBA_LOGIN_BRAND__COMPANY", "Bank".into()),
    ]);
    let mut sites = [first, second].map(|port| Instance {
        port,
        folder: folders[1].to_owned(),
        variables: common.clone(),
        process: None,
    });
    for instance in &mut sites {
        instance.start();
        instance.is_ready().await;
    }
    let places = Places { sites: vec![first, second], provider, desk };
    let stage = Stage {
        nginx: Nginx::start(public, &places, |text| text).await,
        site,
        provider: at_provider,
        demo,
        mails: Mutex::default(),
        is_over: AtomicBool::new(false),
        ends: Mutex::new(None),
    };
    (Machines { sites, provider: provider_instance, postgres }, stage)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make chaos"]
async fn whatever_dies_page_press_provider_and_token_say_the_same() {
    let seconds = number("CHAOS_SECONDS").unwrap_or(120);
    let seed = number("CHAOS_SEED").unwrap_or(1);
    println!("chaos: {seconds} seconds, CHAOS_SEED={seed}");
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (mut machines, stage) = begin([folders[0].path(), folders[1].path()]).await;
    let stage = Arc::new(stage);
    let reader = tokio::spawn({
        let stage = stage.clone();
        async move { stage.read_mails().await }
    });
    let customers: Vec<_> = (0..CUSTOMERS)
        .map(|number| {
            let customer = Customer::new(number, seed, stage.clone());
            tokio::spawn(customer.comes_again_and_again())
        })
        .collect();

    let seeded = Seeded::new(seed);
    let mut done = Faults::default();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        machines.watch(Duration::from_millis(seeded.pick(&[1000, 2500, 4000, 6000]))).await;
        machines.fault(&seeded, &mut done).await;
    }
    stage.is_over.store(true, SeqCst);
    *stage.ends.lock().unwrap() = Some(Instant::now() + LAST);
    let mut ends = BTreeMap::<End, u32>::new();
    let mut slowest = Duration::ZERO;
    for customer in customers {
        while !customer.is_finished() {
            machines.watch(Duration::from_millis(100)).await;
        }
        let (seen, slow) = customer.await.unwrap();
        slowest = slowest.max(slow);
        for end in seen {
            *ends.entry(end).or_default() += 1;
        }
    }
    reader.abort();
    let all: u32 = ends.values().sum();
    println!("chaos: {all} customers: {ends:?}; slowest {slowest:.0?}; {done:?}");
    let bad: Vec<_> = ends.keys().filter(|end| end.is_bad()).collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(u64::from(all) >= CUSTOMERS, "{all}");
}
