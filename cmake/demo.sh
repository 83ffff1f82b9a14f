#!/usr/bin/env bash
# Installs what is missing, builds a release and runs the main job: the churn report of the sample book,
# here in the terminal and as churn-report.html.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source cmake/dependencies.sh

install_missing "${build_packages[@]}"
install_scripts cmake/charts

echo "== Building a release in build/demo"
cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DCHURN_BUILD_EXAMPLES=OFF \
  -DCMAKE_UNITY_BUILD=ON
cmake --build build/demo

echo "== churn report examples/sample_book -o churn-report.html"
build/demo/churn report examples/sample_book -o churn-report.html
