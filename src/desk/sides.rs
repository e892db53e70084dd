//! The page of the agent, and the demo's, which shows the customer's side beside it.

use ciba::words;

use serde::Deserialize;

/// Which sides a page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sides {
    /// The agent's.
    #[default]
    Desk,
    /// The agent's and the customer's: the demo's first page.
    Both,
}

words!(Sides {
    Desk = "desk",
    Both = "both",
});

impl Sides {
    /// The page.
    pub fn path(self) -> &'static str {
        match self {
            Self::Desk => "/desk",
            Self::Both => "/",
        }
    }

    /// The page, looking again by itself where there is no script.
    pub fn watched(self) -> &'static str {
        match self {
            Self::Desk => "/desk?watch",
            Self::Both => "/?watch",
        }
    }
}
