#include <churn/io/playbook_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include <churn/core/error.hpp>

#include "core/error_of.hpp"

namespace churn {
namespace {

using core_test::error_of;

/// The error that a text gives, as `code: sentence`; empty if it gives none.
std::string error_of_json(std::string_view text) {
  try {
    (void)playbook_from_json(text);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}

/// A playbook of one rule, with some fields more.
std::string with_fields(const std::string& fields) {
  return R"({"rules": [{"name": "a", "indicator": "x", "bands": [{"level": "red", "points": 1}])" + fields +
         "}]}";
}
std::string with_bands(const std::string& bands) {
  return R"({"rules": [{"name": "a", "indicator": "x", "bands": )" + bands + "}]}";
}

TEST(PlaybookJson, a_file_says_what_a_playbook_holds) {
  const Playbook playbook = playbook_from_json(R"({"rules": [
    {"name": "licence use", "indicator": "seat_use", "weight": 2.5, "tenure_from": 30, "tenure_until": 180,
     "bands": [{"level": "red", "points": 1}, {"from": 0.5, "level": "yellow", "points": 0.5},
               {"from": 0.75, "level": "green", "points": 0}]},
    {"name": "tickets", "indicator": "tickets", "weight": null,
     "bands": [{"from": 0, "level": "green", "points": 0}, {"from": 5, "level": "red", "points": 1}]}]})");
  const Playbook expected{
      {{.name = "licence use",
        .indicator = "seat_use",
        .bands = {{std::numeric_limits<double>::lowest(), "red", 1},
                  {0.5, "yellow", 0.5},
                  {0.75, "green", 0}},
        .weight = 2.5,
        .tenure_from = 30,
        .tenure_until = 180},
       {.name = "tickets", .indicator = "tickets", .bands = {{0, "green", 0}, {5, "red", 1}}}}};
  EXPECT_EQ(playbook, expected);
  EXPECT_EQ(playbook_from_json(R"({"rules": []})"), Playbook{});
}

TEST(PlaybookJson, it_is_written_as_a_person_would_write_it) {
  const Playbook playbook{{{.name = "licence use",
                            .indicator = "seat_use",
                            .bands = {{std::numeric_limits<double>::lowest(), "red", 1}, {0.75, "green", 0}},
                            .weight = 2,
                            .tenure_until = 180},
                           {.name = "tickets", .indicator = "tickets", .bands = {{-2, "any", 0.1}}}}};
  EXPECT_EQ(to_json(playbook), R"({
  "rules": [
    {
      "name": "licence use",
      "indicator": "seat_use",
      "bands": [
        {
          "level": "red",
          "points": 1
        },
        {
          "from": 0.75,
          "level": "green",
          "points": 0
        }
      ],
      "weight": 2,
      "tenure_until": 180
    },
    {
      "name": "tickets",
      "indicator": "tickets",
      "bands": [
        {
          "from": -2,
          "level": "any",
          "points": 0.1
        }
      ]
    }
  ]
})");
  EXPECT_EQ(to_json(Playbook{}), "{\n  \"rules\": []\n}");
}

TEST(PlaybookJson, errors_name_the_place_and_what_is_allowed) {
  EXPECT_EQ(error_of_json("[]"), "bad_conventions: a playbook must be a JSON object, not [].");
  EXPECT_EQ(error_of_json("{}"), "bad_conventions: playbook.rules is missing.");
  EXPECT_EQ(error_of_json(R"({"rules": {}})"), "bad_conventions: playbook.rules must be a list, not {}.");
  EXPECT_EQ(error_of_json(R"({"rule": []})"),
            "bad_conventions: \"rule\" is not a field of a playbook. Known here: rules.");
  EXPECT_EQ(error_of_json(R"({"rules": [3]})"), "bad_conventions: rules[0] must be a JSON object, not 3.");
  EXPECT_EQ(error_of_json(with_fields(R"(, "wieght": 2)")),
            "bad_conventions: \"wieght\" is not a field of rules[0]. Known here: name, indicator, bands, "
            "weight, tenure_from, tenure_until.");
  EXPECT_EQ(error_of_json(R"({"rules": [{"indicator": "x", "bands": []}]})"),
            "bad_conventions: rules[0].name is missing.");
  EXPECT_EQ(error_of_json(R"({"rules": [{"name": 1, "indicator": "x", "bands": []}]})"),
            "bad_conventions: rules[0].name must be a text, not 1.");
  EXPECT_EQ(error_of_json(R"({"rules": [{"name": "a", "bands": []}]})"),
            "bad_conventions: rules[0].indicator is missing.");
  EXPECT_EQ(error_of_json(R"({"rules": [{"name": "a", "indicator": "x"}]})"),
            "bad_conventions: rules[0].bands is missing.");
  EXPECT_EQ(error_of_json(with_bands(R"("red")")),
            "bad_conventions: rules[0].bands must be a list, not \"red\".");
  EXPECT_EQ(error_of_json(with_bands(R"([{"level": "red", "points": 1, "to": 3}])")),
            "bad_conventions: \"to\" is not a field of rules[0].bands[0]. Known here: from, level, points.");
  EXPECT_EQ(error_of_json(with_bands(R"([{"level": "red"}])")),
            "bad_conventions: rules[0].bands[0].points is missing.");
  EXPECT_EQ(error_of_json(with_bands(R"([{"points": 1}])")),
            "bad_conventions: rules[0].bands[0].level is missing.");
  EXPECT_EQ(error_of_json(with_bands(R"([{"level": "red", "points": "1"}])")),
            "bad_conventions: rules[0].bands[0].points must be a number, not \"1\".");
  EXPECT_EQ(error_of_json(with_bands(R"([{"level": "r", "points": 1}, {"level": "g", "points": 0}])")),
            "bad_conventions: rules[0].bands[1].from is missing. Only that of the first band may be left "
            "out.");
  EXPECT_EQ(error_of_json(with_fields(R"(, "tenure_from": 1.5)")),
            "bad_conventions: rules[0].tenure_from must be a whole number of days, 0 to 2147483647, not "
            "1.5.");
  for (const char* days : {"-1", "2147483648", "\"30\"", "true", "30.0", "99999999999999999999"})
    EXPECT_NE(error_of_json(with_fields(R"(, "tenure_until": )" + std::string(days))), "") << days;
}

TEST(PlaybookJson, what_a_playbook_refuses_is_an_error_of_the_file) {
  EXPECT_EQ(error_of_json(with_bands("[]")), "bad_conventions: The rule a has no bands.");
  EXPECT_EQ(error_of_json(with_bands(R"([{"level": "red", "points": 1.5}])")),
            "bad_conventions: The rule a has points that are not from 0 to 1.");
  EXPECT_EQ(error_of_json(with_fields(R"(, "weight": 0)")),
            "bad_conventions: The rule a needs a weight that is finite and above 0.");
  EXPECT_EQ(error_of_json(with_bands(
                R"([{"from": 2, "level": "r", "points": 1}, {"from": 1, "level": "g", "points": 0}])")),
            "bad_conventions: The rule a has a band that begins at or below the one before it.");
  EXPECT_NE(error_of_json(with_bands(R"([{"from": 1e999, "level": "r", "points": 1}])")), "");
}

TEST(PlaybookJson, a_field_that_comes_twice_and_a_text_that_is_no_json_are_errors) {
  EXPECT_NE(error_of_json(with_fields(R"(, "weight": 1, "weight": 2)")), "");
  EXPECT_NE(error_of_json("{\n\"rules\": oops}").find("Line 2, column"), std::string::npos);
  EXPECT_NE(error_of_json(""), "");
}

TEST(PlaybookJson, a_playbook_that_is_not_sound_is_not_written) {
  EXPECT_EQ(error_of([] { (void)to_json(Playbook{{{.name = "a", .indicator = "x"}}}); }), "bad_number");
}

/// A file that is there as long as it lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::path(testing::TempDir()) / "churn_playbook_json_test.json") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(PlaybookJson, a_file_is_read_and_sentences_begin_with_its_name) {
  {
    const TemporaryFile good{with_fields("")};
    EXPECT_EQ(read_playbook(good.path()).rules.size(), 1U);
  }
  const TemporaryFile bad{"{}"};
  try {
    (void)read_playbook(bad.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_conventions);
    EXPECT_EQ(error.what(), bad.path().string() + ": playbook.rules is missing.");
  }
  EXPECT_EQ(error_of([] { (void)read_playbook("/nowhere/playbook.json"); }), "unreadable");
}

TEST(PlaybookJson, a_text_that_is_not_utf8_is_not_written) {
  const PlaybookRule rule{.name = "a", .indicator = "x", .bands = {{0, "red", 1}}};
  for (std::string PlaybookRule::*text : {&PlaybookRule::name, &PlaybookRule::indicator}) {
    PlaybookRule other = rule;
    other.*text = "caf\xE9";
    EXPECT_EQ(error_of([&] { (void)to_json(Playbook{{other}}); }), "bad_conventions");
  }
  PlaybookRule level = rule;
  level.bands[0].level = "\xFF";
  EXPECT_EQ(error_of([&] { (void)to_json(Playbook{{level}}); }), "bad_conventions");
}

RC_GTEST_PROP(PlaybookJson, a_playbook_is_read_back_equal, ()) {
  Playbook playbook;
  const int rules = *rc::gen::inRange(0, 4);
  const auto number = rc::gen::map(rc::gen::pair(rc::gen::inRange(-40, 40), rc::gen::element(1.0, 3.0, 1e8)),
                                   [](std::pair<int, double> of) { return of.first / of.second; });
  for (int i = 0; i < rules; ++i) {
    PlaybookRule rule{.name = "rule \"" + std::to_string(i) + "\"\n", .indicator = "x"};
    double from = *rc::gen::arbitrary<bool>() ? std::numeric_limits<double>::lowest() : *number;
    const int bands = *rc::gen::inRange(1, 4);
    for (int band = 0; band < bands; ++band) {
      rule.bands.push_back({from, "level", *rc::gen::inRange(0, 8) / 7.0});
      from = std::max(from, -100.0) + *rc::gen::inRange(1, 100) / 7.0;
    }
    rule.weight = *rc::gen::inRange(1, 100) / 9.0;
    rule.tenure_from = *rc::gen::inRange(0, 1000);
    if (*rc::gen::arbitrary<bool>()) rule.tenure_until = rule.tenure_from + *rc::gen::inRange(1, 1000);
    playbook.rules.push_back(rule);
  }
  const std::string text = to_json(playbook);
  RC_ASSERT(playbook_from_json(text) == playbook);
  RC_ASSERT(to_json(playbook_from_json(text)) == text);
}

}  // namespace
}  // namespace churn
