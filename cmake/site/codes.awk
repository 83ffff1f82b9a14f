# The page of codes, out of the enumerations and their comments.
#   awk -f codes.awk what_to_do.txt core/error.hpp book/rejections.hpp

FILENAME ~ /\.txt$/ {
  if (/^[a-z]/) {
    code = $1
    sub(/^[a-z_]+ +/, "")
    todo[code] = $0
  }
  next
}
FNR == 1 {
  number = 0
  if (FILENAME ~ /error\.hpp$/) {
    print "# Codes\n"
    print "Names are stable, and programs may rely on them; numbers and sentences may change.\n"
    print "## Errors\n"
    print "What a caller did wrong is thrown as `Error`, with a code and a sentence. The command prints the sentence and exits with 2.\n"
    print "| number | code | what it means | what to do |"
  } else {
    print "\n## Rejections and notices\n"
    print "Bad records are never thrown. Each is in `Rejections`, and in the file of `--rejections`, with the file, row and field it stands in and a sentence: mend it"
    print "there and read again. A *rejection* was left out; a *notice* was kept and needs a look.\n"
    print "| number | code | what it means |"
  }
  print FILENAME ~ /error\.hpp$/ ? "|--:|---|---|---|" : "|--:|---|---|"
}
/^enum class (ErrorCode|RejectionCode)/ { inside = 1; next }
inside && /^};/ { inside = 0 }
inside && /^  [a-z_0-9]+, +\/\/\/< / {
  code = $1
  sub(/,/, "", code)
  meaning = $0
  sub(/^[^<]*< /, "", meaning)
  if (FILENAME ~ /error\.hpp$/) {
    if (!(code in todo)) { print "what_to_do.txt does not say what to do about " code >"/dev/stderr"; failed = 1 }
    printf "| %d | `%s` | %s | %s |\n", number, code, meaning, todo[code]
    told[code] = 1
  } else printf "| %d | `%s` | %s |\n", number, code, meaning
  ++number
  next
}
inside && /^  [a-z_0-9]+,/ { print FILENAME ":" FNR ": a code without a comment on its line" >"/dev/stderr"; failed = 1 }
END {
  for (code in todo) if (!(code in told)) { print "what_to_do.txt: " code " is no error code" >"/dev/stderr"; failed = 1 }
  exit failed
}
