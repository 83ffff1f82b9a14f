# A host whose only libchurn is the one unpacked in ROOT, with CMake and with pkg-config.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${HOST_BUILD_DIR})
set(ENV{LD_LIBRARY_PATH} ${ROOT}/usr/${LIB_DIR})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${HOST_DIR} -B ${HOST_BUILD_DIR} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
                        -DCMAKE_PREFIX_PATH=${ROOT}/usr -DWITH_SQL=${WITH_SQL} -DVERSION=${VERSION}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${HOST_BUILD_DIR} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${HOST_BUILD_DIR}/host ${HOST_BUILD_DIR}/billing.db COMMAND_ERROR_IS_FATAL ANY)

find_program(PKG_CONFIG pkg-config)
if(PKG_CONFIG AND WITH_SQL)
  set(ENV{PKG_CONFIG_PATH} ${ROOT}/usr/${LIB_DIR}/pkgconfig)
  execute_process(COMMAND ${PKG_CONFIG} --cflags --libs churn-sql OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags)
  execute_process(COMMAND ${COMPILER} -std=c++20 -O0 -DWITH_SQL=1 ${HOST_DIR}/host.cpp ${flags} -o ${HOST_BUILD_DIR}/by_pkg_config
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${HOST_BUILD_DIR}/by_pkg_config ${HOST_BUILD_DIR}/billing.db COMMAND_ERROR_IS_FATAL ANY)
endif()
