//! The migrations lie in the root of the workspace, where a new one would not be noticed.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
