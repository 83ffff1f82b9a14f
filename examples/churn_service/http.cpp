#include "http.hpp"

#include <httplib.h>

#include <chrono>
#include <thread>
#include <utility>

namespace churn_service {

namespace {

constexpr std::size_t longest_path = 1000;  // httplib itself stops at 8192 bytes for all of a line
constexpr std::size_t largest_body = 1024;

void send(const Reply& reply, httplib::Response& response) {
  using nlohmann::ordered_json;
  response.status = reply.status;
  // What somebody typed may come back in a sentence, and need not be UTF-8.
  response.set_content(reply.body.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n",
                       "application/json");
}

/// What httplib refuses by itself gets a body like all others.
Reply refusal_of(int status) {
  switch (status) {
    case 413: return refusal(status, "too_large", "The body is too large.", "No question has a body.");
    case 414: return refusal(status, "too_long", "The question is too long.", "Ask for less at once.");
    case 404:
      return refusal(status, "unknown_path", "There is nothing here.", "GET / lists what may be asked.");
    case 400: return refusal(status, "bad_request", "That is no HTTP request.");
    default: return refusal(status, "refused", "That can't be answered.", "GET / lists what may be asked.");
  }
}

}  // namespace

struct HttpServer::Parts {
  std::function<Reply(const Question&)> answer;
  httplib::Server server;
  std::thread thread;

  void handle(const httplib::Request& request, httplib::Response& response) const {
    send(answer({request.method, request.path, request.params}), response);
  }
};

HttpServer::HttpServer(std::function<Reply(const Question&)> answer) : parts_(std::make_unique<Parts>()) {
  parts_->answer = std::move(answer);
  httplib::Server& server = parts_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  server.set_keep_alive_max_count(1);
  server.set_read_timeout(std::chrono::seconds{5});
  server.set_write_timeout(std::chrono::seconds{5});
  server.set_payload_max_length(largest_body);
  server.set_default_headers({{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
  const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
    parts_->handle(request, response);
  };
  server.set_pre_routing_handler([handle](const httplib::Request& request, httplib::Response& response) {
    const bool has_body = request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
    if (request.path.size() > longest_path)
      send(refusal_of(414), response);
    else if (!has_body)  // httplib would wait for one of every POST
      handle(request, response);
    else
      return httplib::Server::HandlerResponse::Unhandled;
    return httplib::Server::HandlerResponse::Handled;
  });
  // With a body, which is read and forgotten.
  const std::string any = "/[^]*";  // a decoded path may hold any byte
  server.Get(any, handle);
  server.Post(any, handle);
  server.Put(any, handle);
  server.Patch(any, handle);
  server.Delete(any, handle);
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (response.body.empty()) send(refusal_of(response.status), response);
  });
  server.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
        send(refusal(500, "internal", "That went wrong.", "It is a fault of the service."), response);
      });
}

HttpServer::~HttpServer() { stop(); }

int HttpServer::start(const std::string& address, int port) {
  httplib::Server& server = parts_->server;
  if (port == 0)
    port = server.bind_to_any_port(address);
  else if (!server.bind_to_port(address, port))
    port = 0;
  if (port <= 0) return 0;
  parts_->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
  return port;
}

void HttpServer::stop() {
  if (!parts_->thread.joinable()) return;
  parts_->server.stop();
  parts_->thread.join();
}

}  // namespace churn_service
