#!/usr/bin/env bash
# Writes the site of the documentation: pages that are made of the code (codes, conventions, presets) into FOLDER/pages, then,
# as FOLDER/Doxyfile says, everything into FOLDER/html. Fails at the first thing that Doxygen warns of.
#   cmake/site/site.sh CHURN DOXYGEN FOLDER
set -euo pipefail
(($# == 3)) || { echo "usage: $0 CHURN DOXYGEN FOLDER" >&2; exit 2; }
churn="$1" doxygen="$2" folder="$3"
here="$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
headers="$(realpath "$here/../../include/churn")"

rm -rf "$folder/pages" "$folder/html" "$folder/presets"
mkdir -p "$folder/pages" "$folder/presets"
awk -f "$here/codes.awk" "$here/what_to_do.txt" "$headers/core/error.hpp" "$headers/book/rejections.hpp" >"$folder/pages/codes.md"
awk -f "$here/conventions.awk" "$headers/stats/binomial_interval.hpp" "$headers/book/conventions.hpp" >"$folder/pages/conventions.md"

"$churn" conventions >"$folder/presets/table"
names="$(awk 'NR > 1 && !seen[$1]++ { print $1 }' "$folder/presets/table")"
for name in $names; do "$churn" conventions "$name" >"$folder/presets/$name.json"; done
# shellcheck disable=SC2046,SC2086  # a word a file
(cd "$folder/presets" && awk -f "$here/presets.awk" table $(printf '%s.json ' $names)) >"$folder/pages/presets.md"

"$doxygen" "$folder/Doxyfile"
# What a page has is not listed on top of it; links there lead to private parts, too, which are not on the page.
find "$folder/html" -maxdepth 1 -name '*.html' -exec sed -i '/<div class="summary">/,/<\/div>/d' {} +
cat "$here/search.css" >>"$folder/html/search/search.css"
