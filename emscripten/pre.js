// hostsock for Emscripten: `emcc app.c --pre-js node_modules/hostsock/emscripten/pre.js`.
//
// Runs inside the module's own scope, before its library is there. The module looks at
// `Module.instantiateWasm` when the library is complete and the wasm code is not yet bound to it:
// that is the moment to put real sockets in.
(() => {
  if (!ENVIRONMENT_IS_NODE) return;
  var hostsock = require('hostsock/emscripten');

  // The functions that wasm imports, under whatever short names this build gives them: a build has
  // only those that its program uses.
  function library() {
    return {
      __syscall_socket: typeof ___syscall_socket === 'undefined' ? 0 : ___syscall_socket,
      __syscall_bind: typeof ___syscall_bind === 'undefined' ? 0 : ___syscall_bind,
      __syscall_connect: typeof ___syscall_connect === 'undefined' ? 0 : ___syscall_connect,
      __syscall_listen: typeof ___syscall_listen === 'undefined' ? 0 : ___syscall_listen,
      __syscall_accept4: typeof ___syscall_accept4 === 'undefined' ? 0 : ___syscall_accept4,
      __syscall_getsockname: typeof ___syscall_getsockname === 'undefined' ? 0 : ___syscall_getsockname,
      __syscall_getpeername: typeof ___syscall_getpeername === 'undefined' ? 0 : ___syscall_getpeername,
      __syscall_sendto: typeof ___syscall_sendto === 'undefined' ? 0 : ___syscall_sendto,
      __syscall_recvfrom: typeof ___syscall_recvfrom === 'undefined' ? 0 : ___syscall_recvfrom,
      __syscall_sendmsg: typeof ___syscall_sendmsg === 'undefined' ? 0 : ___syscall_sendmsg,
      __syscall_recvmsg: typeof ___syscall_recvmsg === 'undefined' ? 0 : ___syscall_recvmsg,
      __syscall_shutdown: typeof ___syscall_shutdown === 'undefined' ? 0 : ___syscall_shutdown,
      __syscall_getsockopt: typeof ___syscall_getsockopt === 'undefined' ? 0 : ___syscall_getsockopt,
      __syscall_setsockopt: typeof ___syscall_setsockopt === 'undefined' ? 0 : ___syscall_setsockopt,
      __syscall_fcntl64: typeof ___syscall_fcntl64 === 'undefined' ? 0 : ___syscall_fcntl64,
      __syscall_ioctl: typeof ___syscall_ioctl === 'undefined' ? 0 : ___syscall_ioctl,
      __syscall_poll: typeof ___syscall_poll === 'undefined' ? 0 : ___syscall_poll,
      __syscall_poll_nonblocking:
        typeof ___syscall_poll_nonblocking === 'undefined' ? 0 : ___syscall_poll_nonblocking,
      __syscall__newselect: typeof ___syscall__newselect === 'undefined' ? 0 : ___syscall__newselect,
      fd_read: typeof _fd_read === 'undefined' ? 0 : _fd_read,
      fd_write: typeof _fd_write === 'undefined' ? 0 : _fd_write,
      getaddrinfo: typeof _getaddrinfo === 'undefined' ? 0 : _getaddrinfo,
      getnameinfo: typeof _getnameinfo === 'undefined' ? 0 : _getnameinfo,
      _emscripten_lookup_name: typeof __emscripten_lookup_name === 'undefined' ? 0 : __emscripten_lookup_name,
    };
  }

  var scope = {
    Module: Module,
    get FS() {
      return typeof FS === 'undefined' ? undefined : FS;
    },
    get SOCKFS() {
      return typeof SOCKFS === 'undefined' ? undefined : SOCKFS;
    },
    get DNS() {
      return typeof DNS === 'undefined' ? undefined : DNS;
    },
    get HEAPU8() {
      return HEAPU8;
    },
    get malloc() {
      return typeof _malloc === 'undefined' ? undefined : _malloc;
    },
  };

  function install() {
    if (scope.FS === undefined) return;
    var functions = library();
    var keys = Object.keys(wasmImports);
    hostsock.wrapImports(wasmImports, { runtime: scope }, (name) =>
      keys.find((key) => wasmImports[key] === functions[name]),
    );
    if (scope.SOCKFS !== undefined) hostsock.install(scope);
  }

  var instantiateWasm = Module['instantiateWasm'];
  var installed = false;
  Object.defineProperty(Module, 'instantiateWasm', {
    configurable: true,
    get: () => {
      if (!installed) {
        installed = true;
        install();
      }
      return instantiateWasm;
    },
    set: (value) => {
      instantiateWasm = value;
    },
  });

  // A build that was told to take no notice of it would go on with Emscripten's own sockets.
  process.nextTick(() => {
    if (installed) return;
    throw new Error(
      "hostsock: this build does not look at Module.instantiateWasm; add 'instantiateWasm' to " +
        '-sINCOMING_MODULE_JS_API, or link with hostsock emcc-flags instead of the pre-js',
    );
  });
})();
