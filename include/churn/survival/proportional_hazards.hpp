// ProportionalHazardsCheck: does a hazard ratio hold at every tenure, as Cox regression takes for granted?
//
//   auto check = proportional_hazards(columns, covariates, fit);
//   check.terms[0].test    // a small p: its effect changes with tenure
//   check.terms[0].drift   // and how: below 0 it fades, or turns
//
// Each coefficient b is set against b + c g(t), with g of the tenure, and the score test of c = 0 is taken at
// the fit. Of g there are: `km`, 1 - Kaplan-Meier of all rows just before t (default: no few late departures
// outweigh the rest), `identity`, `rank` of the exits, and `log`; rows that are never at risk or weigh 0 count in
// none. A factor's columns are tested together if
// named as a term.
//
// With many rows the smallest drift is found: look at its size first. If one is large, give the covariate's
// stratum a hazard of its own, or split rows at a tenure and let it have two coefficients.
//
// Source: Grambsch, Therneau (1994), Biometrika 81, as the score test that R's `cox.zph` makes since survival
// 3.0. Exact ties are checked as Breslow's. O(n p^2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/survival/cox.hpp>

namespace churn::inline v0 {

/// What g is of the tenure t.
enum class TenureTransform : std::uint8_t {
  km,        ///< 1 - Kaplan-Meier of all rows, just before t
  identity,  ///< t, in days
  rank,      ///< rank of t among the exits
  log        ///< log t
};

/// Columns that are tested together: those of a factor, say.
struct CoxTerm {
  std::string name;                  ///< of the result
  std::vector<std::string> columns;  ///< names of columns of the fit
};

/// Which drift is asked about, and of which columns.
struct ProportionalHazardsOptions {
  TenureTransform transform{TenureTransform::km};  ///< what coefficients may drift with
  std::vector<CoxTerm> terms{};                    ///< none: each column is one
};

/// Whether the effect of one term holds at every tenure.
struct ProportionalHazardsTerm {
  std::string name{};             ///< of the term, or of the column
  std::optional<CoxTest> test{};  ///< empty: no coefficient has a value, or all left at one time
  /// Of a single column: by how much b grows as g does by 1, to first order.
  std::optional<double> drift{};
};

/// Whether effects hold at every tenure.
struct ProportionalHazardsCheck {
  std::vector<ProportionalHazardsTerm> terms{};  ///< in the order asked for, or that of the columns
  std::optional<CoxTest> global{};               ///< of all columns together; empty where nothing can be said
};

/// Of a fit and what it was made of. Columns whose coefficient has no value are left out; where one is
/// separated or not converged nothing can be said, and all tests are empty. Throws as cox_regression does,
/// Error(out_of_range) if rows or columns are not the fit's, Error(unknown_name) for a term's column that is
/// not, and Error(bad_number) for the logarithm where somebody left at tenure 0.
[[nodiscard]] ProportionalHazardsCheck proportional_hazards(
    const SpellColumns& columns, const Eigen::Ref<const Eigen::MatrixXd>& covariates, const CoxFit& fit,
    const ProportionalHazardsOptions& options = {});

}  // namespace churn::inline v0
