#!/usr/bin/env bash
# Breaks the library in small ways, one at a time, and checks that some test notices each of them.
#
#   tests/mutants.sh            all mutants, in a copy of the checkout under build/mutants
#   tests/mutants.sh NAME...    only these
#
# A mutant is a line: name | file | text | what it becomes | tests that should fail. It ends with the number
# of mutants killed; one that survives, or whose text is no longer in the file, makes the exit status 1.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
work="$top/build/mutants"

mutants() {
  cat <<'LIST'
gap_of_exactly_the_allowance_is_churn|src/book/timeline_builder.cpp|back_on - state.day <= allowance|back_on - state.day < allowance|RandomBooks.*
churn_is_dated_on_the_last_active_day|src/book/timeline_builder.cpp|if (until < as_of_) states_.push_back({until, {}, no_index, 0});|if (until < as_of_) states_.push_back({until - 1, {}, no_index, 0});|RandomBooks.*
as_of_is_inclusive|src/book/timeline_builder.cpp|if (part.from >= as_of_) continue;|if (part.from > as_of_) continue;|RandomBooks.*
who_pays_on_records_from_is_new|src/book/timeline_builder.cpp|states_[next].day <= records_from_|states_[next].day < records_from_|RandomBooks.*
return_after_exactly_the_window_is_new|src/book/timeline_builder.cpp|day - absent_since > *rules_|day - absent_since >= *rules_|RandomBooks.*
discount_lasts_one_day_longer|src/book/phase_resolver.cpp|discount_ends_on == no_day \|\| from < discount_ends_on|discount_ends_on == no_day \|\| from <= discount_ends_on|RandomBooks.*
trial_lasts_one_part_longer|src/book/phase_resolver.cpp|trial_ends_on != no_day && from < trial_ends_on|trial_ends_on != no_day && from <= trial_ends_on|RandomBooks.*
later_phase_does_not_cut_the_earlier|src/book/phase_resolver.cpp|? std::min(ends_on, phases_.starts_on[next])|? ends_on|RandomBooks.*
one_of_two_conflicting_rows_counts|src/book/phase_resolver.cpp|if (!conflict) sorted_[kept++] = first;|sorted_[kept++] = first;|RandomBooks.*
rounding_per_unit|src/core/plain_run_rate.hpp|return cycle_count == 1 ? ticks : divide_half_even(ticks, cycle_count);|return quantity == 0 ? 0 : quantity * divide_half_even(ticks / quantity, cycle_count);|RandomBooks.*:RunRate*
half_up_instead_of_half_even|include/churn/core/exact.hpp|remainder > rest \|\| (remainder == rest && quotient % 2 != 0)|remainder >= rest|Exact*:RandomBooks.*:RunRate*
first_paid_by_closing|include/churn/row/step.hpp|(history == History::period_ends && !seen)|!seen|RandomBooks.*
period_starts_a_day_late|src/row/step.cpp|for (std::int32_t day = grid.cuts()[p].days(); day < until; ++day)|for (std::int32_t day = grid.cuts()[p].days() + 1; day < until; ++day)|RandomBooks.*
dropped_segment|src/cube/fixed_fold.hpp|return keep_.empty() \|\| keep_[customer];|return labelling_.code.empty() \|\| labelling_(customer) != 0;|RandomBooks.*
exposure_misses_the_first_day|src/cube/fixed_fold.hpp|ends_[static_cast<std::size_t>(period)] - timeline_.day[i]|ends_[static_cast<std::size_t>(period)] - timeline_.day[i] - 1|RandomBooks.*
incomplete_period_called_complete|src/row/period_status.cpp|grid.is_whole(p) && period.last() <= as_of|grid.is_whole(p)|RandomBooks.*
unbroken_ignores_the_first_close|src/cube/cohort_cube.cpp|period <= own ? is_present : unbroken & is_present;|period <= own ? 1 : unbroken & is_present;|RandomBooks.*
currencies_match_in_transfers|src/cube/lane_rule.cpp|if (changes[i].currency != currency \|\| amount(changes[i]) == 0) continue;|if (amount(changes[i]) == 0) continue;|RandomBooks.*
remainder_to_the_last_of_equals|src/cube/lane_rule.cpp|return a.first > b.first;|return a.first >= b.first;|RandomBooks.*
what_newcomers_gain_counts_in_rates|src/cube/segment_fold.cpp|if (change.gain() > 0 && was_there)|if (change.gain() > 0)|RandomBooks.*
losses_count_in_the_state_at_closing|src/cube/segment_fold.cpp|if (change.loss() > 0) post(opening.segment,|if (change.loss() > 0) post(closing.segment,|RandomBooks.*
state_changes_without_transfer|src/cube/segment_fold.cpp|if (before.segment == segment) return;|if (true) return;|RandomBooks.*
what_stays_in_a_row_is_a_transfer|src/cube/segment_fold.cpp|const std::int64_t stays = std::min(transfer.in, transfer.out);|const std::int64_t stays = 0;|RandomBooks.*
state_that_a_filter_tells_apart_is_a_transfer|src/cube/segment_fold.cpp|if (from == to) continue;|(void)to;|RandomBooks.*
tenure_counts_from_the_day_after|src/segment/customer_days.cpp|const std::int64_t day = std::int64_t{first_present_} + cut;|const std::int64_t day = std::int64_t{first_present_} + cut + 1;|RandomBooks.*
carried_gap_empties_the_lanes|src/segment/customer_days.cpp|until - stretches_[i].day <= allowance) continue;|until - stretches_[i].day < allowance) continue;|RandomBooks.*
last_plan_of_equals_is_primary|src/segment/segmenter.cpp|return a.second.first < b.second.first;|return a.second.first <= b.second.first;|RandomBooks.*
renewal_on_the_last_day_is_not_due|src/cube/subscription_cube.cpp|if (!day \|\| day->days() > last_day) return;|if (!day \|\| day->days() >= last_day) return;|RandomBooks.*
whoever_is_due_renews|src/cube/subscription_cube.cpp|to->renewed += group.on(day->days()) != nullptr ? 1 : 0;|to->renewed += 1;|RandomBooks.*
trial_ends_with_each_phase|src/cube/subscription_cube.cpp|if (goes_on \|\| !is_known(day)|if (!is_known(day)|RandomBooks.*
window_knows_no_earlier_close|src/core/period_grid.cpp|window.boundaries_ = cuts_;|window.kind_ = PeriodKind::cuts;|RandomBooks.*
window_passes_over_the_opening_of_its_grid|src/core/period_grid.cpp|Date::from_days(next), known.front());|Date::from_days(next), latest);|PeriodGrid.*:ChangingSegments.in_a_window*
own_folds_over_windows_know_no_earlier_close|include/churn/metric/measure.hpp|fold(cube.grid().trailing(p, *cube.trailing_days()))|fold(periods_at({cube.span(p).first(), cube.span(p).last()}))|ChangingSegments.a_hosts_own*
trial_judged_the_day_before|src/cube/subscription_cube.cpp|to->trials_converted += customer_pays_on(day) ? 1 : 0;|to->trials_converted += customer_pays_on(day - 1) ? 1 : 0;|RandomBooks.*
joined_and_left_counts_all_joined|src/cube/fixed_fold.hpp|cell.joined_and_left_customers += closing.present ? 0 : 1;|cell.joined_and_left_customers += 1;|RandomBooks.*
a_return_is_one_if_the_customer_was_there_in_the_same_period|src/cube/fixed_fold.hpp|if (period_before != period && (timeline_.state|if ((timeline_.state|RandomBooks.*
what_is_before_the_grid_is_cut_off_too_early|src/cube/fixed_fold.hpp|&& next_period < 0; look_ahead()) ++i;|&& next_period < -1; look_ahead()) ++i;|RandomBooks.*
unbroken_ends_within_a_period|src/cube/cohort_cube.cpp|goes_on = is_open ? unbroken : at_close;|goes_on = at_close;|RandomBooks.*
places_of_changes_stay_those_of_a_thread|src/book/book_timelines.cpp|phase[i] += changes;|phase[i] += 0;|BookFile.is_the_same_however*
gaps_are_those_of_a_thread|src/book/book_timelines.cpp|to.pending_gaps.push_back({customers + gap.customer, gap.since});|to.pending_gaps.push_back({gap.customer, gap.since});|BookFile.is_the_same_however*
excluded_account_counts_through_a_merge|src/book/account_resolver.cpp|left_out_[step] = is_excluded(step) \|\| (ends && left_out_[target]);|left_out_[step] = is_excluded(step);|RandomBooks.*
phases_of_nobody_are_in_order|src/book/phases_by_customer.cpp|if (customer < before \|\| customer == no_index) return false;|if (customer < before) return false;|PhasesByCustomer.*
rows_of_a_customer_may_stand_apart|src/book/phases_by_customer.cpp|if (customer < before \|\| customer == no_index) return false;|if (customer == no_index) return false;|PhasesByCustomer.*
a_pile_begins_where_its_first_share_does|src/book/phases_by_customer.cpp|if ((i + 1) % shares == 0) first_[(i + 1) / shares] = behind;|if (i % shares == 0) first_[i / shares + 1] = behind;|PhasesByCustomer.*
a_phase_that_ends_as_it_starts_is_plain|src/book/plain_phase.cpp|ends_on[i] > starts_on[i]|ends_on[i] >= starts_on[i]|PlainPhase.*:PlainTimelines.*
any_amount_is_small|src/book/plain_phase.cpp|amount[i] <= factor.largest_amount|amount[i] <= INT64_MAX|PlainPhase.*
several_units_are_one|src/book/plain_phase.cpp|if (!only_single_ones_) phase.ticks = ticks_of|if (false) phase.ticks = ticks_of|PlainPhase.*
phases_that_touch_do_not_follow|src/book/plain_timelines.cpp|until <= next.from;|until < next.from;|PlainTimelines.*
a_stay_goes_on_over_a_gap|src/book/plain_timelines.cpp|phase.subscription == next.subscription && until == next.from;|phase.subscription == next.subscription;|PlainTimelines.*
a_stay_that_ends_on_as_of_has_ended|src/book/plain_timelines.cpp|if (until >= as_of_) return;|if (until > as_of_) return;|PlainTimelines.*
a_first_day_that_is_not_known_counts|src/book/plain_timelines.cpp|if (first.from >= as_of_) return;|if (first.from > as_of_) return;|PlainTimelines.*
an_end_on_as_of_is_a_gap|src/book/plain_timelines.cpp|if (steps.count > 0 && until < as_of_) {|if (steps.count > 0 && until <= as_of_) {|PlainTimelines.*
the_allowance_is_a_day_shorter|src/book/plain_timelines.cpp|if (phase.from - until > allowance) {|if (phase.from - until >= allowance) {|PlainTimelines.*
what_is_to_come_is_paid_in|src/book/plain_timelines.cpp|if (phase.from < as_of_) note_currency(phase.currency);|note_currency(phase.currency);|PlainTimelines.*
new_ids_of_a_block_begin_anew|src/book/id_table.cpp|(0U - is_new) & static_cast<std::uint32_t>(before + added)|(0U - is_new) & static_cast<std::uint32_t>(added)|IdTable.*
a_line_that_is_given_up_ends_with_the_stretch|src/io/csv.cpp|if (next == end_ && is_beginning_) {|if (false) {|CsvProperty.*
a_quote_closes_in_its_stretch_or_never|src/io/csv.cpp|if (close == end_ && is_beginning_) {|if (false) {|CsvProperty.*
what_is_known_of_quotes_ends_with_the_stretch|src/io/csv.cpp|if (failing_left > 0) {|if (false) {|CsvProperty.*:TableBlocks*
a_row_ends_where_its_stretch_does|src/io/csv.cpp|if (last == end && is_beginning_) return stop_before_row();||CsvProperty.*
a_block_begins_where_it_guessed|src/io/table_blocks.hpp|return position() == place && !table_.csv().foresees();|return !table_.csv().foresees();|TableBlocks*
what_a_block_foresees_is_lost|src/io/table_blocks.hpp|return position() == place && !table_.csv().foresees();|return position() == place;|TableBlocks*
rows_of_a_block_are_numbered_from_its_beginning|src/io/table_blocks.hpp|rejection.row += rows_before;||TableBlocks*
memory_of_another_kind_holds_nothing|src/book/column_memory.cpp|std::memcpy(memory, before, std::min(bytes_before, bytes));||ColumnMemory.*
pages_are_left_where_they_were|src/book/column_memory.cpp|  if (bytes <= bytes_before) {|  if (bytes <= bytes_before \|\| bytes > 0) {|ColumnMemory.*
what_moves_by_value_stays_in_its_slot|src/book/id_table.cpp|if (any_moved) fill_slots(slots_.size());||IdTable.*
narrow_cells_hold_any_sum|src/indicator/event_tallies.hpp|events <= 0xFFFF && size <= most && events * size <= most|events <= 0xFFFF|EventWindows.*
narrow_cells_hold_one_event_more|src/indicator/event_tallies.hpp|events <= 0xFFFF|events <= 0x10000|EventWindows.*
a_block_of_steps_forgets_the_one_before|src/cube/single_lane_fold.hpp|about_before = (can_be & (returns \| has_moved * is_elsewhere)) \| outside * is_outside;|about_before = (can_be & returns) \| outside * is_outside;|RandomBooks.*:*Segments*
bounds_that_are_few_are_above|src/segment/segmenter.cpp|count += bound <= value ? 1 : 0;|count += bound < value ? 1 : 0;|RandomBooks.*:*Segments*
event_on_the_day_itself_is_its_last|src/indicator/event_windows.cpp|while (question.until[day] <= bounds[i]) ++day;|while (question.until[day] < bounds[i]) ++day;|EventWindows.*
window_starts_with_its_second_instant|src/indicator/event_windows.cpp|while (event.when_and_kind < stretch->from) --stretch;|while (event.when_and_kind <= stretch->from) --stretch;|EventWindows.*
more_decimals_change_earlier_values|src/book/event_index.cpp|event.value * factor[event.kind()]|event.value|EventIndex.*
day_starts_at_the_second_midnight_of_two|src/core/time_zone.cpp|utc : {first, second}|utc : {second, first}|TimeZone.*
a_state_that_changes_is_growth|src/cube/single_lane_fold.hpp|add_move(row(place_of[i - 1], cells), row(place_of[i], cells), before, growth, days[i], p);||RandomBooks.*
several_changes_are_as_good_as_one|src/cube/single_lane_fold.hpp|if (++changes > 1 && !stays) return false;|++changes;|RandomBooks.*
what_a_mover_gains_counts_where_it_went|src/cube/only_changes.hpp|plus(growth > 0 ? to.gained : to.lost, growth > 0 ? -growth : growth);||RandomBooks.*
the_end_of_a_discount_is_not_in_the_calendar|src/book/live_calendar.cpp|next.see(phases.discount_ends_on[row]);||RandomBooks.*live*
days_of_grace_are_not_in_the_calendar|src/book/live_calendar.cpp|with_grace(line.period_end);|next.see(line.period_end);|RandomBooks.*live*
tenure_is_not_in_the_calendar|src/book/live_calendar.cpp|if (!tenure_cuts.empty())|if (tenure_cuts.size() > 100)|RandomBooks.*live*
gaps_are_not_in_the_calendar|src/book/live_calendar.cpp|days[gap.customer] = std::min(days[gap.customer], next.get());||RandomBooks.*live*
the_calendar_is_a_day_late|src/book/live_touched.cpp|if (day >= as_of.days()) break;|if (day + 1 >= as_of.days()) break;|RandomBooks.*live*
merged_accounts_are_looked_at_apart|src/book/live_touched.cpp|for (const std::uint32_t other : at->second) look_at(other);|static_cast<void>(at);|RandomBooks.*live*
a_corrected_subscription_counts_twice|src/book/live_records.cpp|if (!touched_.is_replaced(subscription))||RandomBooks.*live*
what_a_layer_takes_in_is_lost|src/book/live_change.cpp|if (!touched_.is_looked_at(account) && state_.place[account].layer == kept_layers_ - 1)|if (account == no_index)|RandomBooks.*live*
another_currency_is_not_noticed|src/book/live_change.cpp|if (has_other_currencies()) return make_anew(everything);||RandomBooks.*live*
another_source_is_not_noticed|src/book/live_change.cpp|if (must_be_one_book(made)) return make_anew(everything);|static_cast<void>(must_be_one_book(made));|RandomBooks.*live*:LiveBook.*
customer_days_stand_still|src/cube/live_movements.cpp|cells[i].customer_days += net_arrivals|cells[i].customer_days += 0 * net_arrivals|RandomBooks.*live*
rows_of_nobody_stay|src/cube/live_movements.cpp|std::erase_if(next->rows, [](const auto& row) { return row->customers == 0; });||RandomBooks.*live*
LIST
}

# The first field separators are plain |; a | inside a text is written \|.
field() { awk -v n="$2" '{ gsub(/\\\|/, "\001"); split($0, f, "|"); gsub("\001", "|", f[n]); print f[n] }' <<<"$1"; }

mutate() { # file text replacement
  FROM="$2" TO="$3" perl -0pi -e 'BEGIN { $f = $ENV{FROM}; $t = $ENV{TO} } $n = s/\Q$f\E/$t/; END { exit($n ? 0 : 1) }' "$1"
}

prepare() {
  mkdir -p "$work/tree"
  # -m: as if all were new, or a mutant of an interrupted run would stay in the build.
  (cd "$top" && tar cf - --exclude=./build --exclude=./.git .) | (cd "$work/tree" && tar xmf -)
  # Only the tests that the list names: a mutant in a header is then rebuilt in a minute.
  find "$work/tree/tests" -name '*_test.cpp' ! -name reference_property_test.cpp ! -name exact_test.cpp \
    ! -name run_rate_test.cpp ! -name live_book_test.cpp ! -name live_cube_test.cpp ! -name book_file_test.cpp ! -name changing_segments_test.cpp \
    ! -name event_index_test.cpp ! -name event_windows_test.cpp ! -name id_table_test.cpp ! -name phases_by_customer_test.cpp \
    ! -name plain_phase_test.cpp ! -name plain_timelines_test.cpp ! -name time_zone_test.cpp ! -name period_grid_test.cpp \
    ! -name csv_test.cpp ! -name table_blocks_test.cpp ! -name column_memory_test.cpp \
    -delete
  cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 \
    -DCHURN_BUILD_EXAMPLES=OFF -DCHURN_BUILD_COMMAND=OFF \
    -DCHURN_ORACLES_DIR="$top/../shared/oracles" >/dev/null
  cmake --build "$work/build" >"$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
}

main() {
  prepare
  local killed=0 all=0 line name file
  while IFS= read -r line; do
    name=$(field "$line" 1)
    [[ $# -eq 0 || " $* " == *" $name "* ]] || continue
    all=$((all + 1))
    file="$work/tree/$(field "$line" 2)"
    cp "$file" "$work/original"
    if ! mutate "$file" "$(field "$line" 3)" "$(field "$line" 4)"; then
      echo "gone      $name: its text is no longer in $(field "$line" 2)"
    elif ! cmake --build "$work/build" >"$work/build.log" 2>&1; then
      if grep -q "static assertion failed" "$work/build.log"; then
        killed=$((killed + 1))
        echo "killed    $name, by a static_assert"
      else
        echo "unbuilt   $name: see build/mutants/build.log"
      fi
    elif RC_PARAMS="max_success=2000 noshrink=1" "$work/build/tests/churn-tests" \
      --gtest_fail_fast --gtest_filter="$(field "$line" 5)" >"$work/test.log" 2>&1; then
      echo "SURVIVED  $name"
    else
      killed=$((killed + 1))
      echo "killed    $name, by $(sed -n 's/^\[  FAILED  \] \([A-Za-z0-9_.\/]*\) (.*/\1/p' "$work/test.log" | head -n 3 | paste -sd ' ')"
    fi
    cp "$work/original" "$file"
  done < <(mutants)
  echo "$killed of $all mutants killed"
  [[ $killed -eq $all ]]
}

main "$@"
