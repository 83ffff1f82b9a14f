# What the command `churn` writes about itself, for the shell and for man(1): written once it is built, and installed.
include(GNUInstallDirs)

# about_the_command(file folder argument...): `churn argument...` as a file, installed to that folder.
set(churn_command_files "")
function(about_the_command file folder)
  set(output ${PROJECT_BINARY_DIR}/command_files/${file})
  add_custom_command(OUTPUT ${output} DEPENDS churn-command VERBATIM
                     COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:churn-command> "-DARGUMENTS=${ARGN}" -DTO=${output}
                             -P ${PROJECT_SOURCE_DIR}/cmake/write_output.cmake)
  list(APPEND churn_command_files ${output})
  set(churn_command_files "${churn_command_files}" PARENT_SCOPE)
  if(CHURN_INSTALL)
    install(FILES ${output} DESTINATION ${folder} COMPONENT command)
  endif()
endfunction()

about_the_command(churn.1 ${CMAKE_INSTALL_MANDIR}/man1 man)
about_the_command(churn ${CMAKE_INSTALL_DATADIR}/bash-completion/completions completion bash)
about_the_command(_churn ${CMAKE_INSTALL_DATADIR}/zsh/site-functions completion zsh)
about_the_command(churn.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d completion fish)
add_custom_target(churn-command-files ALL DEPENDS ${churn_command_files})
