#!/usr/bin/env bash
# Whether links of the Markdown pages of the repository lead to files and sections that are there, and files of the
# repository that pages name in backticks are there, too. Links to the outside are not followed.
#   tests/guide/pages.sh
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.."
mapfile -t pages < <(find README.md benchmarks examples cmake tests src include -name node_modules -prune -o -name '*.md' -print)
awk '
  # The name that a section has on a page, as GitHub and others make it of its title.
  function slug(title) {
    title = tolower(title)
    gsub(/`/, "", title)
    gsub(/[^a-z0-9 _-]/, "", title)
    gsub(/ /, "-", title)
    return title
  }
  FNR == 1 {
    folder = FILENAME
    if (!sub(/[^\/]+$/, "", folder)) folder = ""
    block = 0
  }
  /^```/ { block = !block; next }
  block { next }
  /^#+ / {
    title = $0
    sub(/^#+ /, "", title)
    section[FILENAME "#" slug(title)] = 1
  }
  {
    text = $0
    gsub(/`[^`]*`/, "`", text)
    while (match(text, /\]\([^) ]+\)/)) {
      target = substr(text, RSTART + 2, RLENGTH - 3)
      text = substr(text, RSTART + RLENGTH)
      if (target ~ /^(https?|doc|site):/) continue  # doc: and site: lead to pages that are made for the site, which is tested itself
      if (target ~ /^#/) target = FILENAME target
      else target = folder target
      while (sub(/[^\/]+\/\.\.\//, "", target)) {}
      from[target] = FILENAME ":" FNR
    }
    text = $0
    while (match(text, /`(include\/churn|examples|benchmarks|cmake|src|tests)\/[a-z0-9_\/.]+\.[a-z]+`/)) {
      target = substr(text, RSTART + 1, RLENGTH - 2)
      text = substr(text, RSTART + RLENGTH)
      if (target !~ /\/x\/y/) from[target] = FILENAME ":" FNR  # x/y stands for any
    }
  }
  END {
    for (target in from) {
      path = target
      sub(/#.*/, "", path)
      if (system("test -e " path) != 0) { print from[target] ": no " path; failed = 1 }
      else if (target ~ /#/ && !(target in section)) { print from[target] ": no section " target; failed = 1 }
      ++count
    }
    print count " links and names of files"
    exit failed
  }' "${pages[@]}"

# The guide asks all of its questions, in order.
if ! diff <(seq 34) <(sed -n 's/^## \([0-9]*\)\. .*/\1/p' examples/guide/[1-6]_*.md); then
  echo "The guide does not ask its 34 questions in order."
  exit 1
fi
