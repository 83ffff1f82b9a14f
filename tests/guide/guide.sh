#!/usr/bin/env bash
# Whether the pages of the guide show what commands print and what the guide's program says; with --rewrite, makes them.
#
#   tests/guide/guide.sh [--rewrite] build/dev/churn examples/guide/*.md
set -euo pipefail

rewrite=
[[ "${1:-}" != --rewrite ]] || { rewrite=yes; shift; }
(($# >= 2)) || { echo "usage: $0 [--rewrite] CHURN PAGE..." >&2; exit 2; }
here="$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
root="$(realpath "$here/../..")"
PATH="$(dirname "$(realpath "$1")"):$PATH"
shift
pages=()
for page in "$@"; do pages+=("$(realpath "$page")"); done
cd "$root"  # where commands of the guide are run

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
status=0
for page in "${pages[@]}"; do
  mkdir -p "$work/files"
  if ! LC_ALL=C awk -v PROGRAM="$root/examples/guide/guide.cpp" -v FOLDER="$work/files" -f "$here/guide.awk" "$page" >"$work/page"; then
    status=1
  elif [[ -n "$rewrite" ]]; then
    cmp --silent "$work/page" "$page" || { cat "$work/page" >"$page"; echo "$page"; }
  elif ! diff --unified "$page" "$work/page"; then
    echo "If that is meant: tests/guide/guide.sh --rewrite CHURN ${page#"$root/"}" >&2
    status=1
  fi
done
exit "$status"
