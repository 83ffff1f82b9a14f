# SOCI with its backends for SQLite and PostgreSQL, as Debian ships it: libraries and headers, no CMake package. The
# headers of the backends include those of SQLite and libpq, and nothing of these is linked here.
#
#   find_package(SOCI 4.0) gives SOCI_FOUND and the target SOCI::SOCI
find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_CORE_LIBRARY soci_core)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3)
find_library(SOCI_POSTGRESQL_LIBRARY soci_postgresql)
find_path(SOCI_SQLITE3_INCLUDE_DIR sqlite3.h)
find_path(SOCI_LIBPQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql pgsql)
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY SOCI_SQLITE3_LIBRARY SOCI_POSTGRESQL_LIBRARY
                 SOCI_SQLITE3_INCLUDE_DIR SOCI_LIBPQ_INCLUDE_DIR)

if(SOCI_INCLUDE_DIR)
  file(STRINGS ${SOCI_INCLUDE_DIR}/soci/version.h soci_version_line REGEX "define SOCI_LIB_VERSION ")
  string(REGEX REPLACE ".*\"([0-9]+)_([0-9]+)(_([0-9]+))?\".*" "\\1.\\2.\\4" SOCI_VERSION "${soci_version_line}")
  string(REGEX REPLACE "\\.$" "" SOCI_VERSION "${SOCI_VERSION}")
endif()

# A SOCI that was built with another standard library (a Debian one, for a host that uses libc++) does not link.
if(SOCI_CORE_LIBRARY AND SOCI_INCLUDE_DIR)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_INCLUDES ${SOCI_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${SOCI_CORE_LIBRARY})
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles("#include <soci/soci.h>
    int main() { soci::session session; session.open(std::string()); }" SOCI_LINKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_QUIET)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI
  REQUIRED_VARS SOCI_CORE_LIBRARY SOCI_SQLITE3_LIBRARY SOCI_POSTGRESQL_LIBRARY SOCI_INCLUDE_DIR
                SOCI_SQLITE3_INCLUDE_DIR SOCI_LIBPQ_INCLUDE_DIR SOCI_LINKS
  VERSION_VAR SOCI_VERSION)

if(SOCI_FOUND AND NOT TARGET SOCI::SOCI)
  add_library(SOCI::SOCI INTERFACE IMPORTED)
  target_include_directories(SOCI::SOCI INTERFACE ${SOCI_INCLUDE_DIR} ${SOCI_SQLITE3_INCLUDE_DIR}
                                                  ${SOCI_LIBPQ_INCLUDE_DIR})
  target_link_libraries(SOCI::SOCI INTERFACE ${SOCI_POSTGRESQL_LIBRARY} ${SOCI_SQLITE3_LIBRARY} ${SOCI_CORE_LIBRARY})
endif()
