//! `completions` and `man`: what shells and the manual say of the command line, made from its description.

use clap::Command;
use clap_complete::Shell;

use super::error::CliError;
use super::output::print;

/// Options of `completions`.
#[derive(clap::Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Options of `man`.
#[derive(clap::Args)]
pub struct Page {
    /// The command, such as `sessions revoke`; without it the page of the program
    command: Vec<String>,
}

/// Prints the completions for a shell.
pub fn completions(mut command: Command, options: &Completions) -> Result<(), CliError> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut command, &name, &mut text);
    // In the script for bash, clap_complete 4.6 spells a hyphen of the program's name in two ways, so that it finds no options of a command.
    let [one, other] = ["__subcmd__", "__"].map(|separator| name.replace('-', separator));
    print(
        String::from_utf8_lossy(&text)
            .replace(&one, &other)
            .trim_end(),
    )
}

/// Prints a page of the manual.
///
/// # Errors
/// [`CliError::Usage`] when there is no such command.
pub fn page(mut command: Command, options: &Page) -> Result<(), CliError> {
    command.build();
    let found = options
        .command
        .iter()
        .try_fold(&command, |command, name| command.find_subcommand(name));
    let Some(found) = found else {
        return Err(CliError::Usage(
            "man: unknown command; see --help for the commands".to_owned(),
        ));
    };
    let name = found.get_display_name().unwrap_or_else(|| found.get_name());
    let page = clap_mangen::Man::new(found.clone()).title(name.to_uppercase());
    let mut text = Vec::new();
    page.render(&mut text).map_err(CliError::Output)?;
    print(String::from_utf8_lossy(&text).trim_end())
}
