// Files of cubes. An even first byte: what follows is the file, in either form. An odd one: what follows is what
// stands behind the length and checksum of the compact form (of version 1 after a byte 1, else of version 2), which
// are put before it; so most of what a fuzzer tries gets past them. What was read must be written so that it reads back, in both forms; what is asked of it
// may only throw churn::Error.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/crc.hpp>
#include <nlohmann/json.hpp>

#include <churn/cohort/cohort_matrix.hpp>
#include <churn/core/error.hpp>
#include <churn/departure/causes.hpp>
#include <churn/io/cube_file.hpp>

#include "examine.hpp"

namespace {

using namespace churn;

std::string sealed(std::string_view rest, std::uint64_t version) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(rest.data(), rest.size());
  std::string bytes =
      "\x89"
      "CHURN\r\n";
  const auto append = [&bytes](std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  };
  append(version, 4);
  append(rest.size(), 8);
  append(crc.checksum(), 4);
  return bytes.append(rest);
}

void require_round_trip(const CubeFile& file) {
  const std::string bytes = to_bytes(file);
  const CubeFile again = cube_file_from_bytes(bytes);
  fuzz::require(again == file, "packed cubes read back to others");
  fuzz::require(to_bytes(again) == bytes, "cubes that are equal are packed differently");
  std::string text;
  try {
    text = nlohmann::ordered_json(file).dump();
  } catch (const nlohmann::json::exception&) {
    return;  // labels that are not UTF-8
  }
  fuzz::require(cube_file_from_bytes(text) == file, "cubes in JSON read back to others");
}

void ask_departures(const CubeFile& file) {
  const DepartureCube& cube = file.departures();
  for (std::size_t s = 0; s < cube.segments().size(); ++s)
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      const MovementCell& cell = file.movements().at(s, p);
      fuzz::require(cube.total(s, p) == Leavers{cell.churned_customers, cell.churn},
                    "departures are not the churn of the movements");
    }
  (void)causes_table(cube);
  (void)type_shares_table(cube);
  (void)reason_shares_table(cube);
  (void)story_shares_table(cube);
  (void)type_rates_table(cube, file.movements());
  (void)causes_sentence(cube);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::optional<CubeFile> file;
  try {
    file = cube_file_from_bytes(data[0] % 2 == 0 ? std::string(rest) : sealed(rest, data[0] == 1 ? 1 : 2));
  } catch (const Error& error) {
    fuzz::require(error.code() == ErrorCode::unreadable, "bytes are refused for another reason");
    return 0;
  }
  require_round_trip(*file);
  try {
    CubeFile twice = *file;
    twice += *file;
    CubeFile thrice = *file;
    thrice += twice;
    twice += *file;
    fuzz::require(thrice == twice, "the order of adding matters");
    require_round_trip(twice);
  } catch (const Error&) {
    // such as a sum beyond 64 bits, or one beyond what can be read back
  }
  try {
    (void)file->movements_table();
    (void)file->rates_table();
    if (file->departure_rules()) ask_departures(*file);
    for (const CohortCube& cube : file->cohorts())
      (void)cohorts_table(cube, CohortMeasure::revenue, Retention::returning);
  } catch (const Error&) {
    // such as a rate above 1
  }
  return 0;
}
