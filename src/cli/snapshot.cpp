#include "snapshot.hpp"

#include <churn/io/book_file.hpp>

namespace churn::cli {

std::string run_snapshot(const Session& session) {
  write_book_file({session.book, session.found_building, session.found_reading}, session.options.output);
  return {};
}

}  // namespace churn::cli
