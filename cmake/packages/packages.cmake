# What `cpack` makes: Debian packages, one a component of the install step.
#
#   cmake --workflow --preset packages       builds a release and writes them to build/packages
#
#   libchurn0.1, libchurn-sql0.1        the shared libraries; a host depends on those it links
#   libchurn-dev, libchurn-sql-dev      headers, CMake package, churn.pc, what -lchurn finds
#   churn                               the command, and presets of conventions to change
#
# Of a static build (the default) there is no package of a library: what hosts link is in those to develop with.

# In libraries of libchurn nothing shows but its own names.
function(churn_show_own_symbols target)
  if(BUILD_SHARED_LIBS AND UNIX AND NOT APPLE)
    set(map ${PROJECT_SOURCE_DIR}/cmake/packages/exported_symbols.map)
    target_link_options(${target} PRIVATE "LINKER:--version-script=${map}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${map})
  endif()
endfunction()
churn_show_own_symbols(churn)
if(CHURN_SQL)
  churn_show_own_symbols(churn-sql)
endif()

set(interface_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(churn_packages_of_library libchurn${interface_version})
set(churn_packages_of_development libchurn-dev)
set(churn_packages_of_sql libchurn-sql${interface_version})
set(churn_packages_of_sql-development libchurn-sql-dev)
set(churn_packages_of_command churn)

# Each package says who may use it how, and what has changed.
find_program(CHURN_GZIP gzip)
foreach(component IN LISTS churn_components)
  set(package ${churn_packages_of_${component}})
  set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/${package})
  install(FILES cmake/packages/copyright DESTINATION ${doc_dir} COMPONENT ${component})
  install(FILES LICENSE DESTINATION ${doc_dir} COMPONENT ${component})
  if(churn_chart_script_count EQUAL 3 AND component MATCHES "^(library|development)$")  # the library has them in it
    install(FILES cmake/charts/NOTICE DESTINATION ${doc_dir} COMPONENT ${component})
  endif()
  if(CHURN_GZIP)
    install(FILES ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION ${doc_dir} COMPONENT ${component})
  endif()
endforeach()
if(CHURN_GZIP)
  add_custom_command(OUTPUT changelog.gz DEPENDS cmake/packages/changelog VERBATIM
                     COMMAND ${CHURN_GZIP} -9 --no-name --stdout ${PROJECT_SOURCE_DIR}/cmake/packages/changelog > changelog.gz)
  add_custom_target(churn-changelog ALL DEPENDS changelog.gz)
endif()

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME churn)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "the libchurn maintainers <maintainers@libchurn.example>")
set(CPACK_PACKAGE_VENDOR "libchurn")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL ${churn_components})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
foreach(part LIBRARY SQL)  # whose names the linker is to know once they are there
  set(CPACK_DEBIAN_${part}_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/packages/triggers)
endforeach()
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY "=")  # until 1.0 no promise within 0.1 but that of the very version
# What the programs link, by their names in Debian; where that can't be found out, nothing is asserted of it.
find_program(CHURN_SHLIBDEPS dpkg-shlibdeps)
if(CHURN_SHLIBDEPS AND BUILD_SHARED_LIBS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/src/sql)
endif()
if(CHURN_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()

# churn_package(component section depends description): the description is a line and a paragraph.
function(churn_package component section depends description)
  string(TOUPPER "${component}" part)
  foreach(setting "PACKAGE_NAME;${churn_packages_of_${component}}" "PACKAGE_SECTION;${section}" "PACKAGE_DEPENDS;${depends}")
    list(GET setting 0 name)
    list(GET setting 1 value)
    set(CPACK_DEBIAN_${part}_${name} "${value}" PARENT_SCOPE)
  endforeach()
  set(CPACK_COMPONENT_${part}_DESCRIPTION "${description}" PARENT_SCOPE)
endfunction()

set(same_version "(= ${PROJECT_VERSION})")
set(development_depends "libboost-dev (>= 1.74), libeigen3-dev (>= 3.4), nlohmann-json3-dev (>= 3.11)")
set(sql_development_depends "libchurn-dev ${same_version}")
set(sql_depends "")
set(command_depends "")
if(BUILD_SHARED_LIBS)
  string(PREPEND development_depends "${churn_packages_of_library} ${same_version}, ")
  string(PREPEND sql_development_depends "${churn_packages_of_sql} ${same_version}, ")
  set(sql_depends "${churn_packages_of_library} ${same_version}")
  set(command_depends "${churn_packages_of_library} ${same_version}")
  if(CHURN_SQL)
    string(APPEND command_depends ", ${churn_packages_of_sql} ${same_version}")
  endif()
else()
  string(APPEND sql_development_depends ", libsoci-dev (>= 4.0), libpq-dev, libsqlite3-dev")
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL library sql)
endif()

churn_package(library libs "" "churn analytics for subscription businesses, shared library
Who leaves, what that costs, why, and who is next: customer and MRR churn,
cohorts, survival, causes, risk and forecasts out of subscriptions or invoices,
exact to the cent and with intervals.")
churn_package(development libdevel "${development_depends}" "churn analytics for subscription businesses, to develop with
Headers, CMake package and pkg-config file of libchurn, a C++20 library that
billing systems link.")
churn_package(sql libs "${sql_depends}" "libchurn for SQLite and PostgreSQL, shared library
Reads books of subscriptions from databases, follows their changes, and writes
answers back.")
churn_package(sql-development libdevel "${sql_development_depends}" "libchurn for SQLite and PostgreSQL, to develop with
Headers, CMake package and pkg-config file of churn::sql.")
churn_package(command utils "${command_depends}" "churn analytics for subscription businesses, command line
Reads a book of subscriptions from CSV, JSON, exports of billing systems or a
database, and prints churn reports, rates, cohorts, causes, risk and forecasts.")

include(CPack)
