// The service's door: HTTP by cpp-httplib, and nothing else. What is behind it gets a Question and gives a Reply.
//
// Bounded: so many threads, so long to send a request in, so long a line, so small a body. A connection is for one request,
// so none of them holds a thread while it is idle. There is no encryption and no password: it listens on 127.0.0.1 unless
// told otherwise, and belongs behind a proxy that has both.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "answers.hpp"

namespace churn_service {

class HttpServer {
 public:
  static constexpr int threads = 8;

  explicit HttpServer(std::function<Reply(const Question&)> answer);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// Takes a port, any free one for 0, and answers from now on. Gives the port, or 0 if it can't be had.
  int start(const std::string& address, int port);
  /// Answers what it has taken in, and ends.
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace churn_service
