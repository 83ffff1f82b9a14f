// What a call throws, for tests: the stable name of its Error's code, "" for nothing, and the sentence of
// anything else, which no call should let out.
#pragma once

#include <churn/core/error.hpp>

#include <exception>
#include <string>

namespace core_test {

template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const churn::Error& error) {
    return std::string(error_name(error.code()));
  } catch (const std::exception& stranger) {
    return std::string("not a churn::Error: ") + stranger.what();
  }
  return "";
}

}  // namespace core_test
