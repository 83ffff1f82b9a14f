#include "book/id_table.hpp"

#include <churn/core/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "core/words.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::int64_t largest = 999'999'999'999'999'999;  // what 18 digits hold, as key_of reads them
constexpr std::size_t most_ids = std::numeric_limits<std::uint32_t>::max() - 1;
constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;  // 2^64 over the golden ratio: Fibonacci hashing

[[noreturn]] void throw_too_many() {
  throw Error(ErrorCode::overflow, "There are more ids, or longer ones, than a table can hold.");
}

/// Of our own, as files hold what it gives: a standard library's may differ from the next one's.
std::uint64_t hash_of_text(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  const auto take = [&](std::size_t bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), bytes);
    hash = (std::rotl(hash, 23) ^ word) * odd;
    text.remove_prefix(bytes);
  };
  while (text.size() >= 8) take(8);
  if (!text.empty()) take(text.size());
  return hash;
}

}  // namespace

IdTable::Key IdTable::key_of(std::string_view text) noexcept {
  const Key no_number{text, 0, false};
  if (text.empty() || text.size() > 18 || (text[0] == '0' && text.size() > 1)) return no_number;
  if (text.size() <= 8) {
    const std::size_t before = 8 * (8 - text.size());  // zeros before the first digit
    const std::uint64_t digits = (word_of(text) ^ eight_of('0') >> before) << before;
    return are_digits(digits) ? Key{text, number_of(digits), true} : no_number;
  }
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return no_number;
    number = number * 10 + (c - '0');
  }
  return {text, number, true};
}

/// Empty for a number that is kept as a text.
std::optional<IdTable::Key> IdTable::key_of(std::int64_t number) noexcept {
  if (number < 0 || number > largest) return std::nullopt;
  return Key{{}, number, true};
}

/// Integers that follow each other share a stretch of 16 slots, so that ids in order are found in the cache; the
/// stretches are spread, so that ids that are all multiples of something don't crowd.
std::uint32_t IdTable::hash_of(const Key& key) noexcept {
  const auto spread = [](std::uint64_t bits) {
    bits = (bits ^ (bits >> 32)) * odd;
    return static_cast<std::uint32_t>(bits >> 32);
  };
  if (!key.is_number) return spread(hash_of_text(key.text));
  const auto number = static_cast<std::uint64_t>(key.number);
  return (spread(number >> 4U) & ~15U) | static_cast<std::uint32_t>(number & 15U);
}

bool IdTable::matches(const Entry& entry, const Key& key) const noexcept {
  if (key.is_number) return entry.is(key.number);
  return !entry.is_number() && entry.length() == key.text.size() &&
         is_same({arena_.data() + entry.offset(), key.text.size()}, key.text);
}

/// Slots anew, so many, for all that is looked up by them.
void IdTable::fill_slots(std::size_t slots) {
  PlainColumn<Slot> filled;
  filled.append(slots, Slot{0, 0});
  const std::span<Slot> fill = filled.writable();
  const std::size_t mask = slots - 1;
  std::size_t taken = 0;
  for (const Slot& slot : slots_) {
    if (slot.index_plus_one == 0) continue;
    const Entry& entry = entries_[slot.index_plus_one - 1];
    if (entry.is_number() && is_by_value(entry.number())) continue;
    std::size_t at = slot.hash & mask;
    while (fill[at].index_plus_one != 0) at = (at + 1) & mask;
    fill[at] = slot;
    ++taken;
  }
  slots_ = std::move(filled);
  in_slots_ = taken;
}

void IdTable::reserve(std::size_t count) {
  entries_.reserve(count);
  while (2 * slots_at_first_ < 3 * count) slots_at_first_ *= 2;
  if (!slots_.empty() && slots_at_first_ > slots_.size()) fill_slots(slots_at_first_);
}

void IdTable::reserve_up_to(std::int64_t number) {
  if (number < 0 || is_by_value(number)) return;
  by_value_.resize(static_cast<std::size_t>(number) + 1, 0);
  bool any_moved = false;
  const std::span<std::uint32_t> by_value = by_value_.writable();
  for (const Slot& slot : slots_) {
    if (slot.index_plus_one == 0) continue;
    const Entry& entry = entries_[slot.index_plus_one - 1];
    if (!entry.is_number() || !is_by_value(entry.number())) continue;
    by_value[static_cast<std::size_t>(entry.number())] = slot.index_plus_one;
    any_moved = true;
  }
  if (any_moved) fill_slots(slots_.size());
}

void IdTable::make_room_for_one_slot() {
  if (in_slots_ == 0)
    in_slots_ = static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.end(), [](const Slot& s) { return s.index_plus_one != 0; }));
  if (3 * (in_slots_ + 1) > 2 * slots_.size())
    fill_slots(slots_.empty() ? slots_at_first_ : 2 * slots_.size());
}

/// For a number that is_by_value.
std::uint32_t IdTable::intern_by_value(std::int64_t number) {
  const std::uint32_t known = by_value_[static_cast<std::size_t>(number)];
  if (known != 0) return known - 1;
  if (entries_.size() >= most_ids) throw_too_many();
  entries_.push_back(Entry::of_number(number));
  const auto count = static_cast<std::uint32_t>(entries_.size());
  by_value_.writable()[static_cast<std::size_t>(number)] = count;
  return count - 1;
}

/// The same of many, without asking whether one is new: that can't be guessed where ids are in no order, and what was
/// begun on a wrong guess is lost. What is known of some is read before any is written, as memory then answers for all
/// of them at once.
void IdTable::intern_by_value(std::span<const std::int64_t> numbers, std::span<std::uint32_t> indices) {
  std::uint32_t* const by_value = by_value_.writable().data();
  [[maybe_unused]] volatile std::uint32_t seen = 0;
  constexpr std::size_t together = 64;
  for (std::size_t first = 0; first < numbers.size(); first += together) {
    const std::size_t last = std::min(first + together, numbers.size());
    std::uint32_t any = 0;
    for (std::size_t i = first; i < last; ++i) any ^= by_value[static_cast<std::size_t>(numbers[i])];
    seen = any;
    const std::size_t before = entries_.size();
    Entry* const more = entries_.extend(together + 1).data();
    std::size_t added = 0;
    for (std::size_t i = first; i < last; ++i) {
      std::uint32_t& known = by_value[static_cast<std::size_t>(numbers[i])];
      more[added] = Entry::of_number(numbers[i]);  // one beyond the last, where it is not new
      const std::uint32_t is_new = known == 0 ? 1 : 0;
      added += is_new;
      known |= (0U - is_new) & static_cast<std::uint32_t>(before + added);
      indices[i] = known - 1;
    }
    entries_.truncate(before + added);
  }
}

std::uint32_t IdTable::intern(const Key& key) {
  // Rows of one id mostly follow each other: then the table need not be asked.
  if (last_ < entries_.size() && matches(entries_[last_], key)) return last_;
  if (!key.is_number) return last_ = intern_by_slot(key);
  if (is_by_value(key.number)) return last_ = intern_by_value(key.number);
  // Integers close together take less room by value than in slots.
  const auto room = static_cast<std::int64_t>(4 * entries_.size() + 64);
  if (key.number >= room) return last_ = intern_by_slot(key);
  reserve_up_to(std::min(room, std::max(key.number, static_cast<std::int64_t>(2 * by_value_.size()))));
  return last_ = intern_by_value(key.number);
}

std::uint32_t IdTable::intern_by_slot(const Key& key) {
  make_room_for_one_slot();
  const std::uint32_t hash = hash_of(key);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].index_plus_one != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && matches(entries_[slots_[at].index_plus_one - 1], key))
      return slots_[at].index_plus_one - 1;

  if (entries_.size() >= most_ids || key.text.size() > Entry::longest_text ||
      arena_.size() > Entry::largest_arena - key.text.size())
    throw_too_many();
  const Entry entry =
      key.is_number ? Entry::of_number(key.number) : Entry::of_text(arena_.size(), key.text.size());
  const std::span<Slot> slots = slots_.writable();
  if (!key.is_number) arena_.append(key.text);
  entries_.push_back(entry);
  slots[at] = {static_cast<std::uint32_t>(entries_.size()), hash};
  ++in_slots_;
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

std::uint32_t IdTable::intern(std::string_view text) { return intern(key_of(text)); }

std::uint32_t IdTable::intern(std::int64_t number) {
  if (const auto key = key_of(number)) return intern(*key);
  return intern(Key{std::to_string(number), 0, false});
}

namespace {

/// Reads where each text begins, wherever the host has it, so that all of them are on their way from memory at once.
/// Gives something of it all, as what comes to nothing need not be read.
char first_letters(std::span<const std::string_view> texts) noexcept {
  char all = 0;
  for (const std::string_view text : texts)
    if (!text.empty()) all = static_cast<char>(all ^ text.front());
  return all;
}

/// For each of a few ids in turn the slot of its hash is found, then for each the entry that it names is read, then where
/// its text begins. No reading waits for the one before it, so that all of them are on their way from memory at once.
template <class Asked, class Slots, class Entries>
void read_ahead(std::span<Asked> asked, const Slots& slots, const Entries& entries,
                const PlainColumn<char>& arena) {
  const std::size_t mask = slots.size() - 1;
  for (Asked& a : asked) a.slot = slots[a.hash & mask];
  for (Asked& a : asked)
    for (std::size_t at = a.hash & mask; a.slot.index_plus_one != 0 && a.slot.hash != a.hash;) {
      at = (at + 1) & mask;
      a.slot = slots[at];
    }
  for (Asked& a : asked)
    if (a.slot.index_plus_one != 0) a.entry = entries[a.slot.index_plus_one - 1];
  for (Asked& a : asked)
    if (!a.entry.is_number() && a.entry.length() > 0 && !a.key.text.empty())
      a.begins_alike = arena[a.entry.offset()] == a.key.text.front();
}

}  // namespace

void IdTable::intern(std::span<const std::string_view> ids, std::span<std::uint32_t> indices) {
  constexpr std::size_t together = 256;
  std::array<std::int64_t, together> numbers;
  for (std::size_t first = 0; first < ids.size(); first += together) {
    const std::span<const std::string_view> some = ids.subspan(first, std::min(together, ids.size() - first));
    const std::span<std::uint32_t> answers = indices.subspan(first, some.size());
    std::size_t count = 0;
    for (bool is_number = true; is_number && count < some.size(); count += is_number ? 1 : 0) {
      const Key key = key_of(some[count]);
      numbers[count] = key.number;
      is_number = key.is_number;
    }
    if (count == some.size())
      intern(std::span{numbers}.first(count), answers);
    else
      intern_texts(some, answers);
  }
}

/// Interns texts of which some may be integers.
void IdTable::intern_texts(std::span<const std::string_view> ids, std::span<std::uint32_t> indices) {
  std::array<Asked, 32> asked;
  std::size_t done = 0;  // so many have an index, or repeat the one before them
  const auto repeats = [ids](std::size_t i) { return i > 0 && is_same(ids[i], ids[i - 1]); };
  [[maybe_unused]] volatile char seen = 0;
  while (done < ids.size()) {
    const std::size_t first = done;
    std::size_t count = 0;
    seen = first_letters(ids.subspan(done, std::min(ids.size() - done, asked.size())));
    for (; done < ids.size() && count < asked.size(); ++done) {
      if (repeats(done)) continue;
      const Key key = key_of(ids[done]);
      asked[count++] = {done, key, hash_of(key)};
    }
    if (!slots_.empty()) read_ahead(std::span{asked.data(), count}, slots_, entries_, arena_);
    for (std::size_t i = 0; i < count; ++i) {
      const Asked& a = asked[i];
      const bool found = a.slot.index_plus_one != 0 && a.begins_alike && matches(a.entry, a.key);
      indices[a.place] = found ? a.slot.index_plus_one - 1 : intern(a.key);
    }
    for (std::size_t i = first, next = 0; i < done; ++i) {
      if (next < count && asked[next].place == i)
        ++next;
      else
        indices[i] = indices[i - 1];
    }
  }
}

void IdTable::intern(std::span<const std::int64_t> ids, std::span<std::uint32_t> indices) {
  // So many ids may have a place by value each, wherever they lie, for less than what a row of them takes.
  std::uint64_t highest = 0;
  for (const std::int64_t id : ids) highest = std::max(highest, static_cast<std::uint64_t>(id));
  if (highest < ids.size()) reserve_up_to(static_cast<std::int64_t>(highest));
  if (highest < by_value_.size() && entries_.size() + ids.size() <= most_ids) {
    intern_by_value(ids, indices);
    return;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0 && ids[i] == ids[i - 1])
      indices[i] = indices[i - 1];
    else
      indices[i] = is_by_value(ids[i]) ? intern_by_value(ids[i]) : intern(ids[i]);
  }
}

void IdTable::find(std::span<const std::string_view> ids, std::span<std::uint32_t> indices) const {
  std::array<Asked, 64> asked;
  for (std::size_t first = 0; first < ids.size(); first += asked.size()) {
    const std::size_t last = std::min(ids.size(), first + asked.size());
    std::size_t count = 0;
    for (std::size_t i = first; i < last; ++i) {
      const Key key = key_of(ids[i]);
      if (key.is_number && is_by_value(key.number))
        indices[i] = by_value_[static_cast<std::size_t>(key.number)] - 1;  // of none: no_id
      else if (slots_.empty())
        indices[i] = no_id;
      else
        asked[count++] = {i, key, hash_of(key)};
    }
    const std::span block{asked.data(), count};
    if (count > 0) read_ahead(block, slots_, entries_, arena_);
    for (const Asked& a : block) {
      const bool is_it = a.slot.index_plus_one != 0 && matches(a.entry, a.key);
      const bool is_another = a.slot.index_plus_one != 0 && !is_it;  // of the same hash
      indices[a.place] = is_it ? a.slot.index_plus_one - 1 : is_another ? find(a.key).value_or(no_id) : no_id;
    }
  }
}

std::vector<std::uint32_t> IdTable::intern_all(const IdTable& other) {
  std::vector<std::uint32_t> index_of(other.size());
  for (std::uint32_t i = 0; i < index_of.size(); ++i) index_of[i] = intern(other.key_at(i));
  return index_of;
}

IdTable::Key IdTable::key_at(std::uint32_t index) const noexcept {
  const Entry& entry = entries_[index];
  if (entry.is_number()) return {{}, entry.number(), true};
  return {{arena_.data() + entry.offset(), entry.length()}, 0, false};
}

std::optional<std::uint32_t> IdTable::find(const Key& key) const {
  if (key.is_number && is_by_value(key.number)) {
    const std::uint32_t known = by_value_[static_cast<std::size_t>(key.number)];
    return known == 0 ? std::nullopt : std::optional{known - 1};
  }
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t hash = hash_of(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].index_plus_one != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && matches(entries_[slots_[at].index_plus_one - 1], key))
      return slots_[at].index_plus_one - 1;
  return std::nullopt;
}

bool IdTable::is_sound() const noexcept {
  if (!(slots_.empty() || std::has_single_bit(slots_.size())) || entries_.size() > most_ids) return false;
  bool sound = true;
  for (const Entry& entry : entries_)
    sound = sound && (entry.is_number() ? entry.number() <= largest
                                        : entry.offset() + entry.length() <= arena_.size());
  if (!sound) return false;
  // So few are taken that a search ends at a free one, and no id is found in two ways.
  std::size_t taken = 0;
  for (const Slot& slot : slots_) {
    if (slot.index_plus_one == 0) continue;
    ++taken;
    sound = sound && slot.index_plus_one <= entries_.size();
    if (!sound) return false;
    const Entry& entry = entries_[slot.index_plus_one - 1];
    sound = !(entry.is_number() && is_by_value(entry.number()));
  }
  std::size_t by_value = 0;
  for (std::size_t number = 0; number < by_value_.size(); ++number) {
    const std::uint32_t known = by_value_[number];
    if (known == 0) continue;
    ++by_value;
    sound = sound && known <= entries_.size() && entries_[known - 1].is(static_cast<std::int64_t>(number));
  }
  return sound && (taken == 0 || taken < slots_.size()) && taken + by_value == entries_.size();
}

std::string IdTable::text(std::uint32_t index) const {
  const Entry& entry = entries_[index];
  if (entry.is_number()) return std::to_string(entry.number());
  return {arena_.data() + entry.offset(), entry.length()};
}

}  // namespace churn::inline v0
