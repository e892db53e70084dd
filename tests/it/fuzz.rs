//! The fuzz targets as ordinary tests: their corpora as they are, and some thousand changes of each
//! file. `make fuzz` goes on from the same corpora, led by what the code does with them.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::path::Path;

use crate::model::Seeded;

/// How often each file of a corpus is changed.
const CHANGES: u64 = 400;

/// What texts of these kinds are made of.
const PARTS: [&[u8]; 16] = [
    b"&",
    b"=",
    b"%",
    b"%00",
    b"#",
    b";",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b".",
    b"\xff",
    b"\r\n",
    "\u{202e}".as_bytes(),
    b"&amp;",
];

/// Changes a few places: flips, drops, doubles, puts a part in, or takes over the end of another file.
fn changed(seeded: &Seeded, of: &[u8], other: &[u8]) -> Vec<u8> {
    let below = |bound: usize| {
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from(seeded.next() % bound).unwrap()
    };
    let mut data = of.to_vec();
    for _ in 0..=below(4) {
        let place = below(data.len());
        match below(6) {
            0 if !data.is_empty() => data[place] ^= 1 << below(8),
            1 => drop(data.drain(place..(place + below(8)).min(data.len()))),
            2 => drop(data.splice(place..place, PARTS[below(PARTS.len())].iter().copied())),
            3 => drop(data.splice(place.., other[below(other.len())..].iter().copied())),
            4 => {
                let end = (place + below(24)).min(data.len());
                let part = data[place..end].to_vec();
                data.splice(place..place, part);
            }
            _ if !data.is_empty() => data[place] = u8::try_from(below(256)).unwrap(),
            _ => {}
        }
    }
    data
}

#[test]
fn whatever_comes_from_outside_is_read_or_refused_and_never_more() {
    for (name, target) in targets::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() > 3, "the corpus of {name} is gone");
        let texts: Vec<_> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
        for (file, text) in files.iter().zip(&texts) {
            let tried = std::panic::catch_unwind(|| target(text));
            assert!(tried.is_ok(), "{name}: {}", file.display());
        }
        let seeded = Seeded::new(1);
        for text in &texts {
            for _ in 0..CHANGES {
                let other = &texts[usize::try_from(seeded.next()).unwrap() % texts.len()];
                let data = changed(&seeded, text, other);
                let tried = std::panic::catch_unwind(|| target(&data));
                assert!(tried.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&data));
            }
        }
    }
}

#[test]
fn every_target_has_a_program_of_its_own() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    for (name, _) in targets::ALL {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
        let program = std::fs::read_to_string(program.join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("targets::{name}(data)")), "{program}");
    }
}
