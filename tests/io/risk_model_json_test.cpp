#include <churn/io/risk_model_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "risk/some_observations.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using nlohmann::json;
using nlohmann::ordered_json;
using risk_test::simulated;

const std::vector<RiskModel>& models() {
  static const std::vector<RiskModel> all = [] {
    auto observations = simulated(2000, 71);
    observations.as_of = Date::of(2024, 5, 1);
    observations.not_yet_known = 12;
    std::vector<RiskModel> result;
    for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard})
      for (const Calibration calibration : {Calibration::none, Calibration::platt, Calibration::isotonic})
        result.push_back(train_risk_model(
            observations, {.kind = kind, .calibration = calibration, .group_above = 0.3, .step = 10}));
    std::fill(observations.departed.begin(), observations.departed.end(), std::uint8_t{0});
    result.push_back(train_risk_model(observations, {.kind = RiskKind::hazard}));
    result.push_back(train_risk_model(risk_test::empty_observations(0, 0)));
    return result;
  }();
  return all;
}

/// A small model put together by hand, and its document.
RiskModel small_model() {
  return {.kind = RiskKind::hazard,
          .horizon = 28,
          .step = 7,
          .intercept = -4.5,
          .terms = {{.column = {.name = "use", .direction = Direction::lowers},
                     .transform = {.shape = Shape::asinh,
                                   .mean = 0.1,
                                   .deviation = 2,
                                   .lowest = -1.5,
                                   .highest = 3,
                                   .known = 90},
                     .weight = -0.25,
                     .missing_weight = 0.5,
                     .group = 0}},
          .tenure_cuts = {90},
          .tenure_weights = {0.5, -0.5},
          .calibration = Calibration::isotonic,
          .isotonic = {.score = {-3, 1}, .value = {0, 0.75}},
          .provenance = {.library = "0.1.0",
                         .as_of = Date::of(2024, 5, 1),
                         .first_day = Date::of(2023, 1, 2),
                         .last_day = Date::of(2024, 4, 1),
                         .rows = 100,
                         .customers = 10,
                         .departures = 5,
                         .not_yet_known = 3,
                         .ridge = 10,
                         .held_out_auc = 0.75}};
}

constexpr const char* small_document = R"({
  "risk_model": 1,
  "library": "0.1.0",
  "kind": "hazard",
  "horizon": 28,
  "step": 7,
  "intercept": -4.5,
  "terms": [
    {
      "name": "use",
      "direction": "lowers",
      "shape": "asinh",
      "mean": 0.1,
      "deviation": 2.0,
      "lowest": -1.5,
      "highest": 3.0,
      "known": 90,
      "weight": -0.25,
      "missing_weight": 0.5,
      "group": 0
    }
  ],
  "tenure": {
    "cuts": [
      90
    ],
    "weights": [
      0.5,
      -0.5
    ]
  },
  "calibration": {
    "kind": "isotonic",
    "log_odds": [
      -3.0,
      1.0
    ],
    "risk": [
      0.0,
      0.75
    ]
  },
  "why_flat": "",
  "provenance": {
    "as_of": "2024-05-01",
    "first_day": "2023-01-02",
    "last_day": "2024-04-01",
    "rows": 100,
    "customers": 10,
    "departures": 5,
    "not_yet_known": 3,
    "ridge": 10.0,
    "held_out_auc": 0.75
  }
})";

void expect_equal(const RiskModel& a, const RiskModel& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.horizon, b.horizon);
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.intercept, b.intercept);
  EXPECT_EQ(a.terms, b.terms);
  EXPECT_EQ(a.tenure_cuts, b.tenure_cuts);
  EXPECT_EQ(a.tenure_weights, b.tenure_weights);
  EXPECT_EQ(a.calibration, b.calibration);
  EXPECT_EQ(a.platt_intercept, b.platt_intercept);
  EXPECT_EQ(a.platt_slope, b.platt_slope);
  EXPECT_EQ(a.isotonic.score, b.isotonic.score);
  EXPECT_EQ(a.isotonic.value, b.isotonic.value);
  EXPECT_EQ(a.provenance, b.provenance);
  EXPECT_EQ(a.why_flat, b.why_flat);
}

TEST(RiskModelJson, a_model_is_written_as_it_is_documented) {
  EXPECT_EQ(to_json(small_model()), small_document);
  expect_equal(risk_model_from_json(small_document), small_model());
}

TEST(RiskModelJson, what_was_read_is_what_was_written) {
  for (const RiskModel& model : models()) {
    const std::string text = to_json(model);
    expect_equal(risk_model_from_json(text), model);
    EXPECT_EQ(to_json(risk_model_from_json(text)), text);
  }
}

TEST(RiskModelJson, trees_of_both_kinds_hold_a_model) {
  for (const RiskModel& model : models()) {
    const json tree = model;
    expect_equal(tree.get<RiskModel>(), model);
    const ordered_json ordered = model;
    expect_equal(ordered.get<RiskModel>(), model);
    EXPECT_EQ(ordered.dump(2), to_json(model));
    expect_equal(json::parse(tree.dump()).get<RiskModel>(), model);
  }
}

TEST(RiskModelJson, a_tree_that_is_refused_leaves_its_target_as_it_was) {
  RiskModel target = small_model();
  EXPECT_EQ(error_of([&] { json::object().get_to(target); }), "unreadable");
  expect_equal(target, small_model());
}

RC_GTEST_PROP(RiskModelJson, a_model_that_was_read_gives_the_same_scores_to_the_last_bit, ()) {
  const std::size_t which = *between<std::size_t>(0, 6);
  static std::vector<RiskModel> read = [] {
    std::vector<RiskModel> result;
    for (const RiskModel& model : models()) result.push_back(risk_model_from_json(to_json(model)));
    return result;
  }();
  std::array<double, 6> values{};
  std::array<std::uint8_t, 6> missing{};
  for (std::size_t k = 0; k < 6; ++k) {
    values[k] = *between(-4000, 4001) / 1000.0;
    missing[k] = *between(0, 4) == 0;
  }
  const std::int32_t tenure = *between(0, 2000);
  const RiskScore a = models()[which].score(values, missing, tenure);
  const RiskScore b = read[which].score(values, missing, tenure);
  RC_ASSERT(a.risk == b.risk);
  RC_ASSERT(a.base == b.base);
  RC_ASSERT(a.contributions == b.contributions);
  RC_ASSERT(a.tenure_part == b.tenure_part);
  RC_ASSERT(a.calibration_part == b.calibration_part);
}

RC_GTEST_PROP(RiskModelJson, every_double_comes_back, ()) {
  RiskModel model = small_model();
  const double mantissa = static_cast<double>(*core_test::any_int64());
  model.intercept = std::ldexp(mantissa, *between(-1100, 200));
  model.terms[0].transform.mean = std::ldexp(mantissa, *between(-1100, 900));
  if (std::abs(model.intercept) > 1e100) model.intercept = 1e100;
  const RiskModel read = risk_model_from_json(to_json(model));
  RC_ASSERT(read.intercept == model.intercept);
  RC_ASSERT(read.terms[0].transform.mean == model.terms[0].transform.mean);
}

/// What is said of the small document with one thing in it changed.
std::string said(const std::string& pointer, const json& value) {
  json document = json::parse(small_document);
  document[json::json_pointer(pointer)] = value;
  try {
    (void)risk_model_from_json(document.dump());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
    return error.what();
  }
  return "";
}
std::string said_without(const std::string& object, const std::string& field) {
  json document = json::parse(small_document);
  document[json::json_pointer(object)].erase(field);
  try {
    (void)risk_model_from_json(document.dump());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
    return error.what();
  }
  return "";
}

#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << (sentence)

TEST(RiskModelJson, a_text_that_is_no_model_is_refused) {
  const auto refused = [](const char* text) { return error_of([&] { (void)risk_model_from_json(text); }); };
  EXPECT_EQ(refused(""), "unreadable");
  EXPECT_EQ(refused("[1, 2"), "unreadable");
  EXPECT_EQ(refused("[]"), "unreadable");
  EXPECT_EQ(refused("17"), "unreadable");
  EXPECT_EQ(refused("{}"), "unreadable");
  EXPECT_EQ(refused(R"({"risk_model": 1})"), "unreadable");
  EXPECT_EQ(refused(R"({"risk_model": 1, "risk_model": 1})"), "unreadable");
  EXPECT_SAYS(said("/risk_model", 2), "reads version 1");
  EXPECT_SAYS(said("/risk_model", "1"), "reads version 1");
}

TEST(RiskModelJson, every_field_that_is_cut_off_is_missed_by_its_name) {
  const json document = json::parse(small_document);
  const auto each = [&](const std::string& pointer, const std::string& prefix) {
    const json object = document[json::json_pointer(pointer)];
    for (const auto& field : object.items()) {
      const std::string& name = field.key();
      const bool may_be_missing = name == "library" || name == "why_flat" || name == "as_of" ||
                                  name == "held_out_auc" || name == "first_day" || name == "last_day" ||
                                  name == "tenure";
      if (!may_be_missing) {
        EXPECT_SAYS(said_without(pointer, name), prefix + name);
      }
    }
  };
  each("", "");
  each("/terms/0", "terms[0].");
  each("/tenure", "tenure.");
  each("/calibration", "calibration.");
  each("/provenance", "provenance.");
  EXPECT_EQ(said_without("", "library"), "");
  EXPECT_EQ(said_without("/provenance", "held_out_auc"), "");
  EXPECT_SAYS(said_without("", "tenure"), "tenure.weights");
  EXPECT_SAYS(said_without("/provenance", "last_day"), "last_day");
}

TEST(RiskModelJson, a_text_that_is_cut_off_anywhere_is_refused) {
  const std::string text = small_document;
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_EQ(error_of([&] { (void)risk_model_from_json(text.substr(0, length)); }), "unreadable") << length;
}

TEST(RiskModelJson, an_unknown_field_is_an_error_wherever_it_is) {
  for (const char* pointer : {"/typo", "/terms/0/typo", "/tenure/typo", "/calibration/typo",
                              "/calibration/slope", "/provenance/typo"})
    EXPECT_SAYS(said(pointer, 1), "is not a field of");
}

TEST(RiskModelJson, a_value_of_the_wrong_kind_is_refused_by_its_name) {
  EXPECT_SAYS(said("/kind", "linear"), "kind can't be \"linear\". Known: logistic, hazard.");
  EXPECT_SAYS(said("/horizon", 2.5), "horizon must be a whole number");
  EXPECT_SAYS(said("/horizon", 0), "horizon");
  EXPECT_SAYS(said("/step", -1), "step must be a whole number");
  EXPECT_SAYS(said("/step", 29), "step is longer");
  EXPECT_SAYS(said("/intercept", "3"), "intercept must be a number");
  EXPECT_SAYS(said("/intercept", 1e101), "intercept");
  EXPECT_SAYS(said("/terms", 1), "terms must be a list");
  EXPECT_SAYS(said("/terms/0", 1), "terms[0] must be a JSON object");
  EXPECT_SAYS(said("/terms/0/shape", "sqrt"), "terms[0].shape");
  EXPECT_SAYS(said("/terms/0/direction", nullptr), "terms[0].direction is missing");
  EXPECT_SAYS(said("/terms/0/name", ""), "terms[0].name");
  EXPECT_SAYS(said("/provenance/as_of", "1 May"), "provenance.as_of must be a day");
  EXPECT_SAYS(said("/tenure/cuts/0", 1.5), "tenure.cuts[0]");
  EXPECT_SAYS(said("/calibration/kind", "beta"), "calibration.kind");
  EXPECT_SAYS(said("/calibration/risk/1", "x"), "calibration.risk[1]");
}

TEST(RiskModelJson, a_document_that_contradicts_itself_is_refused) {
  EXPECT_SAYS(said("/terms/0/deviation", -0.1), "terms[0].deviation");
  EXPECT_SAYS(said("/terms/0/deviation", 0), "terms[0].weight");
  EXPECT_SAYS(said("/terms/0/lowest", 4), "terms[0].lowest");
  EXPECT_SAYS(said("/terms/0/weight", 1e200), "terms[0].weight");
  EXPECT_SAYS(said("/terms/0/group", 1), "terms[0].group");
  EXPECT_SAYS(said("/terms/0/known", 101), "terms[0].known");
  EXPECT_SAYS(said("/terms/1", json::parse(small_document)["terms"][0]),
              "terms[1].name \"use\" is there twice");
  EXPECT_SAYS(said("/kind", "logistic"), "tenure");
  EXPECT_SAYS(said("/tenure/cuts", std::vector<int>{90, 90}), "tenure.cuts must rise");
  EXPECT_SAYS(said("/tenure/weights", std::vector<double>{1}), "tenure.weights");
  EXPECT_SAYS(said("/calibration/log_odds", std::vector<double>{1, 1}), "calibration.log_odds must rise");
  EXPECT_SAYS(said("/calibration/log_odds", std::vector<double>{1}), "same length");
  EXPECT_SAYS(said("/calibration/risk", std::vector<double>{0.75, 0.5}), "calibration.risk must not fall");
  EXPECT_SAYS(said("/calibration/risk", std::vector<double>{0.5, 1.5}), "calibration.risk must be within");
  EXPECT_SAYS(said("/calibration", json({{"kind", "platt"}, {"intercept", 0}, {"slope", 0}})),
              "calibration.slope");
  EXPECT_EQ(said("/calibration", json({{"kind", "platt"}, {"intercept", 0}, {"slope", 1}})), "");
  EXPECT_SAYS(said("/why_flat", "Nobody left."), "why_flat");
  EXPECT_SAYS(said("/provenance/departures", 101), "provenance.departures");
  EXPECT_SAYS(said("/provenance/customers", 101), "provenance.customers");
  EXPECT_SAYS(said("/provenance/first_day", "2024-04-02"), "first_day");
  EXPECT_SAYS(said("/provenance/ridge", -1), "provenance.ridge");
  EXPECT_SAYS(said("/provenance/held_out_auc", 1.1), "provenance.held_out_auc");
}

TEST(RiskModelJson, numbers_that_no_double_holds_are_refused) {
  std::string text = small_document;
  text.replace(text.find("-4.5"), 4, "1e999");
  EXPECT_EQ(error_of([&] { (void)risk_model_from_json(text); }), "unreadable");
  text.replace(text.find("1e999"), 5, "NaN");
  EXPECT_EQ(error_of([&] { (void)risk_model_from_json(text); }), "unreadable");
}

TEST(RiskModelJson, a_model_that_could_not_be_read_is_not_written) {
  RiskModel model = small_model();
  model.terms[0].weight = std::nan("");
  EXPECT_EQ(error_of([&] { (void)to_json(model); }), "bad_number");
  model = small_model();
  model.isotonic.value = {0.5, 0.25};
  EXPECT_EQ(error_of([&] { (void)to_json(model); }), "bad_number");
  model = small_model();
  model.intercept = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_of([&] { json tree = model; }), "bad_number");
  model = small_model();
  model.terms[0].column.name = "caf\xE9";  // Latin 1: JSON would bring back another name, which is no column
  EXPECT_EQ(error_of([&] { (void)to_json(model); }), "bad_number");
}

TEST(RiskModelJson, a_tree_with_numbers_that_are_not_finite_is_refused) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()})
    for (const char* place :
         {"/intercept", "/terms/0/mean", "/terms/0/deviation", "/terms/0/lowest", "/terms/0/highest",
          "/terms/0/weight", "/terms/0/missing_weight", "/tenure/weights/0", "/calibration/log_odds/1",
          "/calibration/risk/1", "/provenance/ridge", "/provenance/held_out_auc"}) {
      json tree = small_model();
      tree[json::json_pointer(place)] = bad;
      EXPECT_EQ(error_of([&] { (void)tree.get<RiskModel>(); }), "unreadable") << place;
    }
}

TEST(RiskModelJson, a_tree_that_is_nested_too_deep_is_refused) {
  json deep = 1;
  for (int i = 0; i < 5000; ++i) deep = json::array({std::move(deep)});
  json tree = small_model();
  tree["terms"] = std::move(deep);
  EXPECT_EQ(error_of([&] { (void)tree.get<RiskModel>(); }), "unreadable");
}

TEST(RiskModelJson, a_file_is_read_and_named_where_it_is_wrong) {
  const auto file = std::filesystem::temp_directory_path() / "churn_risk_model_json_test.json";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write(small_document);
  expect_equal(read_risk_model(file), small_model());
  write("{}");
  try {
    (void)read_risk_model(file);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
    EXPECT_EQ(std::string(error.what()).find(file.string()), 0U);
  }
  std::filesystem::remove(file);
  EXPECT_EQ(error_of([&] { (void)read_risk_model(file); }), "unreadable");
}

}  // namespace
}  // namespace churn
