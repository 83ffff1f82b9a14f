# Runs PROGRAM with ARGUMENTS and writes what it prints to the file TO, whole or not at all.
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${TO} "${text}")
