# What Doxygen reads in the place of a header: the opening `//` comment as the file's documentation, `= default`ed
# comparisons with theirs, and every name in the group of its folder. The headers stay as they read best, as text.
# Lines keep their numbers where that is possible, so that messages lead to them.
#
#   doxygen: FILTER_PATTERNS = *.hpp="awk -f header.awk"

# Text as Doxygen shows it unchanged; what stands in backticks is code.
function escaped(text,    out, code, before) {
  out = ""
  while (match(text, /`[^`]+`/)) {
    before = substr(text, 1, RSTART - 1)
    code = substr(text, RSTART + 1, RLENGTH - 2)
    text = substr(text, RSTART + RLENGTH)
    out = out plain(before) "<tt>" plain(code) "</tt>"
  }
  return out plain(text)
}
# Words that would be commands, tags, links, emphasis or lists. A DOI leads to its paper.
function plain(text,    out, doi, before) {
  out = ""
  while (match(text, /doi:10\.[0-9]+\/[^ ,]*[^ ,.;]/)) {
    before = substr(text, 1, RSTART - 1)
    doi = substr(text, RSTART + 4, RLENGTH - 4)
    text = substr(text, RSTART + RLENGTH)
    out = out marked(before) "<a href=\"https://doi.org/" url(doi) "\">doi:" marked(doi) "</a>"
  }
  return out marked(text)
}
function url(text) {
  gsub(/</, "%3C", text)
  gsub(/>/, "%3E", text)
  gsub(/;/, "%3B", text)
  return text
}
function marked(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  gsub(/>/, "\\&gt;", text)
  gsub(/[@#%]/, "\\\\&", text)
  while (match(text, /\*[A-Za-z][^*]*[A-Za-z.,]\*/))
    text = substr(text, 1, RSTART - 1) "<em>" substr(text, RSTART + 1, RLENGTH - 2) "</em>" substr(text, RSTART + RLENGTH)
  gsub(/\*/, "\\&lowast;", text)
  gsub(/~/, "\\~", text)
  gsub(/::AID/, "\\&#58;:AID", text)
  return text
}

# A line of the opening comment that stands deeper than its text is a formula or code and stays as it is.
function is_indented(text) { return text ~ /^   +[^ ]/ }

# Indented lines are C++ if one of them ends like a statement or has a comment behind code.
function is_code(from,    i) {
  for (i = from; i <= last && is_indented(substr(line[i], 3)); ++i)
    if (line[i] ~ /;( *\/\/.*)?$|[^ :] +\/\/ |#include/) return 1
  return 0
}

function say(text) { print text; said += 1 + gsub(/\n/, "\n", text) }

function opening_comment(    i, text, inside, brief) {
  for (last = 1; last < NR && line[last + 1] ~ /^\/\//; ++last) {}
  say("/** \\file " path)
  say("\\ingroup " group)
  inside = ""
  for (i = 1; i <= last; ++i) {
    text = substr(line[i], 3)
    if (is_indented(text)) {
      if (inside == "") {
        inside = is_code(i) ? "code" : "verbatim"
        say("\\" inside (inside == "code" ? "{.cpp}" : ""))
      }
      say(substr(text, 4))
      continue
    }
    if (inside != "") {
      say("\\end" inside)
      inside = ""
    }
    text = escaped(substr(text, 2))
    if (i == 1) text = "\\brief " text
    # The first sentence is the brief.
    if (!brief && match(text, /[.:?]$|[.?] [A-Z]/)) {
      brief = 1
      if (text ~ /[.:?]$/) text = text "\n"
      else text = substr(text, 1, RSTART) "\n\n" substr(text, RSTART + 2)
    }
    say(text)
  }
  if (inside != "") say("\\end" inside)
  say("*/")
}

{ line[NR] = $0 }

END {
  path = FILENAME
  sub(/^(.*\/)?include\//, "", path)
  group = path
  if (!sub(/^churn\//, "", group) || !sub(/\/.*$/, "", group)) group = "facade"
  opening_comment()
  for (i = last + 1; i <= NR; ++i) {
    text = line[i]
    if (said >= i && text ~ /^($|#)/) continue  # makes up for lines that the comment took more
    if (text ~ /^(class|struct) [A-Za-z]+;$/) text = ""
    if (text ~ /^namespace churn::inline v0 \{$/) text = "namespace churn { /** \\addtogroup " group " */ /** @{ */"
    if (text ~ /^\}  \/\/ namespace churn::inline v0$/) text = "/** @} */ }"
    # What makes an argument of the JSON library's is none of ours.
    if (text ~ /^(template|struct) .*nlohmann::adl_serializer|^template <(churn::[A-Za-z]+ T)?>$/) skipped = 1
    if (skipped) {
      if (text ~ /^};/) skipped = 0
      say("")
      continue
    }
    if (text ~ /operator(==|<=>)\(/ && line[i - 1] !~ /^ *\/\/\//) {
      declaration = text
      for (j = i; declaration !~ /[;{]/ && j < NR; ) declaration = declaration line[++j]
      if (declaration ~ /= default;/) sub(/[^ ]/, "/** Memberwise. */ &", text)
    }
    say(text)
  }
}
