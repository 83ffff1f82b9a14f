// Who the customers are: everything that is settled before they subscribe.
#pragma once

#include "records.hpp"

namespace sample_book {

void draw_customers(const Settings& settings, Book& book);

}  // namespace sample_book
