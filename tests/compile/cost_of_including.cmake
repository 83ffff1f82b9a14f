# What it costs to include churn/churn.hpp. No header is reached from it that costs much by itself, such as
# json.hpp (135,000 lines after the preprocessor) and gregorian.hpp (137,000); and as GCC 12 counts, which is the
# same everywhere, it comes to no more than BUDGET lines altogether.
set(source ${WORK_DIR}/include_churn.cpp)
file(WRITE ${source} "#include <churn/churn.hpp>\n")
separate_arguments(flags NATIVE_COMMAND "${FLAGS}")
list(TRANSFORM INCLUDES PREPEND -I)
set(preprocess ${COMPILER} ${flags} -std=c++20 ${INCLUDES} ${source})

execute_process(COMMAND ${preprocess} -M OUTPUT_VARIABLE reached COMMAND_ERROR_IS_FATAL ANY)
if(NOT reached MATCHES "/churn/churn\\.hpp[ \n]")
  message(FATAL_ERROR "No list of headers, but:\n${reached}")
endif()
foreach(costly nlohmann/json\\.hpp gregorian/gregorian\\.hpp Eigen/Dense iostream fstream regex)
  if(reached MATCHES "/${costly}[ \n]")
    message(FATAL_ERROR "churn.hpp reaches ${costly}")
  endif()
endforeach()

if(COMPILER_VERSION MATCHES "^GNU 12\\.")
  execute_process(COMMAND ${preprocess} -E COMMAND wc -l OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(STRIP "${lines}" lines)
  message(STATUS "churn.hpp: ${lines} lines of at most ${BUDGET}")
  if(lines GREATER BUDGET)
    message(FATAL_ERROR "churn.hpp has grown to ${lines} lines; ${BUDGET} are its budget")
  endif()
endif()
