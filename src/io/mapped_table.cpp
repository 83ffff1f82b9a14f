#include "io/mapped_table.hpp"

#include <algorithm>

#include <churn/core/exact.hpp>

namespace churn::inline v0 {
namespace reading {

namespace {

std::size_t find_column(const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? ColumnName::absent : static_cast<std::size_t>(found - header.begin());
}

std::string listed(const std::vector<std::string>& names, std::string_view between = ", ") {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : std::string(between)) + in_quotes(name);
  return list;
}

std::string missing_sentence(const std::vector<std::string>& names) {
  return (names.size() == 1 ? "The column " + listed(names) + " is"
                            : "The columns " + listed(names) + " are") +
         " missing, which the mapping reads.";
}

/// `iso or unix`, for a sentence.
std::string forms(const std::vector<DateFormat>& formats) {
  std::string list;
  for (const DateFormat format : formats)
    list += (list.empty() ? "" : " or ") + std::string(date_format_name(format));
  return list;
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (; exponent > 0; --exponent) power = checked_multiply(power, 10);
  return power;
}

/// Throws Error(overflow) if the difference does not fit.
Decimal difference(Decimal a, Decimal b) {
  const int scale = std::max(a.scale(), b.scale());
  return {checked_subtract(checked_multiply(a.coefficient(), power_of_ten(scale - a.scale())),
                           checked_multiply(b.coefficient(), power_of_ten(scale - b.scale()))),
          scale};
}

}  // namespace

bool holds(const Conditions& conditions, const RowTexts& row) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    const std::string text = small_letters(row[condition.column]);
    const bool among =
        std::find(condition.values.begin(), condition.values.end(), text) != condition.values.end();
    return among == condition.is;
  });
}

// ---- joined files

JoinedTable::JoinedTable(const JoinRule& rule, std::vector<std::string> columns, const ExportFiles& exports,
                         const Clock& clock, Findings& findings)
    : columns_(std::move(columns)), there_(columns_.size(), true) {
  const std::vector<std::string> files = exports.matching(rule.files);
  for (const std::string& file : files) read(exports.read(file), file, rule, clock, findings);
  if (files.empty())
    findings.add(
        {rule.optional ? RejectionCode::absent_column : RejectionCode::missing_column, rule.files.front(), 0,
         "",
         "There is no such file" +
             std::string(rule.optional ? ", so nothing is joined as " : ", and the mapping joins it as ") +
             in_quotes(rule.alias) + "."});
}

std::size_t JoinedTable::place(const std::string& column) const {
  const std::size_t place = find_column(columns_, column);
  return place != ColumnName::absent && usable_ && there_[place] ? place : ColumnName::absent;
}

const std::vector<std::string>* JoinedTable::find(const std::string& key) const {
  const auto found = rows_.find(key);
  return key.empty() || found == rows_.end() ? nullptr : &found->second.texts;
}

void JoinedTable::read(const std::string& text, const std::string& file, JoinRule rule, const Clock& clock,
                       Findings& findings) {
  CsvReader csv(text, file, findings.rejections());
  findings.check();
  if (csv.header().empty()) return;
  std::vector<std::string> missing;
  const auto require = [&](const std::string& name) {
    const std::size_t place = find_column(csv.header(), name);
    if (place == ColumnName::absent) missing.push_back(name);
    return place;
  };
  const auto place_all = [&](Conditions& conditions) {
    for (Condition& condition : conditions)
      condition.column.index = condition.optional ? find_column(csv.header(), condition.column.name)
                                                  : require(condition.column.name);
  };
  std::size_t key = ColumnName::absent;
  for (const std::string& name : rule.keys)
    if (key == ColumnName::absent) key = find_column(csv.header(), name);
  if (key == ColumnName::absent) missing.push_back(rule.keys.front());
  place_all(rule.where);
  if (rule.latest)
    for (ColumnName& column : rule.latest->columns) column.index = require(column.name);
  if (!missing.empty())
    return findings.add({RejectionCode::missing_column, file, 0, missing.front(), missing_sentence(missing)});
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    kept.push_back(find_column(csv.header(), columns_[i]));
    if (kept.back() == ColumnName::absent) there_[i] = false;
  }
  usable_ = true;
  for (CsvRow csv_row; csv.next(csv_row);) {
    findings.check();
    const RowTexts texts{csv_row.fields, {}};
    if (csv_row.fields[key].empty() || !holds(rule.where, texts)) continue;
    Row row{{}, csv_row.number, std::nullopt};
    for (const std::size_t place : kept)
      row.texts.emplace_back(place == ColumnName::absent ? std::string_view{} : csv_row.fields[place]);
    if (rule.latest)
      for (const ColumnName& column : rule.latest->columns)
        if (const auto moment = parse_moment(texts[column], rule.latest->dates, clock); moment && !row.at)
          row.at = moment->at;
    add(std::string(csv_row.fields[key]), std::move(row), rule.latest.has_value(), file, csv.header()[key],
        findings);
  }
  findings.check();
}

void JoinedTable::add(std::string key, Row row, bool by_date, const std::string& file,
                      const std::string& column, Findings& findings) {
  const auto [found, is_new] = rows_.try_emplace(std::move(key), row);
  if (is_new) return;
  if (by_date) {
    if (row.at >= found->second.at) found->second = std::move(row);  // the later one, or the last in the file
  } else if (row.texts != found->second.texts) {
    findings.add({RejectionCode::duplicate_id, file, row.number, column,
                  in_quotes(found->first) + " is in row " + std::to_string(found->second.number) +
                      " already, with other values. The first one is joined."});
  }
}

// ---- the header

MappedTable::MappedTable(std::string_view text, const std::string& file, PartRule part, MappedTableKind table,
                         std::span<const JoinedTable> joins, const MappedContext& context, Findings& findings)
    : ShownColumns{{columns_of(table).begin(), columns_of(table).end()}},
      Fields(file, shown_, findings),
      csv_(text, file, findings.rejections()),
      part_(std::move(part)),
      ours_(columns_of(table)),
      joins_(joins),
      context_(&context),
      joined_(joins.size(), nullptr),
      values_(ours_.size()) {
  if (part_.history)  // such a row begins on its date, unless it says better
    for (Column& column : shown_)
      if (column.name == "starts_on") column.need = Need::nothing;
  usable_ = open();
  findings_->check();
}

bool MappedTable::open() {
  if (csv_.header().empty()) return false;  // the reader said why
  used_.assign(csv_.header().size(), false);
  for (JoinRule& join : part_.joins) {
    place(join.on);
    if (join.on.index == ColumnName::absent) miss(join.on);
  }
  place(part_.where);
  for (Recipes& recipes : part_.columns)
    for (Recipe& recipe : recipes) place(recipe);
  for (AttributeRule& attribute : part_.attributes)
    for (Recipe& recipe : attribute.recipes) place(recipe);
  if (part_.history) {
    if (part_.history->id) place(*part_.history->id);
    place(part_.history->as_of);
    if (part_.history->then_by) {
      place(*part_.history->then_by);
      if (part_.history->then_by->index == ColumnName::absent) miss(*part_.history->then_by);
    }
    place(part_.history->in_force);
  }
  if (!missing_.empty()) {
    std::string reason = missing_sentence(missing_);
    const std::string& first = csv_.header().front();
    if (csv_.header().size() == 1 && first.find_first_of(";\t") != std::string::npos)
      reason += " Columns must be separated by commas.";
    findings_->rejections().add({RejectionCode::missing_column, source_, 0, missing_.front(), reason});
    return false;
  }
  if (duplicate_) return false;
  if (part_.all_attributes) add_other_attributes();
  if (context_->attributes != nullptr)
    std::erase_if(part_.attributes, [this](const AttributeRule& attribute) {
      std::set<std::string>& names = *context_->attributes;
      if (names.size() >= max_attributes && !names.contains(attribute.name)) {
        findings_->add({RejectionCode::too_many_attributes, source_, csv_.header_row(), attribute.name,
                        too_many_attributes()});
        return true;
      }
      names.insert(attribute.name);
      return false;
    });
  return true;
}

void MappedTable::miss(const ColumnName& column) {
  if (is_excused(column)) return;
  if (std::find(missing_.begin(), missing_.end(), column.shown) == missing_.end())
    missing_.push_back(column.shown);
}

/// Whether it is of a file that need not be there, and is not.
bool MappedTable::is_excused(const ColumnName& column) const {
  return column.join && part_.joins[*column.join].optional && !joins_[*column.join].usable();
}

void MappedTable::place(ColumnName& column) {
  if (column.join) {
    column.index = joins_[*column.join].place(column.name);
    return;
  }
  const std::vector<std::string>& header = csv_.header();
  column.index = find_column(header, column.name);
  if (column.index == ColumnName::absent) return;
  used_[column.index] = true;
  if (std::count(header.begin(), header.end(), column.name) > 1 && !duplicate_) {
    duplicate_ = true;
    findings_->rejections().add({RejectionCode::duplicate_column, source_, 0, column.name,
                                 "The column " + in_quotes(column.name) + " is there twice."});
  }
}

void MappedTable::place(Conditions& conditions) {
  for (Condition& condition : conditions) {
    place(condition.column);
    if (condition.column.index == ColumnName::absent && !condition.optional) miss(condition.column);
  }
}

void MappedTable::place(Recipe& recipe) {
  std::size_t absent = 0;
  std::vector<std::string> names;  // of those that are not there, and should be
  for (ColumnName& column : recipe.columns) {
    place(column);
    if (column.index != ColumnName::absent) continue;
    ++absent;
    if (!is_excused(column)) names.push_back(column.shown);
  }
  const bool lacks = recipe.together ? absent > 0 : absent > 0 && absent == recipe.columns.size();
  if (lacks && !recipe.optional)
    for (const ColumnName& column : recipe.columns)
      if (column.index == ColumnName::absent) miss(column);
  if (lacks && recipe.optional && !names.empty())
    findings_->add(
        {RejectionCode::absent_column, source_, csv_.header_row(), names.front(),
         "The column " + listed(names, " or ") + " is not there. The mapping reads it where it is."});
  for (ColumnName& column : recipe.minus) {
    place(column);
    if (column.index == ColumnName::absent && !recipe.optional) miss(column);
  }
  place(recipe.when);
}

void MappedTable::add_other_attributes() {
  const std::vector<std::string>& header = csv_.header();
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (used_[i] || header[i].empty()) continue;
    const bool is_ours = std::any_of(ours_.begin(), ours_.end(),
                                     [&](const Column& column) { return column.name == header[i]; });
    const bool is_there = std::any_of(part_.attributes.begin(), part_.attributes.end(),
                                      [&](const AttributeRule& rule) { return rule.name == header[i]; });
    if (is_ours) {
      findings_->add({RejectionCode::unknown_column, source_, csv_.header_row(), header[i],
                      "The column " + in_quotes(header[i]) +
                          " is not used, as it is called like a column of customers."});
    } else if (is_there) {
      findings_->add({RejectionCode::duplicate_column, source_, csv_.header_row(), header[i],
                      "The column " + in_quotes(header[i]) + " is there twice; the first one counts."});
    } else {
      Recipe recipe;
      recipe.columns.push_back({std::nullopt, header[i], header[i], i});
      part_.attributes.push_back({header[i], {std::move(recipe)}});
    }
  }
}

// ---- a row

bool MappedTable::next() {
  while (usable_ && csv_.next(csv_row_)) {
    findings_->check();
    begin(csv_row_.number);
    row_ = {csv_row_.fields, joined_};
    for (std::size_t i = 0; i < joins_.size(); ++i)
      joined_[i] = joins_[i].find(std::string(row_[part_.joins[i].on]));
    if (!holds(part_.where, row_)) continue;
    if (part_.history) read_history();
    read_columns();
    if (good() && in_force_) check_required();
    if (good() && part_.history) read_version_of();
    if (!good()) continue;
    read_attributes();
    if (good()) return true;
  }
  findings_->check();
  return false;
}

void MappedTable::read_history() {
  const HistoryRule& history = *part_.history;
  in_force_ = holds(history.in_force, row_);
  then_by_ = history.then_by ? std::string(row_[*history.then_by]) : "";
  std::string_view shown = "as_of";
  const auto text = chosen(history.as_of, shown);
  if (!text || text->empty())
    return reject(RejectionCode::missing_value, shown,
                  std::string(shown) + " is empty. Every row of a history needs one.");
  as_of_ = parse_moment(*text, history.as_of.dates, context_->clock);
  if (!as_of_)
    reject(
        RejectionCode::bad_date, shown,
        in_quotes(*text) + " is not a date that the mapping reads, as " + forms(history.as_of.dates) + ".");
}

/// By its rule, or by the id that the table has with us, which is its first column.
void MappedTable::read_version_of() {
  std::string_view shown = shown_[0].name;
  version_of_ = part_.history->id ? chosen(*part_.history->id, shown).value_or("") : values_[0];
  if (version_of_.empty())
    reject(RejectionCode::missing_value, shown, std::string(shown) + " is empty. Every row needs one.");
}

void MappedTable::read_columns() {
  for (std::string& value : values_) value.clear();
  // Amounts last: they need the currency of the row.
  for (const bool amounts : {false, true})
    for (std::size_t column = 0; column < ours_.size() && good(); ++column) {
      if ((value_kind(ours_[column]) == ValueKind::amount) != amounts) continue;
      if (!in_force_ && (column != 0 || part_.history->id))
        continue;  // of what is not in force the id is enough
      values_[column] = evaluate(column);
      if (values_[column].empty() && ours_[column].name == "starts_on" && part_.history && as_of_)
        values_[column] = as_of_->day.to_string();
    }
  for (std::size_t column = 0; column < ours_.size(); ++column) texts_[column] = values_[column];
}

void MappedTable::read_attributes() {
  attributes_.clear();
  for (const AttributeRule& attribute : part_.attributes)
    for (const Recipe& recipe : attribute.recipes) {
      std::string_view shown = attribute.name;
      auto text = chosen(recipe, shown);
      if (!good() || !text || text->empty()) continue;
      attributes_.emplace_back(attribute.name, std::move(*text));
      break;
    }
}

/// The value of one of our columns, in the form in which Fields reads it.
std::string MappedTable::evaluate(std::size_t column) {
  shown_[column].name = ours_[column].name;
  bool named = false;
  for (const Recipe& recipe : part_.columns[column]) {
    std::string_view shown = ours_[column].name;
    auto text = chosen(recipe, shown);
    // An empty value is called by the first column that it could have come from.
    if (!std::exchange(named, true) || (text && !text->empty())) shown_[column].name = shown;
    if (!good()) return {};
    if (text && !text->empty()) return convert(column, value_kind(ours_[column]), recipe, std::move(*text));
  }
  return {};
}

/// What a rule gives, before it is a value of ours; none if it does not apply. `shown` becomes the column.
std::optional<std::string> MappedTable::chosen(const Recipe& recipe, std::string_view& shown) {
  if (!holds(recipe.when, row_)) return std::nullopt;
  std::string text;
  if (!recipe.columns.empty()) shown = recipe.columns.front().shown;
  bool complete = true;
  for (const ColumnName& column : recipe.columns) {
    const std::string_view part = row_[column];
    if (recipe.together) {
      complete = complete && !part.empty();
      if (&column != &recipe.columns.front()) text += *recipe.together;
      text += part;
    } else if (!part.empty()) {
      text = part;
      shown = column.shown;
      break;
    }
  }
  if (!complete) text.clear();
  if (text.empty()) return recipe.fallback;
  if (recipe.values.empty()) return text;
  if (const auto found = recipe.values.find(small_letters(text)); found != recipe.values.end())
    return found->second;
  if (recipe.otherwise) return recipe.otherwise;
  if (recipe.keep_others) return text;
  reject(RejectionCode::unknown_value, shown,
         in_quotes(text) + " is a value that the mapping does not know.");
  return std::nullopt;
}

std::string MappedTable::convert(std::size_t column, ValueKind kind, const Recipe& recipe, std::string text) {
  switch (kind) {
    case ValueKind::text: return text;
    case ValueKind::flag: {
      const std::string word = small_letters(text);
      return word == "true" ? "1" : word == "false" ? "0" : text;
    }
    case ValueKind::currency:
      for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      return text;
    case ValueKind::amount: return amount(column, recipe, text);
    case ValueKind::day:
    case ValueKind::instant: break;
  }
  const auto moment = parse_moment(text, recipe.dates, context_->clock);
  if (!moment) {
    reject(kind == ValueKind::day ? RejectionCode::bad_date : RejectionCode::bad_timestamp, column,
           in_quotes(text) + " is not a " + (kind == ValueKind::day ? "date" : "point in time") +
               " that the mapping reads, as " + forms(recipe.dates) + ".");
    return {};
  }
  if (kind == ValueKind::instant) return moment->at.to_string();
  const std::int64_t day = std::int64_t{moment->day.days()} + recipe.add_days;
  if (day < Date::min_days || day > Date::max_days) {
    reject(RejectionCode::bad_date, column, in_quotes(text) + " lies at the end of the calendar.");
    return {};
  }
  return Date::from_days(day).to_string();
}

std::optional<Currency> MappedTable::currency_of_row() const {
  for (std::size_t column = 0; column < ours_.size(); ++column)
    if (ours_[column].name == "currency") return Currency::parse(values_[column]);
  if (context_->currency_of_invoice) return context_->currency_of_invoice(values_[0]);
  return std::nullopt;
}

std::string MappedTable::amount(std::size_t column, const Recipe& recipe, const std::string& text) {
  if (recipe.minus.empty() && !recipe.minor) return text;  // Fields says what is wrong with it
  const auto parsed = Decimal::parse(text);
  if (!parsed) return text;
  try {
    Decimal number = *parsed;
    for (const ColumnName& minus : recipe.minus) {
      const std::string_view part = row_[minus];
      if (part.empty()) continue;
      const auto subtrahend = Decimal::parse(part);
      if (!subtrahend) {
        reject(RejectionCode::bad_number, minus.shown,
               in_quotes(part) + " is not a number. Write one such as 1234.50.");
        return {};
      }
      number = difference(number, *subtrahend);
    }
    if (!recipe.minor) return number.to_string();
    const auto currency = currency_of_row();
    if (!currency) return number.to_string();  // the row is rejected for its currency or its invoice
    return Decimal(number.coefficient(), number.scale() + currency->decimals()).to_string();
  } catch (const Error&) {
    reject(RejectionCode::out_of_range, column, in_quotes(text) + " has more digits than can be kept.");
    return {};
  }
}

}  // namespace reading
}  // namespace churn::inline v0
