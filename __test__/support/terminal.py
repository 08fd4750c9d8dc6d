"""Runs a command on a terminal of its own: standard input is what is typed, standard output what it shows.

Echo is off, so that only the program speaks. The first line on standard error is its process id, the last one how it
ended: `exit N` or `signal N`.
"""
import os
import pty
import select
import sys
import termios

pid, master = pty.fork()
if pid == 0:
    attributes = termios.tcgetattr(0)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    os.execvp(sys.argv[1], sys.argv[1:])

print(pid, file=sys.stderr, flush=True)
sources = [0, master]
while True:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(master, typed)
        else:
            sources.remove(0)
    if master in ready:
        # A terminal that nobody has open any more fails with EIO.
        try:
            shown = os.read(master, 4096)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown.replace(b'\r\n', b'\n'))
_, status = os.waitpid(pid, 0)
if os.WIFSIGNALED(status):
    print('signal', os.WTERMSIG(status), file=sys.stderr)
else:
    print('exit', os.WEXITSTATUS(status), file=sys.stderr)
