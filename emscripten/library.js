// hostsock's imports for hostsock.c: `--js-library library.js` (`hostsock emcc-flags` gives all of it).
//
// Every function but those that make or end a descriptor runs on the thread that calls it; the wasm
// pointers go straight to the addon.

#if WASMFS
{(() => { throw new Error('hostsock: WasmFS has no place for sockets from outside; link without -sWASMFS (docs/emscripten.md)'); })() }
#endif

mergeInto(LibraryManager.library, {
  // The options of the port (port.py), which come in place of this.
  $HOSTSOCK_DEFAULTS: {},

#if PTHREADS
  $HOSTSOCK__deps: ['$FS', '$SOCKFS', '$HOSTSOCK_DEFAULTS', 'emscripten_main_thread_process_queued_calls'],
#else
  $HOSTSOCK__deps: ['$FS', '$SOCKFS', '$HOSTSOCK_DEFAULTS'],
#endif
  $HOSTSOCK__postset: 'HOSTSOCK.link();',
  $HOSTSOCK: {
    native: null,
    calls: null,
    /** The module's number. Never what the wasm code says: it could name another module's. */
    id: 0,
    own: () => {
#if PTHREADS
      // A thread is known by the memory that it shares with the others: no word of the first one is needed.
      if (ENVIRONMENT_IS_PTHREAD) return (HOSTSOCK.id = HOSTSOCK.native.guestSharing(HEAPU8));
      HOSTSOCK.id = HOSTSOCK.calls.begin();
      HOSTSOCK.native.guestShare(HOSTSOCK.id, HEAPU8);
#else
      HOSTSOCK.id = HOSTSOCK.calls.begin();
#endif
      return HOSTSOCK.id;
    },
    link: () => {
      if (!ENVIRONMENT_IS_NODE) throw new Error('hostsock: this program has host sockets and runs under Node only');
      HOSTSOCK.calls = require('hostsock/emscripten').link({
        Module: Module,
        FS: FS,
        SOCKFS: SOCKFS,
        defaults: HOSTSOCK_DEFAULTS,
        wide: {{{ MEMORY64 ? 'true' : 'false' }}},
        heap: () => HEAPU8,
        malloc: (size) => _malloc(size),
        instance: () => HOSTSOCK.id || HOSTSOCK.own(),
#if PTHREADS
        thread: ENVIRONMENT_IS_PTHREAD,
        // Other threads wait for the first one, whatever it waits for.
        interlude: () => _emscripten_main_thread_process_queued_calls(),
#endif
      });
      HOSTSOCK.native = HOSTSOCK.calls.native;
    },
  },

  // Where the file system lives.

  hostsock_begin__deps: ['$HOSTSOCK'],
  hostsock_begin__sig: 'i',
  hostsock_begin__proxy: 'sync',
  hostsock_begin: function () {
    return HOSTSOCK.id || HOSTSOCK.own();
  },
  hostsock_socket__deps: ['$HOSTSOCK'],
  hostsock_socket__sig: 'iiii',
  hostsock_socket__proxy: 'sync',
  hostsock_socket: function (domain, type, protocol) {
    return HOSTSOCK.calls.socket(domain, type, protocol);
  },
  hostsock_adopt__deps: ['$HOSTSOCK'],
  hostsock_adopt__sig: 'iiiii',
  hostsock_adopt__proxy: 'sync',
  hostsock_adopt: function (handle, domain, type, flags) {
    return HOSTSOCK.calls.adopt(handle, domain, type, flags);
  },
  hostsock_close__deps: ['$HOSTSOCK'],
  hostsock_close__sig: 'ii',
  hostsock_close__proxy: 'sync',
  hostsock_close: function (fd) {
    return HOSTSOCK.calls.close(fd);
  },
  hostsock_setfl__deps: ['$HOSTSOCK'],
  hostsock_setfl__sig: 'iii',
  hostsock_setfl__proxy: 'sync',
  hostsock_setfl: function (fd, flags) {
    return HOSTSOCK.calls.setfl(fd, flags);
  },
  hostsock_poll_files__deps: ['$HOSTSOCK'],
  hostsock_poll_files__sig: 'ippp',
  hostsock_poll_files__proxy: 'sync',
  hostsock_poll_files: function (fds, count, hosts) {
    return HOSTSOCK.calls.pollFiles(fds, count, hosts);
  },
  hostsock_standard__deps: ['$HOSTSOCK'],
  hostsock_standard__sig: 'ii',
  hostsock_standard__proxy: 'sync',
  hostsock_standard: function (fd) {
    return HOSTSOCK.calls.standard(fd);
  },
  hostsock_terminal__deps: ['$HOSTSOCK'],
  hostsock_terminal__sig: 'ii',
  hostsock_terminal__proxy: 'sync',
  hostsock_terminal: function (fd) {
    return HOSTSOCK.calls.terminal(fd);
  },

  // On the calling thread.

  hostsock_bind__deps: ['$HOSTSOCK'],
  hostsock_bind__sig: 'iipi',
  hostsock_bind: function (fd, a, b) {
    return HOSTSOCK.native.guestBind(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_connect__deps: ['$HOSTSOCK'],
  hostsock_connect__sig: 'iipi',
  hostsock_connect: function (fd, a, b) {
    return HOSTSOCK.native.guestConnect(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_accept__deps: ['$HOSTSOCK'],
  hostsock_accept__sig: 'iipp',
  hostsock_accept: function (fd, a, b) {
    return HOSTSOCK.native.guestAccept(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_name__deps: ['$HOSTSOCK'],
  hostsock_name__sig: 'iippi',
  hostsock_name: function (fd, a, b, c) {
    return HOSTSOCK.native.guestName(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c);
  },
  hostsock_sendto__deps: ['$HOSTSOCK'],
  hostsock_sendto__sig: 'iippipi',
  hostsock_sendto: function (fd, a, b, c, d, e) {
    // The addon asks the engine for each argument: of send and recv it needs no more.
    if (!d) return HOSTSOCK.native.guestSendto(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c);
    return HOSTSOCK.native.guestSendto(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c, d, e);
  },
  hostsock_recvfrom__deps: ['$HOSTSOCK'],
  hostsock_recvfrom__sig: 'iippipp',
  hostsock_recvfrom: function (fd, a, b, c, d, e) {
    // The addon asks the engine for each argument: of send and recv it needs no more.
    if (!d) return HOSTSOCK.native.guestRecvfrom(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c);
    return HOSTSOCK.native.guestRecvfrom(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c, d, e);
  },
  hostsock_sendmsg__deps: ['$HOSTSOCK'],
  hostsock_sendmsg__sig: 'iipi',
  hostsock_sendmsg: function (fd, a, b) {
    return HOSTSOCK.native.guestSendmsg(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_recvmsg__deps: ['$HOSTSOCK'],
  hostsock_recvmsg__sig: 'iipi',
  hostsock_recvmsg: function (fd, a, b) {
    return HOSTSOCK.native.guestRecvmsg(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_sendmmsg__deps: ['$HOSTSOCK'],
  hostsock_sendmmsg__sig: 'iippi',
  hostsock_sendmmsg: function (fd, a, b, c) {
    return HOSTSOCK.native.guestSendmmsg(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c);
  },
  hostsock_recvmmsg__deps: ['$HOSTSOCK'],
  hostsock_recvmmsg__sig: 'iippi',
  hostsock_recvmmsg: function (fd, a, b, c) {
    return HOSTSOCK.native.guestRecvmmsg(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c);
  },
  hostsock_readv__deps: ['$HOSTSOCK'],
  hostsock_readv__sig: 'iipi',
  hostsock_readv: function (fd, a, b) {
    return HOSTSOCK.native.guestReadv(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_writev__deps: ['$HOSTSOCK'],
  hostsock_writev__sig: 'iipi',
  hostsock_writev: function (fd, a, b) {
    return HOSTSOCK.native.guestWritev(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b);
  },
  hostsock_getsockopt__deps: ['$HOSTSOCK'],
  hostsock_getsockopt__sig: 'iiiipp',
  hostsock_getsockopt: function (fd, a, b, c, d) {
    return HOSTSOCK.native.guestGetsockopt(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c, d);
  },
  hostsock_setsockopt__deps: ['$HOSTSOCK'],
  hostsock_setsockopt__sig: 'iiiipi',
  hostsock_setsockopt: function (fd, a, b, c, d) {
    return HOSTSOCK.native.guestSetsockopt(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c, d);
  },
  hostsock_epoll_ctl__deps: ['$HOSTSOCK'],
  hostsock_epoll_ctl__sig: 'iiiipi',
  hostsock_epoll_ctl: function (fd, a, b, c, d) {
    return HOSTSOCK.native.guestEpollCtl(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, c, d);
  },
  hostsock_epoll_wait__deps: ['$HOSTSOCK'],
  hostsock_epoll_wait__sig: 'iipid',
  hostsock_epoll_wait: function (fd, a, b, c) {
    return HOSTSOCK.native.guestEpollWait(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, a, b, HOSTSOCK.calls.patience(c));
  },
  hostsock_listen__deps: ['$HOSTSOCK'],
  hostsock_listen__sig: 'iii',
  hostsock_listen: function (fd, a) {
    return HOSTSOCK.native.guestListen(HOSTSOCK.id || HOSTSOCK.own(), fd, a);
  },
  hostsock_shutdown__deps: ['$HOSTSOCK'],
  hostsock_shutdown__sig: 'iii',
  hostsock_shutdown: function (fd, a) {
    return HOSTSOCK.native.guestShutdown(HOSTSOCK.id || HOSTSOCK.own(), fd, a);
  },
  hostsock_pair__deps: ['$HOSTSOCK'],
  hostsock_pair__sig: 'iiiip',
  hostsock_pair: function (domain, type, protocol, handles) {
    return HOSTSOCK.native.guestPair(HOSTSOCK.id || HOSTSOCK.own(), domain, type, protocol, HEAPU8, handles);
  },
  hostsock_pipe__deps: ['$HOSTSOCK'],
  hostsock_pipe__sig: 'ip',
  hostsock_pipe: function (handles) {
    return HOSTSOCK.native.guestPipe(HOSTSOCK.id || HOSTSOCK.own(), HEAPU8, handles);
  },
  hostsock_poll__deps: ['$HOSTSOCK'],
  hostsock_poll__sig: 'ippdp',
  hostsock_poll: function (fds, count, milliseconds, hosts) {
    return HOSTSOCK.native.guestPoll(HOSTSOCK.id || HOSTSOCK.own(), HEAPU8, fds, count, HOSTSOCK.calls.patience(milliseconds), hosts);
  },
  hostsock_read_standard__deps: ['$HOSTSOCK'],
  hostsock_read_standard__sig: 'ippii',
  hostsock_read_standard: function (list, count, host, waits) {
    const patience = HOSTSOCK.calls.patience(waits);
    return HOSTSOCK.native.guestReadStandard(HOSTSOCK.id || HOSTSOCK.own(), HEAPU8, list, count, host, patience);
  },
  hostsock_write_standard__deps: ['$HOSTSOCK'],
  hostsock_write_standard__sig: 'ippii',
  hostsock_write_standard: function (list, count, host, waits) {
    return HOSTSOCK.native.guestWriteStandard(HOSTSOCK.id || HOSTSOCK.own(), HEAPU8, list, count, host, waits);
  },
  hostsock_epoll_create__deps: ['$HOSTSOCK'],
  hostsock_epoll_create__sig: 'i',
  hostsock_epoll_create: function () {
    return HOSTSOCK.native.guestEpollCreate(HOSTSOCK.id || HOSTSOCK.own());
  },
  hostsock_ioctl__deps: ['$HOSTSOCK'],
  hostsock_ioctl__sig: 'iiip',
  hostsock_ioctl: function (fd, request, argument) {
    return HOSTSOCK.native.guestIoctl(HOSTSOCK.id || HOSTSOCK.own(), fd, HEAPU8, request, argument);
  },
  hostsock_getaddrinfo__deps: ['$HOSTSOCK', 'malloc'],
  hostsock_getaddrinfo__sig: 'ipppp',
  hostsock_getaddrinfo: function (node, service, hints, out) {
    return HOSTSOCK.calls.getaddrinfo(node, service, hints, out);
  },
  hostsock_getnameinfo__deps: ['$HOSTSOCK'],
  hostsock_getnameinfo__sig: 'ipipipii',
  hostsock_getnameinfo: function (address, length, host, hostLength, service, serviceLength, flags) {
    return HOSTSOCK.calls.getnameinfo(address, length, host, hostLength, service, serviceLength, flags);
  },
  hostsock_socket_path__deps: ['$HOSTSOCK'],
  hostsock_socket_path__sig: 'iipip',
  hostsock_socket_path: function (operation, path, argument, fields) {
    return HOSTSOCK.calls.socketPath(operation, path, argument, fields);
  },
  hostsock_interface_index__deps: ['$HOSTSOCK'],
  hostsock_interface_index__sig: 'ip',
  hostsock_interface_index: function (name) {
    return HOSTSOCK.calls.interfaceIndex(name);
  },
});
