# Whether every link of a site leads somewhere: files and anchors inside, nothing loaded from elsewhere, and outside only what
# is meant. Reads all of its .html files.
#   cd site/html && awk -f links.awk -v OUTSIDE='^https://doi[.]org/' *.html
#
# A name in an address is after the last `/`, for all files are in one folder.

BEGIN { RS = "<" }
function attribute(name,    text, quote) {
  text = $0
  sub(/>.*/, "", text)
  if (!match(text, "(^|[ \t\n])" name "[ ]*=[ ]*[\"'][^\"']*")) return ""
  text = substr(text, RSTART, RLENGTH)
  sub(/^[^"']*["']/, "", text)
  return text
}
function complain(text) {
  print text
  failed = 1
}
FNR == 1 { here[FILENAME] = 1; ++files }
/^!--/ { next }
/^[a-zA-Z]/ {
  if ((id = attribute("id")) != "") anchor[FILENAME "#" id] = 1
  if (/^a[ \t\n]/ && (id = attribute("name")) != "") anchor[FILENAME "#" id] = 1
  for (kind = 1; kind <= 2; ++kind) {
    target = attribute(kind == 1 ? "href" : "src")
    if (target == "" || target ~ /^(javascript|data):/) continue
    gsub(/&amp;/, "\\&", target)
    ++links
    if (target ~ /^[a-z]+:/ || target ~ /^\/\//) {
      if (!/^a[ \t\n]/) complain(FILENAME ": loads " target)
      else if (target !~ OUTSIDE) complain(FILENAME ": leads outside, to " target)
      else ++outside
      continue
    }
    if (target ~ /^#/) target = FILENAME target
    if (!(target in from)) from[target] = FILENAME
  }
}
END {
  for (target in from) {
    path = target
    section = ""
    if (match(path, /#.*/)) {
      section = substr(path, RSTART)
      path = substr(path, 1, RSTART - 1)
    }
    sub(/\?.*/, "", path)
    if (!(path in here) && (getline line <path) < 0) complain(from[target] ": no " path)
    else close(path)
    if (section != "" && section != "#" && path ~ /\.html$/ && !((path section) in anchor)) complain(from[target] ": no " target)
  }
  printf "%d links of %d files, %d of them outside\n", links, files, outside
  exit failed
}
