// GammaGamma: what customers without a contract spend a purchase, from the few that each has made.
//
//   GammaGammaFit fit = fit_gamma_gamma(spenders);          // purchases and their total, of each
//   fit.model->expected_value();                            // 35.2 a purchase, of a new customer
//   fit.model->expected_value({2, 4470});                   // of one who spent 44.70 on two: between its own mean and all's
//
// Each purchase of a customer is gamma distributed (shape p, rate nu), and nu over customers is gamma distributed too
// (shape q, rate gamma). A mean of one purchase says little, of twenty nearly all, so that
//
//   expected value of a purchase, given x with the sum s   p (gamma + s) / (p x + q - 1)
//   of a new customer                                      p gamma / (q - 1), infinite for q <= 1
//
// The model takes value and frequency of purchases to be independent: see whether who buys often spends as much a
// purchase as others before trusting it.
//
// Times how often one will buy (bg_nbd.hpp) this is what one will spend, `expected_spending`, and with a discount
// what one is worth, `discounted_spending`. Amounts are minor units of one currency. The first purchase is left out
// of counts and totals where it is no repeat, as usual; that is up to who makes the rows.
//
// Fitted by maximum likelihood with Newton's method in the logarithms of the parameters, exact derivatives and
// several starts; equal rows are counted together, so their order plays no part. There is no model, and `outcome`
// says why, from less than three customers and where the likelihood has no maximum but rises on towards a limit: all
// spend the same on average (q and gamma run to infinity), or each of its purchases costs the same (p does).
//
// Errors: Error(bad_number) unless every customer has at least one purchase and a total above 0, and for parameters
// or terms out of their range; Error(overflow) where totals do not fit. Cost: a fit some 20 passes over different
// rows a start.
//
// Source: P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma model of monetary value" (2013), brucehardie.com/notes/025;
// P. S. Fader, B. G. S. Hardie, K. L. Lee, "RFM and CLV: using iso-value curves for customer base analysis", Journal
// of Marketing Research 42 (2005) 415-430, doi:10.1509/jmkr.2005.42.4.415.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>
#include <span>

#include <churn/forecast/bg_nbd.hpp>

namespace churn::inline v0 {

/// So many purchases of one customer, and what they came to together, in minor units.
struct Spender {
  std::int64_t purchases;  ///< 1 or more
  std::int64_t total;      ///< above 0
  friend constexpr bool operator==(const Spender&, const Spender&) noexcept = default;
};

/// What customers spend a purchase, in three parameters.
class GammaGamma {
 public:
  /// Throws Error(bad_number) unless p and q lie within 10^-9 and 10^9, gamma within 10^-9 and 10^30.
  [[nodiscard]] static GammaGamma of(double p, double q, double gamma);

  [[nodiscard]] double p() const noexcept { return p_; }  ///< shape of what one customer spends a purchase
  /// Shape of the gamma distribution of nu over customers.
  [[nodiscard]] double q() const noexcept { return q_; }
  [[nodiscard]] double gamma() const noexcept { return gamma_; }  ///< in minor units

  /// The logarithm of the density of the mean purchase of one customer, at it.
  [[nodiscard]] double log_likelihood(const Spender& spender) const;
  /// Minor units a purchase, of a new customer. Empty if infinite, q <= 1.
  [[nodiscard]] std::optional<double> expected_value() const;
  /// Of one who has bought so often for so much. Empty if infinite, p x purchases + q <= 1.
  [[nodiscard]] std::optional<double> expected_value(const Spender& spender) const;

  friend bool operator==(const GammaGamma&, const GammaGamma&) noexcept = default;

 private:
  GammaGamma(double p, double q, double gamma) noexcept : p_(p), q_(q), gamma_(gamma) {}
  double p_;
  double q_;
  double gamma_;
};

/// Whether there is a model, and why not.
enum class GammaGammaOutcome : std::uint8_t {
  fitted,            ///< where the likelihood is greatest
  no_maximum,        ///< the likelihood rises on as a parameter runs to 0 or infinity
  too_few_customers  ///< less than three
};

/// A model, and how many customers and purchases tell it.
struct GammaGammaFit {
  GammaGammaOutcome outcome;                    ///< whether there is a model
  std::int64_t customers;                       ///< that it was fitted to
  std::int64_t purchases;                       ///< of all of them
  std::optional<GammaGamma> model{};            ///< only if fitted, as are the next two
  std::optional<double> log_likelihood{};       ///< of all of them together
  std::optional<Eigen::Matrix3d> covariance{};  ///< of (log p, log q, log gamma)
};

/// By maximum likelihood. Throws Error(bad_number) for who has no purchase or a total of 0 or less, Error(overflow)
/// for sums beyond 64 bits.
[[nodiscard]] GammaGammaFit fit_gamma_gamma(std::span<const Spender> spenders);

/// Minor units that a customer will spend within a time from now. `spent` is what it has spent on repeats, empty for
/// one without any. Empty where the expected value is infinite.
[[nodiscard]] std::optional<double> expected_spending(const BgNbd& purchases, const GammaGamma& value,
                                                      const RepeatBuyer& buyer,
                                                      const std::optional<Spender>& spent, double time);

/// The same over so many units of time one after another, what falls in the k-th divided by (1 + discount_rate)^k.
/// Throws Error(bad_number) unless units >= 1 and discount_rate > -1. O(units) series.
[[nodiscard]] std::optional<double> discounted_spending(const BgNbd& purchases, const GammaGamma& value,
                                                        const RepeatBuyer& buyer,
                                                        const std::optional<Spender>& spent,
                                                        std::int32_t units, double discount_rate);

}  // namespace churn::inline v0
