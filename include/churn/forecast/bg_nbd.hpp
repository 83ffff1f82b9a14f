// BgNbd: how often customers without a contract will buy, and which of them still are customers.
//
//   BgNbdFit fit = fit_bg_nbd(buyers);          // repeats, recency and age of each (repeat_buyer.hpp)
//   fit.model->expected_purchases(39);          // of a new customer within 39 weeks
//   fit.model->probability_alive(buyer);        // 0.73
//   fit.model->expected_purchases(buyer, 39);   // 1.226: of this one within the next 39 weeks
//
// While it is a customer, each buys at random at a rate lambda of its own; after every purchase but the first it
// ceases to be one with a probability p of its own. Over customers, lambda is gamma distributed (shape r, rate alpha)
// and p is beta distributed (a, b). For x repeats, the last at time t, within T:
//
//   likelihood  B(a, b + x) / B(a, b) x Gamma(r + x) alpha^r / Gamma(r)
//               x [ (alpha + T)^-(r + x) + (x > 0) a / (b + x - 1) (alpha + t)^-(r + x) ]
//   P(alive)    the share of the first term in that sum; 1 without a repeat, as nobody ceases before
//   E[X(t)]     the sum over n of P(N = n) (s(0) + … + s(n - 1)): N, purchases of somebody who never ceases, is
//               negative binomial, s(j) = B(a, b + j) / B(a, b) the chance to be one after j more. All terms are
//               positive; the usual form with 2F1 and a - 1 in the denominator is the same number.
//
// Who has bought x times is, if still a customer, like a new one of (r + x, alpha + T, a, b + x).
//
// Fitted by maximum likelihood with Newton's method in the logarithms of the parameters, exact derivatives and
// several starts; equal rows are counted together, so their order plays no part. There is no model, and `outcome`
// says why, where nobody has come back, and where the likelihood has no maximum but rises on towards a limit: all
// buy at the same rate (r and alpha run to infinity), nobody ever ceases (a to 0), all cease with the same
// probability (a and b to infinity). That is what few customers, or few repeats, lead to.
//
// Errors: Error(bad_number) for buyers that are not sound (repeat_buyer.hpp), and for parameters or times out of
// their range. Error(out_of_range) for times above 10^5 alpha, which the series would take too long for.
// Cost: a fit some 20 passes over different rows a start; E[X(t)] O(t / alpha + r).
//
// Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, "'Counting your customers' the easy way: an alternative to the
// Pareto/NBD model", Marketing Science 24 (2005) 275-284, doi:10.1287/mksc.1040.0098.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>
#include <span>

#include <churn/forecast/repeat_buyer.hpp>

namespace churn::inline v0 {

/// How customers without a contract buy and cease, in four parameters.
class BgNbd {
 public:
  /// Throws Error(bad_number) unless r, a and b lie within 10^-9 and 10^9 and alpha within 10^-120 and 10^120.
  [[nodiscard]] static BgNbd of(double r, double alpha, double a, double b);

  /// Shape of the gamma distribution of purchase rates.
  [[nodiscard]] double r() const noexcept { return r_; }
  /// Its rate, in the unit of the buyers' times.
  [[nodiscard]] double alpha() const noexcept { return alpha_; }
  /// First parameter of the beta distribution of the chance to cease after a purchase.
  [[nodiscard]] double a() const noexcept { return a_; }
  [[nodiscard]] double b() const noexcept { return b_; }  ///< its second parameter

  /// Of one customer, the logarithm of the likelihood above.
  [[nodiscard]] double log_likelihood(const RepeatBuyer& buyer) const;
  /// That it is still a customer.
  [[nodiscard]] double probability_alive(const RepeatBuyer& buyer) const;
  /// Purchases of a new customer within a time, the first not counted.
  [[nodiscard]] double expected_purchases(double time) const;
  /// Purchases to come within a time from now.
  [[nodiscard]] double expected_purchases(const RepeatBuyer& buyer, double time) const;
  /// That a new customer makes exactly so many within a time, the first not counted. O(repeats).
  [[nodiscard]] double probability_of(std::int64_t repeats, double time) const;

  friend bool operator==(const BgNbd&, const BgNbd&) noexcept = default;

 private:
  BgNbd(double r, double alpha, double a, double b) noexcept : r_(r), alpha_(alpha), a_(a), b_(b) {}
  double r_;
  double alpha_;
  double a_;
  double b_;
};

/// Whether there is a model, and why not.
enum class BgNbdOutcome : std::uint8_t {
  fitted,          ///< where the likelihood is greatest
  no_maximum,      ///< the likelihood rises on as a parameter runs to 0 or infinity
  nobody_returned  ///< no customers, or none with a repeat
};

/// A model, and how many customers and purchases tell it.
struct BgNbdFit {
  BgNbdOutcome outcome;                         ///< whether there is a model
  std::int64_t customers;                       ///< that it was fitted to
  std::int64_t repeats;                         ///< of all of them
  std::optional<BgNbd> model{};                 ///< only if fitted, as are the next two
  std::optional<double> log_likelihood{};       ///< of all of them together
  std::optional<Eigen::Matrix4d> covariance{};  ///< of (log r, log alpha, log a, log b)
};

/// By maximum likelihood. Throws Error(bad_number) for buyers that are not sound, Error(overflow) for repeats beyond
/// 64 bits.
[[nodiscard]] BgNbdFit fit_bg_nbd(std::span<const RepeatBuyer> buyers);

}  // namespace churn::inline v0
