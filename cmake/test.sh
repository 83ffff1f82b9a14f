#!/usr/bin/env bash
# Installs what is missing, builds and runs every test, then once more under AddressSanitizer and
# UndefinedBehaviorSanitizer. With --quick, without the sanitizers.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source cmake/dependencies.sh

build_and_test() {
  echo "== Building and every test, preset $1"
  cmake --workflow --preset "$1"
}

packages=("${build_packages[@]}" "${test_packages[@]}" "${benchmark_packages[@]}" "${database_packages[@]}"
  "${browser_packages[@]}" "${documentation_packages[@]}")
case "$*" in
  "") presets=(dev asan-ubsan) packages+=("${sanitizer_packages[@]}") ;;
  --quick) presets=(dev) ;;
  *) echo "usage: $0 [--quick]" >&2; exit 2 ;;
esac

install_missing "${packages[@]}"
install_scripts cmake/charts
install_scripts tests/browser
for preset in "${presets[@]}"; do build_and_test "$preset"; done
