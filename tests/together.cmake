# Writes test files as one source: what each of them calls a namespace without a name gets the file's name, so that
# helpers of the same name keep apart. The headers in angle brackets come first, before any name of a test's own.
# Messages name the files and lines as they are. Arguments: FILES, a list; TO.
set(headers "")
set(text "")
foreach(file IN LISTS FILES)
  file(READ "${file}" content)
  file(STRINGS "${file}" lines REGEX "^#include <[^>]+>$")
  list(APPEND headers ${lines})
  cmake_path(GET file STEM name)
  string(REPLACE "\nnamespace {\n" "\nnamespace in_${name} {\n" content "${content}")
  string(APPEND text "#line 1 \"${file}\"\n${content}\n")
endforeach()
list(REMOVE_DUPLICATES headers)
list(SORT headers)
list(JOIN headers "\n" headers)
file(WRITE "${TO}" "${headers}\n${text}")
