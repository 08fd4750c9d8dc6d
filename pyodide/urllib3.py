"""Keeps urllib3, and with it requests, from replacing its connections by those that use fetch."""

import sys
import types

NAME = "urllib3.contrib.emscripten"

if "urllib3" in sys.modules:
    raise RuntimeError("hostsock: 'urllib3' was imported before useHostSockets was called with urllib3: 'sockets'")
module = types.ModuleType(NAME)
module.inject_into_urllib3 = lambda: None
sys.modules[NAME] = module
