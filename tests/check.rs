//! Everything that can be wrong with rule files, as it is reported, in both languages.

use crate::support::{Case, program};

#[test]
fn cases() {
    insta::glob!("cases/check/*.txt", |path| {
        let case = Case::read(path);
        let report = match program(&case) {
            Ok((program, warnings)) => {
                let resolved =
                    tanggap::report::render_resolved(program.rules(), tanggap::base::Lang::En);
                format!("{warnings}\n{resolved}")
            }
            Err(report) => report,
        };
        let fails = path
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .starts_with("err_");
        assert_eq!(
            program(&case).is_err(),
            fails,
            "{}\n{report}",
            path.display()
        );
        let lines: Vec<&str> = report.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"));
    });
}
