// Comparisons as JSON: what io/result_json.hpp says of them.
#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>

#include "io/answer_json.hpp"

namespace churn::inline v0 {
namespace answer_json {

template <>
ordered_json written(const Comparison& comparison) {
  ordered_json tree{
      {"period",
       {{"first", comparison.period.first().to_string()}, {"last", comparison.period.last().to_string()}}},
      {"complete", comparison.complete},
      {"presets", ordered_json::array()}};
  // Rows that follow each other under the same conventions say them once.
  const ComparedMetric* before = nullptr;
  for (const ComparedMetric& row : comparison.rows) {
    if (before == nullptr || before->conventions != row.conventions || before->currency != row.currency)
      tree["presets"].push_back({{"conventions", row.conventions},
                                 {"currency", code_of(row.currency)},
                                 {"metrics", ordered_json::array()}});
    tree["presets"].back()["metrics"].push_back(
        {{"metric", row.metric}, {"measurement", written(row.measurement)}});
    before = &row;
  }
  return tree;
}

template <>
Comparison read(const json& tree) {
  const ResultFields fields(tree, "comparison");
  const ResultFields period(fields.at("period"), fields.name_of("period"));
  Comparison comparison{fields.made("period",
                                    [&] {
                                      return Period{period.date("first"), period.date("last")};
                                    }),
                        fields.flag("complete"),
                        {}};
  for (const json& preset : fields.array("presets")) {
    const ResultFields own(preset, fields.name_of("presets"));
    const auto conventions =
        own.made("conventions", [&] { return own.at("conventions").get<Conventions>(); });
    const Currency currency = own.currency("currency");
    for (const json& metric : own.array("metrics")) {
      const ResultFields row(metric, own.name_of("metrics"));
      comparison.rows.push_back(
          {conventions, row.text("metric"), read_at<Measurement>(row, "measurement"), currency});
    }
  }
  return comparison;
}

}  // namespace answer_json

CHURN_ANSWER(Comparison);

}  // namespace churn::inline v0
