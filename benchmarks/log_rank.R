# R's survival on the rows of log_rank_benchmark.cpp, made by the same generator.
#
# Usage: Rscript log_rank.R [ROWS]
# Prints what `churn-log-rank-benchmarks --answer` prints, and seconds of one run each. Needs the package survival.
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- if (length(arguments) >= 1) as.integer(arguments[1]) else 1000000L

# Lehmer's generator in turns of 5: products stay below 2^53, so doubles hold them exactly.
draws <- 5L * rows
state <- 20240101
u <- numeric(draws)
for (i in seq_len(draws)) { state <- (state * 16807) %% 2147483647; u[i] <- state / 2147483647 }
u <- matrix(u, rows, 5, byrow = TRUE)
group <- floor(4 * u[, 1])
stratum <- floor(3 * u[, 2])
stay <- floor(-400 * log(u[, 3]) / (1 + 0.01 * group)) + 1
known <- floor(1095 * u[, 4]) + 1
exit <- pmin(stay, known); event <- as.integer(stay <= known)
type <- factor(ifelse(event == 1, ifelse(u[, 5] < 0.7, 1, 2), 0), 0:2)

timed <- function(expression) {
  seconds <- system.time(result <- expression)[["elapsed"]]
  list(result = result, seconds = seconds)
}
test <- timed(survdiff(Surv(exit, event) ~ group))
cat(sprintf("log-rank            %.17g   %.3f s\n", test$result$chisq, test$seconds))
test <- timed(survdiff(Surv(exit, event) ~ group + strata(stratum)))
cat(sprintf("log-rank in strata  %.17g   %.3f s\n", test$result$chisq, test$seconds))
left <- timed(survfit(Surv(exit, type) ~ 1))
at <- which(left$result$time == 365)
cat(sprintf("incidence at 365    %.17g, std_error %.17g   %.3f s\n", left$result$pstate[at, 2],
            left$result$std.err[at, 2], left$seconds))
