// churn-service: follows a billing system's PostgreSQL database and answers questions about churn as JSON over HTTP.
//
//   churn-service --database postgresql://billing@db.example.com/shop
//
// Exit status: 0 ended by SIGTERM or SIGINT; 2 bad usage, no book to be had, or a port that is taken.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include "answers.hpp"
#include "follower.hpp"
#include "http.hpp"
#include "options.hpp"

using namespace churn_service;

namespace {

/// Those who wait for a refresh hold a thread each: never so many that nobody else is answered.
class FewAtOnce {
 public:
  explicit FewAtOnce(std::atomic<int>& count) : count_(count), is_in_(++count <= HttpServer::threads / 2) {}
  FewAtOnce(const FewAtOnce&) = delete;
  FewAtOnce& operator=(const FewAtOnce&) = delete;
  ~FewAtOnce() { --count_; }
  [[nodiscard]] bool is_in() const noexcept { return is_in_; }

 private:
  std::atomic<int>& count_;
  bool is_in_;
};

int serve(const Options& options) {
  Follower follower{options};  // while it reads, a signal just ends the process
  // Blocked before any thread begins, so that all of them leave the signals to this one, which waits for them below.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  follower.start();
  std::atomic<int> refreshing{0};
  HttpServer server{[&](const Question& question) {
    if (!is_refresh(question)) return answer(question, *follower.snapshot(), follower.status());
    const FewAtOnce place{refreshing};
    return refreshed(
        question,
        [&](bool anew) {
          return place.is_in() ? follower.follow_now(anew, std::chrono::seconds{30}) : std::nullopt;
        },
        [&] { return follower.snapshot(); });
  }};

  const int port = server.start(options.listen, options.port);
  if (port == 0) {
    std::fprintf(stderr, "churn-service: %s:%d can't be listened on.\n", options.listen.c_str(),
                 options.port);
    return 2;
  }
  std::printf("listening on http://%s:%d\n", options.listen.c_str(), port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);

  const bool has_ended = follower.stop(std::chrono::seconds{5});
  server.stop();
  std::fprintf(stderr, "churn-service: ended\n");
  if (!has_ended) std::_Exit(0);  // a database that does not answer; nothing is being written
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = options_of(argc, argv);
    return serve(options);
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "churn-service: %s\n%s\n", error.what(), usage);
  } catch (const churn::Error& error) {  // its sentences hold no password
    std::fprintf(stderr, "churn-service: %s\n", error.what());
  } catch (const std::exception&) {
    std::fprintf(stderr, "churn-service: it can't start.\n");
  }
  return 2;
}
