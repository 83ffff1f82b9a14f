// TableReader: one CSV file of a book with known columns, its fields as typed values, its bad rows reported.
// Private to the readers of io/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <churn/io/csv.hpp>

#include "io/fields.hpp"

namespace churn::inline v0 {
namespace reading {

/// A file without which there is no book throws where others are left out.
enum class Importance : std::uint8_t { optional, required };

/// One CSV file with known columns, row by row.
class TableReader : public Fields {
 public:
  TableReader(std::string_view text, const std::string& source, std::span<const Column> columns,
              Importance importance, Findings& findings)
      : Fields(source, columns, findings), csv_(text, source, findings.rejections()), usable_(read_header()) {
    if (usable_) return;
    if (importance == Importance::required) fail(sentence_of(findings_->rejections().entries().back()));
    findings_->check();
  }

  /// The next row in which every required value is there; false at the end.
  [[nodiscard]] bool next() {
    while (usable_ && csv_.next(csv_row_)) {
      findings_->check();
      begin(csv_row_.number);
      for (std::size_t column = 0; column < columns_.size(); ++column)
        if (positions_[column] != absent) texts_[column] = csv_row_.fields[positions_[column]];
      check_required();
      if (good()) return true;
    }
    findings_->check();
    return false;
  }

  [[nodiscard]] bool usable() const noexcept { return usable_; }

  /// Columns that are not known but have a name: the index of the field, and the name.
  [[nodiscard]] const std::vector<std::pair<std::size_t, std::string>>& others() const noexcept {
    return others_;
  }
  /// Of these, keeps as many as there may be attributes, and rejects the rest.
  void keep_attributes() {
    if (!usable_) return;
    for (std::size_t i = max_attributes; i < others_.size(); ++i)
      findings_->add({RejectionCode::too_many_attributes, source_, csv_.header_row(), others_[i].second,
                      too_many_attributes()});
    others_.resize(std::min(others_.size(), max_attributes));
  }
  [[nodiscard]] std::string_view field(std::size_t index) const { return csv_row_.fields[index]; }
  void report_others() {
    if (!usable_) return;
    for (const auto& [index, name] : others_)
      findings_->add({RejectionCode::unknown_column, source_, csv_.header_row(), name,
                      "The column " + in_quotes(name) + " is not used."});
  }

 private:
  static constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

  /// False, with a rejection of the file as a whole, if the header can't be used.
  bool read_header() {
    const std::vector<std::string>& header = csv_.header();
    if (header.empty()) return false;  // the reader said why
    positions_.assign(columns_.size(), absent);
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header[i].empty()) continue;
      if (!seen.insert(header[i]).second)
        return reject_file(RejectionCode::duplicate_column, header[i],
                           "The column " + in_quotes(header[i]) + " is there twice.");
      const auto known = std::find_if(columns_.begin(), columns_.end(),
                                      [&](const Column& column) { return column.name == header[i]; });
      if (known == columns_.end())
        others_.emplace_back(i, header[i]);
      else
        positions_[static_cast<std::size_t>(known - columns_.begin())] = i;
    }
    return check_columns();
  }

  bool check_columns() {
    std::vector<std::string> missing;
    for (std::size_t column = 0; column < columns_.size(); ++column)
      if (columns_[column].need != Need::nothing && positions_[column] == absent)
        missing.emplace_back(columns_[column].name);
    if (missing.empty()) return true;
    std::string list;
    for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + in_quotes(name);
    std::string reason =
        missing.size() == 1 ? "The column " + list + " is missing." : "The columns " + list + " are missing.";
    const std::string& first = csv_.header().front();
    if (csv_.header().size() == 1 && first.find_first_of(";\t") != std::string::npos)
      reason += " Columns must be separated by commas.";
    if (std::any_of(csv_.header().begin(), csv_.header().end(),
                    [](const std::string& name) { return name.find('\r') != std::string::npos; }))
      reason += " Lines must end in LF or CRLF, not in CR alone.";
    return reject_file(RejectionCode::missing_column, missing.front(), std::move(reason));
  }

  /// Strict mode is left to the constructor, which knows whether the file is required.
  bool reject_file(RejectionCode code, const std::string& field, std::string reason) {
    findings_->rejections().add({code, source_, 0, field, std::move(reason)});
    return false;
  }

  CsvReader csv_;
  std::vector<std::size_t> positions_;  // of each known column in the file
  std::vector<std::pair<std::size_t, std::string>> others_;
  CsvRow csv_row_{};
  bool usable_;  // last: reading the header fills the others
};

}  // namespace reading
}  // namespace churn::inline v0
