#include "io/mapping_json.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/findings.hpp"
#include "io/json_value.hpp"
#include "io/mapped_columns.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

using nlohmann::json;

/// A value of the mapping, and its path, by which sentences call it.
class Node {
 public:
  Node(const json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& sentence) const {
    reading::fail((path_.empty() ? "The mapping" : path_) + ": " + sentence);
  }
  [[nodiscard]] const json& value() const noexcept { return *value_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool is_text() const { return value_->is_string(); }
  [[nodiscard]] bool is_list() const { return value_->is_array(); }
  [[nodiscard]] bool is_object() const { return value_->is_object(); }

  /// Requires an object with no other fields than these.
  void object(std::initializer_list<std::string_view> known) const {
    require_object();
    for (const auto& field : value_->items())
      if (std::find(known.begin(), known.end(), field.key()) == known.end()) {
        std::string list;
        for (const std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
        fail("The field " + in_quotes(field.key()) + " is unknown. Known here: " + list + ".");
      }
  }
  void require_object() const {
    if (!is_object()) fail("This must be an object.");
  }

  [[nodiscard]] std::optional<Node> find(const std::string& field) const {
    const auto found = value_->find(field);
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return Node(*found, path_.empty() ? field : path_ + "." + field);
  }
  [[nodiscard]] Node at(const std::string& field) const {
    if (auto found = find(field)) return *found;
    fail("The field " + in_quotes(field) + " is missing.");
  }
  [[nodiscard]] std::vector<Node> items() const {
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < value_->size(); ++i)
      nodes.emplace_back((*value_)[i], path_ + "[" + std::to_string(i) + "]");
    return nodes;
  }
  /// The elements of a list, or what stands there alone.
  [[nodiscard]] std::vector<Node> one_or_more() const {
    std::vector<Node> nodes = is_list() ? items() : std::vector<Node>{*this};
    if (nodes.empty()) fail("The list is empty.");
    return nodes;
  }

  [[nodiscard]] std::string text() const {
    if (!is_text()) fail("This must be a text in quotes.");
    return value_->get<std::string>();
  }
  [[nodiscard]] std::string name() const {
    std::string result = text();
    if (result.empty()) fail("This must not be empty.");
    return result;
  }
  [[nodiscard]] bool flag() const {
    if (!value_->is_boolean()) fail("This must be true or false.");
    return value_->get<bool>();
  }
  [[nodiscard]] int whole(int least, int most) const {
    if (!value_->is_number_integer() || value_->get<json::number_integer_t>() < least ||
        value_->get<json::number_integer_t>() > most)
      fail("This must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".");
    return value_->get<int>();
  }

 private:
  const json* value_;
  std::string path_;
};

std::vector<std::string> names_in(const Node& node) {
  std::vector<std::string> names;
  for (const Node& item : node.one_or_more()) names.push_back(item.name());
  return names;
}

bool flag_in(const Node& node, const std::string& field) {
  const auto found = node.find(field);
  return found && found->flag();
}

std::vector<DateFormat> dates_in(const Node& node) {
  std::vector<DateFormat> formats;
  for (const Node& item : node.one_or_more()) {
    const auto format = parse_date_format(item.text());
    if (!format)
      item.fail(in_quotes(item.text()) +
                " is no form of dates. Known: iso, iso_zone, unix, MM/DD/YYYY, DD-Mon-YYYY.");
    formats.push_back(*format);
  }
  return formats;
}

/// Reads the parts of one mapping.
class RulesReader {
 public:
  explicit RulesReader(const Node& root) : root_(root) {
    root.object({"name", "source", "undocumented", "notes", "book", "dates", "times", "tables"});
  }

  MappingRules read() {
    if (const auto name = root_.find("name")) rules_.name = name->text();
    if (const auto source = root_.find("source")) rules_.source = source->text();
    if (const auto list = root_.find("undocumented")) rules_.undocumented = names_in(*list);
    if (const auto notes = root_.find("notes")) (void)names_in(*notes);  // for people
    if (const auto book = root_.find("book")) {
      book->require_object();
      rules_.book = book->value();
    }
    if (const auto dates = root_.find("dates")) dates_ = dates_in(*dates);
    if (const auto times = root_.find("times")) {
      const std::string name = times->text();
      if (name != "utc" && name != "local") times->fail("Write \"utc\" or \"local\".");
      rules_.local_times = name == "local";
    }
    const Node tables = root_.at("tables");
    tables.object(
        {"customers", "subscriptions", "invoices", "invoice_lines", "payments", "events", "fx_rates"});
    for (std::size_t i = 0; i < mapped_table_count; ++i)
      if (const auto table = tables.find(std::string(mapped_table_names[i])))
        for (const Node& part : table->one_or_more())
          rules_.tables[i].push_back(read_part(part, static_cast<MappedTableKind>(i)));
    const bool has_subscriptions = !rules_.parts(MappedTableKind::subscriptions).empty();
    const bool has_invoices = !rules_.parts(MappedTableKind::invoices).empty() &&
                              !rules_.parts(MappedTableKind::invoice_lines).empty();
    if (!has_subscriptions && !has_invoices)
      tables.fail("A book needs subscriptions, or invoices and invoice_lines.");
    return std::move(rules_);
  }

 private:
  PartRule read_part(const Node& node, MappedTableKind table) {
    node.object({"file", "unless_file", "join", "where", "columns", "attributes", "history"});
    PartRule part;
    part.path = node.path();
    part.files = names_in(node.at("file"));
    if (const auto unless = node.find("unless_file")) part.unless = names_in(*unless);
    aliases_.clear();
    if (const auto joins = node.find("join"))
      for (const Node& join : joins->one_or_more()) part.joins.push_back(read_join(join));
    if (const auto where = node.find("where")) part.where = read_conditions(*where);
    if (const auto history = node.find("history")) {
      if (table != MappedTableKind::customers && table != MappedTableKind::subscriptions &&
          table != MappedTableKind::invoices)
        history->fail("Only customers, subscriptions and invoices can have a history.");
      part.history = read_history(*history);
    }
    part.columns = read_columns(node.at("columns"), table, part.history.has_value());
    if (const auto attributes = node.find("attributes")) {
      if (table != MappedTableKind::customers) attributes->fail("Only customers have attributes.");
      read_attributes(*attributes, part);
    }
    return part;
  }

  JoinRule read_join(const Node& node) {
    node.object({"file", "as", "key", "on", "where", "latest", "optional"});
    JoinRule join;
    join.alias = node.at("as").name();
    if (join.alias.find(':') != std::string::npos) node.at("as").fail("A name can't hold a colon.");
    if (std::find(aliases_.begin(), aliases_.end(), join.alias) != aliases_.end())
      node.at("as").fail("Another file is joined as " + in_quotes(join.alias) + " already.");
    join.files = names_in(node.at("file"));
    join.keys = names_in(node.at("key"));
    join.on = read_column(node.at("on"));
    // Its own columns are meant without a name in front.
    std::vector<std::string> outer;
    std::swap(outer, aliases_);
    if (const auto where = node.find("where")) join.where = read_conditions(*where);
    if (const auto latest = node.find("latest")) {
      if (!latest->is_text()) latest->object({"column", "dates"});
      join.latest = read_recipe(*latest, ValueKind::day);
    }
    std::swap(outer, aliases_);
    join.optional = flag_in(node, "optional");
    aliases_.push_back(join.alias);
    return join;
  }

  HistoryRule read_history(const Node& node) {
    node.object({"id", "as_of", "then_by", "in_force"});
    HistoryRule history{.as_of = read_recipe(node.at("as_of"), ValueKind::day)};
    if (const auto id = node.find("id")) history.id = read_recipe(*id, ValueKind::text);
    if (const auto then_by = node.find("then_by")) history.then_by = read_column(*then_by);
    if (const auto in_force = node.find("in_force")) history.in_force = read_conditions(*in_force);
    return history;
  }

  std::vector<Recipes> read_columns(const Node& node, MappedTableKind table, bool has_history) {
    node.require_object();
    const auto columns = columns_of(table);
    std::string known;
    for (const Column& column : columns) known += (known.empty() ? "" : ", ") + std::string(column.name);
    for (const auto& field : node.value().items())
      if (std::none_of(columns.begin(), columns.end(),
                       [&](const Column& column) { return column.name == field.key(); }))
        node.fail("The column " + in_quotes(field.key()) + " is unknown. Known here: " + known + ".");
    std::vector<Recipes> recipes(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string name(columns[i].name);
      if (const auto rule = node.find(name)) {
        recipes[i] = read_recipes(*rule, value_kind(columns[i]));
      } else if (columns[i].need == Need::value && !(has_history && name == "starts_on")) {
        node.fail("The column " + in_quotes(name) + " is missing, and every row needs one.");
      }
    }
    return recipes;
  }

  void read_attributes(const Node& node, PartRule& part) {
    if (node.is_text() && node.text() == "*") {
      part.all_attributes = true;
    } else if (node.is_object()) {
      for (const auto& field : node.value().items()) add_attribute(field.key(), node.at(field.key()), part);
    } else {
      for (const Node& item : node.one_or_more()) add_attribute(item.name(), item, part);
    }
  }

  void add_attribute(const std::string& name, const Node& rule, PartRule& part) {
    const auto columns = columns_of(MappedTableKind::customers);
    if (name.empty() || std::any_of(columns.begin(), columns.end(),
                                    [&](const Column& column) { return column.name == name; }))
      rule.fail("An attribute can't be called " + in_quotes(name) + ".");
    part.attributes.push_back({name, read_recipes(rule, ValueKind::text)});
  }

  Recipes read_recipes(const Node& node, ValueKind kind) {
    Recipes recipes;
    const std::vector<Node> items = node.one_or_more();
    if (items.size() > 1 &&
        std::all_of(items.begin(), items.end(), [](const Node& n) { return n.is_text(); })) {
      Recipe& names = recipes.emplace_back();  // names only are columns to choose from, as in `column`
      names.dates = dates_;
      names.columns = read_column_list(node);
      return recipes;
    }
    for (const Node& item : items) recipes.push_back(read_recipe(item, kind));
    return recipes;
  }

  Recipe read_recipe(const Node& node, ValueKind kind) {
    Recipe recipe;
    recipe.dates = dates_;
    if (node.is_text()) {
      recipe.columns.push_back(read_column(node));
      return recipe;
    }
    node.object({"column", "together", "with", "constant", "default", "values", "otherwise", "keep_others",
                 "minus", "units", "dates", "add_days", "optional", "when"});
    const auto column = node.find("column");
    const auto together = node.find("together");
    const auto constant = node.find("constant");
    if ((column ? 1 : 0) + (together ? 1 : 0) + (constant ? 1 : 0) != 1)
      node.fail("There must be one of column, together and constant.");
    if (column) recipe.columns = read_column_list(*column);
    if (together) {
      recipe.columns = read_column_list(*together);
      recipe.together = node.find("with") ? node.at("with").text() : "";
    } else if (node.find("with")) {
      node.fail("\"with\" stands between columns taken \"together\".");
    }
    if (constant) recipe.fallback = constant->name();
    if (const auto fallback = node.find("default")) {
      if (constant) fallback->fail("A constant needs no default.");
      recipe.fallback = fallback->name();
    }
    read_values(node, recipe);
    if (const auto minus = node.find("minus")) {
      require(kind == ValueKind::amount, *minus, "amounts");
      recipe.minus = read_column_list(*minus);
    }
    if (const auto units = node.find("units")) {
      require(kind == ValueKind::amount, *units, "amounts");
      const std::string name = units->text();
      if (name != "major" && name != "minor") units->fail("Write \"major\" or \"minor\".");
      recipe.minor = name == "minor";
    }
    const bool is_time = kind == ValueKind::day || kind == ValueKind::instant;
    if (const auto dates = node.find("dates")) {
      require(is_time, *dates, "days and points in time");
      recipe.dates = dates_in(*dates);
    }
    if (const auto days = node.find("add_days")) {
      require(kind == ValueKind::day, *days, "days");
      recipe.add_days = days->whole(-36500, 36500);
    }
    recipe.optional = flag_in(node, "optional");
    if (const auto when = node.find("when")) recipe.when = read_conditions(*when);
    return recipe;
  }

  static void require(bool holds, const Node& node, const std::string& what) {
    if (!holds) node.fail("This goes with columns of " + what + " only.");
  }

  static void read_values(const Node& node, Recipe& recipe) {
    const auto values = node.find("values");
    if (const auto otherwise = node.find("otherwise")) recipe.otherwise = otherwise->text();
    recipe.keep_others = flag_in(node, "keep_others");
    if (!values) {
      if (recipe.otherwise || recipe.keep_others)
        node.fail("\"otherwise\" and \"keep_others\" need \"values\" beside them.");
      return;
    }
    if (recipe.columns.empty()) values->fail("A constant has no values.");
    if (recipe.otherwise && recipe.keep_others)
      node.fail("There can be one of otherwise and keep_others only.");
    values->require_object();
    for (const auto& field : values->value().items()) {
      const std::string key = small_letters(field.key());
      const Node target(field.value(), values->path() + "." + field.key());
      if (!recipe.values.emplace(key, target.text()).second)
        values->fail("The value " + in_quotes(field.key()) + " is there twice; capitals make no difference.");
    }
  }

  std::vector<ColumnName> read_column_list(const Node& node) {
    std::vector<ColumnName> columns;
    for (const Node& item : node.one_or_more()) columns.push_back(read_column(item));
    return columns;
  }

  /// `plan:amount` is a column of the file joined as `plan`, if there is one; else a column of that name.
  ColumnName read_column(const Node& node) {
    const std::string text = node.name();
    const std::size_t colon = text.find(':');
    if (colon != std::string::npos && colon + 1 < text.size()) {
      const auto alias = std::find(aliases_.begin(), aliases_.end(), text.substr(0, colon));
      if (alias != aliases_.end())
        return {static_cast<std::size_t>(alias - aliases_.begin()), text.substr(colon + 1), text};
    }
    return {std::nullopt, text, text};
  }

  Conditions read_conditions(const Node& node) {
    Conditions conditions;
    for (const Node& item : node.one_or_more()) {
      item.object({"column", "is", "not", "optional"});
      const auto is = item.find("is");
      const auto is_not = item.find("not");
      if (is.has_value() == is_not.has_value()) item.fail("There must be one of is and not.");
      Condition condition{.column = read_column(item.at("column")), .values = {}};
      condition.is = is.has_value();
      for (const Node& value : (is ? *is : *is_not).one_or_more())
        condition.values.push_back(small_letters(value.text()));
      condition.optional = flag_in(item, "optional");
      conditions.push_back(std::move(condition));
    }
    return conditions;
  }

  Node root_;
  MappingRules rules_;
  std::vector<DateFormat> dates_{DateFormat::iso};
  std::vector<std::string> aliases_;  // of the files joined so far
};

}  // namespace

MappingRules read_mapping_rules(std::string_view text) {
  const json tree = parse_tree(text);
  return RulesReader(Node(tree, "")).read();
}

}  // namespace reading
}  // namespace churn::inline v0
