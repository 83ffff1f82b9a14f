# The business that is generated is the same on every machine, and the worker's answers on it equal the plain passes'.
set(folder ${CMAKE_CURRENT_BINARY_DIR}/benchmark-check)
execute_process(COMMAND ${GENERATOR} ${folder} --customers=3000 --with-events=300 COMMAND_ERROR_IS_FATAL ANY)
foreach(expected IN ITEMS
    "periods.csv 2515f5d9e80de6e115ffb958354071d5e523a083e5dac6c706376f8a6648363f"
    "events.csv 517eda1f51cb6f0401f8127e4ea652c9d91f69bc89aeed816ca1507db7896e5a"
    "customers.csv 1ce3c71ce8dd2d7994d7337f2fb00523780863f9d09162d5b5d120b90c76ce87")
  string(REPLACE " " ";" expected "${expected}")
  list(GET expected 0 name)
  list(GET expected 1 sum)
  file(SHA256 ${folder}/${name} found)
  if(NOT found STREQUAL sum)
    message(SEND_ERROR "${name} is other than everywhere else: ${found}")
  endif()
endforeach()
execute_process(COMMAND ${WORKER} --data=${folder} --verify COMMAND_ERROR_IS_FATAL ANY)
