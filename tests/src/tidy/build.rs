//! The checks have built what is deployed.

use super::read;

#[test]
fn the_checks_build_what_is_deployed_by_default() {
    let template = read("template.yaml");
    let default = "    Default: x86_64\n";
    let architecture = template.split_once("  Architecture:\n").expect("a parameter").1;
    let architecture = architecture.split_once("\n  LogLevel:").expect("the next parameter").0;
    assert!(architecture.contains(default), "{architecture}");

    let documented = ["README.md", "docs/operations.md"].map(read);
    for text in &documented {
        assert!(text.contains("\nsam build\n"), "the checks run `sam build` as it is documented");
    }
    let checks = read(".ci/run");
    let builds: Vec<&str> =
        checks.lines().filter(|line| line.contains("sam build") && !line.contains("step ")).collect();
    let is_plain =
        |line: &&str| line.trim_end().ends_with(" sam build") && !line.trim_start().starts_with('#');
    assert_eq!(builds.iter().filter(|line| is_plain(line)).count(), 1, "{builds:?}");
    assert!(
        !checks.contains("--parameter-overrides"),
        "the checks build the template with its own parameters"
    );
}
