#!/bin/sh
# Counts a book in three processes, each of which sees a third of the customers, adds what they found, and
# compares it with what one process finds that sees everyone.
#
#   distributed.sh CHURN SPLIT_BOOK BOOK FOLDER      the two programs, the book, and where to write
#
# Here the three run side by side on one machine. What they need of each other is nothing, and what they give is a
# file of a few kilobytes, so they may as well be jobs of a cluster.
set -eu
churn=$1 split_book=$2 book=$3 folder=$4

# The same question for all: days and periods are said, for what a part would take by default depends on its records.
question="--as-of 2025-01-01 --from 2022-01-01 --to 2025-01-01 --by plan"

rm -rf "$folder"
mkdir -p "$folder"
"$split_book" "$book" "$folder" 3

processes=
for part in 1 2 3; do
  # shellcheck disable=SC2086
  "$churn" partial "$folder/$part" $question -o "$folder/$part.cubes" &
  processes="$processes $!"
done
for process in $processes; do wait "$process"; done

"$churn" merge "$folder/1.cubes" "$folder/2.cubes" "$folder/3.cubes" -o "$folder/all.cubes"
"$churn" merge "$folder/3.cubes" "$folder/1.cubes" "$folder/2.cubes" -o "$folder/other_order.cubes"
# shellcheck disable=SC2086
"$churn" partial "$book" $question -o "$folder/one.cubes"

cmp "$folder/all.cubes" "$folder/one.cubes"
cmp "$folder/all.cubes" "$folder/other_order.cubes"
echo "The sum of three processes, in any order, is the file of one."

for command in movements rates cohorts; do
  "$churn" "$command" --from-cubes "$folder/all.cubes" --format csv > "$folder/$command.csv"
  # shellcheck disable=SC2086
  "$churn" "$command" "$book" $question --format csv > "$folder/$command.of_one.csv"
  cmp "$folder/$command.csv" "$folder/$command.of_one.csv"
  echo "$command: $(wc -l < "$folder/$command.csv" | tr -d ' ') lines, the same as of the book"
done
grep "^business,2024-12-01,\(customer_churn_rate\|nrr\|seat_churn_rate\)" "$folder/rates.csv"
