//! The integration tests: one binary, the real application on free ports, a clock moved by hand.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it did not expect"
)]

mod asvs;
mod attacks;
mod chaos;
mod cli;
mod codes;
mod contrib;
mod desk;
mod desk_agents;
mod dist;
mod endings;
mod fuzz;
mod health;
mod hostile_messages;
mod keycloak;
mod keycloak_attacks;
mod keycloak_channel;
mod keycloak_ended;
mod keycloak_mail;
mod management;
mod manual;
mod members;
mod model;
mod odd_providers;
mod one_time;
mod operator_embedded;
mod operator_poll;
mod operator_shared;
mod operator_start;
mod outward_proxy;
mod parts;
mod pooler;
mod provider_ciba;
mod provider_clients;
mod provider_codes;
mod provider_delivery;
mod provider_edge;
mod provider_links;
mod provider_logout;
mod provider_openid;
mod provider_tokens;
mod provider_webauthn;
mod races;
mod request_heads;
mod site_code;
mod site_decision;
mod site_edge;
mod site_faults;
mod site_journal;
mod site_known_address;
mod site_links;
mod site_mails;
mod site_one_press;
mod site_passkey;
mod site_pick;
mod site_prepared;
mod site_pushed;
mod site_records;
mod site_report;
mod site_story;
mod site_twice;
mod social_kinds;
mod social_provider;
mod social_site;
mod start;
mod statements;
mod storage;
mod support;
mod terminal;
mod timing;
mod traces;
mod transmit_calls;
