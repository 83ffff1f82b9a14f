// The files of a book folder.
#pragma once

#include <span>
#include <string>

#include "records.hpp"

namespace sample_book {

std::string customer_id(int number);

/// RFC 4180: fields with a comma or a quote are put in quotes.
void append_row(std::string& out, std::span<const std::string> fields);

/// Writes the book and the truth about it.
void write_book(const Settings& settings, Book& book);

}  // namespace sample_book
