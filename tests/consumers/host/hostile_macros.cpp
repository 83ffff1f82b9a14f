// Every public header once more, after macros that headers of real systems define. Whoever includes those
// first can't help it, so no name of libchurn may be one of them, and min and max are called in parentheses.

// What libchurn itself builds on comes before: it has its own quarrels with some of these.
#include <Eigen/Core>
#include <boost/date_time/gregorian/gregorian_types.hpp>
#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <compare>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

// windows.h and what it includes
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define small char
#define hyper __int64
#define interface struct
#define pascal __stdcall
#define cdecl __cdecl
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define ERROR 0
#define NO_ERROR 0L
#define STRICT 1
#define DELETE (0x00010000L)
#define IGNORE 0
#define INFINITE 0xFFFFFFFF
#define ABSOLUTE 1
#define RELATIVE 2
#define DIFFERENCE 11
#define OPAQUE 2
#define GetObject GetObjectA
#define CreateFile CreateFileA
#define Yield()
// X11/X.h and X11/Xlib.h
#define None 0L
#define Success 0
#define Always 2
#define Above 0
#define Below 1
#define Complex 0
#define Status int
#define Bool int
#define True 1
#define False 0
// sys/sysmacros.h
#define major(dev) ((unsigned)((dev) >> 8))
#define minor(dev) ((unsigned)((dev)&0xff))
#define makedev(major, minor) (((major) << 8) | (minor))
// AssertMacros.h of macOS
#define check(assertion)
#define verify(assertion)
#define require(assertion, label)
// complex.h, and GCC's and Clang's own under -std=gnu++20
#define I 1i
#undef linux
#define linux 1
#undef unix
#define unix 1

#include <every_header.hpp>

std::int64_t left_in(const churn::Book& book, const churn::Period& period);

std::int64_t left_in(const churn::Book& book, const churn::Period& period) {
  const auto table = churn::measure(book)
                         .over(churn::months(period.first(), period.last()))
                         .compute(churn::CustomerChurnRate{});
  return table.at(period).get<churn::CustomerChurnRate>().numerator();
}
