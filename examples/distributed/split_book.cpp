// Parts a book of CSV files by customer, as whoever keeps records in several places has them parted already:
//
//   split-book BOOK FOLDER COUNT       writes FOLDER/1, FOLDER/2, … with a book each
//
// All that is known of a customer goes to one part: the one that a hash of its id chooses, and for an account
// that was merged into another the one of that other. Lines and payments follow their invoice; settings and
// exchange rates go to every part.
#include <churn/io/csv.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// FNV-1a: the same on every machine, which std::hash need not be.
std::uint64_t hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

/// Calls `use(row)` for every row of a table, a row being a map of its columns' names to fields.
template <class Use>
void for_each_row(const fs::path& path, Use&& use) {
  const std::string text = text_of(path);
  churn::Rejections rejections;
  churn::CsvReader csv{text, path.filename().string(), rejections};
  for (churn::CsvRow row; csv.next(row);) {
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i < row.fields.size(); ++i) fields[csv.header()[i]] = row.fields[i];
    use(fields, row.fields);
  }
  if (!rejections.empty()) throw std::runtime_error(path.string() + ": " + rejections.entries()[0].reason);
}

std::string quoted(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

template <class Fields>
void write_row(std::ostream& out, const Fields& fields) {
  std::string_view before;
  for (const auto& field : fields) {
    out << before << quoted(field);
    before = ",";
  }
  out << "\n";
}

class Split {
 public:
  Split(fs::path book, fs::path folder, std::size_t count)
      : book_(std::move(book)), folder_(std::move(folder)), count_(count) {
    for (std::size_t part = 0; part < count_; ++part) fs::create_directories(folder_of(part));
    if (!fs::exists(book_ / "customers.csv")) return;
    for_each_row(book_ / "customers.csv", [this](auto& row, auto) {
      if (!row["merged_into"].empty()) merged_into_[row["customer_id"]] = row["merged_into"];
    });
  }

  void copy(const char* name) const {
    if (!fs::exists(book_ / name)) return;
    for (std::size_t part = 0; part < count_; ++part)
      fs::copy_file(book_ / name, folder_of(part) / name, fs::copy_options::overwrite_existing);
  }

  /// A table whose rows belong to a customer, or to an invoice.
  void part_by_customer(const char* name) {
    part(name, [this, name](auto& row) {
      const std::size_t part = part_of(row["customer_id"]);
      if (std::string_view(name) == "invoices.csv") part_of_invoice_[row["invoice_id"]] = part;
      return part;
    });
  }
  void part_by_invoice(const char* name) {
    part(name, [this](auto& row) { return part_of_invoice_[row["invoice_id"]]; });
  }

 private:
  [[nodiscard]] fs::path folder_of(std::size_t part) const { return folder_ / std::to_string(part + 1); }

  [[nodiscard]] std::size_t part_of(std::string customer) const {
    // As many steps as there are merges: they may go in a circle.
    for (std::size_t step = 0; step < merged_into_.size(); ++step) {
      const auto into = merged_into_.find(customer);
      if (into == merged_into_.end()) break;
      customer = into->second;
    }
    return static_cast<std::size_t>(hash(customer) % count_);
  }

  template <class Choose>
  void part(const char* name, Choose&& choose) {
    if (!fs::exists(book_ / name)) return;
    const std::string text = text_of(book_ / name);
    churn::Rejections rejections;
    const std::vector<std::string> header = churn::CsvReader{text, name, rejections}.header();
    std::vector<std::ofstream> files;
    for (std::size_t part = 0; part < count_; ++part) {
      files.emplace_back(folder_of(part) / name, std::ios::binary);
      write_row(files.back(), header);
    }
    for_each_row(book_ / name, [&](auto& row, std::span<const std::string_view> fields) {
      write_row(files[choose(row)], fields);
    });
  }

  fs::path book_;
  fs::path folder_;
  std::size_t count_;
  std::map<std::string, std::string> merged_into_;
  std::map<std::string, std::size_t> part_of_invoice_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments{argv, static_cast<std::size_t>(argc)};
  const int count = arguments.size() == 4 ? std::atoi(arguments[3]) : 0;
  if (count < 1) {
    std::cerr << "split-book BOOK FOLDER COUNT\n";
    return 2;
  }
  try {
    Split split{arguments[1], arguments[2], static_cast<std::size_t>(count)};
    for (const char* settings : {"book.json", "fx_rates.csv"}) split.copy(settings);
    for (const char* table : {"customers.csv", "subscriptions.csv", "invoices.csv", "events.csv"})
      split.part_by_customer(table);
    for (const char* table : {"invoice_lines.csv", "payments.csv"}) split.part_by_invoice(table);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
  return 0;
}
