// "Did you mean": the known name that an unknown one is most like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace churn::cli {

/// ` Did you mean rates?`, or nothing where none is like it: at most two letters differ, and fewer than half of them.
[[nodiscard]] std::string suggestion_for(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace churn::cli
