#include "sql/support/postgresql_server.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "sql/soci_headers.hpp"

namespace support {

namespace {

namespace fs = std::filesystem;

/// The server refuses to run as root; then it runs as one who may do little.
const passwd* unprivileged() {
  if (::geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"})
    if (const passwd* user = ::getpwnam(name)) return user;
  throw std::runtime_error("There is no user that a PostgreSQL server could run as.");
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>{in}, {}};
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool good = ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
  ::close(socket);
  if (!good) throw std::runtime_error("There is no free port.");
  return ntohs(address.sin_port);
}

pid_t start_program(const std::vector<std::string>& words, const std::string& output,
                    const std::string& folder) {
  const passwd* user = unprivileged();
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  // Only what may be called between fork and exec.
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  if (::chdir(folder.c_str()) != 0) ::_exit(126);
  if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) ::_exit(126);
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // no server outlives the tests
#endif
  ::execv(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

std::optional<std::string> PostgresqlServer::programs() {
  std::vector<std::string> folders;
  if (const char* named = std::getenv("CHURN_POSTGRESQL_BIN")) folders.emplace_back(named);
  std::error_code ignored;
  std::vector<std::string> versions;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
    versions.push_back((entry.path() / "bin").string());
  std::sort(versions.rbegin(), versions.rend());
  folders.insert(folders.end(), versions.begin(), versions.end());
  for (const char* usual : {"/usr/local/bin", "/usr/bin", "/usr/local/pgsql/bin"})
    folders.emplace_back(usual);
  for (const std::string& folder : folders)
    if (fs::exists(fs::path(folder) / "initdb", ignored) &&
        fs::exists(fs::path(folder) / "postgres", ignored))
      return folder;
  return std::nullopt;
}

PostgresqlServer::PostgresqlServer() : programs_(programs().value()) {
  std::string name = (fs::temp_directory_path() / "churn-pg-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("No folder for a server can be made.");
  folder_ = name;
  if (const passwd* user = unprivileged())
    if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("The server's folder can't be given to it.");
  const std::string password_file = folder_ + "/password";
  std::ofstream(password_file) << password() << '\n';
  const std::string output = folder_ + "/initdb.txt";
  if (run_program(
          {programs_ + "/initdb", "-D", folder_ + "/data", "-U", "churn", "--encoding=UTF8", "--locale=C",
           "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + password_file, "--no-sync"},
          output) != 0)
    throw std::runtime_error("initdb failed: " + text_of(output));
  start();
}

PostgresqlServer::~PostgresqlServer() {
  stop(SIGINT);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

int PostgresqlServer::run_program(const std::vector<std::string>& words, const std::string& output) const {
  const pid_t child = start_program(words, output, folder_);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void PostgresqlServer::start() {
  constexpr int attempts = 3;  // somebody else may take the port first
  for (int attempt = 0; attempt < attempts; ++attempt) {
    port_ = free_port();
    if (starts()) return;
  }
  throw std::runtime_error("The server does not start: " + text_of(folder_ + "/server.txt"));
}

void PostgresqlServer::restart() {
  constexpr int attempts = 40;  // what is left of the old one ends by itself, but not at once
  for (int attempt = 0; attempt < attempts; ++attempt)
    if (starts()) return;
  throw std::runtime_error("The server does not come back: " + text_of(folder_ + "/server.txt"));
}

/// On its port.
bool PostgresqlServer::starts() {
  const std::string output = folder_ + "/server.txt";
  process_ = start_program(
      {programs_ + "/postgres", "-D", folder_ + "/data", "-p", std::to_string(port_), "-k", folder_, "-c",
       "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
       "synchronous_commit=off", "-c", "max_connections=20", "-c", "shared_buffers=32MB"},
      output, folder_);
  for (int i = 0; i < 600; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (::waitpid(process_, nullptr, WNOHANG) != 0) {
      process_ = 0;
      return false;
    }
    try {
      soci::session session(soci::postgresql, url());
      return true;
    } catch (const soci::soci_error&) {  // not yet
    }
  }
  stop(SIGKILL);
  return false;
}

void PostgresqlServer::stop(int signal) {
  if (process_ == 0) return;
  ::kill(process_, signal);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

/// Its connections notice by themselves that it is gone, but not at once.
void PostgresqlServer::kill() {
  std::vector<int> connections;
  {
    soci::session session(soci::postgresql, url());
    connections.resize(100);
    session << "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> "
               "pg_backend_pid()",
        soci::into(connections);
  }
  ::kill(process_, SIGKILL);
  for (const int connection : connections) ::kill(connection, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

std::string PostgresqlServer::url(const std::string& parameters) const {
  return "postgresql://churn@/postgres?host=" + folder_ + "&port=" + std::to_string(port_) +
         (parameters.empty() ? "" : "&" + parameters);
}

std::string PostgresqlServer::url_by_port(const std::string& password, const std::string& parameters) const {
  std::string written;
  for (const char c : password) written += c == '/' ? "%2F" : c == '@' ? "%40" : std::string(1, c);
  return "postgresql://churn" + (written.empty() ? "" : ":" + written) +
         "@127.0.0.1:" + std::to_string(port_) + "/postgres?connect_timeout=5" +
         (parameters.empty() ? "" : "&" + parameters);
}

void PostgresqlServer::run(const std::string& sql) const {
  soci::session session(soci::postgresql, url());
  session << sql;
}

}  // namespace support
