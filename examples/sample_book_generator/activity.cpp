#include "activity.hpp"

#include <algorithm>

namespace sample_book {

namespace {

class EventWriter {
 public:
  EventWriter(const Settings& settings, const Customer& customer, Book& book)
      : settings_(settings),
        customer_(customer),
        book_(book),
        random_(settings.seed, customer.number, 4),
        usage_from_(settings.month_start(std::max(0, settings.months - usage_months))) {}

  void write(std::span<Stay> stays) {
    const Day trial_end = customer_.signed_up_on + 13;
    onboard(stays.empty() ? std::min(trial_end, settings_.last_day()) : last_day_of(stays.back()));
    for (Stay& stay : stays) {
      draw_fall(stay);
      add_use(stay);
      add_opinions(stay);
      add_campaigns(stay);
      ask_why(stay);
    }
  }

 private:
  /// Use is measured for the last part of the book only; everything else goes back to the beginning.
  static constexpr int usage_months = 18;

  Day last_day_of(const Stay& stay) const {
    const bool ends = stay.ending.how != How::running;
    return ends ? std::min(stay.ending.on - 1, settings_.last_day()) : settings_.last_day();
  }

  void add(Day day, std::string_view kind, int value, std::string label) {
    const int second = random_.between(7 * 3600, 19 * 3600);
    book_.events.push_back({day, second, customer_.number, kind, value, std::move(label)});
  }

  void count(Effect effect, bool exposed, int base, int events) {
    if (customer_.excluded) return;
    Realised& realised = book_.realised[index(effect)];
    Counted& counted = exposed ? realised.exposed : realised.unexposed;
    counted.base += base;
    counted.events += events;
  }

  void onboard(Day until) {
    constexpr std::array<std::string_view, 4> names{"signed_up", "invited_team", "first_project",
                                                    "activated"};
    for (std::size_t i = 0; i < customer_.stages.size(); ++i) {
      if (customer_.stages[i] <= until) add(customer_.stages[i], "stage_reached", 1, std::string{names[i]});
    }
    for (const Connection& connection : customer_.integrations) {
      if (connection.day <= until)
        add(connection.day, "integration_connected", 1, std::string{connection.partner});
    }
  }

  /// For most of those who choose to leave, use falls before. Other departures give no such warning.
  void draw_fall(Stay& stay) {
    const bool voluntary = stay.ending.how == How::left && stay.ending.type == DepartureType::voluntary;
    if (!voluntary) return;
    const bool falls = random_.per_mille(settings_.effects[Effect::usage_decline]);
    const int days_before = random_.between(30, 60);
    if (falls) stay.use_falls_on = stay.ending.on - days_before;
    if (stay.ending.happened(settings_)) count(Effect::usage_decline, true, 1, falls ? 1 : 0);
  }

  /// Use is written down every seven days: minutes as one sum, and a sample of the logins and features.
  void add_use(const Stay& stay) {
    const Day until = last_day_of(stay);
    const int usual_minutes = random_.between(60, 300);
    const int features_known = random_.between(2, 6);
    for (Day day = stay.from + random_.between(4, 6); day <= until; day += 7) {
      const Day since = std::max(stay.from, day - 6);
      const int activity = activity_percent(day, stay.use_falls_on);
      add_tickets(since, day, stay.use_falls_on);
      if (day < usage_from_) continue;
      const int minutes = usual_minutes * activity / 100;
      if (minutes > 0) add(day, "session_minutes", minutes, "");
      if (random_.percent(60 * activity / 100)) add(random_.between(since, day), "login", 1, "");
      if (random_.percent(24 * activity / 100)) add_feature(random_.between(since, day), features_known);
      add_noise(since, day);
    }
  }

  int activity_percent(Day day, std::optional<Day> falls_on) {
    const int noise = random_.between(65, 135);
    if (falls_on && day > *falls_on) return noise * (day - *falls_on <= 10 ? 55 : 22) / 100;
    // Quiet weeks happen to those who stay, too: no sign is certain.
    return random_.percent(8) ? noise * 35 / 100 : noise;
  }

  /// Trouble comes before silence: more tickets before use falls, none after.
  void add_tickets(Day since, Day day, std::optional<Day> falls_on) {
    constexpr int usual_per_mille = 25;
    const std::int64_t surge = settings_.effects[Effect::ticket_surge];
    const bool before_fall = falls_on && day <= *falls_on && day > *falls_on - 45;
    const bool after_fall = falls_on && day > *falls_on;
    std::int64_t share = usual_per_mille;
    if (before_fall) share = usual_per_mille * surge / 1000;
    if (after_fall && surge != 1000) share = 0;
    const bool opened = random_.per_mille(share);
    if (opened) add(random_.between(since, day), "ticket_opened", 1, "");
    if (!after_fall) count(Effect::ticket_surge, before_fall, 1, opened ? 1 : 0);
  }

  void add_feature(Day day, int known) {
    constexpr std::array<std::string_view, 6> features{"reports",   "automation", "api",
                                                       "templates", "export",     "mobile"};
    add(day, "feature_used", 1, std::string{features[static_cast<std::size_t>(random_.below(known))]});
  }

  /// What has nothing to do with anything.
  void add_noise(Day since, Day day) {
    if (random_.per_mille(30)) add(random_.between(since, day), "newsletter_opened", 1, "");
    if (random_.per_mille(30)) add(random_.between(since, day), "help_page_viewed", 1, "");
  }

  /// Twice a year each customer is asked how likely it would recommend the product; a third answers.
  void add_opinions(const Stay& stay) {
    const auto drop = static_cast<int>(settings_.effects[Effect::nps_drop] / 1000);
    const bool chooses = stay.ending.how == How::left && stay.ending.type == DepartureType::voluntary;
    for (Day day = stay.from + 50; day <= last_day_of(stay); day += 182) {
      if (!random_.percent(35)) continue;
      const bool unhappy = chooses && stay.ending.on - day <= 120;
      const int value = random_.between(6, 10) - random_.below(3);
      const int points = std::max(0, unhappy ? value - drop : value);
      add(day, "nps", points, "");
      count(Effect::nps_drop, unhappy, 1, points);
    }
  }

  void add_campaigns(const Stay& stay) {
    for (const Engagement& engagement : customer_.engagements) {
      if (engagement.day < stay.from || engagement.day > last_day_of(stay)) continue;
      add(engagement.day, "campaign_engaged", 1, std::string{engagement.campaign});
    }
  }

  void ask_why(const Stay& stay) {
    const Ending& ending = stay.ending;
    if (!ending.on_record(settings_)) return;
    const Day sent = ending.requested_on.value_or(ending.on);
    // Of a project without an end reason or a term that ran out, the answer is the only trace.
    const bool only_trace =
        ending.type == DepartureType::completed && ending.recorded_reason.empty() && !ending.term_ran_out;
    const bool involuntary = ending.type == DepartureType::involuntary;
    const bool asked = random_.percent(involuntary ? 35 : 80);
    const bool answers = random_.percent(involuntary ? 15 : 42);
    const int days = random_.between(1, 8);
    const bool contradicts = random_.per_mille(settings_.effects[Effect::survey_contradicts]);
    if (!asked && !only_trace) return;
    add(sent, "exit_survey_sent", 1, "");
    if (ending.type == DepartureType::unknown || !(answers || only_trace)) return;
    const Day answered = only_trace ? sent : sent + days;
    if (answered > settings_.last_day()) return;
    const bool tells_other = contradicts && !only_trace;
    add(answered, "exit_survey", 1, std::string{tells_other ? other_reason(ending.reason) : ending.reason});
    count(Effect::survey_contradicts, true, 1, tells_other ? 1 : 0);
  }

  std::string_view other_reason(std::string_view reason) {
    constexpr std::array<Choice, 4> reasons{
        {{"too_expensive", 35}, {"missing_feature", 30}, {"competitor", 25}, {"quality", 10}}};
    std::string_view other = pick(reasons, random_).label;
    if (other == reason) other = other == "quality" ? "too_expensive" : "quality";
    return other;
  }

  const Settings& settings_;
  const Customer& customer_;
  Book& book_;
  Random random_;
  Day usage_from_;
};

}  // namespace

void act(const Settings& settings, const Customer& customer, std::span<Stay> stays, Book& book) {
  EventWriter(settings, customer, book).write(stays);
}

}  // namespace sample_book
