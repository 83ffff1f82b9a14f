# The packaged command reports the sample book, with charts if the build has them, and reads the presets beside it.
cmake_minimum_required(VERSION 3.25)
set(ENV{LD_LIBRARY_PATH} ${ROOT}/usr/${LIB_DIR})
set(page ${ROOT}/report.html)
execute_process(COMMAND ${ROOT}/usr/bin/churn report ${SOURCE_DIR}/examples/sample_book -o ${page}
                OUTPUT_VARIABLE report ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
if(NOT report MATCHES "Headline" OR NOT EXISTS ${page})
  message(FATAL_ERROR "No report: ${report}")
endif()
file(GLOB presets ${ROOT}/usr/share/churn/conventions/*.json)
list(GET presets 0 preset)
execute_process(COMMAND ${ROOT}/usr/bin/churn check ${SOURCE_DIR}/examples/sample_book --conventions ${preset}
                OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
