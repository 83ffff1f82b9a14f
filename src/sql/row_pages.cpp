#include "sql/row_pages.hpp"

#include <algorithm>
#include <utility>

namespace churn::inline v0 {
namespace database {

namespace {

constexpr std::string_view cursor = "churn_rows";  // one at a time

}  // namespace

RowPages::RowPages(Session& session, const std::string& query, std::size_t columns, std::size_t page_rows,
                   std::string doing)
    : session_(&session),
      doing_(std::move(doing)),
      page_rows_((std::max)(page_rows, std::size_t{2})),  // one row at a time is something else to SOCI
      texts_(columns),
      there_(columns),
      statement_(session.soci()) {
  std::string pages = query;
  if (session.is_postgresql()) {
    session.run("DECLARE " + std::string(cursor) + " NO SCROLL CURSOR FOR " + query, doing_);
    pages = "FETCH FORWARD " + std::to_string(page_rows_) + " FROM " + std::string(cursor);
  }
  session.attempt(doing_, [&] {
    for (std::size_t column = 0; column < columns; ++column) {
      texts_[column].resize(page_rows_);
      there_[column].resize(page_rows_);
      statement_.exchange(soci::into(texts_[column], there_[column]));
    }
    statement_.alloc();
    statement_.prepare(pages);
    statement_.define_and_bind();
  });
}

RowPages::~RowPages() {
  if (!session_->is_postgresql()) return;
  try {
    session_->soci().once << "CLOSE " + std::string(cursor);
  } catch (...) {  // NOLINT(bugprone-empty-catch): the transaction failed, and its cursor is gone with it
  }
}

bool RowPages::fetch() {
  rows_ = 0;
  if (ended_) return false;
  session_->attempt(doing_, [&] {
    bool some = false;
    if (session_->is_postgresql()) {
      for (std::size_t column = 0; column < texts_.size(); ++column) {
        texts_[column].resize(page_rows_);
        there_[column].resize(page_rows_);
      }
      some = statement_.execute(true);
    } else {
      some = begun_ ? statement_.fetch() : statement_.execute(true);
    }
    begun_ = true;
    rows_ = some && !texts_.empty() ? texts_.front().size() : 0;
  });
  ended_ = rows_ < page_rows_;
  return rows_ > 0;
}

}  // namespace database
}  // namespace churn::inline v0
