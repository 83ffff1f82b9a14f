#include <churn/io/csv.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "io/utf8.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint64_t low_bits = 0x0101010101010101;
using reading::high_bits;
using reading::is_utf16;
using reading::is_utf8;

/// Eight bytes at once: the high bit of each byte of `word` that equals `c`, exactly.
constexpr std::uint64_t equal_bytes(std::uint64_t word, char c) {
  const std::uint64_t difference = word ^ (low_bits * static_cast<unsigned char>(c));
  return ~(((difference & ~high_bits) + ~high_bits) | difference | ~high_bits);
}

/// Not 0 iff one of the eight bytes is 0 or above 0x7F. Which one it is can't be told from it.
constexpr std::uint64_t unusual_bytes(std::uint64_t word) {
  return (word | ((word - low_bits) & ~word)) & high_bits;
}

/// The index in memory of the first marked byte.
constexpr std::size_t first_byte(std::uint64_t mask) {
  if constexpr (std::endian::native == std::endian::little)
    return static_cast<std::size_t>(std::countr_zero(mask)) / 8;
  else
    return static_cast<std::size_t>(std::countl_zero(mask)) / 8;
}

/// The first comma or LF, else the end. `unusual` gets bits if a byte on the way may need a closer look.
inline const char* find_delimiter(const char* at, const char* end, std::uint64_t& unusual) {
  while (end - at >= 8) {
    std::uint64_t word{};
    std::memcpy(&word, at, sizeof word);
    unusual |= unusual_bytes(word);  // may come from behind the delimiter; the closer look is exact
    const std::uint64_t found = equal_bytes(word, ',') | equal_bytes(word, '\n');
    if (found != 0) return at + first_byte(found);
    at += 8;
  }
  for (; at != end && *at != ',' && *at != '\n'; ++at)
    if (*at == '\0' || static_cast<unsigned char>(*at) > 0x7F) unusual = high_bits;
  return at;
}

const char* find(const char* at, const char* end, char c) {
  if (at == end) return end;
  const void* found = std::memchr(at, c, static_cast<std::size_t>(end - at));
  return found != nullptr ? static_cast<const char*>(found) : end;
}

const char* next_line(const char* at, const char* end) {
  const char* line_end = find(at, end, '\n');
  return line_end == end ? end : line_end + 1;
}

std::string_view view(const char* first, const char* last) {
  return {first, static_cast<std::size_t>(last - first)};
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

constexpr std::string_view never_closes =
    "A field opens with a quote that never closes. Write a quote inside a field as two.";
constexpr std::string_view text_follows =
    "Text follows the closing quote of a field. Write a quote inside a field as two.";

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string source, Rejections& rejections)
    : at_(text.data()),
      end_(text.data() + text.size()),
      text_(text.data()),
      source_(std::move(source)),
      rejections_(&rejections) {
  if (is_utf16(text)) {
    rejections_->add({RejectionCode::invalid_utf8, source_, 0, "", "The file is UTF-16. Save it as UTF-8."});
    at_ = end_;
    return;
  }
  if (text.starts_with("\xEF\xBB\xBF")) at_ += 3;
  if (!skip_blank_lines()) {
    rejections_->add(
        {RejectionCode::empty_file, source_, 0, "", "The file is empty. It needs a row of column names."});
    return;
  }
  header_row_ = row_number_ + 1;
  if (read_record())
    header_.assign(fields_.begin(), fields_.end());
  else
    at_ = end_;
}

bool CsvReader::next(CsvRow& row) {
  while (skip_blank_lines()) {
    if (!read_record()) continue;
    row.number = row_number_;
    row.fields = {fields_.data(), header_.size()};
    return true;
  }
  return false;
}

/// False at the end of the text.
bool CsvReader::skip_blank_lines() noexcept {
  while (at_ != end_) {
    const char* line_end = *at_ == '\r' ? at_ + 1 : at_;
    if (line_end != end_ && *line_end != '\n') return true;
    ++row_number_;
    at_ = line_end == end_ ? end_ : line_end + 1;
  }
  return false;
}

/// Reads the record at `at_` into `fields_`. False if it was rejected; either way `at_` is behind it.
bool CsvReader::read_record() {
  const char* const begin = at_;
  const char* const end = end_;
  ++row_number_;
  field_count_ = 0;
  escaped_.clear();
  opened_.clear();
  std::uint64_t unusual = 0;

  for (const char* at = begin;; ++at) {
    if (at != end && *at == '"') {
      at = read_quoted(at);
      if (at == nullptr) return false;
      unusual = high_bits;  // the quoted part was not looked at
    } else {
      const char* const first = at;
      at = find_delimiter(at, end, unusual);
      const bool ends_line = at == end || *at == '\n';
      store(view(first, ends_line && at != first && at[-1] == '\r' ? at - 1 : at));
    }
    if (at == end || *at == '\n') {
      at_ = at == end ? end : at + 1;
      break;
    }
  }
  if (!escaped_.empty()) unescape_fields();
  if (unusual != 0 && !check_bytes(begin)) return false;
  if (header_.empty() || field_count_ == header_.size()) return true;
  reject(RejectionCode::wrong_field_count, header_.size(),
         "The row has " + std::to_string(field_count_) + (field_count_ == 1 ? " field, " : " fields, ") +
             "the header has " + std::to_string(header_.size()) + ".");
  return false;
}

/// Reads the quoted field that opens here. Gives the delimiter behind it, or none if the record was rejected.
const char* CsvReader::read_quoted(const char* open) {
  opened_.push_back(open);
  if (!failing_.empty() && failing_[static_cast<std::size_t>(open - text_)]) return fail_quote(never_closes);
  const char* close = find(open + 1, end_, '"');
  bool doubled = false;
  while (end_ - close > 1 && close[1] == '"') {
    doubled = true;
    close = find(close + 2, end_, '"');
  }
  if (close == end_) return fail_quote(never_closes);

  const char* behind = close + 1;
  if (behind != end_ && *behind == '\r' && (end_ - behind == 1 || behind[1] == '\n')) ++behind;
  if (behind != end_ && *behind != ',' && *behind != '\n') return fail_quote(text_follows);
  if (doubled) escaped_.push_back(field_count_);
  store(view(open + 1, close));
  return behind;
}

/// Rejects the record at `at_` and goes to the line after its first one. Gives none.
const char* CsvReader::fail_quote(std::string_view reason) {
  reject(RejectionCode::unclosed_quote, field_count_, std::string(reason));
  at_ = next_line(at_, end_);
  // What comes after an opening quote does not depend on what came before it: these fail again.
  for (const char* open : opened_) {
    if (open < at_) continue;
    if (failing_.empty()) failing_.resize(static_cast<std::size_t>(end_ - text_));
    failing_[static_cast<std::size_t>(open - text_)] = true;
  }
  return nullptr;
}

/// Keeps a field of the record. Fields beyond the header's are counted only.
void CsvReader::store(std::string_view field) {
  if (field_count_ < fields_.size())
    fields_[field_count_] = field;
  else if (header_.empty())
    fields_.push_back(field);
  ++field_count_;
}

/// Halves the doubled quotes of the fields that have some. The buffer is sized first, as views into it must
/// not move.
void CsvReader::unescape_fields() {
  while (!escaped_.empty() && escaped_.back() >= fields_.size()) escaped_.pop_back();
  std::size_t needed = 0;
  for (const std::size_t field : escaped_) needed += fields_[field].size();
  if (scratch_.size() < needed) scratch_.resize(needed);
  char* out = scratch_.data();
  for (const std::size_t field : escaped_) {
    const char* const first = out;
    const std::string_view raw = fields_[field];
    for (std::size_t i = 0; i < raw.size(); ++i) {
      *out++ = raw[i];
      if (raw[i] == '"') ++i;
    }
    fields_[field] = view(first, out);
  }
}

/// False if the record, which began there, holds bytes that no text has; it is rejected then.
bool CsvReader::check_bytes(const char* begin) {
  const std::string_view record = view(begin, at_);
  const bool nul = has_nul(record);
  if (!nul && is_utf8(record)) return true;
  const auto is_bad = [nul](std::string_view field) { return nul ? has_nul(field) : !is_utf8(field); };
  const std::size_t kept = std::min(field_count_, fields_.size());
  std::size_t field = 0;
  while (field < kept && !is_bad(fields_[field])) ++field;
  if (nul)
    reject(RejectionCode::nul_byte, field, "The row holds a byte 0, which no text does.");
  else
    reject(RejectionCode::invalid_utf8, field,
           "The row holds bytes that are not UTF-8. Save the file as UTF-8.");
  return false;
}

void CsvReader::reject(RejectionCode code, std::size_t field, std::string reason) {
  rejections_->add(
      {code, source_, row_number_, field < header_.size() ? header_[field] : "", std::move(reason)});
}

}  // namespace churn::inline v0
