//! The checked-in generated code is what the generator makes of the proto files.

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;

/// Set it to write the files anew; without it they are compared.
const REGENERATE: &str = "REPRISE_REGENERATE";

/// Each package of `proto/`, which is what its file of code is called, and its files.
const PACKAGES: [(&str, &[&str]); 2] = [
    ("scheduler", &["scheduler.proto"]),
    ("inference", &["open_inference.proto", "triton_model_config.proto"]),
];

/// Which of our own types stands for which message.
const OWN_TYPES: [(&str, &str); 1] = [(".scheduler.InferRequest", "crate::InferRequest")];

#[test]
fn generated_code_is_what_the_proto_files_give() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated");
    for (name, made) in PACKAGES.iter().flat_map(|(package, files)| generate(package, files)) {
        let path = checked_in.join(name);
        if std::env::var_os(REGENERATE).is_some() {
            fs::write(&path, &made).unwrap();
        }
        let found = fs::read(&path).unwrap_or_default();
        assert!(
            found == made,
            "{} differs from what proto/ gives; run\n    \
             {REGENERATE}=1 cargo test -p wire --test integration",
            path.display()
        );
    }
}

/// Each generated file of a package: its name and its bytes.
fn generate(package: &str, files: &[&str]) -> [(String, Vec<u8>); 2] {
    let proto: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let set = protox::compile(files, [&proto]).unwrap();
    let descriptor = set.encode_to_vec();

    let out = tempfile::tempdir().unwrap();
    let builder =
        OWN_TYPES.iter().fold(tonic_prost_build::configure(), |builder, (message, own)| {
            builder.extern_path(message, own)
        });
    builder
        .out_dir(&out)
        .bytes(".")
        .btree_map(".")
        .emit_rerun_if_changed(false)
        .compile_fds(set)
        .unwrap();
    let code = fs::read(out.path().join(format!("{package}.rs"))).unwrap();
    [(format!("{package}.rs"), code), (format!("{package}.binpb"), descriptor)]
}
