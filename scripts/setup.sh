# Sourced by ./demo, ./test and bench/all: takes a bare Debian 12 to where mirim builds. What is installed or built already
# is not done again. Expects the root of the project as working directory.

# One compiler cache serves every clone, wherever it stands: paths in it begin at the project's root.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# packages_of SECTION...: the names under these headings of packages.txt.
packages_of() {
  awk -v wanted=" $* " '/^\[/ {gsub(/[][]/, ""); on = index(wanted, " " $0 " ") > 0; next} /^#|^$/ {next} on' packages.txt
}

# install_packages SECTION...: asks dpkg what is there and apt-get for the rest.
install_packages() {
  local missing=() name as_root=()
  for name in $(packages_of "$@"); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "packages.txt: not installed: ${missing[*]}; run 'apt-get install ${missing[*]}' as root, or install sudo"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -qq update || fail "apt-get update failed: check the network and /etc/apt/sources.list"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install --no-install-recommends -y \
    "${missing[@]}" >/dev/null || fail "apt-get could not install: ${missing[*]}"
}

# The report's page is bundled from npm packages; they are fetched when their lock file is not the one installed.
install_node_modules() {
  command -v node >/dev/null && command -v npm >/dev/null || install_packages node
  local lock=mirim/report/package-lock.json stamp=mirim/report/node_modules/.installed-lock
  cmp -s "$lock" "$stamp" && return
  say "Installing the report's npm packages"
  (cd mirim/report && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    fail "mirim/report: 'npm ci' failed: check the network and the npm settings"
  cp "$lock" "$stamp"
}

# The judges, in build/judge. Where they cannot be installed their tests say so and are skipped: tests/golden holds their answers.
install_judges() {
  cmp -s tests/judge/requirements.txt build/judge/requirements.txt && return
  say "Installing the judges"
  tests/judge/setup >/dev/null || say "The judges could not be installed: the tests that ask them are skipped"
}

# build PRESET [TARGET...]: configures once, then builds what changed.
build() {
  local preset=$1
  shift
  if [ ! -e "build/$preset/build.ninja" ]; then
    say "Configuring the $preset build"
    mkdir -p "build/$preset"
    cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || { cat "build/$preset/configure.log" >&2; exit 1; }
  fi
  say "Building ($preset)"
  cmake --build --preset "$preset" ${@:+--target "$@"} || fail "the $preset build failed"
}
