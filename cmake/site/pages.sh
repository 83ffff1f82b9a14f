#!/usr/bin/env bash
# Writes the pages of the site that are made of the code: codes, conventions, presets.
#   cmake/site/pages.sh CHURN FOLDER
set -euo pipefail
(($# == 2)) || { echo "usage: $0 CHURN FOLDER" >&2; exit 2; }
churn="$1" folder="$2"
here="$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
headers="$(realpath "$here/../../include/churn")"

mkdir -p "$folder/presets"
awk -f "$here/codes.awk" "$here/what_to_do.txt" "$headers/core/error.hpp" "$headers/book/rejections.hpp" >"$folder/codes.md"
awk -f "$here/conventions.awk" "$headers/book/conventions.hpp" >"$folder/conventions.md"

"$churn" conventions >"$folder/presets/table"
mapfile -t names < <(awk 'NR > 1 && !seen[$1]++ { print $1 }' "$folder/presets/table")
for name in "${names[@]}"; do "$churn" conventions "$name" >"$folder/presets/$name.json"; done
(cd "$folder/presets" && awk -f "$here/presets.awk" table "${names[@]/%/.json}") >"$folder/presets.md"
