// read_stripe, read_stripe_text: a book from an export of Stripe's objects.
//
//   LoadedBook loaded = read_stripe("my_export");                       // a folder, or one file
//   auto built = Book::build(loaded.records, loaded.as_of.value(), loaded.conventions);
//
// An export is a folder of *.json, *.ndjson and *.jsonl files under any names, also in folders one level below,
// or one such file. They hold objects as Stripe's API gives them, of any API version: single, one a line, in
// arrays, in list pages (`{"object": "list", "data": […]}`), in events (`{"data": {"object": {…}}}`), or named
// (`{"customers": […], "resources": {…}}`). The order of files and lines changes nothing in the book.
//
// What becomes what
//
//   customers      customers. `created` is the sign-up; metadata are attributes, and so are `country` (of the
//                  address) and `locale`. Metadata called as a field of customers are `metadata.NAME`. Test
//                  mode (`livemode: false`) excludes nobody.
//   subscriptions  of one item, a subscription of the same id; of several, each is one: `sub_1/si_1`. The plan's
//                  label is the price's nickname, else its product's name, else its lookup key, else its id.
//   prices         unit_amount_decimal, else unit_amount, of the item's price; its old plan only where there is
//                  no price. By id alone: as the export's prices and plans have it. Tiers without a unit amount
//                  are rejected (`no_price`). What is metered has a price of 0. `transform_quantity` is applied.
//   amounts        minor units as Stripe counts them: ISO 4217's, but two decimals for ISK and UGX, none for MGA.
//   history        an event carries the subscription as it was after it; `previous_attributes` turn that into what
//                  was before. A phase goes from one change to the next, by days. What an event leaves out is as
//                  later ones, or the object itself, have it. Past and future phases of schedules are
//                  phases before the first event and after the last known state.
//   discounts      of the item, the subscription, else the customer. `percent_off` and `amount_off` that add up
//                  are one discount; an amount off several items is shared by their prices. From `start` until
//                  `end`; `once` ends one cycle, `repeating` so many months, after the start (of payment).
//   trials         until trial_end, which is the first paid day.
//   pauses         pause_collection and the status `paused`, from the event that began it until the one that
//                  ended it or resumes_at. Without such an event: from the start of the current period,
//                  with the notice `incomplete_history`.
//   ends           ended_at; of what is to end, cancel_at or the end of the period. canceled_at is the request,
//                  unless payment_failed or payment_disputed ended it. Undone requests leave no trace. A cancel_at
//                  from the beginning on, or the end of a schedule that cancels, is an agreed term.
//                  end_reason is the feedback (`too_expensive`), else the reason (`payment_failed`).
//   incomplete     and incomplete_expired subscriptions were never paid: a notice, no phase. past_due and
//                  unpaid ones go on; what that means is for the conventions, which look at invoices.
//   invoices       with lines, issued when finalized. Amounts of lines are less their discounts and inclusive
//                  taxes. A line of several items' subscription names `sub_1/si_1`, and the invoice then names none.
//   payments       charges of invoices, by their invoice or payment intent; `card_declined` is said as what the
//                  bank gave as its reason, if it did; refunds. invoice.payment_failed events count where no
//                  failed charge of that day is there.
//   cards          payment methods with an expiry are events `card_added`.
//
// Versions. Of objects of one id the latest counts: an event is known at its time, an object by itself at
// the latest past moment that it tells (its creation, its payment, the start of its period). Between
// versions of one moment the greater hash decides; events of one second go by created, updated, deleted,
// then by id. Identical objects and older ones by themselves are notices (`duplicate_row`).
//
// Instants become days in `time_zone`, which the conventions of the result then have. `as_of` of the result is
// the day after the last moment that the export tells as past; phases of schedules may start after it.
//
// What can't be used is rejected with its id and a sentence: an object without id, customer or price, of
// wrong types, nested more than 24 levels deep, in text that is not JSON (up to there it counts), that
// ends before it starts, or runs though it has ended. Rejections name the file and the object's place in
// it, from 1 (of text that is not JSON, its line in a file of lines); those that Book::build finds, the
// place of the subscription or invoice among those of the export by id. Objects of other types are a
// notice once per type (`unused_object`).
//
// Errors: Error(unreadable) if there is no such file or folder, or the folder holds no such file; in strict mode
// for the first rejection.
//
// Cost: O(bytes), and O(n log n) objects; of a file's text one element of its list is in memory at a time, beside
// what was kept of each object.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <churn/core/time_zone.hpp>
#include <churn/io/loaded_book.hpp>

namespace churn::inline v0 {

/// How an export is read.
struct StripeOptions {
  bool strict{false};    ///< throw Error(unreadable) at the first rejection
  TimeZone time_zone{};  ///< in which instants become days; UTC by default
};

/// Reads a folder or a file (see above).
[[nodiscard]] LoadedBook read_stripe(const std::filesystem::path& path, const StripeOptions& options = {});

/// Reads a text that lies in memory; `source` is what rejections call it.
[[nodiscard]] LoadedBook read_stripe_text(std::string_view text, const StripeOptions& options = {},
                                          const std::string& source = "stripe.json");

}  // namespace churn::inline v0
