#include <churn/row/spell.hpp>

#include <string>
#include <unordered_map>
#include <vector>

#include "row/spell_walk.hpp"

namespace churn::inline v0 {

struct SpellReader::Parts {
  Parts(const Book& given, SpellUnit unit) : book(given), walk(given, unit, {.first_phase = false}) {}

  [[nodiscard]] std::string_view text_of(std::uint32_t reason) {
    if (reason == no_index) return {};
    const auto [at, is_new] = texts.try_emplace(reason);
    if (is_new) at->second = book.data().records->texts.text(reason);
    return at->second;
  }

  const Book& book;
  SpellWalk walk;
  std::unordered_map<std::uint32_t, std::string> texts;  // their places do not move
  std::vector<Spell> spells;
};

SpellReader::SpellReader(const Book& book, SpellUnit unit) : parts_(std::make_unique<Parts>(book, unit)) {}
SpellReader::~SpellReader() = default;

std::span<const Spell> SpellReader::of(CustomerIndex customer) {
  parts_->spells.clear();
  for (const Stay& stay : parts_->walk.of(customer)) {
    Spell spell{.customer = customer,
                .starts_on = Date::from_days(stay.starts_on),
                .ends_on = {},
                .tenure = parts_->walk.tenure(stay),
                .entry = parts_->walk.entry(stay),
                .end_reason = parts_->text_of(stay.end_reason),
                .first_phase = {}};
    if (stay.ends_on != no_day) spell.ends_on = Date::from_days(stay.ends_on);
    if (parts_->walk.by_subscription())
      spell.first_phase = PhaseView{parts_->book.data().phases, stay.first_phase};
    parts_->spells.push_back(spell);
  }
  return parts_->spells;
}

}  // namespace churn::inline v0
