// IdTable: texts and integers interned to dense indices, each once.
//
// A text that is a plain integer ("42") and the integer 42 are the same id; integers are kept as such and
// take no text. An id takes 8 bytes, its text beside, all texts in one arena. Integers that lie close together, as
// those that a database counts up do, are looked up in a table by their value, 4 bytes a place; all others by open
// addressing with 8-byte slots, at most two thirds of them taken. No allocation per id. Indices count up in order of
// first sight, so nothing may be ordered or broken by them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "book/plain_column.hpp"

namespace churn::inline v0 {

class IdTable {
 public:
  std::uint32_t intern(std::string_view text);
  std::uint32_t intern(std::int64_t number);
  /// Interns one id after the other, and gives the index of each: as fast where ids are in no order as where memory
  /// would answer at once, for it is asked for many at a time.
  void intern(std::span<const std::string_view> ids, std::span<std::uint32_t> indices);
  void intern(std::span<const std::int64_t> ids, std::span<std::uint32_t> indices);
  /// Interns all that another table holds. Gives the index here of each index there.
  std::vector<std::uint32_t> intern_all(const IdTable& other);
  /// The id that another table has at a place.
  std::uint32_t intern(const IdTable& other, std::uint32_t index) { return intern(other.key_at(index)); }
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const { return find(key_of(text)); }
  [[nodiscard]] std::optional<std::uint32_t> find(const IdTable& other, std::uint32_t index) const {
    return find(other.key_at(index));
  }

  /// Looks up one id after the other, many at a time as `intern` does; no_id for what is not there.
  void find(std::span<const std::string_view> ids, std::span<std::uint32_t> indices) const;
  static constexpr std::uint32_t no_id = UINT32_MAX;

  [[nodiscard]] std::string text(std::uint32_t index) const;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Makes room for so many ids in all; slots for them once there is one that is looked up by them.
  void reserve(std::size_t count);
  /// Makes room for the integers up to `largest` in the table by value, whatever lies between them.
  void reserve_up_to(std::int64_t largest);

  /// Shows its columns to what keeps them, or fills them again.
  template <class Self, class Visit>
  static void each_column(Self& self, Visit&& visit) {
    visit(self.entries_);
    visit(self.slots_);
    visit(self.by_value_);
    visit(self.arena_);
  }
  /// Of columns that were filled from outside: whether they are those of a table, so that nothing that is asked
  /// of it leads out of them. O(ids).
  [[nodiscard]] bool is_sound() const noexcept;

 private:
  /// An integer, or where a text lies: bit 63, 23 bits of its length, 40 of its offset in the arena.
  class Entry {
   public:
    Entry() = default;
    static constexpr std::size_t longest_text = (std::size_t{1} << 23U) - 1;
    static constexpr std::size_t largest_arena = (std::size_t{1} << 40U) - 1;
    [[nodiscard]] static Entry of_number(std::int64_t number) noexcept {
      return Entry{static_cast<std::uint64_t>(number)};
    }
    [[nodiscard]] static Entry of_text(std::size_t offset, std::size_t length) noexcept {
      return Entry{text_bit | std::uint64_t{length} << 40U | std::uint64_t{offset}};
    }
    [[nodiscard]] bool is_number() const noexcept { return (bits_ & text_bit) == 0; }
    [[nodiscard]] bool is(std::int64_t number) const noexcept {
      return bits_ == static_cast<std::uint64_t>(number);
    }
    [[nodiscard]] std::int64_t number() const noexcept { return static_cast<std::int64_t>(bits_); }
    [[nodiscard]] std::size_t offset() const noexcept { return bits_ & largest_arena; }
    [[nodiscard]] std::size_t length() const noexcept { return (bits_ & ~text_bit) >> 40U; }

   private:
    static constexpr std::uint64_t text_bit = std::uint64_t{1} << 63U;
    explicit Entry(std::uint64_t bits) noexcept : bits_(bits) {}
    std::uint64_t bits_{0};
  };
  struct Slot {
    std::uint32_t index_plus_one;
    std::uint32_t hash;
  };
  struct Key {
    std::string_view text;
    std::int64_t number;
    bool is_number;
  };
  /// One of several ids that are looked up at once.
  struct Asked {
    std::size_t place;
    Key key;
    std::uint32_t hash;
    Slot slot{};
    Entry entry{};
    bool begins_alike{true};
  };

  [[nodiscard]] static Key key_of(std::string_view text) noexcept;
  [[nodiscard]] static std::optional<Key> key_of(std::int64_t number) noexcept;
  [[nodiscard]] static std::uint32_t hash_of(const Key& key) noexcept;
  [[nodiscard]] Key key_at(std::uint32_t index) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> find(const Key& key) const;
  [[nodiscard]] bool matches(const Entry& entry, const Key& key) const noexcept;
  std::uint32_t intern(const Key& key);
  void intern_texts(std::span<const std::string_view> ids, std::span<std::uint32_t> indices);
  std::uint32_t intern_by_value(std::int64_t number);
  void intern_by_value(std::span<const std::int64_t> numbers, std::span<std::uint32_t> indices);
  std::uint32_t intern_by_slot(const Key& key);
  [[nodiscard]] bool is_by_value(std::int64_t number) const noexcept {
    return static_cast<std::uint64_t>(number) < by_value_.size();
  }
  void fill_slots(std::size_t slots);
  void make_room_for_one_slot();

  PlainColumn<Entry> entries_;
  PlainColumn<Slot> slots_;              // of what is not in the next; a power of two of them, or none
  PlainColumn<std::uint32_t> by_value_;  // of the integers below its size, one more than their index; 0: none
  PlainColumn<char> arena_;
  std::size_t slots_at_first_{16};
  std::uint32_t last_{0};    // the index that was given last
  std::size_t in_slots_{0};  // so many are taken; 0 also where they have not been counted yet
};

}  // namespace churn::inline v0
