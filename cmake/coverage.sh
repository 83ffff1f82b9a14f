#!/usr/bin/env bash
# Installs what is missing, runs every test and prints which lines and branches of the library they reached,
# file by file, the least covered first.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source cmake/dependencies.sh

install_missing "${build_packages[@]}" "${test_packages[@]}" gcovr
install_scripts cmake/charts
cmake --workflow --preset coverage
gcovr --root . --filter include/ --filter src/ --exclude-throw-branches --sort-uncovered build/coverage
