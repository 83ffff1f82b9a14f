# Installs the build in BUILD_DIR, moves the result to INSTALLED, and checks that it is whole, that none of its
# files for CMake and pkg-config names the folders it came from, and that the command runs in its new place.
set(staged ${INSTALLED}.staged)
file(REMOVE_RECURSE ${staged} ${INSTALLED})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --config ${CONFIG} --prefix ${staged}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${staged} ${INSTALLED})

file(GLOB_RECURSE headers RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/include/*.hpp)
if(NOT WITH_SQL)
  list(FILTER headers EXCLUDE REGEX "/churn/sql/")
endif()
file(GLOB of_the_command RELATIVE ${SOURCE_DIR}/examples ${SOURCE_DIR}/examples/conventions/*.json)
list(TRANSFORM of_the_command PREPEND share/churn/)
if(WITH_COMMAND)
  list(APPEND of_the_command share/man/man1/churn.1 share/bash-completion/completions/churn share/zsh/site-functions/_churn
       share/fish/vendor_completions.d/churn.fish)
else()
  set(of_the_command "")
endif()
foreach(part ${headers} ${of_the_command} share/doc/libchurn-dev/LICENSE ${LIB_DIR}/pkgconfig/churn.pc ${LIB_DIR}/cmake/churn/churn-config.cmake)
  if(NOT EXISTS ${INSTALLED}/${part})
    message(FATAL_ERROR "Not installed: ${part}")
  endif()
endforeach()

file(GLOB_RECURSE packages ${INSTALLED}/*.cmake ${INSTALLED}/*.pc)
foreach(package IN LISTS packages)
  file(READ ${package} text)
  foreach(folder ${BUILD_DIR} ${SOURCE_DIR} ${staged})
    string(FIND "${text}" ${folder} at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${package} names ${folder}")
    endif()
  endforeach()
endforeach()

if(WITH_COMMAND)
  execute_process(COMMAND ${INSTALLED}/bin/churn check ${SOURCE_DIR}/examples/sample_book
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endif()
