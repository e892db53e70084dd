//! The parts of a message: its words, and the values that it places.

/// First Strong Isolate, with which Fluent opens a value inside a sentence (UAX #9).
pub const ISOLATE_OPEN: char = '\u{2068}';
/// Pop Directional Isolate, with which Fluent closes it.
pub const ISOLATE_CLOSE: char = '\u{2069}';

/// The values that are names: no translation may change them.
const NAMES: [&str; 6] = ["account", "address", "client", "company", "provider", "scope"];

/// Stands before a name while a message is formatted. These are noncharacters, for a program's own
/// use (Unicode 23.7): `displayable` removes them from text that comes from outside.
const NAME_OPEN: char = '\u{fdd0}';
/// Stands after it.
const NAME_CLOSE: char = '\u{fdd1}';

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// What it is.
    pub kind: PieceKind,
}

/// What a part of a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Words of the message.
    Words,
    /// A value, whose direction is its own (UAX #9).
    Value,
    /// A value that is a name: it stays as it is in a translation.
    Name,
}

/// Marks a value that is a name.
pub(super) fn marked(argument: &str, value: &str) -> Option<String> {
    NAMES.contains(&argument).then(|| format!("{NAME_OPEN}{value}{NAME_CLOSE}"))
}

/// A message without the marks of names.
pub(super) fn without_marks(text: &str) -> String {
    text.replace([NAME_OPEN, NAME_CLOSE], "")
}

/// A message without all marks, also those of Fluent.
pub(super) fn plain(text: &str) -> String {
    text.replace([NAME_OPEN, NAME_CLOSE, ISOLATE_OPEN, ISOLATE_CLOSE], "")
}

/// The parts of a formatted message.
pub(super) fn of(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut current = Piece { text: String::new(), kind: PieceKind::Words };
    let mut depth = 0_u32;
    let mut end = |current: &mut Piece, next: PieceKind| {
        let ended = std::mem::replace(current, Piece { text: String::new(), kind: next });
        if !ended.text.is_empty() {
            pieces.push(ended);
        }
    };
    for character in text.chars() {
        match character {
            ISOLATE_OPEN | NAME_OPEN => {
                if depth == 0 {
                    end(&mut current, PieceKind::Value);
                }
                depth += 1;
                if character == NAME_OPEN {
                    current.kind = PieceKind::Name;
                }
            }
            ISOLATE_CLOSE | NAME_CLOSE => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end(&mut current, PieceKind::Words);
                }
            }
            other => current.text.push(other),
        }
    }
    end(&mut current, PieceKind::Words);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, kind: PieceKind) -> Piece {
        Piece { text: text.into(), kind }
    }

    #[test]
    fn a_sentence_falls_into_words_values_and_names() {
        assert_eq!(
            of("Call \u{2068}\u{fdd0}Example Bank\u{fdd1}\u{2069}: \u{2068}+1 555\u{2069}."),
            [
                piece("Call ", PieceKind::Words),
                piece("Example Bank", PieceKind::Name),
                piece(": ", PieceKind::Words),
                piece("+1 555", PieceKind::Value),
                piece(".", PieceKind::Words),
            ]
        );
        assert_eq!(of("\u{fdd0}Example Bank\u{fdd1}"), [piece("Example Bank", PieceKind::Name)]);
        assert_eq!(of(""), []);
    }
}
