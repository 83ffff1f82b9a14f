# What `cmake --install` puts where. Everything finds its neighbours from its own place, so the installed folder may be
# moved. Each component is a package of its own (cmake/packages/packages.cmake): `library` and `development`,
# `sql` and `sql-development`, `command`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(churn_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/churn)
set(churn_components library development)

install(TARGETS churn EXPORT churn-targets
        RUNTIME COMPONENT library
        LIBRARY COMPONENT library NAMELINK_COMPONENT development
        ARCHIVE COMPONENT development
        FILE_SET HEADERS COMPONENT development
        FILE_SET other_headers COMPONENT development)
install(EXPORT churn-targets NAMESPACE churn:: DESTINATION ${churn_package_dir} COMPONENT development)

# While the first number is 0, a change of the second may break hosts: 0.1 is no answer to who asks for 0.2.
configure_package_config_file(cmake/churn-config.cmake.in churn-config.cmake INSTALL_DESTINATION ${churn_package_dir})
write_basic_package_version_file(churn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/churn-config.cmake ${PROJECT_BINARY_DIR}/churn-config-version.cmake
        DESTINATION ${churn_package_dir} COMPONENT development)

set(churn_pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH churn_include_from_pkgconfig
     ${CMAKE_INSTALL_PREFIX}/${churn_pkgconfig_dir} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/churn.pc.in churn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/churn.pc DESTINATION ${churn_pkgconfig_dir} COMPONENT development)

# churn::sql is a component of the CMake package: find_package(churn 0.1 REQUIRED COMPONENTS sql).
if(CHURN_SQL)
  list(APPEND churn_components sql sql-development)
  install(TARGETS churn-sql EXPORT churn-sql-targets
          RUNTIME COMPONENT sql
          LIBRARY COMPONENT sql NAMELINK_COMPONENT sql-development
          ARCHIVE COMPONENT sql-development
          FILE_SET HEADERS COMPONENT sql-development)
  set_target_properties(churn-sql PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(EXPORT churn-sql-targets NAMESPACE churn:: DESTINATION ${churn_package_dir} COMPONENT sql-development)
  install(FILES cmake/FindSOCI.cmake DESTINATION ${churn_package_dir} COMPONENT sql-development)
  if(NOT BUILD_SHARED_LIBS)
    set(churn_sql_links " -lsoci_postgresql -lsoci_sqlite3 -lsoci_core")
  endif()
  configure_file(cmake/churn-sql.pc.in churn-sql.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/churn-sql.pc DESTINATION ${churn_pkgconfig_dir} COMPONENT sql-development)
endif()

if(CHURN_BUILD_COMMAND)
  list(APPEND churn_components command)
  file(RELATIVE_PATH churn_lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(churn-command PROPERTIES INSTALL_RPATH "$ORIGIN/${churn_lib_from_bin}")
  install(TARGETS churn-command RUNTIME COMPONENT command)
  # Presets to change: churn ... --conventions FILE.
  install(DIRECTORY examples/conventions/ DESTINATION ${CMAKE_INSTALL_DATADIR}/churn/conventions COMPONENT command
          FILES_MATCHING PATTERN *.json)
endif()

include(cmake/packages/packages.cmake)
