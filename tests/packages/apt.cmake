# What they depend on, as apt resolves it here; nothing is installed.
cmake_minimum_required(VERSION 3.25)
file(GLOB files ${PACKAGES}/*.deb)
execute_process(COMMAND ${APT_GET} install --simulate --no-install-recommends ${files} OUTPUT_VARIABLE plan ERROR_VARIABLE plan
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${plan}")
endif()
