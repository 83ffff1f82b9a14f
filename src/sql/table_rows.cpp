#include "sql/table_rows.hpp"

#include <algorithm>
#include <utility>

#include <churn/core/timestamp.hpp>

#include "io/utf8.hpp"

namespace churn::inline v0 {
namespace database {

using reading::Column;
using reading::Findings;
using reading::Importance;
using reading::in_quotes;
using reading::Need;

namespace {

/// Whether a value that the column may hold has just this text, so that it is compared as it is, which an index may
/// answer, and not as a text, which takes a pass over the table.
bool compares_as_it_is(const ShapeColumn& column, std::string_view key) {
  if (column.kind == ColumnKind::text) return true;
  const std::string& type = column.type;
  if (type == "uuid") {
    if (key.size() != 36) return false;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (is_dash ? key[i] != '-'
                  : std::string_view{"0123456789abcdef"}.find(key[i]) == std::string_view::npos)
        return false;
    }
    return true;
  }
  const bool is_whole = type.find("int") != std::string::npos;
  const std::size_t digits = type == "int2" ? 4 : type == "int4" ? 9 : 18;
  return is_whole && !key.empty() && key.size() <= digits && (key.front() != '0' || key.size() == 1) &&
         key.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

TableRows::TableRows(Session& session, TableShape shape, std::span<const Column> columns,
                     Importance importance, Setting setting, Findings& findings)
    : Fields(shape.name, columns, findings),
      session_(&session),
      shape_(std::move(shape)),
      setting_(std::move(setting)),
      made_(columns.size()) {
  usable_ = read_shape();  // NOLINT(cppcoreguidelines-prefer-member-initializer): it fills the others
  if (usable_) return;
  if (importance == Importance::required)
    reading::fail(reading::sentence_of(findings_->rejections().entries().back()) + " It is needed in " +
                  session_->shown() + "; a view may add it.");
  findings_->check();
}

bool TableRows::read_shape() {
  std::vector<std::string> missing;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    const Column& ours = columns_[column];
    const ShapeColumn* theirs = shape_.find(ours.name);
    if (theirs == nullptr) {
      if (ours.need != Need::nothing) missing.emplace_back(ours.name);
      continue;
    }
    const bool may_be_instant =
        theirs->kind == ColumnKind::instant || (theirs->kind == ColumnKind::any && theirs->type.empty());
    places_.push_back(
        {column, expressions_.size(), ours.need == Need::value, may_be_instant && is_day_column(ours.name)});
    expressions_.push_back(text_of_column(*session_, *theirs, ours.is_flag));
    names_.emplace_back(ours.name);
  }
  if (!missing.empty()) {
    std::string list;
    for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + in_quotes(name);
    return reject_table(missing.front(), missing.size() == 1 ? "The column " + list + " is missing."
                                                             : "The columns " + list + " are missing.");
  }
  for (const ShapeColumn& theirs : shape_.columns) {
    if (theirs.known_name == setting_.updated_at) continue;
    const bool is_known = std::any_of(columns_.begin(), columns_.end(),
                                      [&](const Column& ours) { return ours.name == theirs.known_name; });
    if (is_known) continue;
    others_.emplace_back(expressions_.size() + others_.size(), theirs.name);
  }
  return true;
}

bool TableRows::reject_table(const std::string& field, std::string reason) {
  findings_->rejections().add({RejectionCode::missing_column, source_, 0, field, std::move(reason)});
  return false;
}

void TableRows::keep_attributes() {
  if (!usable_) return;
  for (std::size_t i = max_attributes; i < others_.size(); ++i)
    findings_->add(
        {RejectionCode::too_many_attributes, source_, 0, others_[i].second, reading::too_many_attributes()});
  others_.resize((std::min)(others_.size(), max_attributes));
  for (const auto& [place, name] : others_) {
    const auto theirs = std::find_if(shape_.columns.begin(), shape_.columns.end(),
                                     [&](const ShapeColumn& column) { return column.name == name; });
    expressions_.push_back(text_of_column(*session_, *theirs, false));
    names_.push_back(name);
  }
}

std::string_view TableRows::field(std::size_t place) {
  const std::string_view given = pages_->cell(at_, place);
  if (!is_marked_real(given)) return given;
  return made_others_[place] = plain_real(given);
}

void TableRows::report_others() {
  if (!usable_) return;
  for (const auto& [place, name] : others_)
    findings_->add(
        {RejectionCode::unknown_column, source_, 0, name, "The column " + in_quotes(name) + " is not used."});
}

bool TableRows::next() {
  while (next_row_ < (pages_ ? pages_->row_count() : 0) || fetch()) {
    const std::size_t row = next_row_++;
    if (is_asked_for(row) && take(row)) return true;
    findings_->check();
  }
  return false;
}

bool TableRows::fetch() {
  if (!usable_) return false;
  next_row_ = 0;
  for (;;) {
    if (!pages_ && !begin_pages()) return false;
    if (pages_->fetch()) break;
    pages_.reset();
  }
  if (setting_.fetched) setting_.fetched(pages_->row_count());
  return true;
}

/// Asks for the rows, or where only some are wanted for those of the next of their keys.
bool TableRows::begin_pages() {
  if (restriction_ && !begun_) {
    next_key_ = restriction_->keys->begin();
    restricted_ = static_cast<std::size_t>(std::find(names_.begin(), names_.end(), restriction_->column) -
                                           names_.begin());
  }
  if (restriction_ ? next_key_ == restriction_->keys->end() : begun_) return false;
  begun_ = true;
  std::string list;
  std::string order;
  for (std::size_t place = 0; place < expressions_.size(); ++place) {
    list += (place == 0 ? "" : ", ") + expressions_[place];
    order += (place == 0 ? "" : ", ") + std::to_string(place + 1);
  }
  pages_.emplace(*session_, "SELECT " + list + " FROM " + shape_.quoted + condition() + " ORDER BY " + order,
                 expressions_.size(), setting_.page_rows, "Reading " + shape_.name);
  return true;
}

std::string TableRows::condition() {
  if (!restriction_) return {};
  const ShapeColumn& column = *shape_.find(restriction_->column);
  constexpr std::size_t at_once = 500;
  bool as_it_is = true;
  std::string list;
  for (std::size_t n = 0; n < at_once && next_key_ != restriction_->keys->end(); ++n, ++next_key_) {
    list += (n == 0 ? "" : ", ") + quoted_text(*next_key_);
    as_it_is = as_it_is && compares_as_it_is(column, *next_key_);
  }
  return " WHERE " + (as_it_is ? quoted_name(column.name) : text_of_column(*session_, column, false)) +
         " IN (" + list + ")";
}

/// A collation or type of the database's may find texts alike that are not.
bool TableRows::is_asked_for(std::size_t row) const {
  return !restriction_ || restriction_->keys->contains(pages_->cell(row, restricted_));
}

bool TableRows::take(std::size_t row) {
  at_ = row;
  begin(++number_);
  bool lacks = false;
  for (const Place& place : places_) {
    const std::string_view given = pages_->cell(row, place.in_row);
    texts_[place.column] = given;
    lacks = lacks || (place.required && given.empty());
    if (place.is_day || is_marked_real(given)) make_plain(place, given);
  }
  check_bytes();
  if (good() && lacks) check_required();
  return good();
}

void TableRows::make_plain(const Place& place, std::string_view text) {
  std::string& made = made_[place.column];
  made = is_marked_real(text) ? plain_real(text) : day_of(text);
  texts_[place.column] = made;
}

/// The day of an instant. What is none stays, for the row to be rejected.
std::string TableRows::day_of(std::string_view text) const {
  constexpr std::size_t day_length = 10;
  const auto instant = Timestamp::parse(text);
  if (!instant || text.size() <= day_length) return std::string(text);
  const bool has_zone = text.find_first_of("Z+-", day_length) != std::string_view::npos;
  return has_zone ? setting_.zone->day_of(*instant).to_string() : std::string(text.substr(0, day_length));
}

void TableRows::check_bytes() {
  for (std::size_t place = 0; place < expressions_.size(); ++place) {
    const std::string_view text = pages_->cell(at_, place);
    if (text.find('\0') != std::string_view::npos)
      reject(RejectionCode::nul_byte, names_[place], "The row holds a byte 0, which no text does.");
    else if (!reading::is_utf8(text))
      reject(RejectionCode::invalid_utf8, names_[place], "The row holds bytes that are not UTF-8.");
  }
}

}  // namespace database
}  // namespace churn::inline v0
