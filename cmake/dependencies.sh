# Sourced by demo.sh, test.sh, coverage.sh and .ci/run: the Debian packages that libchurn needs, and how they get there.
#
#   install_missing "${build_packages[@]}"
#   install_scripts cmake/charts
#
# Installs nothing and prints nothing where all packages are there. Where there is no apt-get, it says what
# is needed and goes on as long as the tools to build with are found. Scripts come with npm; without them (no
# network) the pages of reports have tables only, and tests in a browser are left out.
# shellcheck shell=bash disable=SC2034  # the lists are for whoever sources this

build_packages=(g++ cmake ninja-build libboost-dev libeigen3-dev nlohmann-json3-dev libcli11-dev)
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev pkg-config cmark-gfm groff-base)
sanitizer_packages=(clang-16 libclang-rt-16-dev)
benchmark_packages=(libbenchmark-dev)
# PostgreSQL's server for the tests, cpp-httplib for the example that is a service.
database_packages=(libsoci-dev libpq-dev libsqlite3-dev postgresql libcpp-httplib-dev pkg-config)
documentation_packages=(doxygen)
packaging_packages=(dpkg-dev file)  # what cpack asks which libraries a program needs
browser_packages=(chromium fonts-dejavu-core)
check_packages=(ccache clang-format clang-tidy-16 libc++-16-dev libc++abi-16-dev)

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "This takes root or sudo: $*" >&2
    return 1
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --quiet --yes --option DPkg::Lock::Timeout=300 --option Dpkg::Use-Pty=0 "$@" </dev/null
}

require_tools() {
  echo "There is no apt-get here. What is needed, by its Debian names: $*"
  local tool
  for tool in c++ cmake ninja; do
    command -v "$tool" >/dev/null || { echo "Not found: $tool" >&2; return 1; }
  done
}

install_missing() {
  command -v apt-get >/dev/null || { require_tools "$@"; return; }
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  echo "Installing with apt-get, and what they depend on: ${missing[*]}"
  apt_get update
  apt_get install --no-install-recommends "${missing[@]}"
}

# The npm packages that a folder's package-lock.json names, once. A machine may have a Node of its own, which Debian's
# `npm` would clash with, so that is installed only where there is none.
install_scripts() {
  if [[ -f "$1/node_modules/.package-lock.json" && ! "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]]; then
    return
  fi
  if { command -v npm >/dev/null || install_missing npm; } &&
    npm ci --prefix "$1" --ignore-scripts --silent --fetch-retries=1 --fetch-retry-mintimeout=2000 >/dev/null; then
    touch "$1/node_modules/.package-lock.json"
    return
  fi
  rm -rf "$1/node_modules"
  echo "Left out, because \`npm ci --prefix $1\` fails: pages will have tables only, or no test runs in a browser."
}
