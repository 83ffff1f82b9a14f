#!/usr/bin/env bash
# Installs what is missing, builds a release, makes data and measures libchurn beside DuckDB. Without arguments all
# sizes, and the results go into README.md here; with arguments those of compare.mjs, such as
#   ./benchmarks/compare.sh --customers=100000 --runs=3
# and the results are only printed. All sizes take half an hour, 12 GB of memory and 5 GB in build/benchmarks.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source cmake/dependencies.sh

install_missing "${build_packages[@]}" "${test_packages[@]}" "${benchmark_packages[@]}"
command -v node >/dev/null || install_missing nodejs
command -v npm >/dev/null || install_missing npm

echo "== Building a release in build/release"
cmake --preset release
cmake --build build/release --target churn-command churn-benchmark-data churn-benchmark-worker

mkdir -p build/benchmarks
if [[ ! -d build/benchmarks/node_modules/@duckdb/node-api ]]; then
  echo "== Installing the npm package @duckdb/node-api in build/benchmarks"
  echo '{"private": true}' >build/benchmarks/package.json
  npm install --prefix build/benchmarks --no-audit --no-fund @duckdb/node-api
fi

echo "== Measuring"
if (($#)); then
  node benchmarks/compare.mjs "$@"
else
  node benchmarks/compare.mjs --write
fi
