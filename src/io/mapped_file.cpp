#include "io/mapped_file.hpp"

#include <fstream>
#include <limits>

#if __has_include(<sys/mman.h>) && __has_include(<unistd.h>)
#define CHURN_HAS_MMAP  // NOLINT(cppcoreguidelines-macro-usage): it is asked by the preprocessor alone
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "io/findings.hpp"

namespace churn::inline v0 {

namespace {

void require_file(const std::filesystem::path& file, const std::string& name) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) reading::fail(name + " is not a file.");
}

}  // namespace

#ifdef CHURN_HAS_MMAP

namespace {

/// A file that is open for as long as it takes to map it.
struct OpenFile {
  explicit OpenFile(const std::filesystem::path& file)
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): there is no other way to open a file to be mapped
      : number(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (number >= 0) ::close(number);
  }
  int number;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& file, const std::string& name) {
  require_file(file, name);
  const OpenFile open(file);
  struct stat facts {};
  if (open.number < 0 || ::fstat(open.number, &facts) != 0) reading::fail(name + " can't be opened.");
  if (facts.st_size == 0) return;
  const auto size = static_cast<std::size_t>(facts.st_size);
  void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, open.number, 0);
  if (begin == MAP_FAILED) reading::fail(name + " can't be read.");  // NOLINT: the system's own cast
  bytes_ = {static_cast<const std::byte*>(begin), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty())
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());  // NOLINT: what it takes
}

#else

MappedFile::MappedFile(const std::filesystem::path& file, const std::string& name) {
  require_file(file, name);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) reading::fail(name + " can't be opened.");
  if (size > std::numeric_limits<std::size_t>::max() - 8) reading::fail(name + " can't be read.");
  copy_.resize((static_cast<std::size_t>(size) + 7) / 8);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a stream reads characters
  in.read(reinterpret_cast<char*>(copy_.data()), static_cast<std::streamsize>(size));
  if (in.bad()) reading::fail(name + " can't be read.");
  bytes_ = std::as_bytes(std::span(copy_)).first(static_cast<std::size_t>(in.gcount()));
}

MappedFile::~MappedFile() = default;

#endif

}  // namespace churn::inline v0
