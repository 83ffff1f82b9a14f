#include <churn/lever/customer_profile.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <churn/core/exact.hpp>

#include "core/cell_of.hpp"
#include "lever/shrunken_shares.hpp"
#include "metric/wording.hpp"
#include "risk/landmark_answer.hpp"
#include "row/spell_walk.hpp"
#include "segment/labelling.hpp"
#include "stats/adjust_contrasts.hpp"
#include "stats/normal_quantile.hpp"

namespace churn::inline v0 {

namespace {

/// One customer of whom it is known whether it was kept.
struct ProfiledCustomer {
  std::size_t customer;
  bool kept;
  std::int64_t start_ticks;
  std::int64_t now_ticks;
};

/// What a group of them adds up to.
struct ProfileTally {
  std::int64_t customers{0};
  std::int64_t kept{0};
  std::int64_t start_ticks{0};
  std::int64_t now_ticks{0};

  void add(const ProfiledCustomer& one) {
    ++customers;
    if (one.kept) ++kept;
    start_ticks = checked_add(start_ticks, one.start_ticks);
    now_ticks = checked_add(now_ticks, one.now_ticks);
  }
  void add(const ProfileTally& other) {
    customers += other.customers;
    kept += other.kept;
    start_ticks = checked_add(start_ticks, other.start_ticks);
    now_ticks = checked_add(now_ticks, other.now_ticks);
  }
  [[nodiscard]] Proportion share() const { return {kept, customers}; }
};

/// A group of a dimension, or of two.
struct ProfileGroup {
  std::vector<std::uint32_t> label;  // of each dimension
  ProfileTally tally;
};

/// One segmenter, applied.
struct ProfileFactor {
  Labelling labelling;
  std::vector<ProfileTally> tallies;    // by label
  std::vector<std::uint8_t> has_value;  // by label

  /// That somebody is in.
  [[nodiscard]] std::ptrdiff_t groups() const {
    return std::count_if(tallies.begin(), tallies.end(),
                         [](const ProfileTally& tally) { return tally.customers > 0; });
  }
  [[nodiscard]] bool is_compared(std::uint32_t label, std::int64_t fewest) const {
    return has_value[label] != 0 && tallies[label].customers >= fewest;
  }
};

void check_profile_options(const CustomerProfileOptions& options) {
  if (options.horizon < 1 || options.fewest < 1)
    throw Error(ErrorCode::out_of_range,
                "A profile needs a horizon of a day or more, and one customer or more.");
  std::set<std::vector<std::string>> names;
  for (const Segmenter& segmenter : options.by)
    if (segmenter.names().empty() || !names.insert(segmenter.names()).second)
      throw Error(ErrorCode::unknown_name, "A profile is by segmenters that each have a name of their own.");
}

std::vector<Segmenter> profile_dimensions_of(const Book& book, const CustomerProfileOptions& options) {
  if (!options.by.empty()) return options.by;
  std::vector<Segmenter> all;
  for (const std::string& name : book.attribute_names()) all.push_back(by::attribute(name));
  return all;
}

/// Whether the billing cycle that begins on a day reaches the horizon.
bool is_committed_for(Date start, BillingCycle cycle, std::int32_t horizon) {
  const auto renewal = renewal_day(start, cycle, 1);
  return !renewal || renewal->days() - start.days() >= horizon;
}

class ProfileCount {
 public:
  ProfileCount(const Book& book, const CustomerProfileOptions& options, CustomerProfile& profile)
      : book_(book), options_(options), profile_(profile), pays_in_one_(book.currencies().size() <= 1) {}

  void read_customers();
  void compare(const std::vector<Segmenter>& segmenters);

 private:
  [[nodiscard]] std::optional<RunRate> mrr(std::int64_t ticks) const {
    if (!pays_in_one_) return std::nullopt;
    return RunRate{ticks, book_.currency()};
  }
  [[nodiscard]] ProfileFactor factor_of(const Segmenter& segmenter) const;
  [[nodiscard]] std::vector<ProfileGroup> groups_of_pair(const ProfileFactor& one,
                                                         const ProfileFactor& other) const;
  /// The groups of a dimension, in order of their labels.
  void add_dimension(const std::vector<const ProfileFactor*>& factors,
                     const std::vector<ProfileGroup>& groups);
  void adjust();

  const Book& book_;
  const CustomerProfileOptions& options_;
  CustomerProfile& profile_;
  bool pays_in_one_;
  std::vector<ProfiledCustomer> customers_;
  ProfileTally all_;
  std::vector<ProfileSegment> found_;  // segments and pairs, by dimension
  std::vector<bool> is_two_by_two_;    // by dimension
};

void ProfileCount::read_customers() {
  const std::vector<bool> keep = options_.where(book_);
  const std::int64_t as_of = book_.as_of().days();
  SpellWalk walk{book_, SpellUnit::first_of_customer, {.first_phase = true, .end_reason = false}};
  std::vector<std::int64_t> known_from;  // as_of's from which a customer is known
  for (std::uint32_t c = 0; c < book_.customer_count(); ++c) {
    if (!keep[c]) continue;
    const CustomerIndex customer{c};
    const std::span<const Stay> stays = walk.of(customer);
    if (stays.empty()) {
      const auto first = book_.first_present_on(customer);
      ++(first && *first < book_.as_of() ? profile_.before_records : profile_.never_present);
      continue;
    }
    const Stay& stay = stays.front();
    if (walk.entry(stay) > 0) {
      ++profile_.before_records;
      continue;
    }
    const std::int64_t end = std::int64_t{stay.starts_on} + options_.horizon;
    known_from.push_back(end);
    if (end > as_of) {
      ++profile_.too_new;
      continue;
    }
    const bool kept = stay.ends_on == no_day || stay.ends_on >= end;
    customers_.push_back({c, kept, book_.balance_on(customer, Date::from_days(stay.starts_on)).ticks,
                          book_.balance_on(customer, Date::from_days(as_of - 1)).ticks});
    all_.add(customers_.back());
    if (stay.first_phase != no_index &&
        is_committed_for(Date::from_days(stay.starts_on),
                         PhaseView{book_.data().phases, stay.first_phase}.cycle(), options_.horizon))
      ++profile_.committed;
  }
  profile_.kept = all_.share();
  const auto fewest = static_cast<std::uint64_t>(options_.fewest);
  if (all_.customers < options_.fewest && known_from.size() >= fewest) {
    const auto at = known_from.begin() + (options_.fewest - 1);
    std::nth_element(known_from.begin(), at, known_from.end());
    if (*at <= Date::max_days) profile_.answerable_from = Date::from_days(*at);
  }
}

ProfileFactor ProfileCount::factor_of(const Segmenter& segmenter) const {
  ProfileFactor factor{segmenter(book_), {}, {}};
  factor.tallies.resize(factor.labelling.labels.size());
  for (const ProfiledCustomer& one : customers_) factor.tallies[factor.labelling(one.customer)].add(one);
  for (const Label& label : factor.labelling.labels)
    factor.has_value.push_back(std::find(label.begin(), label.end(), no_label) == label.end() ? 1 : 0);
  return factor;
}

std::vector<ProfileGroup> groups_of_single(const ProfileFactor& factor) {
  std::vector<ProfileGroup> groups;
  for (std::uint32_t label = 0; label < factor.tallies.size(); ++label)
    if (factor.tallies[label].customers > 0) groups.push_back({{label}, factor.tallies[label]});
  return groups;
}

std::vector<ProfileGroup> ProfileCount::groups_of_pair(const ProfileFactor& one,
                                                       const ProfileFactor& other) const {
  std::unordered_map<std::uint64_t, ProfileTally> tallies;
  for (const ProfiledCustomer& customer : customers_)
    tallies[std::uint64_t{one.labelling(customer.customer)} << 32U | other.labelling(customer.customer)].add(
        customer);
  std::vector<ProfileGroup> groups;
  groups.reserve(tallies.size());
  for (const auto& [key, tally] : tallies)
    groups.push_back({{static_cast<std::uint32_t>(key >> 32U), static_cast<std::uint32_t>(key)}, tally});
  std::sort(groups.begin(), groups.end(),
            [](const ProfileGroup& a, const ProfileGroup& b) { return a.label < b.label; });
  return groups;
}

/// Of a pair, its two segments and all; empty where one of the four groups is empty.
std::optional<PairInteraction> pair_interaction_of(const ProfileTally& both, const ProfileTally& one,
                                                   const ProfileTally& other, const ProfileTally& all,
                                                   double confidence) {
  const std::array<std::array<std::int64_t, 2>, 4> kept_of{
      {{both.kept, both.customers},
       {one.kept - both.kept, one.customers - both.customers},
       {other.kept - both.kept, other.customers - both.customers},
       {all.kept - one.kept - other.kept + both.kept,
        all.customers - one.customers - other.customers + both.customers}}};
  std::array<double, 4> log_odds{};
  double variance = 0;
  for (std::size_t g = 0; g < kept_of.size(); ++g) {
    if (kept_of[g][1] == 0) return std::nullopt;
    const double kept = static_cast<double>(kept_of[g][0]) + 0.5;
    const double lost = static_cast<double>(kept_of[g][1] - kept_of[g][0]) + 0.5;
    log_odds[g] = std::log(kept / lost);
    variance += 1 / kept + 1 / lost;
  }
  const double expected = log_odds[1] + log_odds[2] - log_odds[3];
  const double off = log_odds[0] - expected;
  const double error = std::sqrt(variance);
  const double width = two_sided_quantile(confidence) * error;
  PairInteraction result;
  result.expected = 1 / (1 + std::exp(-expected));
  result.odds_ratio = std::exp(off);
  result.odds_ratio_interval = {std::exp(off - width), std::exp(off + width)};
  result.p = normal_p_value(off / error);
  return result;
}

void ProfileCount::add_dimension(const std::vector<const ProfileFactor*>& factors,
                                 const std::vector<ProfileGroup>& groups) {
  const double confidence = profile_.rule.interval->confidence;
  ProfileDimension dimension;
  for (const ProfileFactor* factor : factors) dimension.names.push_back(factor->labelling.names);
  std::vector<Proportion> shares;
  shares.reserve(groups.size());
  for (const ProfileGroup& group : groups) shares.push_back(group.tally.share());
  const ShareSpread spread = spread_of(shares);
  dimension.precision = spread.precision;
  is_two_by_two_.push_back(factors.size() == 2 && factors[0]->groups() == 2 && factors[1]->groups() == 2);
  ProfileTally rest;
  for (const ProfileGroup& group : groups) {
    bool has_value = true;
    bool is_compared = group.tally.customers >= options_.fewest;
    bool repeats = false;
    for (std::size_t f = 0; f < factors.size(); ++f) {
      has_value = has_value && factors[f]->has_value[group.label[f]] != 0;
      is_compared = is_compared && factors[f]->is_compared(group.label[f], options_.fewest);
      repeats = repeats || (factors.size() > 1 &&
                            factors[f]->tallies[group.label[f]].customers == group.tally.customers);
    }
    if (!is_compared) {
      ++dimension.others;
      rest.add(group.tally);
      if (!has_value) dimension.without_value += group.tally.customers;
      continue;
    }
    if (repeats) {
      ++dimension.repeated;
      continue;
    }
    ++dimension.compared;
    ProfileSegment& segment = found_.emplace_back();
    segment.dimension = profile_.dimensions.size();
    for (std::size_t f = 0; f < factors.size(); ++f)
      segment.traits.push_back({factors[f]->labelling.names, factors[f]->labelling.labels[group.label[f]]});
    segment.kept =
        contrast(group.tally.share(), {all_.kept - group.tally.kept, all_.customers - group.tally.customers},
                 profile_.rule);
    const ShrunkenShare shrunken = shrunken_share(group.tally.share(), spread, confidence);
    segment.shrunken = shrunken.value;
    segment.shrunken_interval = shrunken.interval;
    segment.mrr_at_start = mrr(group.tally.start_ticks);
    segment.mrr_now = mrr(group.tally.now_ticks);
    if (factors.size() == 2)
      segment.interaction = pair_interaction_of(group.tally, factors[0]->tallies[group.label[0]],
                                                factors[1]->tallies[group.label[1]], all_, confidence);
  }
  dimension.rest = rest.share();
  dimension.mrr_at_start = mrr(rest.start_ticks);
  dimension.mrr_now = mrr(rest.now_ticks);
  profile_.dimensions.push_back(std::move(dimension));
}

/// Whether two segmenters have a factor in common, so that one says part of what the other does.
bool share_a_factor(const ProfileFactor& one, const ProfileFactor& other) {
  const auto& names = other.labelling.names;
  return std::any_of(one.labelling.names.begin(), one.labelling.names.end(), [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

void rank_profile(std::vector<ProfileSegment>& segments) {
  const auto place = [](const ProfileSegment& segment) {
    std::vector<std::pair<std::vector<std::string>, Label>> traits;
    traits.reserve(segment.traits.size());
    for (const ProfileTrait& trait : segment.traits) traits.emplace_back(trait.names, trait.label);
    return std::tuple{-segment.shrunken, -segment.kept.one.denominator(), std::move(traits)};
  };
  std::sort(segments.begin(), segments.end(), [&](const ProfileSegment& a, const ProfileSegment& b) {
    if (a.shrunken != b.shrunken) return a.shrunken > b.shrunken;
    return place(a) < place(b);
  });
  for (std::size_t i = 0; i < segments.size(); ++i) segments[i].rank = i + 1;
}

void ProfileCount::compare(const std::vector<Segmenter>& segmenters) {
  std::vector<ProfileFactor> factors;
  factors.reserve(segmenters.size());
  for (const Segmenter& segmenter : segmenters) factors.push_back(factor_of(segmenter));
  for (const ProfileFactor& factor : factors) add_dimension({&factor}, groups_of_single(factor));
  for (std::size_t i = 0; options_.pairs && i < factors.size(); ++i)
    for (std::size_t j = i + 1; j < factors.size(); ++j)
      if (!share_a_factor(factors[i], factors[j]))
        add_dimension({&factors[i], &factors[j]}, groups_of_pair(factors[i], factors[j]));
  adjust();
  for (ProfileSegment& segment : found_)
    (segment.traits.size() == 1 ? profile_.segments : profile_.pairs).push_back(std::move(segment));
  rank_profile(profile_.segments);
  rank_profile(profile_.pairs);
}

void ProfileCount::adjust() {
  const double level = 1 - profile_.rule.interval->confidence;
  profile_.comparisons = adjust_contrasts(
      found_, profile_.rule, [](ProfileSegment& segment) -> Contrast& { return segment.kept; },
      [](const ProfileSegment& a, const ProfileSegment& b) {
        return a.dimension == b.dimension && is_mirror(a.kept, b.kept);
      });
  // Of two by two groups all four pairs ask the same.
  std::vector<PValue> p;
  std::optional<std::size_t> before;
  std::vector<std::size_t> place(found_.size());
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (!found_[i].interaction) continue;
    const std::size_t dimension = found_[i].dimension;
    if (!(is_two_by_two_[dimension] && before == dimension)) p.push_back(found_[i].interaction->p);
    before = dimension;
    place[i] = p.size() - 1;
  }
  const std::vector<PValue> adjusted = adjusted_p(p, profile_.rule.adjustment);
  profile_.interactions = p.size();
  for (std::size_t i = 0; i < found_.size(); ++i) {
    ProfileSegment& segment = found_[i];
    if (segment.kept.p_adjusted && segment.kept.p_adjusted->value < level)
      segment.verdict =
          segment.kept.difference->difference > 0 ? ProfileVerdict::sell_to : ProfileVerdict::avoid;
    if (!segment.interaction) continue;
    PairInteraction& interaction = *segment.interaction;
    interaction.p = p[place[i]];  // the same of all four, also where their sums were rounded otherwise
    interaction.p_adjusted = adjusted[place[i]];
    if (interaction.p_adjusted.value < level)
      interaction.verdict = interaction.odds_ratio > 1 ? PairVerdict::keeps_more : PairVerdict::keeps_fewer;
  }
}

// ---- Words

std::string profile_joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : between) + parts[i];
  return text;
}

/// "industry = retail", "industry = retail with channel = ads".
std::string profile_segment_in_words(const ProfileSegment& segment) {
  std::string text;
  for (const ProfileTrait& trait : segment.traits)
    text += (text.empty() ? "" : " with ") + profile_joined(trait.names, " * ") + " = " +
            profile_joined(trait.label, " / ");
  return text;
}

/// " From 2025-03-01 on 20 are known."
std::string profile_known_later(const CustomerProfile& profile) {
  if (!profile.answerable_from)
    return " The book has no " + std::to_string(profile.fewest) + " customers whose start is on record.";
  return " From " + profile.answerable_from->to_string() + " on " + std::to_string(profile.fewest) +
         " are known.";
}

std::string profile_note(const CustomerProfile& profile, bool has_dimensions) {
  if (!has_dimensions)
    return "No attribute of customers is on record, so types of customers can't be told apart. Add industry, "
           "channel, "
           "country or size to the customers (columns of customers.csv, Customer::attributes).";
  const std::string began =
      words::counted(profile.horizon, "day") + " or more before " + profile.as_of.to_string();
  if (profile.kept.denominator() == 0) {
    if (profile.too_new == 0) return "No first stay of a customer is on record from its start.";
    return "No customer came " + began + ": all " + std::to_string(profile.too_new) + " are too new." +
           profile_known_later(profile);
  }
  if (profile.kept.denominator() < profile.fewest)
    return "Only " + words::counted(profile.kept.denominator(), "customer") + " came " + began +
           ", and a segment needs " + std::to_string(profile.fewest) + "." + profile_known_later(profile);
  if (profile.segments.empty())
    return "No segment has " + std::to_string(profile.fewest) + " customers who came " + began + ".";
  return {};
}

/// "channel = ads keeps 38 % (38 of 100; …): 22 points less than the rest (…)".
std::string profile_finding_in_words(const ProfileSegment& segment, const IntervalRule& rule) {
  return profile_segment_in_words(segment) + ", which keeps " + words::share(segment.kept.one, rule) + ": " +
         words::difference(segment.kept, rule) + " than all others";
}

/// One in full, and the names of some more.
std::string profile_findings_in_words(const std::vector<const ProfileSegment*>& found,
                                      const std::string& verb, const IntervalRule& rule) {
  constexpr std::size_t most_named = 5;
  if (found.empty()) return {};
  std::string text = " " + verb + " " + profile_finding_in_words(*found.front(), rule);
  for (std::size_t i = 1; i < found.size() && i < most_named; ++i)
    text += (i == 1 ? "; then " : ", ") + profile_segment_in_words(*found[i]) + " (" +
            in_points(found[i]->kept.one.value().value_or(0)) + " %)";
  if (found.size() > most_named) text += " and " + std::to_string(found.size() - most_named) + " more";
  return text + ".";
}

std::string no_profile_in_words(const CustomerProfile& profile) {
  if (profile.comparisons == 0)
    return " There is nothing to compare: " +
           std::string(profile.kept.numerator() == profile.kept.denominator() ? "everybody was kept."
                       : profile.kept.numerator() == 0                        ? "nobody was kept."
                                                       : "all customers are of one type.");
  std::string text = " No type of customer is kept more or less often than all others by more than chance.";
  const ProfileSegment* most = nullptr;
  for (const ProfileSegment& segment : profile.segments) {
    const auto& detectable = segment.kept.detectable;
    if (!segment.kept.p || !detectable || !detectable->fall) continue;
    if (most == nullptr || *detectable->fall < *most->kept.detectable->fall) most = &segment;
  }
  if (most != nullptr)
    text += " One that keeps fewer by less than " + in_points(*most->kept.detectable->fall) +
            " points would have been missed even in " + profile_segment_in_words(*most) + ".";
  return text;
}

std::string profile_pairs_in_words(const CustomerProfile& profile) {
  if (profile.interactions == 0) return {};
  const ProfileSegment* told = nullptr;
  const auto off = [](const ProfileSegment& pair) {
    return std::abs(pair.kept.one.value().value_or(0) - pair.interaction->expected);
  };
  for (const ProfileSegment& pair : profile.pairs) {
    if (!pair.interaction || pair.interaction->verdict == PairVerdict::no_evidence) continue;
    if (told == nullptr || off(pair) > off(*told)) told = &pair;
  }
  if (told == nullptr)
    return " None of " +
           words::counted(static_cast<std::int64_t>(std::count_if(
                              profile.pairs.begin(), profile.pairs.end(),
                              [](const ProfileSegment& pair) { return pair.interaction.has_value(); })),
                          "pair") +
           " keeps more or fewer than its two segments make one expect, by more than chance.";
  return " Together, " + profile_segment_in_words(*told) + " keeps " +
         words::share(told->kept.one, *profile.rule.interval) + ", " +
         (told->interaction->verdict == PairVerdict::keeps_more ? "more" : "fewer") + " than the " +
         in_points(told->interaction->expected) + " % that the two by themselves make one expect (" +
         p_in_words(told->interaction->p_adjusted) + ").";
}

// ---- Table

void add_profile_mrr(std::vector<Cell>& row, const std::optional<RunRate>& rate) {
  row.push_back(rate ? Cell{rate->mrr()} : Cell{});
}

std::vector<Cell> profile_segment_row(const ProfileSegment& segment, const IntervalRule& rule) {
  const bool is_pair = segment.traits.size() > 1;
  std::vector<Cell> row{std::string(is_pair ? "pair" : "segment"), static_cast<std::int64_t>(segment.rank)};
  for (std::size_t t = 0; t < 2; ++t) {
    const bool is_there = t < segment.traits.size();
    row.push_back(is_there ? Cell{profile_joined(segment.traits[t].names, " * ")} : Cell{});
    row.push_back(is_there ? Cell{profile_joined(segment.traits[t].label, " / ")} : Cell{});
  }
  cells::add_share(row, segment.kept.one, rule);
  cells::add_share(row, segment.kept.other, rule);
  cells::add_difference(row, segment.kept);
  for (const double value : {segment.shrunken, segment.shrunken_interval.low, segment.shrunken_interval.high})
    row.emplace_back(value);
  row.emplace_back(std::string(profile_verdict_name(segment.verdict)));
  if (const auto& interaction = segment.interaction) {
    for (const double value :
         {interaction->expected, interaction->odds_ratio, interaction->odds_ratio_interval.low,
          interaction->odds_ratio_interval.high, interaction->p.value, interaction->p_adjusted.value})
      row.emplace_back(value);
    row.emplace_back(std::string(pair_verdict_name(interaction->verdict)));
  } else {
    row.resize(row.size() + 7);
  }
  add_profile_mrr(row, segment.mrr_at_start);
  add_profile_mrr(row, segment.mrr_now);
  std::string note = few_expected_in_words(segment.kept, Counted::stays);
  if (!segment.kept.p) {
    const std::int64_t kept = segment.kept.one.numerator() + segment.kept.other.numerator();
    remark(note, segment.kept.other.denominator() == 0 ? "no customers to compare with"
                 : kept == 0                           ? "nobody was kept"
                                                       : "everybody was kept");
  }
  if (is_pair && !segment.interaction) remark(note, "no customers in one segment alone, or in neither");
  row.push_back(note.empty() ? Cell{} : Cell{note});
  return row;
}

std::vector<Cell> profile_rest_row(const ProfileDimension& dimension, const IntervalRule& rule,
                                   std::int64_t fewest, std::size_t columns) {
  std::vector<Cell> row{std::string("rest"), Cell{}};
  for (std::size_t t = 0; t < 2; ++t) {
    row.push_back(t < dimension.names.size() ? Cell{profile_joined(dimension.names[t], " * ")} : Cell{});
    row.emplace_back();
  }
  cells::add_share(row, dimension.rest, rule);
  row.resize(columns - 3);
  add_profile_mrr(row, dimension.mrr_at_start);
  add_profile_mrr(row, dimension.mrr_now);
  std::string note = words::counted(static_cast<std::int64_t>(dimension.others), "segment") +
                     " of fewer than " + words::counted(fewest, "customer") +
                     ", of a segment that has as few, or without a value";
  if (dimension.without_value > 0)
    note += "; without a value: " + words::counted(dimension.without_value, "customer");
  row.emplace_back(std::move(note));
  return row;
}

const ProfileSegment* find_profile_segment(const std::vector<ProfileSegment>& segments,
                                           const std::vector<ProfileTrait>& traits) {
  const auto at = std::find_if(segments.begin(), segments.end(), [&](const ProfileSegment& segment) {
    return std::is_permutation(segment.traits.begin(), segment.traits.end(), traits.begin(), traits.end());
  });
  return at == segments.end() ? nullptr : &*at;
}

const ProfileSegment& known_profile_segment(const std::vector<ProfileSegment>& segments,
                                            const std::vector<ProfileTrait>& traits) {
  if (const ProfileSegment* const segment = find_profile_segment(segments, traits)) return *segment;
  ProfileSegment asked;
  asked.traits = traits;
  std::string names;
  constexpr std::size_t most_told = 40;
  for (std::size_t i = 0; i < segments.size() && i < most_told; ++i)
    names += (i == 0 ? "" : ", ") + profile_segment_in_words(segments[i]);
  throw Error(ErrorCode::unknown_name,
              profile_segment_in_words(asked) + " is not compared. " +
                  (names.empty() ? "Nothing is."
                                 : "There are: " + names + (segments.size() > most_told ? ", …" : ".")));
}

}  // namespace

std::string_view profile_verdict_name(ProfileVerdict verdict) noexcept {
  switch (verdict) {
    case ProfileVerdict::no_evidence: break;
    case ProfileVerdict::sell_to: return "sell_to";
    case ProfileVerdict::avoid: return "avoid";
  }
  return "no_evidence";
}

std::string_view pair_verdict_name(PairVerdict verdict) noexcept {
  switch (verdict) {
    case PairVerdict::no_evidence: break;
    case PairVerdict::keeps_more: return "keeps_more";
    case PairVerdict::keeps_fewer: return "keeps_fewer";
  }
  return "no_evidence";
}

const ProfileSegment& CustomerProfile::at(std::string_view name, std::string_view label) const {
  return known_profile_segment(segments, {{{std::string(name)}, {std::string(label)}}});
}

const ProfileSegment& CustomerProfile::at(std::string_view name, std::string_view label,
                                          std::string_view other_name, std::string_view other_label) const {
  return known_profile_segment(pairs, {{{std::string(name)}, {std::string(label)}},
                                       {{std::string(other_name)}, {std::string(other_label)}}});
}

CustomerProfile customer_profile(const Book& book, const CustomerProfileOptions& options) {
  check_profile_options(options);
  CustomerProfile profile{
      .as_of = book.as_of(), .horizon = options.horizon, .fewest = options.fewest, .rule = options.rule};
  if (!profile.rule.interval) profile.rule.interval = book.conventions().rate.interval_rule();
  (void)contrast({0, 0}, {0, 0},
                 profile.rule);  // throws for a rule that is none, also where nothing is compared
  const std::vector<Segmenter> segmenters = profile_dimensions_of(book, options);
  ProfileCount count{book, options, profile};
  count.read_customers();
  if (profile.kept.denominator() > 0) count.compare(segmenters);
  profile.note = profile_note(profile, !segmenters.empty());
  return profile;
}

Table customer_profile_table(const CustomerProfile& profile) {
  Table table{{"kind",
               "rank",
               "name",
               "label",
               "other_name",
               "other_label",
               "numerator",
               "denominator",
               "value",
               "ci_low",
               "ci_high",
               "rest_numerator",
               "rest_denominator",
               "rest_value",
               "rest_low",
               "rest_high",
               "difference",
               "difference_low",
               "difference_high",
               "p",
               "p_adjusted",
               "test",
               "shrunken",
               "shrunken_low",
               "shrunken_high",
               "verdict",
               "expected",
               "odds_ratio",
               "odds_ratio_low",
               "odds_ratio_high",
               "interaction_p",
               "interaction_p_adjusted",
               "interaction",
               "mrr_at_start",
               "mrr_now",
               "note"},
              {}};
  const IntervalRule rule = profile.rule.interval.value_or(IntervalRule{});
  for (const auto* segments : {&profile.segments, &profile.pairs})
    for (const ProfileSegment& segment : *segments) table.rows.push_back(profile_segment_row(segment, rule));
  for (const ProfileDimension& dimension : profile.dimensions)
    if (dimension.others > 0)
      table.rows.push_back(profile_rest_row(dimension, rule, profile.fewest, table.columns.size()));
  return table;
}

std::string customer_profile_sentence(const CustomerProfile& profile) {
  if (!profile.note.empty()) return profile.note;
  const IntervalRule rule = profile.rule.interval.value_or(IntervalRule{});
  std::string text = "Of customers who came " + words::counted(profile.horizon, "day") + " or more before " +
                     profile.as_of.to_string() + ", " + words::share(profile.kept, rule) +
                     " stayed that long.";
  std::vector<const ProfileSegment*> good;
  std::vector<const ProfileSegment*> bad;
  for (const ProfileSegment& segment : profile.segments) {
    if (segment.verdict == ProfileVerdict::sell_to) good.push_back(&segment);
    if (segment.verdict == ProfileVerdict::avoid) bad.insert(bad.begin(), &segment);  // the worst first
  }
  if (good.empty() && bad.empty()) text += no_profile_in_words(profile);
  text += profile_findings_in_words(good, "Sell to", rule) + profile_findings_in_words(bad, "Avoid", rule);
  text += profile_pairs_in_words(profile);
  const std::string correction =
      correction_in_words(profile.rule.adjustment, profile.comparisons, "comparisons");
  if (!correction.empty()) text += " p is after " + correction + ".";
  if (profile.committed > 0)
    text += " " + std::to_string(profile.committed) +
            " of them paid for that long at the start and could hardly leave" +
            " before: a longer horizon holds their renewal.";
  return text + " This is association, not cause.";
}

}  // namespace churn::inline v0
