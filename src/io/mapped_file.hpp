// MappedFile: the bytes of a file where the system keeps them, without a copy. Private to the sources of io/.
//
// Where there is no mmap, the file is read into memory as a whole. Whoever changes a file in place while it is
// mapped changes what is seen here, and whoever cuts it off ends the process that looks behind the end; to
// replace one, write another beside it and rename that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace churn::inline v0 {

class MappedFile {
 public:
  /// `name` is what sentences call the file. Throws Error(unreadable).
  MappedFile(const std::filesystem::path& file, const std::string& name);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  /// They begin where a number of 8 bytes may stand.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
  std::vector<std::uint64_t> copy_;  // where the file could not be mapped
};

}  // namespace churn::inline v0
