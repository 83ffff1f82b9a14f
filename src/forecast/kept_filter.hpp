// Which filters a forecast can be of. Private to the library's sources.
#pragma once

#include <churn/core/error.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// Throws Error(mismatched_cubes) for a filter by what customers may change: who moves in and out of it has no one
/// future there.
inline void require_kept(const Filter& where) {
  if (where.changes())
    throw Error(ErrorCode::mismatched_cubes,
                "A forecast is of customers picked by what they keep, such as attributes.");
}

}  // namespace churn::inline v0
