// Emscripten lets a program have 4096 descriptors, whatever the host allows.
Module['preRun'] = [
  () => {
    FS.MAX_OPEN_FDS = 1 << 15;
  },
];
