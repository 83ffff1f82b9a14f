// IdTable: texts and integers interned to dense indices, each once.
//
// A text that is a plain integer ("42") and the integer 42 are the same id; integers are kept as such and
// take no text. Open addressing with 8-byte slots at most half full, texts in one arena: no allocation per
// id. Indices count up in order of first sight, so nothing may be ordered or broken by them.
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
  void reserve(std::size_t count);

  /// Shows its columns to what keeps them, or fills them again.
  template <class Self, class Visit>
  static void each_column(Self& self, Visit&& visit) {
    visit(self.entries_);
    visit(self.slots_);
    visit(self.arena_);
  }
  /// Of columns that were filled from outside: whether they are those of a table, so that nothing that is asked
  /// of it leads out of them. O(ids).
  [[nodiscard]] bool is_sound() const noexcept;

 private:
  struct Entry {
    std::int64_t value;   // the integer, or the text's offset in the arena
    std::int64_t length;  // of the text; -1 for an integer
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

  [[nodiscard]] static Key key_of(std::string_view text) noexcept;
  [[nodiscard]] static std::optional<Key> key_of(std::int64_t number) noexcept;
  [[nodiscard]] static std::uint32_t hash_of(const Key& key) noexcept;
  [[nodiscard]] Key key_at(std::uint32_t index) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> find(const Key& key) const;
  [[nodiscard]] bool matches(const Entry& entry, const Key& key) const noexcept;
  std::uint32_t intern(const Key& key);
  template <class Id>
  void intern_in_blocks(std::span<const Id> ids, std::span<std::uint32_t> indices);
  void grow(std::size_t slots);

  PlainColumn<Entry> entries_;
  PlainColumn<Slot> slots_;
  PlainColumn<char> arena_;
  std::uint32_t last_{0};  // the index that was given last
};

}  // namespace churn::inline v0
