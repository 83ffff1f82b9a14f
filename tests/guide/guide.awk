# Writes a page of the guide anew: under each `$ command` of a console block what the command prints, and as its cpp
# blocks the parts of the guide's program. guide.sh runs it.
#
# A comment right before a console block says what of the output is shown; without it, that is stdout as it is:
#   <!-- shown: said 1; sentences 2; rows 1-5,9; columns period,value,interval -->
#   said N       the first N of the sentences that the command says on stderr, besides what it read (default: none)
#   sentences N  of each of them no more than the first N sentences
#   rows A-B,C   of the table only these, counted below its header; rows 0: nothing on stdout
#   columns A,B  of the table only these, in its order; an interval may stand in two columns, low and high
# Where rows or columns are left out stands an ellipsis. The cpp block under the heading `## 12. …` is the part of
# the program between `// [12]` and `// [/12]`; after a comment `<!-- part: name -->` it is that of the name.
#
# Variables: PROGRAM, the .cpp file; FOLDER for files of its own.

# Numbers of a list such as 1-3,7 as keys of `into`.
function numbers(list, into,    parts, ends, count, i, k) {
  split("", into)
  count = split(list, parts, ",")
  for (i = 1; i <= count; ++i) {
    if (split(parts[i], ends, "-") == 1) ends[2] = ends[1]
    for (k = ends[1] + 0; k <= ends[2] + 0; ++k) into[k] = 1
  }
}

function directive(name,    at, rest) {
  if (!match(shown, "(^|; *)" name " [^;]+")) return ""
  rest = substr(shown, RSTART, RLENGTH)
  sub("^(; *)?" name " ", "", rest)
  return rest
}

# Whether the columns asked for have one of that title. `hazard_low` is part of hazard_interval.
function is_asked(title, names, count,    i, stem) {
  for (i = 1; i <= count; ++i) {
    stem = names[i]
    if (title == stem || (stem == "low to high" && (title == "low" || title == "high"))) return i
    if (stem == "interval" && (title == "ci_low" || title == "ci_high")) return i
    if (sub(/interval$/, "", stem) && (title == stem "low" || title == stem "high")) return i
  }
  return 0
}

# At 110 columns, as a terminal would break it.
function folded(text,    out, at) {
  out = ""
  while (length(text) > 110) {
    for (at = 110; at > 40 && substr(text, at, 1) != " "; --at) {}
    out = out substr(text, 1, at - 1) "\n  "
    text = substr(text, at + 1)
  }
  return out text
}

function first_sentences(text, most,    out, rest, count) {
  out = ""
  rest = text
  for (count = 0; count < most && match(rest, /[.:;)] [A-Z0-9]/); ) {
    if (substr(rest, RSTART, 1) == ".") ++count
    out = out substr(rest, 1, RSTART + 1)
    rest = substr(rest, RSTART + 2)
  }
  if (count < most) return text
  return out "…"
}

# The characters of a line of output by place, and how many; bytes 0x80 to 0xBF go with the one before.
function split_line(i,    bytes, count, p, byte) {
  bytes = length(output[i])
  count = 0
  for (p = 1; p <= bytes; ++p) {
    byte = substr(output[i], p, 1)
    if (byte >= "\200" && byte < "\300" && count > 0) character[i, count] = character[i, count] byte
    else character[i, ++count] = byte
  }
  return count
}

# From one place of a line to before another.
function between(line, from, to,    text) {
  text = ""
  for (; from < to; ++from) text = text ((line, from) in character ? character[line, from] : " ")
  return text
}
function trimmed(text) {
  gsub(/^ +| +$/, "", text)
  return text
}

function run(command,    status, text, said, most, i, p, count, width, used, column, start, names, wanted, left_out, in_gap, found) {
  status = system("( " command " ) >'" FOLDER "/out' 2>'" FOLDER "/err' </dev/null")
  if (status != 0) {
    system("cat '" FOLDER "/err' >&2")
    print FILENAME ":" NR ": exit status " status " of " command >"/dev/stderr"
    failed = 1
  }
  most = directive("said") + 0
  while ((getline text <(FOLDER "/err")) > 0) {
    if (text ~ /^churn: (as of [0-9-]+, the day after|[0-9]+ rows rejected|  )/) continue
    if (++said > most) break
    if (directive("sentences") != "") text = first_sentences(text, directive("sentences") + 0)
    print folded(text)
  }
  close(FOLDER "/err")
  count = 0
  width = 0
  while ((getline text <(FOLDER "/out")) > 0) {
    output[++count] = text
  }
  close(FOLDER "/out")
  # Columns lie between gaps of two or more spaces that all lines have, up to an empty one.
  if (directive("columns") != "") {
    split("", character)
    for (i = 1; i <= count && output[i] != ""; ++i) if ((p = split_line(i)) > width) width = p
    column = 0
    in_gap = 2
    for (p = 1; p <= width; ++p) {
      used = 0
      for (i = 1; i <= count && !used; ++i) used = (i, p) in character && character[i, p] != " "
      if (!used) { ++in_gap; continue }
      if (in_gap >= 2) start[++column] = p
      in_gap = 0
    }
    start[column + 1] = width + 3
    most = split(directive("columns"), names, ",")
    split("", wanted)
    split("", found)
    for (p = 1; p <= column; ++p)
      if ((i = is_asked(trimmed(between(1, start[p], start[p + 1] - 2)), names, most))) wanted[p] = found[i] = 1
    for (i = 1; i <= most; ++i)
      if (!(i in found)) {
        print FILENAME ":" NR ": no column " names[i] " of " output[1] >"/dev/stderr"
        failed = 1
      }
    for (i = 1; i <= count; ++i) {
      text = ""
      left_out = 0
      for (p = 1; p <= column; ++p)
        if (p in wanted) text = text (text == "" ? "" : "  ") between(i, start[p], start[p + 1] - 2)
        else left_out = 1
      sub(/ +$/, "", text)
      output[i] = text (left_out && i == 1 ? "  …" : "")
    }
  }
  split("", wanted)
  if (directive("rows") != "") numbers(directive("rows"), wanted)
  left_out = 0
  for (i = 1; i <= count; ++i) {
    text = output[i]
    sub(/ +$/, "", text)
    if (directive("rows") == "0") break
    if (i == 1 || directive("rows") == "" || (i - 1) in wanted) {
      print text
      left_out = 0
    } else if (!left_out) {
      print "…"
      left_out = 1
    }
  }
}

# The part of the program of that name, less the spaces that all its lines begin with.
function part(name,    text, inside, count, lines, indent, i, this) {
  indent = 1000
  while ((getline text <PROGRAM) > 0) {
    this = text
    sub(/^ +/, "", this)
    if (this == "// [/" name "]") inside = 2
    if (inside == 1) {
      lines[++count] = text
      if (this != "" && length(text) - length(this) < indent) indent = length(text) - length(this)
    }
    if (this == "// [" name "]") inside = 1
  }
  close(PROGRAM)
  if (inside != 2) {
    print FILENAME ":" NR ": no part [" name "] in " PROGRAM >"/dev/stderr"
    failed = 1
  }
  for (i = 1; i <= count; ++i) print substr(lines[i], indent + 1)
}

# Every question has an answer to run and one to compile.
function check_question() {
  if (asked != "" && (!consoles || !parts)) {
    print FILENAME ": question " asked " has " consoles + 0 " console blocks and " parts + 0 " cpp blocks" >"/dev/stderr"
    failed = 1
  }
  consoles = parts = 0
}

/^## [0-9]+\. / {
  check_question()
  question = $2
  sub(/\.$/, "", question)
  asked = question
}
/^<!-- shown: / {
  shown = $0
  sub(/^<!-- shown: /, "", shown)
  sub(/ *-->$/, "", shown)
}
/^<!-- part: / { question = $3 }
block == "" && /^```/ {
  print
  block = substr($0, 4)
  if (block == "") block = "text"
  if (block == "console") ++consoles
  if (block == "cpp") ++parts
  if (block == "cpp" && question != "") part(question)
  next
}
/^```$/ {
  print
  block = ""
  shown = ""
  next
}
block == "console" {
  if (/^\$ /) {
    print
    run(substr($0, 3))
  }
  next
}
block == "cpp" && question != "" { next }
{ print }

END {
  check_question()
  exit failed
}
