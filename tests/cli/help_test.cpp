// Help, suggestions, completion and the manual: they tell of what there is, and what they tell works.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

using support::lines_of;

const std::string sample = CHURN_SOURCE_DIR "/examples/sample_book";

class Help : public support::CommandTest {
 protected:
  [[nodiscard]] std::string help(const std::string& command) const { return run(command + " --help").out; }
  /// As the orientation lists them.
  [[nodiscard]] std::vector<std::string> commands() const {
    std::vector<std::string> names;
    bool are_listed = false;
    for (const std::string& line : lines_of(run("help").out)) {
      if (line == "What happened?") are_listed = true;
      if (line == "To begin with") break;
      if (!are_listed || !line.starts_with("  ") || line[2] == ' ') continue;
      const std::string name = line.substr(2, line.find(' ', 2) - 2);
      if (names.empty() || std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
  }
  /// The long options that a help lists.
  [[nodiscard]] std::set<std::string> options(const std::string& command) const {
    std::set<std::string> names;
    for (const std::string& line : lines_of(help(command))) {
      std::smatch found;
      static const std::regex option{"^  (?:-., )?(--[a-z-]+).*"};
      if (std::regex_match(line, found, option)) names.insert(found[1]);
    }
    return names;
  }
};

TEST_F(Help, of_the_command_tells_which_question_which_command_answers) {
  const Outcome alone = run("help");
  EXPECT_EQ(alone.status, 0);
  EXPECT_EQ(alone.out, run("--help").out);
  for (const char* const question : {"What happened?", "Who leaves?", "Why did they leave?", "Who is next?",
                                     "What would change it?", "Can I believe it?"})
    EXPECT_NE(alone.out.find(question), std::string::npos) << question;
  EXPECT_EQ(commands().size(), 29U) << "a command stands under no question, or is new";
  for (const std::string& line : lines_of(alone.out)) EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(Help, of_a_command_groups_its_options_and_ends_with_examples) {
  for (const std::string& command : commands()) {
    const std::string text = help(command);
    EXPECT_EQ(text, run("help " + command).out) << command;
    EXPECT_NE(text.find("\nExamples\n  churn "), std::string::npos) << command;
    EXPECT_NE(text.find("\nHow it is shown\n"), std::string::npos) << command;
    for (const std::string& line : lines_of(text))
      EXPECT_TRUE(line.size() <= 80 || line.starts_with("  churn ")) << line;  // examples are to be copied
  }
  EXPECT_NE(help("rates").find("day, week, month, quarter or year [month]"), std::string::npos);
}

TEST_F(Help, suggests_what_may_have_been_meant) {
  expect_refused("rats", "Did you mean rates?");
  expect_refused("help moovements", "Did you mean movements?");
  expect_refused("rates " + sample + " --perid year", "Did you mean --period?");
  expect_refused("rates " + sample + " --period=yeer", "Did you mean year?");
  expect_refused("trend " + sample + " --metric customer_churn_rat", "Did you mean customer_churn_rate?");
  expect_refused("compare " + sample + " --metric arp", "There is no metric \"arp\".");
  expect_refused("causes " + sample + " --show type", "Did you mean types?");
  expect_refused("indicators --show list --indicators tenur", "Did you mean tenure?");
  expect_refused("explain " + sample + " --movement chrun", "Did you mean churn?");
  expect_refused("causes " + sample + " --show season --type volutary", "Did you mean voluntary?");
  expect_refused("import strpe in -o out", "Did you mean stripe?");
  EXPECT_NE(run("rates " + sample + " --conventions stripee").err.find("Did you mean stripe?"),
            std::string::npos);
  const Outcome label = run("explain " + sample + " --by plan --segment busines");
  EXPECT_EQ(label.status, 2);
  EXPECT_NE(label.err.find("There is no segment \"busines\". There are: basic, business, enterprise, pro. "
                           "Did you mean business?"),
            std::string::npos)
      << label.err;
  const Outcome segment = run("rates " + sample + " --by chanel");
  EXPECT_EQ(segment.status, 2);
  EXPECT_NE(segment.err.find("Did you mean channel?"), std::string::npos) << segment.err;
  const Outcome value = run("roster " + sample + " --where channel=partnr");
  EXPECT_EQ(value.status, 0);
  EXPECT_NE(value.err.find("Did you mean partner?"), std::string::npos) << value.err;
  EXPECT_EQ(run("xyzzy").err.find("Did you mean"), std::string::npos);
}

/// Every example of every help is run, each command's in a test of its own.
class Examples : public support::CommandTest, public testing::WithParamInterface<const char*> {};

TEST_P(Examples, of_its_help_work) {
  // What examples speak of besides the sample book.
  write("stripe_export/customers.json",
        R"([{"id":"cus_1","object":"customer","created":1704067200,"name":"One"}])");
  std::size_t examples = 0;
  bool are_examples = false;
  for (std::string line : lines_of(run(std::string(GetParam()) + " --help").out)) {
    if (line == "Examples") are_examples = true;
    if (!are_examples || !line.starts_with("  churn ")) continue;
    const std::string book = "examples/sample_book";
    if (const std::size_t at = line.find(book); at != std::string::npos)
      line.replace(at, book.size(), sample);
    const std::string words = "cd '" + folder_.string() + "' && " CHURN_COMMAND " " + line.substr(8) + " >'" +
                              file("out") + "' 2>'" + file("err") + "'";
    EXPECT_EQ(std::system(words.c_str()), 0) << line << "\n" << support::text_of(file("err"));
    ++examples;
  }
  EXPECT_GE(examples, 1U);
  EXPECT_LE(examples, 3U);
}

INSTANTIATE_TEST_SUITE_P(OfEachCommand, Examples,
                         testing::Values("report", "rates", "movements", "trend", "cohorts", "roster",
                                         "survival", "explain", "causes", "dunning", "survey", "winback",
                                         "indicators", "score", "backtest", "levers", "decision", "whatif",
                                         "forecast", "check", "compare", "conventions", "import", "snapshot",
                                         "partial", "merge", "help", "completion", "man"),
                         [](const testing::TestParamInfo<const char*>& command) {
                           return std::string(command.param);
                         });

class Completion : public Help {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    if (std::system("bash -c true 2>/dev/null") != 0) GTEST_SKIP() << "There is no bash here.";
    ASSERT_EQ(run("completion bash").status, 0);
    std::filesystem::copy_file(file("out"), file("churn.bash"));
  }
  /// What bash offers for the last of the words.
  [[nodiscard]] std::set<std::string> offered(const std::vector<std::string>& typed) const {
    std::string script = "cd '" + folder_.string() + "'\nset -u\nsource churn.bash\nCOMP_WORDS=(churn";
    for (const std::string& word : typed) script += " '" + word + "'";
    script += ")\nCOMP_CWORD=" + std::to_string(typed.size()) +
              "\n_churn\nfor word in ${COMPREPLY[@]+\"${COMPREPLY[@]}\"}; do echo \"$word\"; done\n";
    write("ask.bash", script);
    EXPECT_EQ(std::system(
                  ("bash '" + file("ask.bash") + "' >'" + file("words") + "' 2>'" + file("complaints") + "'")
                      .c_str()),
              0);
    EXPECT_EQ(support::text_of(file("complaints")), "");
    const std::vector<std::string> words = lines_of(support::text_of(file("words")));
    return {words.begin(), words.end()};
  }
  using Words = std::set<std::string>;
};

TEST_F(Completion, offers_commands_and_their_options) {
  EXPECT_EQ(offered({"ra"}), Words{"rates"});
  const Words all = offered({""});
  for (const std::string& command : commands()) {
    EXPECT_EQ(all.count(command), 1U) << command;
    Words listed = options(command);
    Words given = offered({command, "--"});
    EXPECT_EQ(given, listed) << command;
  }
  EXPECT_EQ(offered({"rates", "book", "--per"}), Words{"--period"});
  EXPECT_EQ(offered({"roster", "--on", "2024-01-01", "--strict", "--curr"}), Words{"--currency"});
}

TEST_F(Completion, offers_what_options_take) {
  EXPECT_EQ(offered({"rates", "book", "--period", "q"}), Words{"quarter"});
  EXPECT_EQ(offered({"rates", "book", "--period", "=", "q"}), Words{"quarter"});
  EXPECT_EQ(offered({"rates", "book", "--period", "="}), (Words{"day", "week", "month", "quarter", "year"}));
  EXPECT_EQ(offered({"trend", "--metric", "n"}), (Words{"net_mrr_churn_rate", "nrr"}));
  EXPECT_EQ(offered({"rates", "--by", "plan,ten"}), Words{"plan,tenure"});
  EXPECT_EQ(offered({"rates", "--conventions", "str"}), Words{"stripe"});
  EXPECT_EQ(offered({"causes", "--show", "re"}), (Words{"reasons", "returns"}));
  EXPECT_EQ(offered({"dunning", "--show", "re"}), Words{"reasons"});
  EXPECT_EQ(offered({"rates", "--as-of", ""}), Words{}) << "a day is no file";
  EXPECT_EQ(offered({"completion", "z"}), Words{"zsh"});
  EXPECT_EQ(offered({"help", "who"}), Words{});
  EXPECT_EQ(offered({"help", "wha"}), Words{"whatif"});
}

TEST_F(Completion, offers_files_where_files_are_meant) {
  std::filesystem::create_directories(folder_ / "my book");
  write("my file.csv", "");
  EXPECT_EQ(offered({"rates", "my"}), (Words{"my book", "my file.csv"}));
  EXPECT_EQ(offered({"rates", "--rejections", "my f"}), Words{"my file.csv"});
  EXPECT_EQ(offered({"import", "str"}), Words{"stripe"});
  EXPECT_EQ(offered({"import", "stripe", "my"}), (Words{"my book", "my file.csv"}));
  EXPECT_EQ(offered({"import", "stripe", "in", "-o", "my"}), Words{"my book"});
  EXPECT_EQ(offered({"merge", "a.cubes", "my f"}), Words{"my file.csv"});
}

/// A word that is offered is one that the command takes.
TEST_F(Completion, offers_no_word_that_is_unknown) {
  for (const std::string& command : commands()) {
    if (command == "help" || command == "completion" || command == "man" || command == "import" ||
        command == "merge")
      continue;
    for (const std::string& option : options(command)) {
      for (const std::string& word : offered({command, option, ""})) {
        if (word.starts_with("-") || std::filesystem::exists(folder_ / word)) continue;
        const std::string output =
            command == "partial" || command == "snapshot" ? " -o '" + file("x") + "'" : "";
        const Outcome outcome = run(command + (command == "conventions" ? "" : " /no/such/book") + " " +
                                    option + "=" + word + output);
        EXPECT_EQ(outcome.err.find("is unknown"), std::string::npos) << command << " " << outcome.err;
        EXPECT_EQ(outcome.err.find("There are:"), std::string::npos) << command << " " << outcome.err;
        EXPECT_EQ(outcome.err.find("not expected"), std::string::npos) << command << " " << outcome.err;
      }
    }
  }
}

TEST_F(Completion, scripts_of_all_shells_are_well_formed) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    ASSERT_EQ(run("completion " + shell).status, 0);
    if (std::system((shell + " -c true >/dev/null 2>&1").c_str()) != 0) continue;
    EXPECT_EQ(std::system((shell + " -n '" + file("out") + "' 2>'" + file("complaints") + "'").c_str()), 0)
        << shell;
    EXPECT_EQ(support::text_of(file("complaints")), "") << shell;
  }
  expect_refused("completion tcsh", "There are: bash, zsh, fish.");
}

class Manual : public Help {};

TEST_F(Manual, has_each_command_and_option_under_the_usual_headings) {
  const std::string page = run("man").out;
  for (const char* const heading : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS",
                                    "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"})
    EXPECT_NE(page.find(".SH " + std::string(heading) + "\n"), std::string::npos) << heading;
  const auto in_roff = [](const std::string& name) {
    return std::regex_replace(name, std::regex{"-"}, "\\-");
  };
  for (const std::string& command : commands()) {
    EXPECT_NE(page.find("\\fBchurn " + command + "\\fR"), std::string::npos) << command;
    for (const std::string& option : options(command))
      EXPECT_NE(page.find("\\fB" + in_roff(option) + "\\fR"), std::string::npos) << command << " " << option;
  }
  EXPECT_EQ(page, run("man").out);
}

TEST_F(Manual, is_printed_without_a_warning) {
  ASSERT_EQ(run("man").status, 0);
  std::filesystem::rename(file("out"), file("churn.1"));
  if (std::system("groff --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "There is no groff here.";
  EXPECT_EQ(std::system(("groff -man -ww -Tutf8 '" + file("churn.1") + "' >'" + file("out") + "' 2>'" +
                         file("err") + "'")
                            .c_str()),
            0);
  EXPECT_EQ(support::text_of(file("err")), "");
  EXPECT_NE(support::text_of(file("out")).find("customer_churn_rate"), std::string::npos);
}

}  // namespace

#endif
