"""hostsock as an Emscripten port: emcc app.c --use-port=.../hostsock/emscripten/port.py

Adds the socket functions of hostsock.c, their imports (library.js), and the headers that older
versions lack. Options: none beyond those of the module itself (Module['hostsock'], HOSTSOCK_*).
"""

import hashlib
import os
import shlex
import subprocess

TITLE = 'hostsock'
URL = 'https://www.npmjs.com/package/hostsock'
DESCRIPTION = 'Host sockets for WebAssembly under Node'
LICENSE = 'MIT license'

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, 'hostsock.c')
INCLUDE = os.path.join(HERE, 'include')

# The settings that change how an object file must be compiled to be linked with the program.
VARIANTS = [('PTHREADS', '-pthread'), ('SHARED_MEMORY', '-pthread'), ('MEMORY64', '-sMEMORY64'), ('WASM_EXCEPTIONS', '-fwasm-exceptions')]


def flags_of(settings):
  flags = ['-O2', '-isystem', INCLUDE]
  for setting, flag in VARIANTS:
    if getattr(settings, setting, 0) and flag not in flags:
      flags.append(flag)
  # Never -flto: what it makes of symbols that only JavaScript needs cannot be linked in some versions.
  return flags


def cache_folder(shared):
  # Debian's packages freeze Emscripten's own cache: then a folder of the user's takes its place.
  folder = os.environ.get('HOSTSOCK_PORT_CACHE') or os.path.join(
      os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache'), 'hostsock')
  os.makedirs(folder, exist_ok=True)
  return folder


def get(ports, settings, shared):
  flags = flags_of(settings)
  with open(SOURCE, 'rb') as source:
    key = hashlib.sha256(source.read() + repr((flags, shared.EMSCRIPTEN_VERSION if hasattr(shared, 'EMSCRIPTEN_VERSION') else '')).encode()).hexdigest()[:16]
  output = os.path.join(cache_folder(shared), f'hostsock-{key}.o')
  if not os.path.exists(output):
    # Written beside and renamed, so that two links at once do not meet half a file.
    partial = f'{output}.{os.getpid()}.o'
    compiler = shared.EMCC if isinstance(shared.EMCC, list) else [shared.EMCC]
    subprocess.run([*compiler, '-c', SOURCE, '-o', partial, *flags], check=True)
    os.replace(partial, output)
  return [output]


def clear(ports, settings, shared):
  folder = cache_folder(shared)
  for name in os.listdir(folder):
    if name.startswith('hostsock-') and name.endswith('.o'):
      os.remove(os.path.join(folder, name))


def linker_setup(ports, settings):
  settings.JS_LIBRARIES += [os.path.join(HERE, 'library.js')]
  # A program that has only sockets and standard output would lose its file system otherwise.
  settings.FORCE_FILESYSTEM = 1
  # Closure renames what the adapter must find. (Only newer versions have a setting for this.)
  externs = '--externs=' + shlex.quote(os.path.join(HERE, 'externs.js'))
  os.environ['EMCC_CLOSURE_ARGS'] = (os.environ.get('EMCC_CLOSURE_ARGS', '') + ' ' + externs).strip()


def process_args(ports):
  return ['-isystem', INCLUDE]
