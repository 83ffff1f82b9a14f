// What the command shows on a terminal, and what it leaves out where there is none.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND
#if __has_include(<pty.h>)

#include <churn/report/display_width.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include "support/pseudo_terminal.hpp"

namespace {

using support::lines_of;
using support::PseudoTerminal;

/// A terminal's text without what only colours it.
std::string without_colours(std::string text) {
  for (std::size_t at = text.find("\x1b["); at != std::string::npos; at = text.find("\x1b[", at))
    text.erase(at, text.find('m', at) + 1 - at);
  return text;
}

class OnATerminal : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    std::string rows;
    for (int c = 0; c < 120; ++c) {
      const bool is_pro = c % 2 == 0;
      const int month = 1 + c / 2 % 12;  // of those of basic everybody leaves, of pro nobody
      const std::string day = (month < 10 ? "-0" : "-") + std::to_string(month) + "-15";
      rows += "s" + std::to_string(c) + ",c" + std::to_string(c) + "," + (is_pro ? "pro" : "basic") +
              ",2022-01-01," + (is_pro ? "" : "2023" + day) + "," + std::to_string(10 + c) +
              ".00,USD,month\n";
    }
    write("book/subscriptions.csv",
          "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n" + rows);
  }

  [[nodiscard]] std::string words(const std::string& command, const std::string& options = "") const {
    return std::string(CHURN_COMMAND) + " " + command + " '" + file("book") + "' --as-of 2024-01-01 " +
           options;
  }
  /// On stdout alone: what is said on stderr is left out.
  [[nodiscard]] std::string shown(const std::string& command, const std::string& options = "",
                                  const PseudoTerminal::Kind& kind = {}) const {
    PseudoTerminal terminal{words(command, options + " 2>/dev/null"), kind};
    const PseudoTerminal::Seen seen = terminal.finish();
    EXPECT_EQ(seen.status, 0) << seen.text;
    return seen.text;
  }
};

TEST_F(OnATerminal, headings_are_bold_and_a_pipe_has_no_colours) {
  const std::string text = shown("trend", "--period quarter");
  EXPECT_NE(text.find("\x1b[1mperiod\x1b[0m"), std::string::npos) << text;
  const auto in_a_pipe = ask("trend", "--as-of 2024-01-01 --period quarter");
  EXPECT_EQ(in_a_pipe.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(without_colours(text), in_a_pipe.out);
}

TEST_F(OnATerminal, no_color_and_a_dumb_terminal_and_never_mean_no_colours) {
  const std::string plain = without_colours(shown("trend"));
  EXPECT_EQ(shown("trend", "", {.environment = {{"NO_COLOR", "1"}}}), plain);
  EXPECT_EQ(shown("trend", "", {.environment = {{"TERM", "dumb"}}}), plain);
  EXPECT_EQ(shown("trend", "--color never"), plain);
  EXPECT_NE(shown("trend", "", {.environment = {{"NO_COLOR", ""}}}), plain) << "set to nothing says nothing";
  EXPECT_NE(shown("trend", "--color always", {.environment = {{"NO_COLOR", "1"}}}), plain);
}

TEST_F(OnATerminal, colours_can_be_asked_for_in_a_pipe_but_programs_never_get_any) {
  EXPECT_NE(ask("trend", "--as-of 2024-01-01 --color always").out.find("\x1b[1m"), std::string::npos);
  for (const std::string format : {"csv", "json"}) {
    EXPECT_EQ(ask("trend", "--as-of 2024-01-01 --color always --format " + format).out.find('\x1b'),
              std::string::npos);
    EXPECT_EQ(shown("trend", "--format " + format),
              ask("trend", "--as-of 2024-01-01 --format " + format).out);
  }
  expect_refused("trend '" + file("book") + "' --color sometimes", "There are: auto, always, never.");
}

TEST_F(OnATerminal, what_surely_leaves_more_is_red_and_what_surely_stays_is_green) {
  const std::string text = shown("rates", "--by plan --compare", {.columns = 300});
  EXPECT_NE(text.find("\x1b[31m0."), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[32m-0."), std::string::npos) << text;
}

TEST_F(OnATerminal, a_period_that_is_not_complete_is_faint) {
  const std::string text = shown("movements", "--from 2024-01-01 --to 2024-03-01", {.columns = 300});
  EXPECT_NE(text.find("\x1b[2m2024-02-01\x1b[0m"), std::string::npos) << text;
}

TEST_F(OnATerminal, a_wide_table_comes_in_blocks_that_fit_and_each_says_what_its_rows_are) {
  for (const std::uint16_t columns : {std::uint16_t{60}, std::uint16_t{80}, std::uint16_t{120}}) {
    const std::string text =
        without_colours(shown("movements", "--by plan --period year", {.columns = columns}));
    std::size_t headers = 0;
    for (const std::string& line : lines_of(text)) {
      EXPECT_LE(churn::display_width(line), columns) << line;
      if (line.starts_with("plan   period")) ++headers;
    }
    EXPECT_GE(headers, 2U) << text;
    EXPECT_NE(text.find("transferred_out_customers"), std::string::npos);
  }
}

TEST_F(OnATerminal, blocks_repeat_who_a_row_is_of_and_keep_an_interval_beside_its_value) {
  const std::vector<std::string> lines =
      lines_of(without_colours(shown("winback", "--within 3000", {.columns = 70})));
  std::size_t headers = 0;
  for (const std::string& line : lines) {
    if (line.starts_with("rank")) {
      ++headers;
      EXPECT_TRUE(line.starts_with("rank  customer_id")) << line;
    }
    if (line.find("interval") != std::string::npos) {
      EXPECT_NE(line.find("return_rate"), std::string::npos) << line;
    }
  }
  EXPECT_GE(headers, 3U);
}

TEST_F(OnATerminal, sentences_break_between_words) {
  PseudoTerminal terminal{words("report"), {.columns = 70}};
  const std::string text = without_colours(terminal.finish().text);
  std::size_t end = text.find("Where customers leave most");
  ASSERT_NE(end, std::string::npos) << text;
  end = text.find("by ", end);  // tables have a width of their own
  for (const std::string& line : lines_of(text.substr(0, text.find("MRR bridge"))))
    EXPECT_LE(churn::display_width(line), 70U) << line;
}

TEST_F(OnATerminal, sparklines_are_ascii_where_the_locale_is_not_utf8_and_utf8_in_every_pipe) {
  EXPECT_NE(shown("movements").find("\u2588"), std::string::npos);
  const std::string ascii = shown("movements", "", {.environment = {{"LC_ALL", "C"}}});
  EXPECT_TRUE(std::all_of(ascii.begin(), ascii.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  })) << ascii;
  EXPECT_NE(ascii.find('#'), std::string::npos) << ascii;
  EXPECT_NE(ask("movements", "--as-of 2024-01-01").out.find("\u2588"), std::string::npos);
}

TEST_F(OnATerminal, a_report_draws_its_headline_over_the_periods_for_readers_only) {
  const auto report = ask("report", "--as-of 2024-01-01");
  EXPECT_NE(report.out.find("Over the last 24 months\n-----------------------\n"), std::string::npos)
      << report.out;
  EXPECT_NE(report.out.find("\u2588"), std::string::npos);
  EXPECT_EQ(ask("report", "--as-of 2024-01-01 --format json").out.find("Over the last"), std::string::npos);
  ASSERT_EQ(ask("report", "--as-of 2024-01-01 -o '" + file("page.html") + "'").status, 0);
  EXPECT_EQ(support::text_of(file("page.html")).find("Over the last 24"), std::string::npos);
}

TEST_F(OnATerminal, names_that_hold_commands_for_a_terminal_are_shown_as_texts) {
  write("hostile/customers.csv",
        "customer_id,channel\n\"\x1b[2J\",\"\x1b]0;title\x07\"\nc2,\"\xC2\x9B"
        "31m\"\n");
  write("hostile/subscriptions.csv",
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
        "s1,\"\x1b[2J\",\"pro\r\x1b[1A\",2023-01-01,,100.00,USD,month\n"
        "s2,\"\x1b[2J\",pro,2023-99-01,,100.00,USD,month\n"
        "s3,c2,pro,2023-01-01,,100.00,USD,month\n");
  const std::string book = " '" + file("hostile") + "' --as-of 2023-09-01 ";
  for (const std::string& question :
       {"check" + book, "roster" + book, "movements" + book + "--by plan,channel", "report" + book,
        "rates" + book + "--by plan --where 'channel=\x1b[2J'",
        "explain" + book + "--by plan --segment '\x1b[2J'"}) {
    PseudoTerminal terminal{std::string(CHURN_COMMAND) + " " + question, {.columns = 200}};
    const std::string text = without_colours(terminal.finish().text);
    for (const char* const command : {"\x1b[2J", "\x1b]0;", "\x07", "\x1b[1A", "\xC2\x9B"})
      EXPECT_EQ(text.find(command), std::string::npos) << question;
    for (const char* const option : {" --color never", " --color always"}) {
      const auto piped = run(question + option);
      EXPECT_EQ(without_colours(piped.out + piped.err).find('\x1b'), std::string::npos) << question << option;
    }
  }
}

TEST_F(OnATerminal, tables_stand_straight_whatever_names_they_hold) {
  write("names/customers.csv", "customer_id,team\nc1,株式会社\nc2,Zoe\u0308\nc3,plain\nc4,\U0001F600\n");
  std::string rows;
  for (const char* const id : {"c1", "c2", "c3", "c4"})
    rows += std::string("s") + id + "," + id + ",pro,2023-01-01,,100.00,USD,month\n";
  write("names/subscriptions.csv",
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n" + rows);
  const auto table = run("movements '" + file("names") + "' --as-of 2023-02-01 --by team");
  const std::vector<std::string> lines = lines_of(table.out);
  ASSERT_GE(lines.size(), 5U);
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_EQ(churn::display_width(lines[i].substr(0, lines[i].find("2023-01-01"))), lines[0].find("period"))
        << lines[i];
}

const char* const one_line =
    R"({"type":"subscriptions","subscription_id":"s1","customer_id":"c1","plan":"pro","starts_on":"2024-01-01",)"
    R"("amount":"100.00","currency":"USD","interval":"month"})"
    "\n";

TEST_F(OnATerminal, long_work_says_what_it_does_and_wipes_that_away) {
  PseudoTerminal terminal{std::string(CHURN_COMMAND) + " roster -", {}};
  ASSERT_TRUE(terminal.has_shown("churn: reading the book"));
  terminal.type(std::string(one_line) + "\x04");
  const PseudoTerminal::Seen seen = terminal.finish();
  EXPECT_EQ(seen.status, 0);
  const std::size_t last = seen.text.rfind("reading the book");
  const std::size_t wiped = seen.text.find("\r\x1b[K", last);
  ASSERT_NE(wiped, std::string::npos) << seen.text;
  EXPECT_LT(wiped, seen.text.find("c1 "));
  EXPECT_EQ(seen.text.find("reading the book", wiped), std::string::npos);
}

TEST_F(OnATerminal, short_work_and_pipes_say_nothing_of_it) {
  PseudoTerminal terminal{words("roster"), {}};
  EXPECT_EQ(terminal.finish().text.find("\r"), std::string::npos);
  const auto piped = run("roster - < /dev/null");
  EXPECT_EQ(piped.err.find("reading"), std::string::npos);
  write("line.ndjson", one_line);
  const int status =
      std::system(("{ sleep 1; cat '" + file("line.ndjson") + "'; } | " CHURN_COMMAND " roster - >'" +
                   file("out") + "' 2>'" + file("err") + "'")
                      .c_str());
  EXPECT_EQ(status, 0);
  EXPECT_EQ(support::text_of(file("err")).find("reading"), std::string::npos)
      << support::text_of(file("err"));
}

TEST_F(OnATerminal, an_interrupt_ends_it_with_130_a_clean_line_and_no_half_file) {
  PseudoTerminal terminal{std::string(CHURN_COMMAND) + " snapshot - -o '" + file("half.book") + "'", {}};
  ASSERT_TRUE(terminal.has_shown("churn: reading the book"));
  terminal.type("\x03");
  const PseudoTerminal::Seen seen = terminal.finish();
  EXPECT_EQ(seen.status, 130) << seen.text;
  EXPECT_TRUE(seen.text.ends_with("\r\x1b[K")) << seen.text;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    EXPECT_EQ(entry.path().filename().string().find("half"), std::string::npos) << entry.path();
}

TEST_F(OnATerminal, the_command_alone_tells_what_it_answers_and_in_a_script_that_something_is_missing) {
  PseudoTerminal terminal{CHURN_COMMAND, {}};
  const PseudoTerminal::Seen seen = terminal.finish();
  EXPECT_EQ(seen.status, 0);
  EXPECT_EQ(without_colours(seen.text), run("help").out);
  expect_refused("", "(see churn --help)");
}

TEST_F(OnATerminal, an_error_stands_after_a_word_in_red) {
  PseudoTerminal terminal{std::string(CHURN_COMMAND) + " roster /no/such/book", {}};
  const PseudoTerminal::Seen seen = terminal.finish();
  EXPECT_EQ(seen.status, 2);
  EXPECT_TRUE(seen.text.starts_with("\x1b[31mchurn:\x1b[0m ")) << seen.text;
}

}  // namespace

#endif
#endif
