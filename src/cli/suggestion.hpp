// "Did you mean": the known name that an unknown one is most like.
#pragma once

#include <churn/core/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace churn::cli {

/// ` Did you mean rates?`, or nothing where none is like it: at most two letters differ, and fewer than half of them.
[[nodiscard]] std::string suggestion_for(std::string_view unknown, const std::vector<std::string>& known);

/// Does it; what it throws because the name is unknown is thrown on with a suggestion behind it.
template <class Action>
decltype(auto) suggesting(std::string_view name, const std::vector<std::string>& known, Action&& action) {
  try {
    return action();
  } catch (const Error& error) {
    throw Error(error.code(), error.what() + suggestion_for(name, known));
  }
}

}  // namespace churn::cli
