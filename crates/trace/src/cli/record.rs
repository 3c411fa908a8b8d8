//! What can be typed after `trace record`: whatever the program `trace-record` takes.

use std::ffi::OsString;

use clap::Args;

#[derive(Args, Debug)]
// Its help is that of the program it hands over to.
#[command(disable_help_flag = true)]
pub(crate) struct RecordArgs {
    /// Arguments of the program `trace-record`; --help lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub(crate) arguments: Vec<OsString>,
}
