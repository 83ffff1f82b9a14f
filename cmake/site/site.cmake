# The site of the documentation, where Doxygen is there: the target churn-site writes site/html in the build folder.
find_program(CHURN_DOXYGEN doxygen)
find_program(CHURN_BASH bash)
find_program(CHURN_AWK awk)
if(NOT CHURN_DOXYGEN OR NOT CHURN_BASH OR NOT CHURN_AWK OR NOT CHURN_BUILD_COMMAND)
  message(STATUS "No site of the documentation: it takes doxygen, bash, awk and the command")
  return()
endif()
set(churn_site_sources "${CMAKE_CURRENT_LIST_DIR}")
set(churn_site_folder "${PROJECT_BINARY_DIR}/site")
set(churn_site_input include cmake/site/floors.dox cmake/site/main.md examples/guide README.md benchmarks/README.md tests/README.md
                     examples/sample_book/README.md examples/extensions/README.md examples/distributed/README.md
                     cmake/charts/README.md)
list(TRANSFORM churn_site_input REPLACE "(.+)" "\"${PROJECT_SOURCE_DIR}/\\1\"")
list(APPEND churn_site_input "\"${churn_site_folder}/pages\"")
list(JOIN churn_site_input " " churn_site_input)
configure_file("${churn_site_sources}/Doxyfile.in" "${churn_site_folder}/Doxyfile" @ONLY)
set(churn_site_command "${CHURN_BASH}" "${churn_site_sources}/site.sh" $<TARGET_FILE:churn-command> "${CHURN_DOXYGEN}" "${churn_site_folder}")
add_custom_target(churn-site COMMAND ${churn_site_command} DEPENDS churn-command VERBATIM
                  COMMENT "The site of the documentation: ${churn_site_folder}/html/index.html")
