// The bytes of one file. Private to the readers of io/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

/// Reads a file; `name` is what sentences call it. Throws Error(unreadable).
inline std::string text_of_file(const std::filesystem::path& file, const std::string& name) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) fail(name + " is not a file.");
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) fail(name + " can't be opened.");
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) fail(name + " can't be read.");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace reading
}  // namespace churn::inline v0
