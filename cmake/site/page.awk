# What Doxygen reads in the place of a Markdown page: formulas between dollars as MathML, blocks of code as they are,
# links between pages and to headers as references that it resolves, and a name for each page and section.
#
#   doxygen: FILTER_PATTERNS = *.md="awk -v ROOT=/path/of/the/repository -f page.awk"
#
# Of LaTeX it knows what the pages use (see command below); anything else is an error.

# ---- formulas

function complain(text) {
  print FILENAME ":" FNR ": " text >"/dev/stderr"
  print "\\no_such_command " text  # which stops Doxygen, too
}

function known_symbols(    count, pairs, i, pair) {
  count = split("alpha=α beta=β gamma=γ delta=δ lambda=λ mu=μ pi=π sigma=σ tau=τ phi=φ chi=χ theta=θ Delta=Δ Gamma=Γ Phi=Φ", pairs, " ")
  for (i = 1; i <= count; ++i) { split(pairs[i], pair, "="); symbol[pair[1]] = "<mi>" pair[2] "</mi>" }
  count = split("cdot=· times=× le=≤ ge=≥ pm=± ne=≠ approx=≈ in=∈ to=→ infty=∞ ldots=…", pairs, " ")
  for (i = 1; i <= count; ++i) { split(pairs[i], pair, "="); symbol[pair[1]] = "<mo>" pair[2] "</mo>" }
  symbol["infty"] = "<mi>∞</mi>"
  symbol["quad"] = "<mspace width=\"1.5em\"/>"
  symbol[","] = "<mspace width=\"0.2em\"/>"
  count = split("ln log exp min max sgn logit", pairs, " ")
  for (i = 1; i <= count; ++i) symbol[pairs[i]] = "<mi>" pairs[i] "</mi>"
  symbol["sum"] = "<mo>∑</mo>"
  symbol["prod"] = "<mo>∏</mo>"
}

# The rest of the formula is in `tex`; each of these takes what it reads off its front.
function spaces() { sub(/^ +/, "", tex) }
function take(count,    out) {
  out = substr(tex, 1, count)
  tex = substr(tex, count + 1)
  return out
}
function in_braces(    out) {  # {…} as text
  spaces()
  match(tex, /^\{[^}]*\}/)
  if (RSTART == 0) { complain("a formula without { where it should be: " tex); return "" }
  out = substr(tex, 2, RLENGTH - 2)
  take(RLENGTH)
  return out
}
function argument(    out) {  # {…} or one atom
  spaces()
  if (substr(tex, 1, 1) != "{") return atom()
  take(1)
  out = row("}")
  take(1)
  return "<mrow>" out "</mrow>"
}
function row(until,    out, large, base, low, high) {
  out = ""
  for (spaces(); tex != "" && substr(tex, 1, 1) != until && !(until == "\\right" && tex ~ /^\\right/); spaces()) {
    base = atom()
    large = base ~ /^<mo>(∑|∏)/
    low = high = ""
    while (tex ~ /^ *[_^]/) {
      spaces()
      if (take(1) == "_") low = argument()
      else high = argument()
    }
    if (low != "" && high != "") base = (large ? "<munderover>" : "<msubsup>") base low high (large ? "</munderover>" : "</msubsup>")
    else if (low != "") base = (large ? "<munder>" : "<msub>") base low (large ? "</munder>" : "</msub>")
    else if (high != "") base = (large ? "<mover>" : "<msup>") base high (large ? "</mover>" : "</msup>")
    out = out base
  }
  return out
}
function atom(    name, first, second) {
  spaces()
  if (match(tex, /^[0-9]+(\.[0-9]+)?/)) return "<mn>" take(RLENGTH) "</mn>"
  if (match(tex, /^[A-Za-z]/)) return "<mi>" take(1) "</mi>"
  if (match(tex, /^\\([A-Za-z]+|.)/)) {
    name = substr(take(RLENGTH), 2)
    if (name in symbol) return symbol[name]
    if (name == "frac") {
      first = argument()
      second = argument()
      return "<mfrac>" first second "</mfrac>"
    }
    if (name == "sqrt") return "<msqrt>" argument() "</msqrt>"
    if (name == "hat") return "<mover accent=\"true\">" argument() "<mo>^</mo></mover>"
    if (name == "bar") return "<mover accent=\"true\">" argument() "<mo>¯</mo></mover>"
    if (name == "text") {
      first = in_braces()
      gsub(/^ | $/, "\\&#160;", first)
      return "<mtext>" first "</mtext>"
    }
    if (name == "left") {
      first = take(1)
      second = row("\\right")
      take(6)
      return "<mrow><mo>" first "</mo>" second "<mo>" take(1) "</mo></mrow>"
    }
    complain("a formula with \\" name ", which is not known here")
    return ""
  }
  if (substr(tex, 1, 1) == "{") return argument()
  first = take(1)
  if (first == "-") first = "−"
  if (first == "<") first = "&lt;"
  if (first == ">") first = "&gt;"
  return (first ~ /[][()|]/ ? "<mo stretchy=\"false\">" : "<mo>") first "</mo>"
}
function formula(text, display,    out) {
  tex = text
  out = row("")
  return "<math" (display ? " display=\"block\"" : "") ">" out "</math>"
}

# ---- links

# a/b/../c is a/c.
function without_dots(path) {
  while (sub(/[^\/]+\/\.\.\//, "", path)) {}
  gsub(/\.\//, "", path)
  return path
}
function label_of(path) {  # of a page, by its place in the repository
  if (path == "README.md") return "readme"
  if (path == "examples/guide/README.md") return "guide"
  sub(/\.md$/, "", path)
  sub(/^examples\/guide\/([0-9]_)?/, "", path)
  sub(/\/README$/, "", path)
  gsub(/[^A-Za-z0-9_]/, "_", path)
  return path
}
function section_label(title,    text) {
  text = tolower(title)
  gsub(/[^a-z0-9_ -]/, "", text)
  gsub(/[ -]/, "_", text)
  return label "_" text
}
# Where a link leads: a page or header of the site by reference, elsewhere by address, a file that is not here not at all.
function link(text, target,    section, path) {
  if (sub(/^site:/, "", target) || target ~ /^https?:/) return "<a href=\"" target "\">" text "</a>"
  section = ""
  if (match(target, /#.*/)) {
    section = substr(target, RSTART + 1)
    target = substr(target, 1, RSTART - 1)
    gsub(/-/, "_", section)
  }
  if (target == "") return "@ref " label "_" section " \"" text "\""
  path = without_dots(folder target)
  gsub(/`/, "", text)
  if (path ~ /\.md$/) return "@ref " label_of(path) (section == "" ? "" : "_" section) " \"" text "\""
  if (sub(/^include\//, "", path)) return "@ref " path " \"" text "\""
  if (path ~ /^doc:/) return "@ref " substr(path, 5) " \"" text "\""
  return "<tt>" text "</tt>"
}
function line_of_text(text,    out, part, name, target, ends) {
  out = ""
  while (match(text, /`[^`]+`|\[[^\]]+\]\([^) ]+\)|\$[^$ ][^$]*\$/)) {
    out = out substr(text, 1, RSTART - 1)
    part = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    if (part ~ /^\[/) {
      ends = index(part, "](")
      name = substr(part, 2, ends - 2)
      target = substr(part, ends + 2, length(part) - ends - 2)
      out = out link(name, target)
    } else if (part ~ /^\$/) {
      out = out "\\htmlonly" formula(substr(part, 2, length(part) - 2), 0) "\\endhtmlonly"
    } else {
      name = substr(part, 2, length(part) - 2)
      if (name ~ /^(include\/)?churn\/[a-z_\/]+\.hpp$/) {
        target = name
        sub(/^include\//, "", target)
        if ((getline ends <(ROOT "/include/" target)) > 0) out = out "@ref " target " \"" name "\""
        else out = out part
      } else if (name ~ /README\.md$/ && (getline ends <(ROOT "/" name)) > 0) {
        out = out "@ref " label_of(name) " \"" name "\""
      } else out = out part
    }
  }
  return out text
}

BEGIN { known_symbols() }

FNR == 1 {
  file = FILENAME
  if (index(file, ROOT "/") == 1) file = substr(file, length(ROOT) + 2)
  sub(/^.*\/pages\//, "", file)  # pages that are made of the code
  if (file ~ /^cmake\/site\//) sub(/^.*\//, "", file)
  folder = file
  if (!sub(/[^\/]+$/, "", folder)) folder = ""
  label = label_of(file)
}
/^<!-- .* -->$/ { print ""; next }
block != "" && /^```$/ {
  print "\\endcode"
  block = ""
  next
}
block != "" { print; next }
/^```/ {
  block = substr($0, 4) == "cpp" ? "cpp" : "unparsed"
  print "\\code{." block "}"
  next
}
/^\$\$.*\$\$$/ {
  print "\\htmlonly[block]" formula(substr($0, 3, length($0) - 4), 1) "\\endhtmlonly"
  next
}
/^# / {
  if (label == "main") print $0
  else if (label == "readme") print "# All in one page {#readme}"
  else print line_of_text($0) " {#" label "}"
  next
}
/^##+ / {
  title = $0
  sub(/^#+ /, "", title)
  gsub(/`/, "")  # titles are plain text
  print line_of_text($0) " {#" section_label(title) "}"
  next
}
{ print line_of_text($0) }
