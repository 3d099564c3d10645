#!/bin/sh
# Makes the virtual environment fit for `run` (the application alone) or `dev` (tests and tools
# too), with the first Python that is recent enough. A new one is made with PYTHON=<interpreter>.
set -eu

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

for python in .venv/bin/python "${PYTHON:-python3}" \
  python3 python3.14 python3.13 python3.12 python3.11; do
  if is_recent "$python"; then
    exec "$python" -I local/environment.py "$@"
  fi
done

here=$(python3 --version 2>/dev/null || echo 'no python3')
cat >&2 <<END
Relais demande Python 3.11 ou plus récent (ici : $here).
  Debian, Ubuntu : sudo apt install python3 python3-venv
  ou / or: PYTHON=/chemin/vers/python3.12 make run
Relais needs Python 3.11 or later (here: $here).
END
exit 1
