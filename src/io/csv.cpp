#include <churn/io/csv.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "core/words.hpp"
#include "io/utf8.hpp"

namespace churn::inline v0 {

namespace {

using reading::is_utf16;
using reading::is_utf8;

/// Not 0 iff one of the eight bytes is 0 or above 0x7F. Which one it is can't be told from it.
constexpr std::uint64_t unusual_bytes(std::uint64_t word) {
  return (word | ((word - low_bits) & ~word)) & high_bits;
}

/// Eight bytes, the first of them lowest. Behind the end stand line ends, so that a last line has one.
inline std::uint64_t word_before(const char* end, const char* at) {
  if (end - at >= 8) return word_at(at);
  const auto left = static_cast<std::size_t>(end - at);
  return word_of({at, left}) | eight_of('\n') << 8 * left;
}

/// The commas and line ends of a text one after the other, found eight bytes at once. The end of the text is the
/// last of them.
class Delimiters {
 public:
  Delimiters(const char* at, const char* end) : at_(at), end_(end) { look(); }

  const char* next() {
    while (found_ == 0) {
      at_ += 8;
      look();
    }
    const auto byte = static_cast<std::size_t>(std::countr_zero(found_)) / 8;
    found_ &= found_ - 1;
    return at_ + byte;
  }
  /// Whether a byte so far, or close behind, may be one that no text has; the closer look is exact.
  [[nodiscard]] bool met_unusual() const { return unusual_ != 0; }

 private:
  void look() {
    const std::uint64_t word = word_before(end_, at_);
    unusual_ |= unusual_bytes(word);
    found_ = equal_bytes(word, ',') | equal_bytes(word, '\n');
  }

  const char* at_;
  const char* end_;
  std::uint64_t found_{0};  // in the eight bytes at `at_`, not yet given
  std::uint64_t unusual_{0};
};

/// Where in eight bytes those are that a bit each stands for, the first byte's lowest.
constexpr auto places_of_bits = [] {
  std::array<std::array<std::uint16_t, 8>, 256> places{};
  for (std::size_t bits = 0; bits < places.size(); ++bits)
    for (std::size_t byte = 0, count = 0; byte < 8; ++byte)
      if ((bits >> byte & 1) != 0) places[bits][count++] = static_cast<std::uint16_t>(byte);
  return places;
}();

/// Finds where fields end: commas and line ends, 64 bytes at a time. The loops over bytes are such that compilers make
/// steps of 16 bytes of them.
class EndFinder {
 public:
  static constexpr std::size_t step = 64;

  /// Where the places go; eight more may be written than there are.
  explicit EndFinder(std::uint16_t* out) : out_(out) { plain_.fill(all); }

  [[nodiscard]] static constexpr int one_if(bool condition) noexcept { return static_cast<int>(condition); }

  /// Looks at 64 bytes, of which the first has this place.
  void look(const char* at, std::size_t place) {
    std::array<signed char, step> ends;
    for (std::size_t k = 0; k < step; k += lanes) {
      for (std::size_t i = 0; i < lanes; ++i)
        ends[k + i] = static_cast<signed char>(-(one_if(at[k + i] == ',') | one_if(at[k + i] == '\n')));
      for (std::size_t i = 0; i < lanes; ++i)
        quotes_[i] = static_cast<signed char>(quotes_[i] | -one_if(at[k + i] == '"'));
      for (std::size_t i = 0; i < lanes; ++i)
        plain_[i] = static_cast<signed char>(plain_[i] & -one_if(static_cast<signed char>(at[k + i]) > 0));
    }
    std::uint16_t* out = out_;
    std::uint64_t here = place * four_ones;
    for (std::size_t k = 0; k < step; k += 8, here += 8 * four_ones) {
      std::uint64_t word{};
      std::memcpy(&word, ends.data() + k, sizeof word);
      word = first_byte_lowest(word) & low_bits;
      const std::uint16_t* const places = places_of_bits[word * 0x0102040810204080 >> 56].data();
      for (std::size_t i = 0; i < 8; i += 4) {  // four numbers at once
        std::uint64_t four{};
        std::memcpy(&four, places + i, sizeof four);
        four += here;
        std::memcpy(out + i, &four, sizeof four);
      }
      out += word * low_bits >> 56;  // how many there are
    }
    out_ = out;
  }

  [[nodiscard]] const std::uint16_t* out() const { return out_; }
  /// Whether there was a quote.
  [[nodiscard]] bool quotes() const {
    return std::any_of(quotes_.begin(), quotes_.end(), [](signed char c) { return c != 0; });
  }
  /// Whether there was a byte of 0 or above 0x7F.
  [[nodiscard]] bool unusual() const {
    return std::any_of(plain_.begin(), plain_.end(), [](signed char c) { return c == 0; });
  }

 private:
  static constexpr std::size_t lanes = 16;
  static constexpr signed char all = -1;
  static constexpr std::uint64_t four_ones = 0x0001000100010001;

  std::uint16_t* out_;
  std::array<signed char, lanes> quotes_{};
  std::array<signed char, lanes> plain_{};
};

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

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

constexpr std::string_view never_closes =
    "A field opens with a quote that never closes. Write a quote inside a field as two.";
constexpr std::string_view text_follows =
    "Text follows the closing quote of a field. Write a quote inside a field as two.";

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string source, Rejections& rejections, Extent extent)
    : at_(text.data()),
      until_(text.data() + text.size()),
      end_(text.data() + text.size()),
      text_(text.data()),
      is_beginning_(extent == Extent::beginning),
      source_(std::move(source)),
      rejections_(&rejections) {
  if (is_utf16(text)) {
    rejections_->add({RejectionCode::invalid_utf8, source_, 0, "", "The file is UTF-16. Save it as UTF-8."});
    at_ = end_;
    return;
  }
  if (text.starts_with("\xEF\xBB\xBF")) at_ += 3;
  if (!skip_blank_lines()) {
    if (is_beginning_) {
      needs_more_ = true;
      return;
    }
    rejections_->add(
        {RejectionCode::empty_file, source_, 0, "", "The file is empty. It needs a row of column names."});
    return;
  }
  header_row_ = row_number_ + 1;
  if (!read_record()) {
    at_ = end_;
    return;
  }
  header_.assign(fields_.begin(), fields_.end());
  width_ = header_.size();
  make_room();
}

CsvReader::CsvReader(const CsvReader& whole, std::string_view stretch, Extent extent, Rejections& rejections)
    : at_(stretch.data()),
      until_(stretch.data() + stretch.size()),
      end_(stretch.data() + stretch.size()),
      text_(stretch.data()),
      is_beginning_(extent == Extent::beginning),
      source_(whole.source_),
      rejections_(&rejections),
      header_(whole.header_),
      header_row_(whole.header_row_),
      width_(whole.width_) {
  make_room();
}

void CsvReader::go_on(std::string_view stretch, Extent extent) {
  const std::size_t failing_left = foresees() ? static_cast<std::size_t>(failing_until_ - at_) : 0;
  if (failing_left > 0) {
    failing_.erase(failing_.begin(), failing_.begin() + static_cast<std::ptrdiff_t>(position()));
    failing_.resize(stretch.size());
  } else {
    failing_.clear();
  }
  at_ = text_ = stretch.data();
  until_ = end_ = stretch.data() + stretch.size();
  is_beginning_ = extent == Extent::beginning;
  needs_more_ = false;
  ahead_.row = nullptr;
  single_until_ = text_;
  failing_until_ = text_ + failing_left;
}

/// The row at `at_` may go on behind the end. False, as it is not read.
bool CsvReader::stop_before_row() noexcept {
  needs_more_ = true;
  --row_number_;
  return false;
}

void CsvReader::make_room() {
  fields_.assign(most_rows * width_, {});
  numbers_.reserve(most_rows);
  row_ = fields_.data();
}

bool CsvReader::next(CsvRow& row) {
  row_ = fields_.data();
  while (!needs_more_ && skip_blank_lines()) {
    if (!read_record()) continue;
    row.number = row_number_;
    row.fields = {row_, width_};
    return true;
  }
  return false;
}

bool CsvReader::next(CsvRows& rows) {
  numbers_.clear();
  row_ = fields_.data();
  while (true) {
    read_plain_rows();
    if (numbers_.size() == most_rows || needs_more_ || !skip_blank_lines()) break;
    const char* const begin = at_;
    is_left_ = !numbers_.empty();
    if (read_record()) {
      numbers_.push_back(row_number_);
      row_ += width_;
      if (!escaped_.empty()) break;  // the next such row would take its buffer
    } else if (is_left_ && !needs_more_) {
      at_ = begin;
      --row_number_;
      break;
    }
  }
  is_left_ = false;
  rows = {numbers_, {fields_.data(), numbers_.size() * width_}};
  return !numbers_.empty();
}

/// Finds the places where fields end in the stretch that begins with the row at `at_`.
void CsvReader::look_ahead() {
  constexpr std::size_t step = EndFinder::step;
  constexpr std::size_t longest = 16 * step;
  const std::size_t size = std::min(longest, static_cast<std::size_t>(end_ - at_));
  ahead_.ends.resize(longest + 8);
  EndFinder finder(ahead_.ends.data());
  std::size_t place = 0;
  for (; size - place >= step; place += step) finder.look(at_ + place, place);
  if (place < size) {
    std::array<char, step> last;
    last.fill(' ');
    std::memcpy(last.data(), at_ + place, size - place);
    finder.look(last.data(), place);
  }
  ahead_.begin = ahead_.row = at_;
  ahead_.end = at_ + size;
  ahead_.next = 0;
  ahead_.count = static_cast<std::size_t>(finder.out() - ahead_.ends.data());
  ahead_.quotes = finder.quotes();
  ahead_.unusual = finder.unusual();
}

/// Reads the rows from `at_` on that have no quotes, as many fields as the header and bytes that a text has. The first
/// that may be another one is left to read_record, and so are those that follow it closely.
void CsvReader::read_plain_rows() {
  const std::size_t width = width_;
  while (numbers_.size() < most_rows && at_ >= single_until_ && at_ < until_) {
    if (at_ != ahead_.row || ahead_.count - ahead_.next < width) look_ahead();
    if (ahead_.quotes || ahead_.count < width) {
      single_until_ = ahead_.end;
      return;
    }
    const char* const begin = ahead_.begin;
    const std::uint16_t* const ends = ahead_.ends.data() + ahead_.next;
    const char* first = at_;
    int wrong = 0;
    for (std::size_t i = 0; i + 1 < width; ++i) {
      const char* const last = begin + ends[i];
      row_[i] = view(first, last);
      wrong |= *last ^ ',';
      first = last + 1;
    }
    const char* const line_end = begin + ends[width - 1];
    const char* const last = line_end != first && line_end[-1] == '\r' ? line_end - 1 : line_end;
    row_[width - 1] = view(first, last);
    wrong |= *line_end ^ '\n';
    const std::string_view row = view(at_, line_end);
    if (wrong != 0 || last == at_ || (ahead_.unusual && (holds_nul(row) || !is_utf8(row)))) {
      single_until_ = ahead_.end;
      return;
    }
    at_ = ahead_.row = line_end + 1;
    ahead_.next += width;
    numbers_.push_back(++row_number_);
    row_ += width;
  }
}

/// False at the end of what is to be read.
bool CsvReader::skip_blank_lines() noexcept {
  while (at_ < until_) {
    const char* line_end = *at_ == '\r' ? at_ + 1 : at_;
    if (line_end == end_ ? is_beginning_ : *line_end != '\n') return true;
    ++row_number_;
    at_ = line_end == end_ ? end_ : line_end + 1;
  }
  return false;
}

/// Keeps a field of the record. Fields beyond the header's are counted only.
inline void CsvReader::store(std::string_view field) {
  if (field_count_ < width_)
    row_[field_count_] = field;
  else if (width_ == 0)
    fields_.push_back(field);
  ++field_count_;
}

/// Reads the record at `at_` into `fields_`. False if it was rejected; either way `at_` is behind it.
bool CsvReader::read_record() {
  const char* const begin = at_;
  const char* const end = end_;
  ++row_number_;
  field_count_ = 0;
  escaped_.clear();
  opened_.clear();
  bool unusual = false;
  Delimiters delimiters(begin, end);

  for (const char* first = begin;;) {
    const char* last = nullptr;
    if (first != end && *first == '"') {
      last = read_quoted(first);
      if (last == nullptr) return needs_more_ ? stop_before_row() : false;
      unusual = true;  // the quoted part was not looked at
      delimiters = Delimiters(last, end);
      static_cast<void>(delimiters.next());
    } else {
      last = delimiters.next();
      const bool ends_line = last == end || *last == '\n';
      store(view(first, ends_line && last != first && last[-1] == '\r' ? last - 1 : last));
    }
    if (last == end && is_beginning_) return stop_before_row();
    if (last == end || *last == '\n') {
      at_ = last == end ? end : last + 1;
      break;
    }
    first = last + 1;
  }
  unusual = unusual || delimiters.met_unusual();
  if (!escaped_.empty()) unescape_fields();
  if (unusual && !check_bytes(begin)) return false;
  if (width_ == 0 || field_count_ == width_) return true;
  reject(RejectionCode::wrong_field_count, width_,
         "The row has " + std::to_string(field_count_) + (field_count_ == 1 ? " field, " : " fields, ") +
             "the header has " + std::to_string(width_) + ".");
  return false;
}

/// Reads the quoted field that opens here. Gives the delimiter behind it, or none if the record was rejected or may go on
/// behind the end.
const char* CsvReader::read_quoted(const char* open) {
  opened_.push_back(open);
  if (!failing_.empty() && failing_[static_cast<std::size_t>(open - text_)]) return fail_quote(never_closes);
  const char* close = find(open + 1, end_, '"');
  bool doubled = false;
  while (end_ - close > 1 && close[1] == '"') {
    doubled = true;
    close = find(close + 2, end_, '"');
  }
  if (close == end_ && is_beginning_) {  // it may close behind the end
    needs_more_ = true;
    return nullptr;
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
  if (is_left_) return nullptr;
  const char* const next = next_line(at_, end_);
  if (next == end_ && is_beginning_) {  // that line may go on behind the end
    needs_more_ = true;
    return nullptr;
  }
  reject(RejectionCode::unclosed_quote, field_count_, std::string(reason));
  at_ = next;
  // What comes after an opening quote does not depend on what came before it: these fail again.
  for (const char* open : opened_) {
    if (open < at_) continue;
    if (failing_.empty()) failing_.resize(static_cast<std::size_t>(end_ - text_));
    failing_[static_cast<std::size_t>(open - text_)] = true;
    failing_until_ = std::max(failing_until_, open + 1);
  }
  return nullptr;
}

/// Halves the doubled quotes of the fields that have some. The buffer is sized first, as views into it must
/// not move.
void CsvReader::unescape_fields() {
  if (width_ == 0) row_ = fields_.data();
  while (width_ != 0 && !escaped_.empty() && escaped_.back() >= width_) escaped_.pop_back();
  std::size_t needed = 0;
  for (const std::size_t field : escaped_) needed += row_[field].size();
  if (scratch_.size() < needed) scratch_.resize(needed);
  char* out = scratch_.data();
  for (const std::size_t field : escaped_) {
    const char* const first = out;
    const std::string_view raw = row_[field];
    for (std::size_t i = 0; i < raw.size(); ++i) {
      *out++ = raw[i];
      if (raw[i] == '"') ++i;
    }
    row_[field] = view(first, out);
  }
}

/// False if the record, which began there, holds bytes that no text has; it is rejected then.
bool CsvReader::check_bytes(const char* begin) {
  const std::string_view record = view(begin, at_);
  const bool nul = holds_nul(record);
  if (!nul && is_utf8(record)) return true;
  const auto is_bad = [nul](std::string_view field) { return nul ? holds_nul(field) : !is_utf8(field); };
  const std::string_view* const fields = width_ == 0 ? fields_.data() : row_;
  const std::size_t kept = width_ == 0 ? field_count_ : std::min(field_count_, width_);
  std::size_t field = 0;
  while (field < kept && !is_bad(fields[field])) ++field;
  if (nul)
    reject(RejectionCode::nul_byte, field, "The row holds a byte 0, which no text does.");
  else
    reject(RejectionCode::invalid_utf8, field,
           "The row holds bytes that are not UTF-8. Save the file as UTF-8.");
  return false;
}

void CsvReader::reject(RejectionCode code, std::size_t field, std::string reason) {
  if (is_left_) return;
  rejections_->add(
      {code, source_, row_number_, field < header_.size() ? header_[field] : "", std::move(reason)});
}

}  // namespace churn::inline v0
