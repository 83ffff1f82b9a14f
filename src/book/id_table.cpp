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

bool is_same(std::int64_t a, std::int64_t b) { return a == b; }

constexpr std::int64_t largest = 999'999'999'999'999'999;  // what 18 digits hold, as key_of reads them
constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;         // 2^64 over the golden ratio: Fibonacci hashing

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
  const bool plain = !text.empty() && text.size() <= 18 && (text[0] != '0' || text.size() == 1);
  std::int64_t number = 0;
  if (plain) {
    for (const char c : text) {
      if (c < '0' || c > '9') return {text, 0, false};
      number = number * 10 + (c - '0');
    }
  }
  return {text, number, plain};
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
  if (key.is_number) return entry.length < 0 && entry.value == key.number;
  return entry.length == static_cast<std::int64_t>(key.text.size()) &&
         is_same({arena_.data() + entry.value, key.text.size()}, key.text);
}

void IdTable::grow(std::size_t slots) {
  std::vector<Slot> larger(slots, Slot{0, 0});
  const std::size_t mask = slots - 1;
  for (const Slot& slot : slots_) {
    if (slot.index_plus_one == 0) continue;
    std::size_t at = slot.hash & mask;
    while (larger[at].index_plus_one != 0) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

void IdTable::reserve(std::size_t count) {
  entries_.reserve(count);
  std::size_t slots = 16;
  while (slots < 2 * count) slots *= 2;
  if (slots > slots_.size()) grow(slots);
}

std::uint32_t IdTable::intern(const Key& key) {
  // Rows of one id mostly follow each other: then the table need not be asked.
  if (last_ < entries_.size() && matches(entries_[last_], key)) return last_;
  if (2 * (entries_.size() + 1) > slots_.size()) grow(slots_.empty() ? 16 : 2 * slots_.size());
  const std::uint32_t hash = hash_of(key);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].index_plus_one != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && matches(entries_[slots_[at].index_plus_one - 1], key))
      return last_ = slots_[at].index_plus_one - 1;

  if (entries_.size() >= std::numeric_limits<std::uint32_t>::max() - 1 ||
      key.text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error(ErrorCode::overflow, "There are more ids, or longer ones, than a table can hold.");
  Entry entry{key.number, -1};
  if (!key.is_number) {
    entry = {static_cast<std::int64_t>(arena_.size()), static_cast<std::int64_t>(key.text.size())};
    arena_.append(key.text);
  }
  entries_.push_back(entry);
  slots_.writable()[at] = {static_cast<std::uint32_t>(entries_.size()), hash};
  return last_ = static_cast<std::uint32_t>(entries_.size() - 1);
}

std::uint32_t IdTable::intern(std::string_view text) { return intern(key_of(text)); }

std::uint32_t IdTable::intern(std::int64_t number) {
  if (const auto key = key_of(number)) return intern(*key);
  return intern(Key{std::to_string(number), 0, false});
}

namespace {

/// For each of a few ids in turn a slot is read, then for each the entry that it names, then where its text begins. No
/// reading waits for the one before it, so that all of them are on their way from memory at once.
template <class Asked, class Slots, class Entries>
void read_ahead(std::span<Asked> asked, const Slots& slots, const Entries& entries,
                const PlainColumn<char>& arena) {
  const std::size_t mask = slots.size() - 1;
  for (Asked& a : asked) a.slot = slots[a.hash & mask];
  for (Asked& a : asked)
    if (a.slot.index_plus_one != 0) a.entry = entries[a.slot.index_plus_one - 1];
  for (Asked& a : asked)
    if (a.entry.length > 0 && !a.key.text.empty() &&
        arena[static_cast<std::size_t>(a.entry.value)] != a.key.text.front())
      a.slot.index_plus_one = 0;  // another id
}

}  // namespace

template <class Id>
void IdTable::intern_in_blocks(std::span<const Id> ids, std::span<std::uint32_t> indices) {
  struct Asked {
    std::size_t place;
    Key key;
    std::uint32_t hash;
    Slot slot;
    Entry entry;
  };
  std::array<Asked, 32> asked;
  std::size_t done = 0;  // so many have an index, or repeat the one before them
  const auto repeats = [ids](std::size_t i) { return i > 0 && is_same(ids[i], ids[i - 1]); };
  while (done < ids.size()) {
    const std::size_t first = done;
    std::size_t count = 0;
    for (; done < ids.size() && count < asked.size(); ++done) {
      if (repeats(done)) continue;
      const std::optional<Key> key = key_of(ids[done]);
      if (!key) break;
      asked[count++] = {done, *key, hash_of(*key), {}, {}};
    }
    if (!slots_.empty()) read_ahead(std::span{asked.data(), count}, slots_, entries_, arena_);
    for (std::size_t i = 0; i < count; ++i) {
      const Asked& a = asked[i];
      const bool found = a.slot.index_plus_one != 0 && a.slot.hash == a.hash && matches(a.entry, a.key);
      indices[a.place] = found ? a.slot.index_plus_one - 1 : intern(a.key);
    }
    for (std::size_t i = first, next = 0; i < done; ++i) {
      if (next < count && asked[next].place == i)
        ++next;
      else
        indices[i] = indices[i - 1];
    }
    if (done < ids.size() && count < asked.size()) {  // a number that is kept as a text
      indices[done] = intern(ids[done]);
      ++done;
    }
  }
}

void IdTable::intern(std::span<const std::string_view> ids, std::span<std::uint32_t> indices) {
  intern_in_blocks(ids, indices);
}
void IdTable::intern(std::span<const std::int64_t> ids, std::span<std::uint32_t> indices) {
  intern_in_blocks(ids, indices);
}

void IdTable::find(std::span<const std::string_view> ids, std::span<std::uint32_t> indices) const {
  if (slots_.empty()) {
    std::fill(indices.begin(), indices.end(), no_id);
    return;
  }
  struct Asked {
    Key key;
    std::uint32_t hash;
    Slot slot;
    Entry entry;
  };
  std::array<Asked, 64> asked;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t first = 0; first < ids.size(); first += asked.size()) {
    const std::span block{asked.data(), std::min(asked.size(), ids.size() - first)};
    for (std::size_t i = 0; i < block.size(); ++i) {
      const Key key = key_of(ids[first + i]);
      block[i] = {key, hash_of(key), {}, {}};
    }
    // In turns, so that no reading waits for the one before it: where an id would be, where its hash is, what is there.
    for (Asked& a : block) a.slot = slots_[a.hash & mask];
    for (Asked& a : block)
      for (std::size_t at = a.hash & mask; a.slot.index_plus_one != 0 && a.slot.hash != a.hash;) {
        at = (at + 1) & mask;
        a.slot = slots_[at];
      }
    for (Asked& a : block)
      if (a.slot.index_plus_one != 0) a.entry = entries_[a.slot.index_plus_one - 1];
    for (std::size_t i = 0; i < block.size(); ++i) {
      const Asked& a = block[i];
      const bool is_it = a.slot.index_plus_one != 0 && matches(a.entry, a.key);
      const bool is_another = a.slot.index_plus_one != 0 && !is_it;  // of the same hash
      indices[first + i] = is_it        ? a.slot.index_plus_one - 1
                           : is_another ? find(a.key).value_or(no_id)
                                        : no_id;
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
  if (entry.length < 0) return {{}, entry.value, true};
  return {{arena_.data() + entry.value, static_cast<std::size_t>(entry.length)}, 0, false};
}

std::optional<std::uint32_t> IdTable::find(const Key& key) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t hash = hash_of(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].index_plus_one != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && matches(entries_[slots_[at].index_plus_one - 1], key))
      return slots_[at].index_plus_one - 1;
  return std::nullopt;
}

bool IdTable::is_sound() const noexcept {
  if (slots_.size() < 2 * entries_.size() || !(slots_.empty() || std::has_single_bit(slots_.size())))
    return false;
  const auto letters = static_cast<std::int64_t>(arena_.size());
  bool sound = entries_.size() < std::numeric_limits<std::uint32_t>::max();
  for (const Entry& entry : entries_)
    sound = sound && (entry.length == -1 ? entry.value >= 0 && entry.value <= largest
                                         : entry.length >= 0 && entry.length <= letters && entry.value >= 0 &&
                                               entry.value <= letters - entry.length);
  // So many are taken that a search ends at a free one.
  std::size_t taken = 0;
  for (const Slot& slot : slots_) {
    taken += slot.index_plus_one != 0 ? 1 : 0;
    sound = sound && slot.index_plus_one <= entries_.size();
  }
  return sound && taken == entries_.size();
}

std::string IdTable::text(std::uint32_t index) const {
  const Entry& entry = entries_[index];
  if (entry.length < 0) return std::to_string(entry.value);
  return {arena_.data() + entry.value, static_cast<std::size_t>(entry.length)};
}

}  // namespace churn::inline v0
