//! What the programs are linked with is none of cargo's own sources.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../emscripten");
    println!("cargo::rerun-if-env-changed=EMCC_CFLAGS");
}
