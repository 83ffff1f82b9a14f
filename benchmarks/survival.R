# R's survival on the rows of cox_benchmark.cpp and survival_benchmark.cpp, made by the same generator.
#
# Usage: Rscript survival.R [ROWS] [ANSWER.csv] [CURVE.csv] [ONLY]
# Prints seconds, the best of three, and writes what `churn-cox-benchmarks --answer=FILE` and
# `churn-survival-benchmarks --answer=FILE` write; "" for a file writes none. ONLY is `curves` (no regression) or
# `regression`. Needs the package survival.
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- if (length(arguments) >= 1) as.integer(arguments[1]) else 1000000L

# Lehmer's generator in turns of 10: products stay below 2^53, so doubles hold them exactly.
draws <- 10L * rows
state <- 20240101
u <- numeric(draws)
for (i in seq_len(draws)) { state <- (state * 16807) %% 2147483647; u[i] <- state / 2147483647 }
u <- matrix(u, rows, 10, byrow = TRUE)
x <- cbind((u[, 1:4] < 0.3) + 0, 2 * u[, 5:8] - 1)
colnames(x) <- paste0("x", 1:8)
b <- rep(c(0.1, -0.1), 4) * 1:8
stay <- floor(-400 * log(u[, 9]) * exp(-drop(x %*% b))) + 1
known <- floor(1095 * u[, 10]) + 1
exit <- pmin(stay, known); event <- as.integer(stay <= known)
file <- function(i) if (length(arguments) >= i) arguments[i] else ""
only <- file(4)
data <- data.frame(entry = exit %/% 3, exit, event, account = (seq_len(rows) - 1) %/% 3, x)
cat(rows, "rows,", sum(event), "left\n")

seconds <- function(name, expression) {
  expression <- substitute(expression)
  best <- min(sapply(1:3, function(i) system.time(eval(expression, parent.frame(3)))[["elapsed"]]))
  cat(sprintf("%-28s %8.3f s\n", name, best))
}
if (only != "curves") {
  seconds("efron, matrices only", coxph.fit(x, Surv(exit, event), NULL, NULL, NULL, coxph.control(), NULL, "efron", NULL))
  seconds("efron_with_concordance", coxph(Surv(exit, event) ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8, data))
  seconds("breslow (with concordance)", coxph(Surv(exit, event) ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8, data, ties = "breslow"))
  seconds("late entries (with conc.)", coxph(Surv(entry, exit, event) ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8, data))
  # Clusters are left out: on a million rows coxph did not come back within 20 minutes.
  fit <- coxph(Surv(exit, event) ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8, data, control = coxph.control(eps = 1e-12))
  seconds("proportional_hazards", cox.zph(fit))
  if (file(2) != "") {
    line <- function(name, a, b) sprintf("%s,%.17g,%.17g", name, a, b)
    writeLines(c(line(names(coef(fit)), coef(fit), sqrt(diag(fit$var))), sprintf("loglik,%.17g,", fit$loglik[2]),
                 line("concordance", fit$concordance[["concordance"]], fit$concordance[["std"]])), file(2))
  }
}
if (only != "regression") {
  seconds("survfit, Kaplan-Meier", survfit(Surv(exit, event) ~ 1, data, conf.type = "log-log"))
  seconds("survfit, late entries", survfit(Surv(entry, exit, event) ~ 1, data, conf.type = "log-log"))
  data$stratum <- (seq_len(rows) * 7919) %% 50
  seconds("survfit, 50 strata", survfit(Surv(exit, event) ~ stratum, data, conf.type = "log-log"))
  seconds("survdiff, 2 groups", survdiff(Surv(exit, event) ~ x1, data))
  seconds("survdiff, 50 groups", survdiff(Surv(exit, event) ~ stratum, data))
  seconds("survdiff, stratified", survdiff(Surv(exit, event) ~ x1 + strata(stratum), data))
  curve <- survfit(Surv(entry, exit, event) ~ 1, data, conf.type = "log-log")
  if (file(3) != "") {
    text <- function(v) ifelse(is.na(v), "", sprintf(",%.17g", v))
    writeLines(paste0(curve$time, ",", curve$n.risk, ",", curve$n.event, ",", sprintf("%.17g", curve$surv),
                      text(curve$surv * curve$std.err), text(curve$lower), text(curve$upper)), file(3))
  }
}
