'use strict';

// node examples/prebuilt.js MODULE.js [ARGUMENT...]: runs a program whose module was built without hostsock, on real
// sockets. The module must be a factory (-sMODULARIZE) and export FS, DNS, HEAPU8, callMain and _malloc.

const fs = require('node:fs');
const path = require('node:path');
const { install, wrapImports } = require('hostsock/emscripten');

async function load(file) {
  const Module = {
    noInitialRun: true,
    // What never passes through the file system is reached among the module's imports: setsockopt, poll, flags.
    instantiateWasm(imports, receive) {
      for (const group of Object.values(imports)) wrapImports(group, { runtime: Module });
      WebAssembly.instantiate(fs.readFileSync(file.replace(/\.js$/, '.wasm')), imports).then(
        ({ instance, module }) => receive(instance, module),
      );
      return {};
    },
  };
  await require(file)(Module);
  // The rest is the file system's: socket, read, write, close.
  return install(Module);
}

const [, , file, ...args] = process.argv;
load(path.resolve(file)).then((Module) => {
  process.exitCode = Module.callMain(args);
});
