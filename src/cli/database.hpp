// Books in databases, where the command was built with churn::sql.
#pragma once

#include <churn/io/loaded_book.hpp>

#include <string>

namespace churn::cli {

/// True for `sqlite://…`, `postgresql://…` and all else that is no path.
[[nodiscard]] bool is_database(const std::string& book);

/// What a page calls it: the database's name, or that of its file; never a part that may hold a password.
[[nodiscard]] std::string name_of_database(const std::string& url);

/// Throws what read_book_sql throws, and Error(unreadable) where the command knows no databases.
[[nodiscard]] LoadedBook read_database(const std::string& url);

}  // namespace churn::cli
