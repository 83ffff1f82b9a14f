# The page of conventions, out of book/conventions.hpp: each field with its default, its values and its comment.
#   awk -f conventions.awk stats/binomial_interval.hpp book/conventions.hpp

function cell(text) {
  gsub(/\|/, "\\|", text)
  gsub(/ +/, " ", text)
  sub(/^ /, "", text)
  return text
}
function sentence(text) {
  gsub(/^ +| +$/, "", text)
  if (text == "") return ""
  return toupper(substr(text, 1, 1)) substr(text, 2) (text ~ /[.)]$/ ? "" : ".")
}
function value(text) {  # as JSON has it
  sub(/^[A-Za-z]+::/, "", text)
  return text == "" ? "null" : text
}

BEGIN {
  print "# Conventions\n"
  print "The rules under which records become a book and a book becomes rates. Every result names the conventions it follows. A file for `--conventions` has any of"
  print "these fields (`churn conventions standard` prints one); what it leaves out is as here. What each preset sets is on a [page of its own](doc:presets)."
}
/^ *\/\/\// {
  text = $0
  sub(/^ *\/\/\/ ?/, "", text)
  comment = comment " " text
  next
}
/^enum class / {
  name = $3
  text = $0
  sub(/^[^{]*{/, "", text)
  values[name] = ""
  while (1) {
    meaning = ""
    if (match(text, /\/\/\/< /)) {
      meaning = substr(text, RSTART + 5)
      text = substr(text, 1, RSTART - 1)
    }
    ends = text ~ /}/
    gsub(/[ ,};]+/, " ", text)
    count = split(text, names, " ")
    for (i = 1; i <= count; ++i)
      values[name] = values[name] (values[name] == "" ? "" : i == count && meaning != "" ? "; " : ", ") "`" names[i] "`" (i == count && meaning != "" ? ": " meaning : "")
    if (ends || (getline text) <= 0) break
  }
  about[name] = comment
  comment = ""
  next
}
/^struct (BookRules|RateRules) / {
  half = $2 == "BookRules" ? "book" : "rate"
  print half == "book" ? "\n## What counts (`book`)\n" : "\n## How rates are made (`rate`)\n"
  if (half == "book")
    print "`source`, `time_zone`, `currency`, `fx` and `rates` are facts of a book: it may say them itself, and no preset has an opinion on them.\n"
  print "| field | default | what it means |\n|---|---|---|"
  comment = ""
  next
}
half != "" && /^};/ { half = "" }
half != "" && /^  [A-Za-z:<>_0-9]+(<[A-Za-z:_0-9]+>)? [a-z_]+{.*};/ {
  type = $1
  field = $2
  sub(/{.*/, "", field)
  default_value = $0
  sub(/^[^{]*{/, "", default_value)
  sub(/}.*/, "", default_value)
  text = $0
  if (sub(/^[^\/]*\/\/\/< /, "", text)) comment = comment " " text
  # An enumeration says what its values mean; a comment of the field says more of it.
  meaning = sentence(comment)
  if (type in about) meaning = sentence(about[type]) " " meaning
  if (type in values) meaning = meaning " One of " values[type] "."
  if (field == "normalisation") {
    meaning = meaning " Intervals a year, as fractions: an amount a week is 52 times as much a year."
    default_value = "day 365, week 52, month 12, quarter 4, half_year 2, year 1"
  } else if (field == "time_zone") default_value = "UTC"
  else default_value = "`" value(default_value) "`"
  printf "| `%s` | %s | %s |\n", half "." field, default_value, cell(meaning)
  comment = ""
  next
}
{ comment = "" }
