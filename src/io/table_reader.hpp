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

/// One CSV file with known columns, or a part of it, row by row, or several rows at once.
class TableReader : public Fields {
 public:
  /// Of the beginning of a text it is as usable as its CsvReader, which may need more.
  TableReader(std::string_view text, const std::string& source, std::span<const Column> columns,
              Importance importance, Findings& findings, CsvReader::Extent extent = CsvReader::Extent::whole)
      : Fields(source, columns, findings),
        csv_(text, source, findings.rejections(), extent),
        usable_(read_header()) {
    if (usable_ || csv_.needs_more()) return;
    if (importance == Importance::required) fail(sentence_of(findings_->rejections().entries().back()));
    findings_->check();
  }

  /// Reads the rows of a stretch of the file, as a CsvReader does.
  TableReader(const TableReader& whole, std::string_view stretch, CsvReader::Extent extent,
              Findings& findings)
      : Fields(whole.source_, whole.columns_, findings),
        csv_(whole.csv_, stretch, extent, findings.rejections()),
        places_(whole.places_),
        others_(whole.others_),
        usable_(whole.usable_) {}

  /// A column that the file has.
  struct Place {
    std::size_t column;
    std::size_t in_file;
    bool required;  // in every row
  };

  /// The next row in which every required value is there; false at the end.
  [[nodiscard]] bool next() {
    while (next_row_ < row_count() || fetch())
      if (take(next_row_++)) return true;
    return false;
  }

  /// The next rows, in the place of those before; false at the end.
  [[nodiscard]] bool fetch() {
    const bool fetched = usable_ && csv_.next(rows_);
    if (!fetched) rows_ = {};
    next_row_ = 0;
    findings_->check();
    return fetched;
  }
  [[nodiscard]] std::size_t row_count() const noexcept { return rows_.numbers.size(); }
  [[nodiscard]] std::int64_t row_number(std::size_t row) const { return rows_.numbers[row]; }
  [[nodiscard]] const std::vector<Place>& places() const noexcept { return places_; }
  /// What a row of those fetched holds, by the place in the file.
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t in_file) const {
    return rows_.fields[row * width() + in_file];
  }
  /// Makes one of the rows the one that the fields are of. False if it lacks a required value; it is rejected then.
  [[nodiscard]] bool take(std::size_t row) {
    begin(rows_.numbers[row]);
    cells_ = rows_.fields.subspan(row * width(), width());
    bool lacks = false;
    for (const Place& place : places_) {
      const std::string_view given = cells_[place.in_file];
      texts_[place.column] = given;
      lacks = lacks || (place.required && given.empty());
    }
    if (lacks) check_required();
    return good();
  }

  [[nodiscard]] CsvReader& csv() noexcept { return csv_; }
  /// How many bytes of the file follow those that the table is given.
  void set_bytes_behind(std::size_t bytes) noexcept { bytes_behind_ = bytes; }
  /// A guess at how many rows are still to come, from the length of the next ones.
  [[nodiscard]] std::size_t rows_left() const {
    const std::string_view text = csv_.left();
    const std::string_view sample = text.substr(0, std::size_t{1} << 16);
    const auto lines = static_cast<double>(std::count(sample.begin(), sample.end(), '\n'));
    if (!usable_ || sample.empty()) return 0;
    const std::size_t bytes = text.size() + bytes_behind_;
    const double samples = static_cast<double>(bytes) / static_cast<double>(sample.size());
    const std::size_t most = bytes / width();  // whose fields are all empty
    return std::min(static_cast<std::size_t>(samples * lines), most);
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
  [[nodiscard]] std::string_view field(std::size_t index) const { return cells_[index]; }
  void report_others() {
    if (!usable_) return;
    for (const auto& [index, name] : others_)
      findings_->add({RejectionCode::unknown_column, source_, csv_.header_row(), name,
                      "The column " + in_quotes(name) + " is not used."});
  }

 private:
  static constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] std::size_t width() const noexcept { return csv_.header().size(); }

  /// False, with a rejection of the file as a whole, if the header can't be used.
  bool read_header() {
    const std::vector<std::string>& header = csv_.header();
    if (header.empty()) return false;  // the reader said why
    std::vector<std::size_t> positions(columns_.size(), absent);
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
        positions[static_cast<std::size_t>(known - columns_.begin())] = i;
    }
    for (std::size_t column = 0; column < columns_.size(); ++column)
      if (positions[column] != absent)
        places_.push_back({column, positions[column], columns_[column].need == Need::value});
    return check_columns(positions);
  }

  bool check_columns(const std::vector<std::size_t>& positions) {
    std::vector<std::string> missing;
    for (std::size_t column = 0; column < columns_.size(); ++column)
      if (columns_[column].need != Need::nothing && positions[column] == absent)
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
  std::vector<Place> places_;  // of the known columns
  std::vector<std::pair<std::size_t, std::string>> others_;
  CsvRows rows_{};
  std::size_t next_row_{0};
  std::size_t bytes_behind_{0};
  std::span<const std::string_view> cells_{};  // of the row that was taken
  bool usable_;                                // last: reading the header fills the others
};

}  // namespace reading
}  // namespace churn::inline v0
