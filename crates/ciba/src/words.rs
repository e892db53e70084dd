//! Closed sets and checked texts: what is the same for each of them, written once.

/// The words of a closed set, each in one place: `as_str`; `with from_word` also that and `ALL`; with an
/// error type also `FromStr` and `Display`.
#[macro_export]
macro_rules! words {
    ($set:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $set {
            /// The word for it in forms, rows, logs and APIs.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
    ($set:ident with from_word { $($variant:ident = $word:literal),+ $(,)? }) => {
        $crate::words!($set { $($variant = $word),+ });

        impl $set {
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The one of this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == word)
            }
        }
    };
    ($set:ident or $unknown:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $crate::words!($set { $($variant = $word),+ });

        impl ::std::fmt::Display for $set {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $set {
            type Err = $unknown;

            fn from_str(text: &str) -> Result<Self, $unknown> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($unknown),
                }
            }
        }
    };
}

/// A text that is checked by `parse` wherever it comes from, and goes out as it is: for
/// `#[serde(try_from = "String", into = "String")]`.
#[macro_export]
macro_rules! checked_text {
    ($name:ident or $invalid:ident) => {
        impl TryFrom<String> for $name {
            type Error = $invalid;

            fn try_from(text: String) -> Result<Self, $invalid> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}
