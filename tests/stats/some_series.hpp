// Series for tests: of R's data sets, so that R can be asked about them, and random ones.
#pragma once

#include <rapidcheck.h>
#include <churn/stats/series.hpp>

#include <cstdint>
#include <vector>

#include "core/generators.hpp"

namespace stats_test {

/// Whole numbers, over a base of 1.
inline churn::Series whole(const std::vector<std::int64_t>& numbers) {
  churn::Series series;
  for (const std::int64_t number : numbers) series.emplace_back(churn::Ratio{number, 1});
  return series;
}

/// The flow of the Nile at Aswan, 1871 to 1970: R's `Nile`.
inline std::vector<std::int64_t> nile() {
  return {1120, 1160, 963,  1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994, 1020, 960,  1180,
          799,  958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,  874, 694,  940,  833,
          701,  916,  692,  1020, 1050, 969,  831,  726,  456,  824,  702,  1120, 1100, 832, 764,  821,  768,
          845,  864,  862,  698,  845,  744,  796,  1040, 759,  781,  865,  845,  944,  984, 897,  822,  1010,
          771,  676,  649,  846,  812,  742,  801,  1040, 860,  874,  848,  890,  744,  749, 838,  1050, 918,
          986,  797,  923,  975,  815,  1020, 906,  901,  1170, 912,  746,  919,  718,  714, 740};
}

/// Air temperature at Nottingham in tenths of a degree Fahrenheit, by month, 1920 to 1939: R's `nottem * 10`.
inline std::vector<std::int64_t> nottingham() {
  return {406, 408, 444, 467, 541, 585, 577, 564, 543, 505, 429, 398, 442, 398, 451, 470, 541, 587, 663, 599,
          570, 542, 397, 428, 375, 387, 395, 421, 557, 578, 568, 543, 543, 471, 418, 417, 418, 401, 429, 458,
          492, 527, 642, 596, 544, 492, 363, 376, 393, 375, 383, 455, 532, 577, 608, 582, 564, 498, 444, 436,
          400, 405, 408, 451, 538, 594, 635, 610, 530, 500, 381, 363, 392, 434, 434, 489, 506, 568, 625, 620,
          575, 467, 416, 398, 394, 385, 453, 471, 517, 550, 604, 605, 547, 503, 423, 352, 408, 411, 428, 473,
          509, 564, 622, 605, 554, 502, 430, 373, 348, 313, 410, 439, 531, 569, 625, 603, 598, 492, 429, 419,
          416, 371, 412, 469, 512, 604, 601, 616, 570, 509, 430, 388, 371, 384, 384, 465, 535, 584, 606, 582,
          538, 466, 455, 406, 424, 384, 403, 446, 509, 570, 621, 635, 563, 473, 436, 418, 362, 393, 445, 487,
          542, 608, 655, 649, 601, 502, 421, 358, 394, 382, 404, 469, 534, 596, 665, 604, 592, 512, 428, 458,
          400, 426, 435, 471, 500, 605, 646, 640, 568, 486, 442, 364, 373, 350, 440, 439, 527, 586, 600, 611,
          581, 496, 416, 413, 408, 410, 384, 474, 541, 586, 614, 618, 563, 509, 414, 371, 421, 412, 473, 466,
          524, 590, 596, 604, 570, 507, 478, 392, 394, 409, 424, 478, 524, 580, 607, 618, 582, 467, 466, 378};
}

/// R's `Nile[1:30]` without the 5th, 6th and 17th year.
inline churn::Series nile_with_gaps() {
  auto numbers = nile();
  numbers.resize(30);
  churn::Series series = whole(numbers);
  series[4] = std::nullopt;
  series[5] = churn::Ratio{7, 0};  // an empty base
  series[16] = std::nullopt;
  return series;
}

/// Counts within a base of at most `largest`, some missing and some over nobody.
inline churn::Series any_series(std::size_t fewest, std::size_t most, std::int64_t largest = 40) {
  using core_test::between;
  churn::Series series(*between<std::size_t>(fewest, most + 1));
  for (auto& period : series) {
    if (*between(0, 10) == 0) continue;
    const auto base = *between<std::int64_t>(0, largest + 1);
    period = churn::Ratio{*between<std::int64_t>(0, base + 1), base};
  }
  return series;
}

/// Thirty made-up months: customers lost of those present.
inline churn::Series thirty_months() {
  const std::vector<std::int64_t> lost{12, 9, 15, 22, 8,  11, 13, 10, 14, 9,  12, 30, 10, 12, 17,
                                       25, 9, 14, 11, 13, 12, 10, 15, 28, 11, 10, 14, 24, 12, 9};
  const std::vector<std::int64_t> present{240, 251, 260, 255, 262, 270, 268, 275, 281, 290,
                                          288, 295, 301, 299, 310, 305, 312, 320, 318, 325,
                                          331, 328, 335, 340, 338, 345, 350, 342, 355, 360};
  churn::Series series;
  for (std::size_t i = 0; i < lost.size(); ++i) series.emplace_back(churn::Ratio{lost[i], present[i]});
  return series;
}

}  // namespace stats_test
