#include "snapshot.hpp"

#include <churn/io/book_file.hpp>

#include "terminal.hpp"

namespace churn::cli {

std::string run_snapshot(const Session& session) {
  const Unbroken until_written{session.options.output};
  write_book_file({session.book, session.found_building, session.found_reading}, session.options.output);
  return {};
}

}  // namespace churn::cli
