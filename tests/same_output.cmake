# Runs the command PROGRAM and that of another build, OTHER, with each command on BOOK: what they print and their
# exit status are the same, to the byte. A calendar or number printed by another standard library would show.
if(NOT EXISTS ${OTHER})
  message(FATAL_ERROR "Nothing to compare with: build ${OTHER} first")
endif()
foreach(arguments
    "check" "roster;--on;2024-06-30" "movements" "movements;--by;channel;--format;csv" "movements;--exact;--format;json"
    "rates" "rates;--period;year;--format;json" "rates;--by;industry;--format;csv"
    "cohorts" "cohorts;--measure;revenue;--format;json" "explain;--period-of;2024-12-01;--by;industry;--movement;churn"
    "report;-o;/dev/stdout" "levers;--format;csv" "rates;--where;no_such=1")
  list(POP_FRONT arguments command)
  foreach(program PROGRAM OTHER)
    execute_process(COMMAND ${${program}} ${command} ${BOOK} ${arguments} OUTPUT_VARIABLE ${program}_out
                    ERROR_VARIABLE ${program}_err RESULT_VARIABLE ${program}_status)
    # Error messages may name the program.
    string(REPLACE "${${program}}" "churn" ${program}_err "${${program}_err}")
  endforeach()
  foreach(part out err status)
    if(NOT PROGRAM_${part} STREQUAL OTHER_${part})
      message(FATAL_ERROR "churn ${command} ${arguments}: ${part} is\n${PROGRAM_${part}}\ninstead of\n${OTHER_${part}}")
    endif()
  endforeach()
endforeach()
