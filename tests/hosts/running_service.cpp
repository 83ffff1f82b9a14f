#include "hosts/running_service.hpp"

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace support {

namespace {

constexpr auto moment = std::chrono::milliseconds{20};
constexpr auto patience = std::chrono::seconds{120};  // under sanitizers, on a busy machine

std::string new_output() {
  static std::atomic<int> count{0};
  return (std::filesystem::temp_directory_path() /
          ("churn service " + std::to_string(::getpid()) + "_" + std::to_string(++count)))
      .string();
}

std::string text_in(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>{in}, {}};
}

pid_t start(const std::vector<std::string>& options, const std::string& output) {
  std::vector<std::string> words{CHURN_SERVICE};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  // Only what may be called between fork and exec.
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(out, 1);
  ::dup2(out, 2);
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no service outlives the tests
#endif
  ::execv(arguments.front(), arguments.data());
  ::_exit(127);
}

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

}  // namespace

RunningService::RunningService(const std::string& database, const std::vector<std::string>& options)
    : output_(new_output()) {
  std::vector<std::string> all{"--database", database, "--port", "0"};
  all.insert(all.end(), options.begin(), options.end());
  process_ = start(all, output_);
  const std::string before = "listening on http://127.0.0.1:";
  for (auto end = std::chrono::steady_clock::now() + patience; port_ == 0;) {
    const std::string said = log();
    const std::size_t at = said.find(before);
    if (at != std::string::npos && said.find('\n', at) != std::string::npos)
      port_ = std::stoi(said.substr(at + before.size()));
    else if (has_ended() || std::chrono::steady_clock::now() > end)
      throw std::runtime_error("The service does not start: " + said);
    else
      std::this_thread::sleep_for(moment);
  }
}

RunningService::~RunningService() {
  if (process_ != 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove(output_, ignored);
}

RunningService::Answer RunningService::ask(const std::string& method, const std::string& path,
                                           const std::string& body) const {
  httplib::Client client("127.0.0.1", port_);
  client.set_read_timeout(patience);
  client.set_url_encode(false);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  const httplib::Result result = client.send(request);
  if (!result) return {};
  return {result->status, nlohmann::ordered_json::parse(result->body, nullptr, false), result->body};
}

bool RunningService::has_ended() {
  if (process_ != 0 && ::waitpid(process_, &status_, WNOHANG) == process_) process_ = 0;
  return process_ == 0;
}

int RunningService::end() {
  ::kill(process_, SIGTERM);
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20}; !has_ended();) {
    if (std::chrono::steady_clock::now() > end) return -1;
    std::this_thread::sleep_for(moment);
  }
  return exit_status(status_);
}

std::string RunningService::log() const { return text_in(output_); }

int run_service(const std::vector<std::string>& options, std::string& said) {
  const std::string output = new_output();
  int status = 0;
  ::waitpid(start(options, output), &status, 0);
  said = text_in(output);
  std::filesystem::remove(output);
  return exit_status(status);
}

}  // namespace support
