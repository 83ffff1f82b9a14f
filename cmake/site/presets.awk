# The page of presets, out of the table that `churn conventions` prints (file 1) and `churn conventions NAME` of each.
#   awk -f presets.awk TABLE NAME.json...

FNR == 1 { ++file }
file == 1 && FNR == 1 {
  print "# Presets\n"
  print "What each maker of churn analytics publishes of its rules, as a value that you may take and change: `churn conventions NAME > ours.json`. A preset that sets"
  print "nothing here has our own rules, the [standard's](doc:conventions). `churn compare` answers a period under each of them, and who makes two of them differ.\n"
  print "| preset | rule | value | as standard |\n|---|---|---|---|"
  next
}
file == 1 { printf "| %s | %s | %s | %s |\n", $1, $3 == "-" ? "(none)" : "`" $3 "`", $4 == "-" ? "" : "`" $4 "`", $5 == "-" ? "" : "`" $5 "`"; next }
/^  "name": / {
  name = $0
  gsub(/^  "name": "|",?$/, "", name)
  printf "\n## %s\n\n", name
}
/^  "version": / {
  text = $0
  gsub(/^  "version": "|",?$/, "", text)
  printf "Version %s. ", text
}
/^  "source": / {
  text = $0
  gsub(/^  "source": "|",?$/, "", text)
  print text == "" ? "Our own rules." : "Read from: " text "."
}
/^  "undocumented": \[$/ { listing = 1; print "\nWhat the source leaves open, or does in a way that these rules can't:\n"; next }
listing && /^  \]/ { listing = 0 }
listing {
  text = $0
  gsub(/^ *"|",?$/, "", text)
  gsub(/\\"/, "\"", text)
  print "- " text
}
