#include <churn/io/book_file.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>

#include "book/book_data.hpp"
#include "book/sound_book.hpp"
#include "io/checksum.hpp"
#include "io/findings.hpp"
#include "io/mapped_file.hpp"
#include "io/packed_records.hpp"

namespace churn::inline v0 {

/// A book of columns that were filled from a file.
struct StoredBook {
  [[nodiscard]] static Book of(std::shared_ptr<const Book::Data> data, Date as_of) {
    return {std::move(data), as_of};
  }
};

namespace {

using reading::fail;

using Bytes = std::span<const std::byte>;

constexpr std::string_view magic{
    "\x89"
    "BOOK\r\n\x1a",
    8};
constexpr std::uint32_t format_version = 3;
constexpr std::size_t stride = 64;  // where the head and each column begin

/// What stands before the head, as it stands there.
struct Prefix {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t zero;
  std::uint64_t file_size;
  std::uint64_t head_size;
  std::uint64_t head_checksum;
  std::uint64_t columns_checksum;
  std::array<std::uint64_t, 2> zeros;

  /// Of this and of what stands behind it, with a 0 in the place of the checksum itself.
  [[nodiscard]] std::uint64_t checksum_with(Bytes head) const noexcept {
    Prefix unsealed = *this;
    unsealed.head_checksum = 0;
    Checksum sum;
    sum.add(std::as_bytes(std::span(&unsealed, 1)));
    sum.add(head);
    return sum.value();
  }
};
static_assert(sizeof(Prefix) == stride && std::has_unique_object_representations_v<Prefix>);

constexpr std::size_t padded(std::size_t size) { return (size + stride - 1) / stride * stride; }

void require_little_endian() {
  if constexpr (std::endian::native != std::endian::little)
    fail("A book file is little-endian, and this machine is not. Read the book from its records.");
}

/// The codes that the numbers of currencies stand for, in their order.
std::string currency_codes() {
  std::string codes;
  try {
    for (int i = 0; i < 256; ++i) codes += Currency::from_index(static_cast<std::uint8_t>(i)).code();
  } catch (const Error&) {  // behind the last
  }
  return codes;
}

// ---- which columns there are, in which order

template <class Archive, class T>
void pass_column(Archive& archive, PlainColumn<T>& column) {
  archive.column(column);
}
template <class Archive, class T>
void pass_column(Archive& archive, const PlainColumn<T>& column) {
  archive.column(column);
}
template <class Archive, class Part>
void pass_column(Archive& archive, Part& part) {
  std::remove_const_t<Part>::each_column(part, [&](auto& column) { pass_column(archive, column); });
}
template <class Archive, class... Columns>
void pass_columns(Archive& archive, Columns&... columns) {
  (pass_column(archive, columns), ...);
}

template <class Archive, class Phases>
void pass_phases(Archive& archive, Phases& table) {
  pass_columns(archive, table.subscription, table.customer, table.plan, table.starts_on, table.ends_on,
               table.amount, table.scale, table.currency, table.interval, table.interval_count,
               table.quantity, table.discount_percent, table.discount_amount, table.discount_ends_on,
               table.trial_ends_on, table.cancel_requested_on, table.end_reason, table.paused_from,
               table.paused_until, table.term_ends_on, table.row);
}

/// The attributes of customers have been made already where they are read.
template <class Archive, class Storage>
void pass_records(Archive& archive, Storage& records) {
  pass_columns(archive, records.customer_ids, records.subscription_ids, records.plans, records.texts);
  auto& customers = records.customers;
  pass_columns(archive, customers.id, customers.signed_up_on, customers.excluded, customers.merged_into,
               customers.name, customers.row, customers.attribute_names);
  for (auto& attribute : customers.attributes) pass_columns(archive, attribute.values, attribute.value);
  pass_phases(archive, records.phases);
  auto& events = records.events;
  pass_columns(archive, events.customer, events.at, events.kind, events.value, events.label, events.row);
}

template <class Archive, class Data>
void pass_book(Archive& archive, Data& data) {
  auto& accounts = data.accounts;
  pass_columns(archive, accounts.customer_of, accounts.id, accounts.row, accounts.signed_up_on);
  if (data.invoice_phases) {
    auto& made = *data.invoice_phases;
    pass_phases(archive, made.phases);
    pass_columns(archive, made.subscription_ids, made.plans, made.named, made.named_of);
  }
  auto& steps = data.timeline;
  pass_columns(archive, steps.first_step, steps.day, steps.level, steps.state, steps.phase, steps.changes,
               steps.first_present, steps.pending_gaps, data.paid_in, data.phase_rows, data.first_phase,
               data.debts, data.debtors);
  for (auto& attribute : data.attributes) pass_column(archive, attribute.code);
}

// ---- writing

class ColumnWriter {
 public:
  explicit ColumnWriter(PackedWriter& head) : head_(head) {}
  template <class T>
  void column(const PlainColumn<T>& column) {
    static_assert(std::has_unique_object_representations_v<T>, "The same values must be the same bytes.");
    head_.varint(column.size());
    columns_.push_back(std::as_bytes(std::span(column.data(), column.size())));
  }
  [[nodiscard]] const std::vector<Bytes>& columns() const noexcept { return columns_; }

 private:
  PackedWriter& head_;
  std::vector<Bytes> columns_;
};

std::string text_of(const Conventions& conventions) {
  try {
    return to_json(conventions);
  } catch (const nlohmann::json::exception&) {
    fail("The conventions have a name or a text that is not UTF-8.");
  }
}

/// The pieces of the file, in order; each is followed by zeros up to the next multiple of the stride.
class Pieces {
 public:
  explicit Pieces(const BookFile& file) : columns_(head_) {
    require_little_endian();
    const Book::Data& data = file.book.data();
    const Records::Storage& records = *data.records;
    head_.text(currency_codes());
    head_.text(text_of(data.conventions));
    pack(head_, file.book.as_of());
    pack(head_, data.as_of);
    pack(head_, data.records_from);
    pack(head_, data.currencies);
    head_.varint(data.accounts.excluded);
    head_.varint(data.invoice_phases ? 1 : 0);
    head_.varint(data.timeline.sums_fit ? 1 : 0);
    head_.number(data.timeline.sum_of_changes);
    pack(head_, data.attribute_names);
    for (const AttributeCodes& attribute : data.attributes) pack(head_, attribute.labels);
    pack(head_, file.rejections);
    pack(head_, file.found_reading);

    for (const std::string& source : records.sources) head_.text(source);
    pack(head_, records.records_from);
    pack(head_, records.rates_currency);
    pack(head_, records.invoices);
    pack(head_, records.fx_rates);
    std::vector<std::string> names;
    names.reserve(records.customers.attributes.size());
    for (const AttributeColumn& attribute : records.customers.attributes) names.push_back(attribute.name);
    pack(head_, names);

    pass_records(columns_, records);
    pass_book(columns_, data);

    const Bytes head = std::as_bytes(std::span(head_.bytes()));
    prefix_ = {.magic = {},
               .version = format_version,
               .zero = 0,
               .file_size = stride + padded(head.size()),
               .head_size = head.size(),
               .head_checksum = 0,
               .columns_checksum = 0,
               .zeros = {}};
    std::copy(magic.begin(), magic.end(), prefix_.magic.begin());
    Checksum checksum;
    for (const Bytes column : columns_.columns()) {
      prefix_.file_size += padded(column.size());
      checksum.add(column);
    }
    prefix_.columns_checksum = checksum.value();
    prefix_.head_checksum = prefix_.checksum_with(head);
  }
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  template <class Write>
  void write(Write&& write) const {
    static constexpr std::array<std::byte, stride> zeros{};
    const auto write_padded = [&](Bytes bytes) {
      write(bytes);
      write(Bytes(zeros).first(padded(bytes.size()) - bytes.size()));
    };
    write_padded(std::as_bytes(std::span(&prefix_, 1)));
    write_padded(std::as_bytes(std::span(head_.bytes())));
    for (const Bytes column : columns_.columns()) write_padded(column);
  }

 private:
  PackedWriter head_;
  ColumnWriter columns_;
  Prefix prefix_{};
};

// ---- reading

class ColumnReader {
 public:
  ColumnReader(PackedReader& head, Bytes columns, std::shared_ptr<const void> keeper)
      : head_(head), rest_(columns), keeper_(std::move(keeper)) {}
  template <class T>
  void column(PlainColumn<T>& column) {
    static_assert(alignof(T) <= 8);
    const std::size_t count = head_.size(rest_.size() / sizeof(T));
    if (padded(count * sizeof(T)) > rest_.size()) fail("A column ends too early.");
    // Where nothing lies there is nothing to keep alive.
    // A file has values as they lie in memory: that is what maps it.
    if (count > 0)
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
      column = {std::span(reinterpret_cast<const T*>(rest_.data()), count), keeper_};
    else
      column = {};
    rest_ = rest_.subspan(padded(count * sizeof(T)));
  }
  [[nodiscard]] std::size_t rest() const noexcept { return rest_.size(); }

 private:
  PackedReader& head_;
  Bytes rest_;
  std::shared_ptr<const void> keeper_;
};

std::string_view text_in(Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): characters are bytes
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool begins_as_book_file(Bytes bytes) { return text_in(bytes).substr(0, magic.size()) == magic; }

/// What says which file it is and how long, and that what it says is so.
Prefix read_prefix(Bytes bytes, BookFileCheck check) {
  if (!begins_as_book_file(bytes))
    fail("This is no book file. Make one with `churn snapshot`, or write_book_file.");
  if (bytes.size() < sizeof(Prefix)) fail("The book ends too early: not even its length is there.");
  Prefix prefix{};
  std::memcpy(&prefix, bytes.data(), sizeof prefix);
  if (prefix.version != format_version)
    fail("The book has version " + std::to_string(prefix.version) +
         " of the format; this library reads version " + std::to_string(format_version) + ".");
  if (bytes.size() < prefix.file_size)
    fail("The book ends too early: " + std::to_string(bytes.size()) + " of " +
         std::to_string(prefix.file_size) + " bytes are there.");
  if (bytes.size() > prefix.file_size)
    fail("Behind the book stand " + std::to_string(bytes.size() - prefix.file_size) +
         " bytes that don't belong to it.");
  const Bytes rest = bytes.subspan(stride);
  if (prefix.head_size > rest.size() || padded(prefix.head_size) > rest.size() ||
      prefix.checksum_with(rest.first(padded(prefix.head_size))) != prefix.head_checksum)
    fail("The book is damaged: the checksum of its head is another one.");
  if (check == BookFileCheck::head) return prefix;
  Checksum checksum;
  checksum.add(rest.subspan(padded(prefix.head_size)));
  if (checksum.value() != prefix.columns_checksum)
    fail("The book is damaged: the checksum of its columns is another one.");
  return prefix;
}

void read_records(PackedReader& head, Records::Storage& records) {
  for (std::string& source : records.sources) source = head.text();
  records.records_from = unpack_optional_day(head);
  records.rates_currency = unpack_optional_currency(head);
  records.invoices = unpack_invoices(head);
  records.fx_rates = unpack_fx_rates(head);
  for (std::string& name : unpack_texts(head)) records.customers.attributes.push_back({std::move(name)});
}

BookFile read_parts(Bytes bytes, std::size_t head_size, const std::shared_ptr<const void>& keeper,
                    BookFileCheck check) {
  PackedReader head{text_in(bytes.subspan(stride, head_size))};
  if (head.text() != currency_codes())
    fail("The book was written by a library that knows other currencies. Write it anew.");
  Conventions conventions = conventions_from_json(head.text());
  const Date as_of = unpack_day(head);
  const Date data_as_of = unpack_day(head);
  if (as_of < data_as_of) fail("The book is of an earlier day than what it is made of.");
  const auto records = std::make_shared<Records::Storage>();
  auto data = std::make_shared<Book::Data>(Book::Data{.records = records,
                                                      .as_of = data_as_of,
                                                      .records_from = unpack_optional_day(head),
                                                      .conventions = std::move(conventions),
                                                      .currencies = unpack_currencies(head),
                                                      .phases = phases_of(*records)});
  data->accounts.excluded = static_cast<std::size_t>(head.varint());
  if (head.size(1) == 1) data->invoice_phases.emplace();
  data->timeline.sums_fit = head.size(1) == 1;
  data->timeline.sum_of_changes = head.number();
  data->attribute_names = unpack_texts(head);
  for (std::size_t left = data->attribute_names.size(); left > 0; --left)
    data->attributes.push_back({{}, unpack_texts(head)});
  Rejections rejections = unpack_rejections(head);
  Rejections found_reading = unpack_rejections(head);
  read_records(head, *records);

  ColumnReader columns{head, bytes.subspan(stride + padded(head_size)), keeper};
  pass_records(columns, *records);
  pass_book(columns, *data);
  if (head.rest() > 0 || columns.rest() > 0) fail("Behind the last column stands something else.");
  if (data->invoice_phases) data->phases = data->invoice_phases->source(*records);
  Rejections said_already;
  data->exchange = Exchange{*records, data->conventions.book, data_as_of, said_already};
  require_sizes(*data);
  if (check == BookFileCheck::everything) require_sound(*data);
  return {StoredBook::of(std::move(data), as_of), std::move(rejections), std::move(found_reading)};
}

BookFile read(Bytes bytes, const std::shared_ptr<const void>& keeper, BookFileCheck check) {
  require_little_endian();
  const Prefix prefix = read_prefix(bytes, check);
  try {
    return read_parts(bytes, prefix.head_size, keeper, check);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unreadable) throw;
    // An id that is empty, or a day that is none.
    throw Error(ErrorCode::unreadable, "The book can't be one: " + std::string(error.what()));
  }
}

}  // namespace

bool is_book_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream in{path, std::ios::binary};
  std::array<char, magic.size()> first{};
  in.read(first.data(), first.size());
  return in && std::string_view(first.data(), first.size()) == magic;
}

std::string to_bytes(const BookFile& file) {
  std::string bytes;
  Pieces{file}.write([&](Bytes piece) { bytes += text_in(piece); });
  return bytes;
}

BookFile book_file_from_bytes(std::string_view bytes, BookFileCheck check) {
  const auto copy = std::make_shared<std::vector<std::uint64_t>>((bytes.size() + 7) / 8);
  if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
  return read(std::as_bytes(std::span(*copy)).first(bytes.size()), copy, check);
}

void write_book_file(const BookFile& file, const std::filesystem::path& path) {
  const Pieces pieces{file};
  std::filesystem::path beside = path;
  beside += ".new";
  std::ofstream out{beside, std::ios::binary};
  pieces.write([&](Bytes piece) {
    const std::string_view text = text_in(piece);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
  });
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(beside, path, error);
  if (out && !error) return;
  std::filesystem::remove(beside, error);
  fail(path.string() + " can't be written.");
}

BookFile read_book_file(const std::filesystem::path& path, BookFileCheck check) {
  const std::string name = path.filename().string();
  const auto file = std::make_shared<const MappedFile>(path, name);
  try {
    return read(file->bytes(), file, check);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
}

}  // namespace churn::inline v0
