// Progress: how a host hears of work that takes long, and ends it.
//
//   FoldOptions options;
//   options.progress = [&](double done) { bar.set(done); return !window_was_closed; };
//   MovementCube::fold(book, grid, by::plan, options);
//
// It is called now and then, in the thread that asked for the work, with the share that is done: never falling, from
// 0 to 1. While it gives true the work goes on; false ends it with Error(cancelled), and whatever was asked to change
// is as it was. What it throws is passed on. An empty one costs nothing. How often it is called, and whether at all
// for little work, is not promised.
#pragma once

#include <functional>

namespace churn::inline v0 {

/// Told the share that is done, from 0 to 1; gives false to end the work with Error(cancelled).
using Progress = std::function<bool(double done)>;

}  // namespace churn::inline v0
