#!/usr/bin/env bash
# Survival statistics of libchurn beside R's `survival`, on rows of one generator, in one run: builds a release, times
# both by turns and holds their answers against each other. R is left out where it is not there (Debian's r-base-core
# and r-cran-survival).
#   ./benchmarks/survival.sh            a million rows
#   ./benchmarks/survival.sh 100000
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source cmake/dependencies.sh
rows=${1:-1000000}
out=build/benchmarks
mkdir -p "$out"

install_missing "${build_packages[@]}" "${test_packages[@]}" "${benchmark_packages[@]}"
echo "== Building a release in build/release"
cmake --preset release
cmake --build build/release --target churn-cox-benchmarks churn-survival-benchmarks churn-log-rank-benchmarks

with_r() { command -v Rscript >/dev/null && Rscript -e 'quit(status = !requireNamespace("survival", quietly = TRUE))'; }

# The largest relative difference between numbers of two files of the same shape.
compare() {
  paste -d, "$1" "$2" | awk -F, -v name="$3" '
    { for (i = 1; i <= NF / 2; ++i) { a = $i; b = $(i + NF / 2)
        if (a + 0 == a && b + 0 == b && (a != 0 || b != 0)) {
          d = a - b; if (d < 0) d = -d; m = a < 0 ? -a : a; if (d / (m > 0 ? m : 1) > worst) worst = d / (m > 0 ? m : 1) } } }
    END { printf "%s: largest relative difference to R %.1e\n", name, worst }'
}

echo "== libchurn"
build/release/churn-cox-benchmarks --rows="$rows" --answer="$out/cox.csv"
build/release/churn-survival-benchmarks --rows="$rows" --answer="$out/curve.csv"
build/release/churn-log-rank-benchmarks --rows="$rows" --answer
if with_r; then
  echo "== R"
  Rscript benchmarks/survival.R "$rows" "$out/cox_r.csv" "$out/curve_r.csv"
  Rscript benchmarks/log_rank.R "$rows"
  compare "$out/cox.csv" "$out/cox_r.csv" "Cox regression"
  compare "$out/curve.csv" "$out/curve_r.csv" "Kaplan-Meier"
else
  echo "R with the package survival is not here; it is left out."
fi
