//! What the compiler says to its user, by programs in `tests/ui` with what was said beside them.
//!
//! They are given to `rustc` with the crate as it was built for this test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Other versions have other words around ours: with them, only ours are compared.
const RECORDED_WITH: &str = "rustc 1.95.0 ";

/// Fails to compile, and says `words`; all that is recorded, where this is the compiler that said it.
///
/// With `RECORD` in the environment, it is written down.
#[track_caller]
fn assert_fails(name: &str, words: &[&str]) {
    let rustc = || Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let said = rustc()
        .args(["--edition=2024", "--emit=metadata", "--out-dir"])
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .arg("--extern")
        .arg(format!("tower_postern={}", library().display()))
        .arg("-L")
        .arg(format!("dependency={}", dependencies().display()))
        .arg(format!("tests/ui/{name}.rs"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(!said.status.success(), "{name} compiles");
    let said = String::from_utf8(said.stderr).unwrap();
    for words in words {
        assert!(said.contains(words), "{name}: {words:?} is not in\n{said}");
    }

    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/ui/{name}.stderr"));
    // What follows lists the types and the places in files of the crate, which change with it.
    let others = [
        "\n    = help: the following",
        "\nhelp: the following",
        "\nnote: required by",
    ];
    let own = |said, other| str::split(said, other).next().unwrap();
    let said = others.into_iter().fold(&*said, own).trim_end();
    if std::env::var_os("RECORD").is_some() {
        fs::write(record, format!("{said}\n")).unwrap();
        return;
    }
    let version = String::from_utf8(rustc().arg("--version").output().unwrap().stdout).unwrap();
    if version.starts_with(RECORDED_WITH) {
        assert_eq!(said, fs::read_to_string(record).unwrap().trim_end());
    }
}

/// Where the test was built, and what it was built with.
fn dependencies() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

/// The newest build of the crate.
fn library() -> PathBuf {
    let files = fs::read_dir(dependencies()).unwrap();
    let builds = files.filter_map(|file| {
        let path = file.ok()?.path();
        let name = path.file_name()?.to_str()?;
        let ours = name.starts_with("libtower_postern-") && path.extension()? == "rlib";
        ours.then(|| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))?
    });
    builds.max().expect("this test is linked with the crate").1
}

#[test]
fn a_hide_layer_that_was_not_told_what_a_hidden_request_meets_does_not_compile_and_names_the_cure()
{
    assert_fails(
        "hide_undecided",
        &[
            "a `HideLayer` must say what a hidden request meets",
            "add `.fallback(public_service)`, `.reroute()`, `.not_found()` or `.unimplemented()`",
            "for a router of Axum or Tonic, `hide_routes` puts it together",
        ],
    );
}

/// A router wants a service, and not that something was decided: the compiler then comes by another way to the same words.
#[cfg(all(feature = "openapi", feature = "test-util"))]
#[test]
fn a_router_that_is_given_a_hide_layer_that_was_not_told_names_the_cure_too() {
    assert_fails(
        "hide_undecided_service",
        &[
            "a `HideLayer` must say what a hidden request meets",
            "add `.fallback(public_service)`, `.reroute()`, `.not_found()` or `.unimplemented()`",
        ],
    );
}
