//! The one thing that a program needs to have host sockets: hostsock's port for the linker, which is emcc.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("emscripten") {
        // In a project of yours: node_modules/hostsock/emscripten/port.py
        println!(
            "cargo::rustc-link-arg=--use-port={}/../../emscripten/port.py",
            env!("CARGO_MANIFEST_DIR")
        );
    }
}
