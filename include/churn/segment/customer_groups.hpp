// Customer groups: a book's customers split at random, the same way every time and everywhere.
//
//   by::attribute("channel") * by::customer_group(50)      // every channel in 50 parts
//
// The group of a customer is a function of its id's bytes alone, so it does not depend on the book, on the order of
// its records, or on the platform; a customer stays in its group for life, and a customer in several states or lanes
// is in the same group in all of them. Groups are of nearly, not exactly, equal size. With 64-bit arithmetic that
// wraps:
//
//   h = 14695981039346656037; for each byte b of the id: h = (h xor b) x 1099511628211                     (FNV-1a)
//   h = (h xor h >> 33) x 0xFF51AFD7ED558CCD;  h = (h xor h >> 33) x 0xC4CEB9FE1A85EC53;  h = h xor h >> 33
//   group = (h >> 32) x groups >> 32
//
// What it is for: replicates (metric/replicates.hpp), holdouts, samples. It is no secret: who can choose an id can
// choose a group.
//
// Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV non-cryptographic hash algorithm" (IETF); the
// second step is the finaliser of A. Appleby's MurmurHash3, without which ids that differ in their last digit would
// be near each other.
#pragma once

#include <cstdint>
#include <string_view>

#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// From 0 to below `groups`, of which there is at least one. O(bytes).
[[nodiscard]] constexpr std::uint32_t customer_group(std::string_view id, std::uint32_t groups) noexcept {
  std::uint64_t h = 14695981039346656037U;
  for (const char byte : id) h = (h ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  h = (h ^ h >> 33U) * 0xFF51AFD7ED558CCDU;
  h = (h ^ h >> 33U) * 0xC4CEB9FE1A85EC53U;
  h ^= h >> 33U;
  return static_cast<std::uint32_t>((h >> 32U) * groups >> 32U);
}

namespace by {

/// A fixed segment called `customer_group`: its number, `00` to `49` of 50. Throws Error(bad_number) for no group and
/// for more than 100,000.
[[nodiscard]] Segmenter customer_group(std::uint32_t groups);

}  // namespace by

}  // namespace churn::inline v0
