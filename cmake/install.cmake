# What `cmake --install` puts where. Everything finds its neighbours from its own place, so the installed
# folder may be moved. Two components: `runtime` (command, shared library) and `development` (the rest).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(churn_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/churn)

install(TARGETS churn EXPORT churn-targets
        RUNTIME COMPONENT runtime
        LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
        ARCHIVE COMPONENT development
        FILE_SET HEADERS COMPONENT development
        FILE_SET other_headers COMPONENT development)
install(EXPORT churn-targets NAMESPACE churn:: DESTINATION ${churn_package_dir} COMPONENT development)

# While the first number is 0, a change of the second may break hosts: 0.1 is no answer to who asks for 0.2.
configure_package_config_file(cmake/churn-config.cmake.in churn-config.cmake INSTALL_DESTINATION ${churn_package_dir})
write_basic_package_version_file(churn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/churn-config.cmake ${PROJECT_BINARY_DIR}/churn-config-version.cmake
        DESTINATION ${churn_package_dir} COMPONENT development)

# churn::sql is a package component of its own: find_package(churn 0.1 REQUIRED COMPONENTS sql).
if(CHURN_SQL)
  install(TARGETS churn-sql EXPORT churn-sql-targets
          RUNTIME COMPONENT runtime
          LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
          ARCHIVE COMPONENT development
          FILE_SET HEADERS COMPONENT development)
  install(EXPORT churn-sql-targets NAMESPACE churn:: DESTINATION ${churn_package_dir} COMPONENT development)
  install(FILES cmake/FindSOCI.cmake DESTINATION ${churn_package_dir} COMPONENT development)
endif()

set(churn_pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH churn_include_from_pkgconfig
     ${CMAKE_INSTALL_PREFIX}/${churn_pkgconfig_dir} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/churn.pc.in churn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/churn.pc DESTINATION ${churn_pkgconfig_dir} COMPONENT development)

if(CHURN_BUILD_COMMAND)
  file(RELATIVE_PATH churn_lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(churn-command PROPERTIES INSTALL_RPATH "$ORIGIN/${churn_lib_from_bin}")
  install(TARGETS churn-command RUNTIME COMPONENT runtime)
endif()

# Presets to change: churn ... --conventions FILE.
install(DIRECTORY examples/conventions/ DESTINATION ${CMAKE_INSTALL_DATADIR}/churn/conventions COMPONENT runtime
        FILES_MATCHING PATTERN *.json)

foreach(component runtime development)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${component})
endforeach()
