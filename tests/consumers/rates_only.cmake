# Runs the host that wants rates only, and checks that nothing else was linked into it.
execute_process(COMMAND ${PROGRAM} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${NM} --demangle --defined-only ${PROGRAM} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "churn::v0::Book::build")
  message(FATAL_ERROR "No symbols to look at in ${PROGRAM}")
endif()
foreach(name make_report to_html chart_scripts train_risk_model logistic_regression cox_regression forecast_mrr fit_bg_nbd
             standard_levers what_if read_book_folder read_book_json read_stripe)
  if(symbols MATCHES "churn::v0::${name}[(]")
    message(FATAL_ERROR "Rates alone link ${name}")
  endif()
endforeach()
