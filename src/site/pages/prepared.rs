//! Pages that are made again and again: rendered once, and compressed once, for each shape.
//!
//! Two customers' pages of the same language, brand and state differ in a handle, a nonce, the
//! reference and the seconds that are left, each of which has as many bytes in one as in the other.
//! A page is rendered with samples in their places; an answer is a copy with the samples replaced.
//!
//! Its gzip form is a copy, too. In it each place is a *stored* block of DEFLATE (RFC 1951, section
//! 3.2.4), whose bytes stand there as they are; everything else was compressed at the highest level,
//! once. Where a sample comes again, the compressed form points back to its place.
//!
//! Nothing here is taken on trust: a shape is used only after the copies for other values were
//! found to be, byte for byte, what rendering makes of them, in both forms.

mod checksum;
mod template;
mod values;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::{IntoResponse, Response};

pub use self::template::Accepts;
use self::template::Template;
pub use self::values::Values;
use self::values::{NONCE, places};
use super::Page;

/// How many shapes are kept before those that were not used since are forgotten, twice.
const MOST: usize = 128;

/// The shapes that are kept.
#[derive(Debug, Default)]
pub struct Prepared {
    generations: Mutex<Generations>,
    is_off: bool,
}

/// Of which shape a page is: what its type feeds to a hasher, as it is. So nothing that is shown can be
/// left out, and no two shapes are taken for one.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct ShapeKey(Vec<u8>);

impl Hasher for ShapeKey {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Nobody asks: the bytes are what counts.
    fn finish(&self) -> u64 {
        0
    }
}

/// What was used lately, and what was used before that.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<ShapeKey, Shape>,
    old: HashMap<ShapeKey, Shape>,
}

/// What is known of a shape.
#[derive(Debug, Clone)]
enum Shape {
    /// It was asked for once. Most that are asked for once are not asked for again.
    Seen,
    /// It is kept.
    Kept(Arc<Template>),
    /// Its copies are not what rendering makes.
    Differs,
}

impl Generations {
    fn find(&mut self, key: &ShapeKey) -> Option<Shape> {
        if let Some(shape) = self.young.get(key) {
            return Some(shape.clone());
        }
        let (key, shape) = self.old.remove_entry(key)?;
        self.insert(key, shape.clone());
        Some(shape)
    }

    fn insert(&mut self, key: ShapeKey, shape: Shape) {
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, shape);
    }
}

impl Prepared {
    /// Keeps nothing, where the words of a page change while somebody writes them.
    pub fn off() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    /// Answers with a page whose status is 200. `shape` hands over which page it is and everything that
    /// it shows, with the samples that `values` gives to it; `render` makes the page, with this nonce,
    /// of whatever `values` gives to it.
    pub fn answer(
        &self,
        accepts: Accepts<'_>,
        mut values: Values<'_>,
        shape: impl FnOnce(&Values<'_>, &mut ShapeKey),
        render: impl Fn(&Values<'_>, Option<&str>) -> Page,
    ) -> Response {
        if self.is_off {
            values.sample = None;
        }
        if values.sample.is_none() {
            return render(&values, accepts.nonce).into_response();
        }
        let length = values.message.map(|message| message.as_str().len());
        let (language, nonce) = (accepts.language, accepts.nonce.is_some());
        let mut key = ShapeKey(Vec::with_capacity(512));
        (language, nonce, length).hash(&mut key);
        shape(&values, &mut key);
        let known = self.generations().find(&key);
        let rendered = matches!(known, Some(Shape::Seen))
            .then(|| render(&values, accepts.nonce.map(|_| NONCE)));
        let Some(sample) = values.sample.take() else {
            return render(&values, accepts.nonce).into_response();
        };
        let places = places(&values, &sample, accepts.nonce);
        if let Some(Shape::Kept(template)) = &known {
            return template.answer(&places, accepts);
        }
        let page = render(&values, accepts.nonce);
        if let Some(rendered) = rendered {
            let template = Template::make(&rendered.html, &places)
                .filter(|template| template.filled(&places) == page.html.as_bytes());
            let shape = template.map_or(Shape::Differs, |made| Shape::Kept(Arc::new(made)));
            self.generations().insert(key, shape);
        } else if known.is_none() {
            self.generations().insert(key, Shape::Seen);
        }
        page.into_response()
    }

    fn generations(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_any_more_is_forgotten() {
        let mut kept = Generations::default();
        let key = |number: usize| ShapeKey(number.to_le_bytes().into());
        for number in 0..10 * MOST {
            assert!(kept.find(&key(0)).is_some() || number == 0);
            kept.insert(key(0), Shape::Seen);
            kept.insert(key(number + 1), Shape::Seen);
        }
        assert!(kept.young.len() + kept.old.len() <= 2 * MOST + 1);
    }
}
