// CsvReader: reads the rows of a CSV file that lies in memory, as RFC 4180 has it, and reports what is wrong.
//
//   Rejections rejections;
//   CsvReader csv{text, "customers.csv", rejections};
//   for (CsvRow row; csv.next(row);) use(row.number, row.fields[0]);
//
// Accepted: a byte order mark, line ends LF and CRLF, a last line without an end (or with a lone CR), quoted
// fields that hold commas, line ends and doubled quotes. A quote in the middle of a field that does not begin
// with one is an ordinary character, and so are spaces. Blank lines are skipped. Every row that `next` gives
// has as many fields as the header, is UTF-8 and holds no byte 0.
//
// Row numbers are those a spreadsheet shows: the header of a file that starts with it is row 1, a record
// counts once however many lines it spans, and a blank line counts although it is skipped.
//
// What is wrong costs its own record only, and is reported once, by the first of these that holds:
//   unclosed_quote     a quoted field that never ends, or that goes on after its closing quote (`"a"b`).
//                      Reading resumes on the line after the one on which the record began, so that good rows
//                      behind a stray quote are kept; that next line has the next row number.
//   nul_byte           a byte 0 in it
//   invalid_utf8       bytes that are no UTF-8
//   wrong_field_count  more or fewer fields than the header
// A file without any line that is not blank is `empty_file`, row 0. If the header itself is wrong, `header()`
// is empty and there are no rows.
//
// A text may be read in parts, on several threads: a reader of a part begins where a row does and reads the rows that
// begin before a given place. Where one reader stops where the next began, and has read nothing that tells of rows
// still to come, both together gave what a single reader gives.
//
// Cost: O(bytes), also for hostile input. Nothing is allocated per row or field: fields are views of the
// text, or, where a doubled quote had to be halved, of a buffer that the next row reuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/rejections.hpp>

namespace churn::inline v0 {

/// One row. The views are valid until the next call of `next`, and as long as the reader and its text.
struct CsvRow {
  std::int64_t number{0};                      ///< as a spreadsheet counts
  std::span<const std::string_view> fields{};  ///< as many as the header has
};

/// Several rows. The views are valid as those of a row are.
struct CsvRows {
  std::span<const std::int64_t> numbers{};     ///< of each row
  std::span<const std::string_view> fields{};  ///< of one row behind those of the other
};

/// Gives the rows of a text one after the other, and reports what is wrong with others.
class CsvReader {
 public:
  static constexpr std::size_t most_rows = 64;  ///< that are given at once

  /// Whether what a reader is given is all of its text, or its beginning.
  enum class Extent : std::uint8_t { whole, beginning };

  /// Reads the header. `text` and `rejections` must outlive the reader; `source` is the file's name. If the header does
  /// not end in the beginning of a text, the reader has none, needs_more(), and reports nothing.
  CsvReader(std::string_view text, std::string source, Rejections& rejections, Extent extent = Extent::whole);
  /// Reads the rows of a stretch of a text that begins where a row does. They are numbered from 1. `whole` has read the
  /// header of the text.
  CsvReader(const CsvReader& whole, std::string_view stretch, Extent extent, Rejections& rejections);
  CsvReader(const CsvReader&) = delete;  // the views of a row point into the reader
  CsvReader& operator=(const CsvReader&) = delete;

  /// The names of the columns; empty if there is no header that can be read (then a rejection says why).
  [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }
  /// The row number of the header: 1, or more if blank lines precede it.
  [[nodiscard]] std::int64_t header_row() const noexcept { return header_row_; }

  /// The next good row; false at the end. Bad rows on the way to it are reported and skipped.
  [[nodiscard]] bool next(CsvRow& row);
  /// The next good rows, one or more; false at the end. Bad rows on the way to the first of them are reported and
  /// skipped; those behind it are left to the next call.
  [[nodiscard]] bool next(CsvRows& rows);

  /// Of the beginning of a text: whether the next row does not end in it. Then `next` gives none.
  [[nodiscard]] bool needs_more() const noexcept { return needs_more_; }
  /// Goes on in another stretch of the text, which begins where the next row does, at position() of the one before, and
  /// must outlive the reader or the next call. Views of rows so far are no longer valid. A row that needs_more() is read
  /// again from its beginning: whoever gives it twice as much each time, reads each byte a few times only.
  void go_on(std::string_view stretch, Extent extent);

  /// Goes on to the rows that begin before `until`.
  void read_until(std::size_t until) noexcept { until_ = text_ + until; }
  /// Where the next row begins.
  [[nodiscard]] std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - text_); }
  /// What is still to be read, up to where reading stops.
  [[nodiscard]] std::string_view left() const noexcept {
    return {at_, at_ < until_ ? static_cast<std::size_t>(until_ - at_) : 0};
  }
  /// Rows and blank lines so far.
  [[nodiscard]] std::int64_t row_count() const noexcept { return row_number_; }
  /// Whether what was read tells of rows still to come: of a quote that opens in one of them and never closes.
  [[nodiscard]] bool foresees() const noexcept { return failing_until_ > at_; }

 private:
  /// A stretch of the text that was looked at ahead of the rows in it.
  struct Stretch {
    const char* begin{nullptr};
    const char* end{nullptr};
    const char* row{nullptr};           // the next row, not read yet, with its place ends[next] on
    std::size_t next{0};                // of the places
    std::size_t count{0};               // of the places
    bool quotes{false};                 // whether it holds some
    bool unusual{false};                // whether it holds bytes that are not ASCII, or none that a text has
    std::vector<std::uint16_t> ends{};  // places of commas and line ends, from `begin` on
  };

  void make_room();
  void look_ahead();
  void read_plain_rows();
  [[nodiscard]] bool skip_blank_lines() noexcept;
  [[nodiscard]] bool read_record();
  [[nodiscard]] const char* read_quoted(const char* open);
  [[nodiscard]] const char* fail_quote(std::string_view reason);
  bool stop_before_row() noexcept;
  void store(std::string_view field);
  void unescape_fields();
  [[nodiscard]] bool check_bytes(const char* begin);
  void reject(RejectionCode code, std::size_t field, std::string reason);

  const char* at_;
  const char* until_;  // rows that begin from here on are not read
  const char* end_;
  const char* text_;
  bool is_beginning_{false};  // the text goes on behind its end
  bool needs_more_{false};
  std::string source_;
  Rejections* rejections_;
  std::vector<std::string> header_;
  std::int64_t header_row_{0};
  std::int64_t row_number_{0};

  // The record being read.
  std::vector<std::string_view> fields_;  // while the header is read, its own; then of up to `most_rows` rows
  std::size_t width_{0};                  // fields of a row; 0 while the header is read
  std::string_view* row_{nullptr};        // the fields of the record
  std::size_t field_count_{0};
  bool is_left_{false};  // a record that is wrong is left to the next call
  std::vector<std::int64_t> numbers_;
  std::vector<std::size_t> escaped_;  // fields that hold doubled quotes
  std::string scratch_;
  std::vector<const char*> opened_;  // where its quoted fields open

  // Rows without quotes are read many at a time, from the places where their fields end.
  Stretch ahead_{};
  const char* single_until_{text_};  // rows that begin before are read one by one

  // Opening quotes, by offset, from which a record is known to fail. Whoever meets one need not read on,
  // which keeps the cost linear where many lines seem to open a quote that never closes. Empty until needed.
  std::vector<bool> failing_;
  const char* failing_until_{text_};  // behind the last of them
};

}  // namespace churn::inline v0
