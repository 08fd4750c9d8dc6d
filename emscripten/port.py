"""hostsock as an Emscripten port: emcc app.c --use-port=.../hostsock/emscripten/port.py

Adds the socket functions of hostsock.c, their imports (library.js), and the headers that older
versions lack. Options are the settings of Module['hostsock'] (docs/emscripten.md), which overrides
them at run time: --use-port=.../port.py:blocking=never
"""

import hashlib
import json
import os
import shlex
import subprocess

TITLE = 'hostsock'
URL = 'https://www.npmjs.com/package/hostsock'
DESCRIPTION = 'Host sockets for WebAssembly under Node'
LICENSE = 'MIT license'

# Each with its values.
SETTINGS = {
  'blocking': ['posix', 'never'],
}
OPTIONS = {
  'blocking': "whether calls on a socket without O_NONBLOCK wait: 'posix' (default) or 'never'",
}

# What this link asked for.
chosen = {}

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


def cache_folder():
  # Debian's packages freeze Emscripten's own cache: then a folder of the user's takes its place.
  folder = os.environ.get('HOSTSOCK_PORT_CACHE') or os.path.join(
      os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache'), 'hostsock')
  os.makedirs(folder, exist_ok=True)
  return folder


def handle_options(options, error_handler):
  for name, value in options.items():
    if value not in SETTINGS[name]:
      values = ' or '.join(f"'{each}'" for each in SETTINGS[name])
      error_handler(f"hostsock: the setting '{name}' must be {values}, not '{value}'")
    chosen[name] = value


def write_once(path, write):
  """Makes a file unless it is there: beside it and renamed, so that two links at once do not meet half a file."""
  if not os.path.exists(path):
    partial = f'{path}.{os.getpid()}{os.path.splitext(path)[1]}'
    write(partial)
    os.replace(partial, path)
  return path


def get(ports, settings, shared):
  flags = flags_of(settings)
  with open(SOURCE, 'rb') as source:
    key = hashlib.sha256(source.read() + repr((flags, shared.EMSCRIPTEN_VERSION if hasattr(shared, 'EMSCRIPTEN_VERSION') else '')).encode()).hexdigest()[:16]
  compiler = shared.EMCC if isinstance(shared.EMCC, list) else [shared.EMCC]
  # EMCC_CFLAGS may be what brought this port in: it would do so again, without end.
  environment = {name: value for name, value in os.environ.items() if name != 'EMCC_CFLAGS'}

  def compile_to(path):
    subprocess.run([*compiler, '-c', SOURCE, '-o', path, *flags], check=True, env=environment)

  return [write_once(os.path.join(cache_folder(), f'hostsock-{key}.o'), compile_to)]


def clear(ports, settings, shared):
  folder = cache_folder()
  for name in os.listdir(folder):
    if name.startswith('hostsock-') and name.endswith(('.o', '.js')):
      os.remove(os.path.join(folder, name))


def defaults_library():
  """A library that replaces library.js's $HOSTSOCK_DEFAULTS."""
  text = f'mergeInto(LibraryManager.library, {{ $HOSTSOCK_DEFAULTS: {json.dumps(chosen, sort_keys=True)} }});\n'

  def write(path):
    with open(path, 'w') as file:
      file.write(text)

  key = hashlib.sha256(text.encode()).hexdigest()[:16]
  return write_once(os.path.join(cache_folder(), f'hostsock-{key}.js'), write)


def linker_setup(ports, settings):
  settings.JS_LIBRARIES += [os.path.join(HERE, 'library.js')]
  if chosen:
    settings.JS_LIBRARIES += [defaults_library()]
  if settings.LTO:
    # See flags.js.
    settings.EXPORT_IF_DEFINED += ['__cxa_increment_exception_refcount']
  # A program that has only sockets and standard output would lose its file system otherwise.
  settings.FORCE_FILESYSTEM = 1
  # Closure renames what the adapter must find. (Only newer versions have a setting for this.)
  externs = '--externs=' + shlex.quote(os.path.join(HERE, 'externs.js'))
  os.environ['EMCC_CLOSURE_ARGS'] = (os.environ.get('EMCC_CLOSURE_ARGS', '') + ' ' + externs).strip()


def process_args(ports):
  return ['-isystem', INCLUDE]
