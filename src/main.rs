//! The command `tanggap`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tanggap::surface::cli::run(std::env::args_os()))
}
