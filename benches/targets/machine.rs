//! Where it is measured: no number of a table means anything without.

use std::{env, fmt, fs, process::Command, thread};

pub(crate) struct Machine {
    processor: String,
    cores: usize,
    compiler: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = information
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim() == "model name");
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = Command::new(rustc).arg("--version").output();
        let version = version
            .ok()
            .and_then(|told| String::from_utf8(told.stdout).ok());
        let unknown = || "unknown".to_owned();
        Self {
            processor: model.map_or_else(unknown, |(_, model)| model.trim().to_owned()),
            cores: thread::available_parallelism().map_or(0, usize::from),
            compiler: version.map_or_else(unknown, |version| version.trim().to_owned()),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processor,
            cores,
            compiler,
        } = self;
        let (os, arch) = (env::consts::OS, env::consts::ARCH);
        write!(
            f,
            "{processor} ({arch}, {os}), {cores} cores of which one is used; {compiler}; signatures by aws-lc-rs"
        )
    }
}
