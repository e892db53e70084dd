//! No circles between files: where one names what another defines, the other must not, by whatever way,
//! name it back. What several files need has a file below them all.
//!
//! A name is followed through `use`, re-exports among them, to the file that defines it. A re-export or a
//! module's name alone is no edge, methods are not looked at, and test modules are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Item, UseTree, Visibility};

type Sources = BTreeMap<String, String>;
/// From a file to another, of which it names these.
type Edges = BTreeMap<(String, String), BTreeSet<String>>;

/// A module, as far as it names others.
#[derive(Default)]
struct Module {
    file: String,
    /// What it imports, by the name that it has here.
    imports: BTreeMap<String, String>,
    /// The paths that stand in it.
    named: Vec<String>,
}

impl Module {
    fn import(&mut self, tree: &UseTree, above: &str, is_edge: bool) {
        let (name, alias) = match tree {
            UseTree::Path(tree) => {
                return self.import(&tree.tree, &format!("{above}{}::", tree.ident), is_edge);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, above, is_edge));
            }
            UseTree::Glob(_) => return self.named.push(format!("{above}*")),
            UseTree::Name(name) => (&name.ident, None),
            UseTree::Rename(name) => (&name.ident, Some(name.rename.to_string())),
        };
        let path = format!("{above}{name}").trim_end_matches("::self").to_owned();
        let last = path.rsplit("::").next().unwrap().to_owned();
        self.named.extend(is_edge.then(|| path.clone()));
        self.imports.insert(alias.unwrap_or(last), path);
    }
}

impl<'a> Visit<'a> for Module {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.import(&item.tree, "", matches!(item.vis, Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        self.named.push(names.join("::"));
        visit::visit_path(self, path);
    }

    /// Its tokens are no syntax of ours: what reads `a::b` is taken for a path.
    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.visit_path(&call.path);
        let tokens = call.tokens.to_string().replace(" :: ", "::");
        let words = tokens.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c));
        self.named.extend(words.filter(|word| word.contains("::")).map(str::to_owned));
    }
}

/// By their paths, which begin with the package's folder.
struct Modules(BTreeMap<String, Module>);

impl Modules {
    /// Reads a module and those in it, whose files are in `folder`.
    fn read(&mut self, sources: &Sources, path: &str, folder: &str, file: &str, items: &[Item]) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            let Item::Mod(child) = item else {
                module.visit_item(item);
                continue;
            };
            let is_test = |cfg: syn::Path| cfg.is_ident("test");
            if child.attrs.iter().any(|attribute| attribute.parse_args().is_ok_and(is_test)) {
                continue;
            }
            let name = &child.ident;
            let (path, folder) = (format!("{path}::{name}"), format!("{folder}/{name}"));
            if let Some((_, items)) = &child.content {
                self.read(sources, &path, &folder, file, items);
            } else {
                let file = format!("{folder}.rs");
                let text = syn::parse_file(&sources[&file]).unwrap();
                self.read(sources, &path, &folder, &file, &text.items);
            }
        }
        self.0.insert(path.to_owned(), module);
    }

    /// The module to which a path leads that stands in `module`, and whether to something in it. Nothing
    /// where it begins with a name that is the module's own, or another package's.
    fn resolve(&self, module: &str, path: &str, depth: usize) -> Option<(String, bool)> {
        let (mut at, mut is_item) = (module.to_owned(), false);
        let mut names = path.split("::").enumerate().peekable();
        while let (false, Some((number, name))) = (is_item, names.next()) {
            let child = format!("{at}::{name}");
            let is_child = self.0.contains_key(&child);
            match (name, self.0[&at].imports.get(name)) {
                ("self", _) => {}
                ("super", _) => at = at.rsplit_once("::")?.0.to_owned(),
                ("crate", _) => module.split("::").next()?.clone_into(&mut at),
                (_, Some(path)) if depth < 9 && (names.peek().is_none() || !is_child) => {
                    (at, is_item) = self.resolve(&at, path, depth + 1)?;
                }
                _ if is_child => at = child,
                _ if number == 0 => return None,
                _ => is_item = true,
            }
        }
        Some((at, is_item))
    }
}

/// What the files of these packages name of each other.
fn edges(sources: &Sources) -> Edges {
    let mut modules = Modules(BTreeMap::new());
    for (file, text) in sources {
        if let Some(folder) = file.strip_suffix("/lib.rs") {
            modules.read(sources, folder, folder, file, &syn::parse_file(text).unwrap().items);
        }
    }
    let mut edges = Edges::new();
    for (path, module) in &modules.0 {
        for name in &module.named {
            let Some((found, true)) = modules.resolve(path, name, 0) else { continue };
            let file = &modules.0[&found].file;
            if *file != module.file {
                edges.entry((module.file.clone(), file.clone())).or_default().insert(name.clone());
            }
        }
    }
    edges
}

/// Takes away what begins at a file that none names, or ends at one that names none: circles are left.
fn circles(mut edges: Edges) -> Edges {
    let mut before = usize::MAX;
    while edges.len() < before {
        before = edges.len();
        let (from, to): (BTreeSet<_>, BTreeSet<_>) = edges.keys().cloned().unzip();
        edges.retain(|(a, b), _| to.contains(a) && from.contains(b));
    }
    edges
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        crate::members::sources(Path::new(folder), &mut files);
    }
    let files = files.into_iter().map(|(path, text)| (path.display().to_string(), text)).collect();
    let edges = edges(&files);
    assert!(edges.len() > 500, "{}", edges.len());
    let left = circles(edges);
    let lines = left.iter().map(|((from, to), names)| format!("{from} -> {to}: {names:?}"));
    assert!(left.is_empty(), "\n{}", lines.collect::<Vec<_>>().join("\n"));
}

/// The edges of the circles of `a.rs`, `a/c.rs` and `b.rs` with these texts.
fn of(a: &str, c: &str, b: &str) -> Vec<(String, String)> {
    let files = [("lib", "mod a; mod b;"), ("a", a), ("a/c", c), ("b", b)];
    let files = files.map(|(name, text)| (format!("src/{name}.rs"), text.to_owned()));
    circles(edges(&files.into())).into_keys().collect()
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let edge = |from: &str, to: &str| (format!("src/{from}.rs"), format!("src/{to}.rs"));
    let found = of("mod c; use c::run; struct A;", "fn run(a: super::A) {}", "use crate::a::A;");
    assert_eq!(found, [edge("a", "a/c"), edge("a/c", "a")]);
    // Through a re-export under another name, and a glob.
    let child = "use crate::b::*; pub struct C;";
    let found = of("mod c; pub use self::c::C as D;", child, "use crate::a; fn g() -> a::D {}");
    assert_eq!(found, [edge("a/c", "b"), edge("b", "a/c")]);
    // Among the tokens of macros.
    let rules = "macro_rules! m { () => { $crate::a::f() } } const B: u8 = 1;";
    let found = of("mod c; fn f() { view! { <p>{crate::b::B}</p> } }", "", rules);
    assert_eq!(found, [edge("a", "b"), edge("b", "a")]);
}

#[test]
fn what_is_no_circle_is_let_pass() {
    // A re-export and a module's name alone, with a file below both.
    let parent = "mod c; pub use c::C; use crate::b; fn f() { b::g() }";
    assert!(of(parent, "pub struct C;", "use crate::a; fn g() -> a::C {}").is_empty());
    // A test names what is above.
    let below = "pub fn g() {} #[cfg(test)] mod tests { use crate::a::f; }";
    assert!(of("mod c; pub fn f() { crate::b::g() }", "", below).is_empty());
    // Inline modules are one file, and another package's names are nobody's here.
    let inline = "mod c; mod d { fn f() { super::g() } } fn g() { d::f() } use serde::b::B;";
    assert!(of(inline, "", "use crate::a::g; use serde::a::A;").is_empty());
}
