#!/usr/bin/env bash
# Whether the site has every error code, rejection code, field of the conventions with its default, and preset, and every
# link leads somewhere and nothing is loaded from elsewhere.
#   tests/guide/site.sh CHURN SITE/html
set -euo pipefail
(($# == 2)) || { echo "usage: $0 CHURN SITE" >&2; exit 2; }
churn="$1" site="$2"
root="$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.."
failed=0
count=0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# A row of a table a line.
for page in codes conventions presets; do
  tr '\n' ' ' <"$site/$page.html" | sed 's/ *<\/td>/<\/td>/g; s/<tr/\n<tr/g; s/<h1/\n<h1/g' >"$work/$page.html"
done
has() { # PAGE REGEX WHAT
  ((++count))
  grep --quiet --extended-regexp "$2" "$work/$1" || { echo "$1 does not have $3"; failed=1; }
}

enumerators() { # FILE ENUM
  sed -n "/^enum class $2 /,/^};/p" "$root/include/churn/$1" | sed -n 's/^  \([a-z_0-9]*\)[ ,].*/\1/p'
}
for code in $(enumerators core/error.hpp ErrorCode); do
  has codes.html "<code>$code</code></td><td[^>]*>.+</td><td[^>]*>.+</td></tr>" "the error $code, its meaning and what to do"
done
for code in $(enumerators book/rejections.hpp RejectionCode); do
  has codes.html "<code>$code</code></td><td[^>]*>.+</td></tr>" "the rejection $code and its meaning"
done

# Fields as the command prints them: "book": { "pause": "retained", …
while read -r field value; do
  has conventions.html "<code>$field</code></td><td[^>]*>(<code>)?$value(</code>)?</td><td[^>]*>.+</td></tr>" "$field, by default $value, and its meaning"
done < <("$churn" conventions standard | awk '
  /^  "(book|rate)": / { half = $1; gsub(/[":]/, "", half) }
  /^    "[a-z_]+": / {
    field = $1; value = $2
    gsub(/[",:]/, "", field); gsub(/[",]/, "", value)
    if (value != "{") print half "." field, value
    else while ((getline) > 0) {  # an object: its fields and values in order
      if (/}/) { print half "." field, all; all = ""; break }
      gsub(/[":,]/, "")
      all = all (all == "" ? "" : ", ") $1 " " $2
    }
  }')
for field in source time_zone currency fx rates; do has conventions.html "<code>book.$field</code>" "book.$field"; done

for preset in $("$churn" conventions | awk 'NR > 1 && !seen[$1]++ { print $1 }'); do
  has presets.html "id=\"presets_$preset\"" "a section on $preset"
done
while read -r preset _ rule value standard; do
  [[ "$rule" == - ]] || has presets.html "$preset</td><td[^>]*><code>$rule</code></td><td[^>]*><code>$value</code></td><td[^>]*><code>$standard</code>" "$rule of $preset"
done < <("$churn" conventions | tail -n +2)
echo "$count codes, fields, presets and rules"

cd "$site"
awk -f "$root/cmake/site/links.awk" -v OUTSIDE='^https://(doi[.]org|vega[.]github[.]io|github[.]com)/' -- *.html | awk '++shown <= 20 || /links of/' || failed=1
! grep --line-number --extended-regexp '@import|url\((https?:)?//' -- *.css || failed=1
exit "$failed"
