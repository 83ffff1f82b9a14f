#include "io/mapped_file.hpp"

#include <gtest/gtest.h>
#include <churn/churn.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::error_of;

class MappedFiles : public testing::Test {
 protected:
  // Tests may run at once, each in a process of its own.
  MappedFiles()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("churn_mapped_files_" +
                 std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::create_directories(folder_);
  }
  ~MappedFiles() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& text) const {
    const std::filesystem::path path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static std::string text_of(const MappedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
  }
  std::filesystem::path folder_;
};

TEST_F(MappedFiles, have_the_bytes_of_the_file) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 4095U, 4096U, 4097U, 100'000U}) {
    std::string text;
    while (text.size() < size) text += static_cast<char>(text.size() * 7 % 113);
    const MappedFile file(write(text), "file");
    EXPECT_EQ(text_of(file), text) << size;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.bytes().data()) % 8, 0U);
  }
}

TEST_F(MappedFiles, keep_what_they_have_when_another_file_takes_the_name) {
  const MappedFile file(write("the old one"), "file");
  std::ofstream(folder_ / "other", std::ios::binary) << "another";
  std::filesystem::rename(folder_ / "other", folder_ / "file");
  EXPECT_EQ(text_of(file), "the old one");
  EXPECT_EQ(text_of(MappedFile(folder_ / "file", "file")), "another");
}

TEST_F(MappedFiles, refuse_what_is_no_file) {
  EXPECT_EQ(error_of([&] { MappedFile(folder_ / "nowhere", "x"); }), ErrorCode::unreadable);
  EXPECT_EQ(error_of([&] { MappedFile(folder_, "x"); }), ErrorCode::unreadable);
}

}  // namespace
}  // namespace churn
