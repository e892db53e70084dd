//! `make dist`: the archive, without a release to pack.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

/// Packs a program and a site that were made up, at this age.
fn pack(folder: &Path, age: Duration) -> Vec<u8> {
    let (binary, site, out) = (folder.join("program"), folder.join("site"), folder.join("out"));
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    for file in [&binary, &site.join("pkg/ciba-login.abc.js"), &site.join("a.css")] {
        std::fs::write(file, "content").unwrap();
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + age).unwrap();
    }
    let packed = Command::new("node")
        .arg("tools/dist.mjs")
        .arg("--binary")
        .arg(&binary)
        .arg("--site")
        .arg(&site)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let files = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
    let archive = files.into_iter().find(|path| path.extension().is_some_and(|it| it == "gz"));
    std::fs::read(archive.unwrap()).unwrap()
}

#[test]
fn the_archive_is_the_same_each_time_and_holds_what_is_needed() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let day = Duration::from_secs(86_400);
    let first = pack(folders[0].path(), day);
    assert!(first == pack(folders[1].path(), 400 * day), "two archives of one build differ");

    let archive = folders[0].path().join("archive.tar.gz");
    std::fs::write(&archive, first).unwrap();
    let unpacked = Command::new("tar")
        .args(["-xzf", "archive.tar.gz", "--strip-components=1"])
        .current_dir(folders[0].path())
        .status();
    assert!(unpacked.unwrap().success());
    let has = |name: &str| folders[0].path().join(name).exists();
    for name in [
        "ciba-login",
        "target/site/pkg/ciba-login.abc.js",
        "contrib/ciba-login.service",
        "contrib/nginx.conf",
        "docs/deployment.md",
        "LICENSE",
    ] {
        assert!(has(name), "{name}");
    }
    assert!(!has(".git") && !has("demo"));

    let parts = std::fs::read(folders[0].path().join("parts.cdx.json")).unwrap();
    let parts: Value = serde_json::from_slice(&parts).unwrap();
    assert_eq!((&parts["bomFormat"], &parts["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let components = parts["components"].as_array().unwrap();
    let named = |name: &str| components.iter().find(|part| part["name"] == name);
    for (part, licence) in [("axum", "MIT"), ("wasm-bindgen", "MIT OR Apache-2.0")] {
        let part = named(part).unwrap_or_else(|| panic!("{part} is missing"));
        assert_eq!(part["licenses"][0]["expression"], licence);
        assert_eq!(part["hashes"][0]["content"].as_str().unwrap().len(), 64);
    }
    assert!(named("wiremock").is_none(), "a part of the tests alone");
    let licences = std::fs::read_to_string(folders[0].path().join("LICENSES-OF-PARTS.txt"));
    let licences = licences.unwrap();
    assert!(
        licences.contains("Permission is hereby granted") && licences.contains("axum"),
        "licences"
    );
}
